/* credentials.h -- a destination that is named rather than given as a URL, as dlt's are. */
#ifndef HR_PIPELINE_CREDENTIALS_H
#define HR_PIPELINE_CREDENTIALS_H

#include "base/arena.h"
#include "config/lookup.h"

/* Whether this is a name, "postgres" or "warehouse", and no URL. */
bool hr_is_destination_name(const char *destination);

/* The URL of a destination by its name, from destination.NAME.credentials: a URL, or fields, or a
 * URL whose missing parts are fields. Of what kind a name that is no kind itself is stands in
 * destination.NAME.destination_type. *url lives in `arena`; NULL: duckdb without credentials, which
 * is a file named after the pipeline. HR_E_CONFIG: no such kind, or a field that Postgres cannot do
 * without, with all places that were looked at. */
HR_NODISCARD hr_status hr_find_destination(hr_lookup *l, const char *name, hr_arena *arena,
                                           const char **url, hr_error *err);

#endif
