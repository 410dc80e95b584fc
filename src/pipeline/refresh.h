/* refresh.h -- beginning anew: what of the dataset and the state is given up before a load. */
#ifndef HR_PIPELINE_REFRESH_H
#define HR_PIPELINE_REFRESH_H

#include "pipeline/run_int.h"

typedef enum hr_refresh_mode {
    HR_REFRESH_NONE = 0,
    HR_DROP_SOURCES,   /* all tables, all that the source remembers */
    HR_DROP_RESOURCES, /* tables of the resources, and what they remember */
    HR_DROP_DATA,      /* their rows, and what they remember */
} hr_refresh_mode;

/* `name` NULL: none. HR_E_CONFIG: no such mode. */
hr_status hr_refresh_mode_of(const char *name, hr_refresh_mode *out, hr_error *err);

/* After restore: r->schema becomes what the load starts from, r->state forgets, r->dropped and
 * r->truncated say what the load's transaction does first. `resources` are names. */
hr_status hr_run_refresh(hr_run *r, hr_refresh_mode mode, const char *const *resources, size_t n,
                         hr_error *err);

/* Makes r->schema of what is stored when no refresh has. */
hr_status hr_run_base_schema(hr_run *r, hr_error *err);

#endif
