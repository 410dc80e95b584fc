/* plan.h -- how the rows of a root table are identified, by what the schema says of it. */
#ifndef HR_NORMALIZE_PLAN_H
#define HR_NORMALIZE_PLAN_H

#include "normalize/tables.h"

/* Notes in the schema, as dlt does, that rows below get their root's id, if they are to. Names live
 * in `arena`. */
hr_status hr_row_plan_init(hr_row_plan *out, hr_schema *schema, const hr_table *root,
                           hr_arena *arena, hr_error *err);

#endif
