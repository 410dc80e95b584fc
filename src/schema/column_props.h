/* column_props.h -- which properties a column may have, and what each takes. */
#ifndef HR_SCHEMA_COLUMN_PROPS_H
#define HR_SCHEMA_COLUMN_PROPS_H

#include <yyjson.h>

#include "headrace/error.h"

/* null is always right: not given. Properties that begin with "x-" take anything. HR_E_CONFIG
 * says what is wrong. */
hr_status hr_column_prop_check(yyjson_val *key, yyjson_val *value, hr_error *err);

#endif
