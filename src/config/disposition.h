/* disposition.h -- the members of a write disposition that is an object, with dlt's names:
 * {"disposition": "merge", "strategy": "scd2", "boundary_timestamp": ...}. */
#ifndef HR_CONFIG_DISPOSITION_H
#define HR_CONFIG_DISPOSITION_H

#include <yyjson.h>

#include "headrace/error.h"

/* Null stands for a member that is not given. HR_E_CONFIG: a name that no disposition knows, or a
 * value that is none for it. HR_E_UNSUPPORTED: the strategy cdc. */
HR_NODISCARD hr_status hr_disposition_check(yyjson_val *object, hr_error *err);

#endif
