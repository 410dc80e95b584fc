/* variables.h -- ${...} in the texts of a document.
 *
 *   ${NAME}          a variable of the environment, of .env, or a key of secrets.toml, config.toml
 *   ${a.b.c}         the same for a key in sections: A__B__C in the environment
 *   ${NAME:-text}    with what counts when it is not set, or empty
 *   ${file:PATH}     what a file holds, without white space at its end; a secret
 *   ${exec:COMMAND}  what a command prints, likewise
 *   $${              the two characters ${
 *
 * Values of names like ACCESS_TOKEN or DB_PASSWORD, and values that become a part of a member with
 * such a name (api_key, Authorization), are told to base/secret.h. */
#ifndef HR_CONFIG_VARIABLES_H
#define HR_CONFIG_VARIABLES_H

#include "config/doc.h"
#include "config/lookup.h"

/* Texts in `but` stay as they are; NULL: none do. HR_E_CONFIG names the place, the variable, and
 * every place that was looked at. */
HR_NODISCARD hr_status hr_variables_expand(hr_doc *doc, yyjson_val *but, hr_lookup *lookup,
                                           hr_error *err);

/* Tells base/secret.h every text below `val` that is the value of a member with such a name, and
 * the passwords of every URL or path below it. */
HR_NODISCARD hr_status hr_variables_note_secrets(yyjson_val *val, hr_error *err);

#endif
