/* pattern.h -- names, or patterns of names, as dlt's settings have them.
 *
 * A plain text is one name and matches it whole. After "re:" stands a regular expression, which
 * matches anywhere: an extended one of POSIX, in which Python's \d, \w, \s and (?: ) are
 * understood. Immutable once compiled, so threads may share it. */
#ifndef HR_SCHEMA_PATTERN_H
#define HR_SCHEMA_PATTERN_H

#include <regex.h>

#include "schema/naming.h"

typedef struct hr_pattern {
    char *name; /* NULL: a regular expression */
    regex_t regex;
} hr_pattern;

/* Plain names, also between "re:^" and "$", are normalized as paths of columns. HR_E_CONFIG says
 * what is wrong with the expression; HR_E_UNSUPPORTED: it is of Python's alone. */
HR_NODISCARD hr_status hr_pattern_init(hr_pattern *out, hr_str text, const hr_naming *naming,
                                       hr_error *err);
void hr_pattern_release(hr_pattern *p);

bool hr_pattern_matches(const hr_pattern *p, const char *name);

#endif
