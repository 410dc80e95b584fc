/* template.h -- texts with {placeholders}, as Python's str.format reads them: {{ and }} are braces.
 */
#ifndef HR_SOURCE_REST_API_TEMPLATE_H
#define HR_SOURCE_REST_API_TEMPLATE_H

#include "base/str.h"
#include "headrace/error.h"

/* A piece of a template: literal text, or the name of a placeholder without its braces. */
typedef hr_status (*hr_template_fn)(void *ctx, bool placeholder, hr_str piece, hr_error *err);

/* Hands the pieces out in order. HR_E_CONFIG: a brace that does not match. */
HR_NODISCARD hr_status hr_template_walk(hr_str text, hr_template_fn fn, void *ctx, hr_error *err);

/* The name, when the text is one placeholder and nothing else; .p == NULL: it is not. */
hr_str hr_template_only(hr_str text);

#endif
