/* lookup.h -- where values are found that a pipeline file does not hold: dlt's providers.
 *
 * In this order: the environment; `.env` of the project folder; secrets.toml; config.toml; the
 * vaults that are switched on. The TOML files of .headrace/ and .dlt/ in the project folder
 * ($HEADRACE_PROJECT_DIR, $DLT_PROJECT_DIR, else the current one) win over those of ~/.headrace and
 * ~/.dlt. A field is looked for in its sections from the most to the least specific:
 *
 *     sections sources, notion, databases; group credentials; field password
 *     sources.notion.databases.credentials.password, sources.notion.credentials.password,
 *     sources.databases.credentials.password, sources.credentials.password, credentials.password
 *
 * each first below the pipeline's name. In the environment a key is SOURCES__NOTION__...; a key
 * without any section is not looked for there. A secret is also looked for in
 * /run/secrets/sources--notion--.... Every value that comes from secrets.toml, /run/secrets or a
 * vault is told to base/secret.h. Files are read once. Not thread-safe. */
#ifndef HR_CONFIG_LOOKUP_H
#define HR_CONFIG_LOOKUP_H

#include "base/buf.h"

typedef struct hr_lookup hr_lookup;

typedef struct hr_found {
    const char *text;  /* lists and tables as JSON; NULL: not found */
    const char *place; /* "environment variable X", ".headrace/secrets.toml:3:7" */
    const char *key;   /* the one that was found */
    bool secret;       /* it came from where secrets are kept */
} hr_found;

typedef struct hr_lookup_field {
    const char *const *sections; /* ended by NULL; may be NULL */
    const char *group;           /* "credentials"; NULL: none */
    const char *name;
    bool secret; /* config.toml may not hold it */
} hr_lookup_field;

/* `pipeline` (may be NULL) is copied. Files are opened at the first use of them. */
HR_NODISCARD hr_status hr_lookup_new(hr_lookup **out, const char *pipeline, hr_error *err);
void hr_lookup_free(hr_lookup *l);

/* Texts of the answer live as long as the lookup. HR_E_CONFIG: a file that cannot be read, or
 * a secret that stands in config.toml alone. */
HR_NODISCARD hr_status hr_lookup_field_get(hr_lookup *l, const hr_lookup_field *field,
                                           hr_found *out, hr_error *err);

/* One key by its whole name, "ACCESS_TOKEN" or "sources.notion.api_key", as it stands. */
HR_NODISCARD hr_status hr_lookup_get(hr_lookup *l, const char *key, hr_found *out, hr_error *err);

/* Appends where the last value was looked for, for a message: "environment variables A, B; .env
 * (no such file); ..." */
void hr_lookup_add_tried(const hr_lookup *l, hr_buf *out);

/* From now on hr_options_read on this thread looks there for the credentials that an object leaves
 * out, in these sections (ended by NULL). Both are borrowed until the next call; NULL ends it. */
void hr_lookup_use(hr_lookup *l, const char *const *sections);
hr_lookup *hr_lookup_in_use(const char *const **sections); /* NULL: none */

/* Every place in the order of looking, a line each: "PLACE\tKEY\tSTATE", of which STATE is "set",
 * "not set", "no such file"; values are not shown. For `headrace config explain`. */
HR_NODISCARD hr_status hr_lookup_explain(hr_lookup *l, const hr_lookup_field *field, hr_buf *out,
                                         hr_error *err);

#endif
