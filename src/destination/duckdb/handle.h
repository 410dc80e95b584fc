/* handle.h -- what is behind a hr_destination of DuckDB's; for the files of this folder. */
#ifndef HR_DESTINATION_DUCKDB_HANDLE_H
#define HR_DESTINATION_DUCKDB_HANDLE_H

#include "destination/destination.h"
#include "destination/duckdb/instance.h"

typedef struct dk_job dk_job; /* the INSERT that is running */

/* What a handle's table function reads. DuckDB owns it: functions live as long as the instance,
 * which may be longer than the handle. */
typedef struct dk_slot {
    _Atomic(dk_job *) job; /* NULL between INSERTs; threads of DuckDB read it */
    char function[32];     /* its name */
} dk_slot;

typedef struct dk_handle {
    hr_destination base;
    const dk_library *lib;
    dk_instance *instance;
    dk_connection con;
    char *dataset, *qualifier; /* those of `base`, owned */
    dk_slot *slot;             /* NULL: read only */
    dk_arrow_options options;  /* of results; NULL until the first query */
    bool in_transaction;
} dk_handle;

static inline dk_handle *dk_of(hr_destination *d)
{
    return (dk_handle *)d;
}

hr_status dk_insert(hr_destination *d, const hr_insert *what, hr_error *err);
hr_status dk_query(hr_destination *d, const char *sql, struct ArrowArrayStream *out, hr_error *err);

void dk_query_release(dk_handle *d);

/* Registers the table function that hands batches to DuckDB; outside of a transaction. */
hr_status dk_insert_prepare(dk_handle *d, hr_error *err);

extern const hr_dialect dk_dialect;

#endif
