/* spelling.h -- names that differ in capitals only. */
#ifndef HR_SCHEMA_SPELLING_H
#define HR_SCHEMA_SPELLING_H

#include "schema/schema.h"

/* For engines to which "A" and "a" are one name. HR_E_SCHEMA: two tables, or two columns of a
 * table, differ in capitals only. */
hr_status hr_schema_check_spelling(const hr_schema *s, hr_error *err);

#endif
