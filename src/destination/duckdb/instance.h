/* instance.h -- one DuckDB per database file and process.
 *
 * DuckDB locks its file against other processes with locks that do not count inside a process,
 * so opening one file twice would corrupt it. All handles of a process therefore share an
 * instance; this is the one place with state of its own, behind a mutex.
 */
#ifndef HR_DESTINATION_DUCKDB_INSTANCE_H
#define HR_DESTINATION_DUCKDB_INSTANCE_H

#include "destination/destination.h"
#include "destination/duckdb/library.h"
#include "destination/duckdb/url.h"

typedef struct dk_instance dk_instance;
struct dk_instance {
    const dk_library *lib;
    dk_database db; /* in memory; the file is attached to it */
    char *path;     /* absolute, links resolved */
    char *catalog;  /* what the file is attached as */
    bool read_only;
    unsigned threads;
    unsigned row_group;  /* rows a row group of new data has; 0: DuckDB's own number */
    unsigned block_size; /* of a file that is new; 0: DuckDB's own */
    unsigned refs;       /* private from here */
    dk_instance *next;
};

/* *out gets the instance for the file, opened now or shared; NULL when the settings say read
 * only and there is no file yet. The caller owes dk_instance_unref(). Who wants to write waits
 * some seconds for those of this process that read. HR_E_BUSY, retryable: they did not end, or
 * another process has the file, the message says which. */
hr_status dk_instance_get(dk_instance **out, const dk_url *url,
                          const hr_destination_settings *settings, hr_error *err);
void dk_instance_unref(dk_instance *in); /* NULL is fine; the last one closes the file */

/* Records why a query failed, as a status of ours with DuckDB's text, and destroys `result`. */
hr_status dk_fail_result(const dk_library *lib, dk_result *result, hr_error *err);

/* Runs SQL whose result does not matter. */
hr_status dk_run(const dk_library *lib, dk_connection con, const char *sql, hr_error *err);

#endif
