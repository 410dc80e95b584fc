/* put.h -- one value into its column, a new column, or a variant column. */
#ifndef HR_NORMALIZE_PUT_H
#define HR_NORMALIZE_PUT_H

#include "normalize/shredder.h"

/* The value goes to the last row of `t`. A container is stored as JSON text. Nulls do nothing.
 * Counts the value. HR_E_SCHEMA: refused. */
hr_status hr_put_value(hr_shredder *s, hr_ntable *t, hr_field *f, yyjson_val *val, hr_error *err);

#endif
