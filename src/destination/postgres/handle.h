/* handle.h -- what is behind a hr_destination of Postgres's; for the files of this folder. */
#ifndef HR_DESTINATION_POSTGRES_HANDLE_H
#define HR_DESTINATION_POSTGRES_HANDLE_H

#include <stdatomic.h>

#include "destination/destination.h"
#include "destination/postgres/library.h"
#include "destination/postgres/url.h"

typedef struct pg_handle {
    hr_destination base;
    const pg_library *lib;
    pg_conn *con;
    char *dataset, *qualifier; /* those of `base`, owned */
    int64_t lock_timeout_ms;   /* 0: wait forever */
    bool remove_nul;
    bool read_only;
    bool in_transaction;
    bool deaf; /* committing: nothing stops it */
    atomic_bool interrupted;
    const atomic_bool *cancelled; /* of the settings; may be NULL */
} pg_handle;

static inline pg_handle *pg_of(hr_destination *d)
{
    return (pg_handle *)d;
}

/* ---- connection.c: one connection, waited for so that a cancel ends the wait. ---- */

hr_status pg_connect(pg_handle *d, const pg_url *url, hr_error *err);
void pg_disconnect(pg_handle *d);

/* Runs statements, separated by semicolons; the last one's result goes to *out (NULL: not wanted),
 * to be cleared by the caller. */
hr_status pg_run(pg_handle *d, const char *sql, pg_result **out, hr_error *err);

/* The same for what was built; releases it. */
hr_status pg_run_buf(pg_handle *d, hr_buf *sql, pg_result **out, hr_error *err);

/* Sends the statement and waits for its first result, which is in *out unless this fails. The
 * caller takes the rest with pg_finish_results(). */
hr_status pg_start(pg_handle *d, const char *sql, pg_result **out, hr_error *err);

/* Runs one statement; more are refused, and so none of them can end the transaction and go on. The
 * result goes to *out, also when what comes after it fails. */
hr_status pg_run_alone(pg_handle *d, const char *sql, pg_result **out, hr_error *err);

/* Waits for the next result of what was sent; NULL: there is none left. */
hr_status pg_next_result(pg_handle *d, pg_result **out, hr_error *err);

/* Takes all results that are left; fails with the first error among them. */
hr_status pg_finish_results(pg_handle *d, hr_error *err);

/* Makes the server stop what it is doing, and takes what it still says. */
void pg_stop(pg_handle *d);

/* Sends what waits in libpq's buffer. */
hr_status pg_flush(pg_handle *d, hr_error *err);

/* The same inside a COPY, at whose end a cancel is seen, too; *spoke turns true when the server
 * has said something. */
hr_status pg_flush_copy(pg_handle *d, bool *spoke, hr_error *err);

/* Waits until something has been read. */
hr_status pg_wait_readable(pg_handle *d, hr_error *err);

/* ---- failure.c ---- */

#define PG_LOCK_TIMEOUT "55P03"

/* Adds to the message who holds locks on tables of the dataset; rolls back first. */
void pg_explain_lock(pg_handle *d, hr_error *err);

/* What a result with an error means; does not clear it. */
hr_status pg_fail_result(pg_handle *d, const pg_result *r, hr_error *err);

/* The connection failed, or could not be made. */
hr_status pg_fail_connection(pg_handle *d, hr_error *err);
hr_status pg_fail_connecting(pg_handle *d, hr_error *err);

/* ---- copy.c, query.c, dialect.c ---- */

hr_status pg_insert(hr_destination *d, const hr_insert *what, hr_error *err);
hr_status pg_query(hr_destination *d, const char *sql, struct ArrowArrayStream *out, hr_error *err);

extern const hr_dialect pg_dialect;

#endif
