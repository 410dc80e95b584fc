/* holder.h -- who has a database file, when somebody else does. */
#ifndef HR_DESTINATION_DUCKDB_HOLDER_H
#define HR_DESTINATION_DUCKDB_HOLDER_H

#include "headrace/error.h"

/* `err` holds why the file could not be opened. When that is another process's lock, the
 * failure becomes HR_E_BUSY, retryable, and the message names the process. Returns the status. */
hr_status dk_name_holder(hr_status st, hr_error *err);

#endif
