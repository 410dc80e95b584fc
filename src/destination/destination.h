/* destination.h -- what a destination is, to the engine that drives it.
 *
 * One load is: open, begin, execute and insert ..., commit, close. A destination handle is used
 * by one thread at a time; an implementation may work on several threads inside a call, and
 * keeps no mutable globals. A failed call leaves the handle fit for rollback() and close() only.
 * Failures that may go away by themselves have err->retryable set.
 */
#ifndef HR_DESTINATION_DESTINATION_H
#define HR_DESTINATION_DESTINATION_H

#include <stdatomic.h>

#include "base/arena.h"
#include "headrace/arrow.h"
#include "headrace/error.h"
#include "load/dialect.h"
#include "package/batches.h"

typedef struct hr_destination_ops hr_destination_ops;

/* An open handle. An implementation's own struct starts with this one. */
typedef struct hr_destination {
    const hr_destination_ops *ops;
    const char *dataset;
    const char *qualifier;   /* SQL text that stands before ".table": "github"."events", quoted */
    bool unique_constraints; /* new columns with the hint unique get UNIQUE */
} hr_destination;

typedef struct hr_destination_settings {
    const char *url;
    const char *dataset;   /* normalized */
    bool read_only;        /* open() then gives *out == NULL when nothing is there yet */
    uint64_t memory_limit; /* bytes for the engine, where it runs in this process; 0: its default */
    unsigned threads;      /* likewise */
    uint64_t row_bytes;    /* of the rows to come, in the table that takes most; 0: not known */
    uint64_t rows;         /* to come, in the table that gets most */
    uint64_t columns;      /* of the table to come that has most; 0: not known */
    const atomic_bool *cancelled; /* waiting ends soon after it turns true; may be NULL */
} hr_destination_settings;

/* A small result: every value as text, NULL for null. Lives in the arena given. Text, numbers
 * and booleans only: the SQL casts all else to text. */
typedef struct hr_rows {
    size_t n_rows, n_columns;
    const char **cells; /* row by row */
} hr_rows;

/* INSERT of all batches into a table, which has all their columns. */
typedef struct hr_insert {
    const char *target; /* SQL text: a table of the dataset, qualified, or a temporary one */
    const char *table;  /* what people call it, for messages */
    const hr_batches *batches;
    const char *load_id; /* not NULL: the column _dlt_load_id, which batches lack, gets this */
    void (*on_rows)(void *ctx, uint64_t rows); /* progress, from any thread; may be NULL */
    void *ctx;
} hr_insert;

struct hr_destination_ops {
    const char *name;           /* "duckdb" */
    const char *dlt_type;       /* "dlt.destinations.duckdb", as stored in state */
    const char *const *schemes; /* of URLs, ended by NULL */
    const hr_dialect *dialect;

    /* HR_E_CONFIG for a bad URL, without touching anything. `out` is the URL as shown to people
     * and kept in traces: no secrets. */
    hr_status (*describe)(const char *url, hr_buf *out, hr_error *err);

    hr_status (*open)(hr_destination **out, const hr_destination_settings *s, hr_error *err);
    void (*close)(hr_destination *d); /* NULL is fine; an open transaction is rolled back */

    hr_status (*execute)(hr_destination *d, const char *sql, hr_error *err);
    hr_status (*select)(hr_destination *d, const char *sql, hr_arena *arena, hr_rows *out,
                        hr_error *err);
    hr_status (*begin)(hr_destination *d, hr_error *err);
    hr_status (*insert)(hr_destination *d, const hr_insert *what, hr_error *err);
    /* HR_E_REMOTE with retryable set may mean that the outcome is unknown: the caller looks the
     * load id up in _dlt_loads. */
    hr_status (*commit)(hr_destination *d, hr_error *err);
    void (*rollback)(hr_destination *d);

    /* Stops what another thread is doing in execute, select, insert or commit. */
    void (*interrupt)(hr_destination *d);

    /* Inside a transaction: takes the lock of that name, which ends with the transaction; waits
     * while another has it. NULL: one transaction writes at a time anyway. */
    hr_status (*claim)(hr_destination *d, const char *name, hr_error *err);

    /* Outside of one: waits until no transaction has the lock of that name, and ends one that
     * lost its client. Afterwards the outcome of the transaction is there to be looked up. NULL:
     * a transaction ends with its client. */
    hr_status (*settle)(hr_destination *d, const char *name, hr_error *err);

    /* On success the caller owes out->release(), before close(). */
    hr_status (*query)(hr_destination *d, const char *sql, struct ArrowArrayStream *out,
                       hr_error *err);
};

extern const hr_destination_ops hr_destination_duckdb, hr_destination_postgres;

/* By the URL's scheme; NULL and HR_E_CONFIG with the schemes that there are. */
hr_status hr_destination_find(const char *url, const hr_destination_ops **out, hr_error *err);

#endif
