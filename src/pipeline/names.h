/* names.h -- the naming convention of a pipeline, and the names of its root tables. */
#ifndef HR_PIPELINE_NAMES_H
#define HR_PIPELINE_NAMES_H

#include "pipeline/run_int.h"

/* Sets p->naming from the settings, else from what the last run remembered. */
hr_status hr_pipeline_choose_naming(hr_pipeline *p, hr_error *err);

/* The name of a resource's root table; the caller's. HR_E_CONFIG: it would be a system table. */
hr_status hr_pipeline_root_name(const hr_pipeline *p, const char *table, char **out, hr_error *err);

/* HR_E_CONFIG: one of the first `n` resources loads that table. */
hr_status hr_pipeline_check_root(const hr_pipeline *p, size_t n, const char *root, hr_error *err);

/* Brings p->naming, r->schema and the roots of the resources together; r->schema is there. A
 * convention other than that of tables with rows is refused. */
hr_status hr_run_settle_naming(hr_run *r, hr_error *err);

#endif
