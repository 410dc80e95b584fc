/* steps.h -- processing_steps: what is done with each row before anything else sees it.
 *
 *   - filter: "@.state == 'open' && @.comments > 0"    rows that pass an RFC 9535 filter stay
 *   - map: {author: user.login, first_tag: "tags[0]"}  keys get what a JSONPath finds in the row
 *   - rename: {old: new}
 *   - drop: [key, ...]
 *   - hash: [key, ...]   or {keys: [...], salt: text}: SHA-256 of the value, in hexadecimal
 *
 * Values that no step touches stay exactly what they are. */
#ifndef HR_SOURCE_REST_API_STEPS_H
#define HR_SOURCE_REST_API_STEPS_H

#include "config/doc.h"
#include "extract/step.h"

typedef struct hr_rest_steps hr_rest_steps;

/* HR_E_CONFIG: with the place. Keeps nothing of the document. */
HR_NODISCARD hr_status hr_rest_steps_new(hr_rest_steps **out, const hr_doc *doc, yyjson_val *list,
                                         hr_error *err);
void hr_rest_steps_free(hr_rest_steps *s);

/* The steps as one step of the pipeline; borrows `s`. */
hr_step hr_rest_steps_step(hr_rest_steps *s);

#endif
