/* load.h -- one package into a destination, in one transaction; and what is there already.
 *
 * The transaction holds everything: schema and tables that are missing, rows, the schema
 * version, the pipeline's state and, last, the _dlt_loads row, which is the ledger: a load id
 * that is in it has been loaded.
 */
#ifndef HR_LOAD_LOAD_H
#define HR_LOAD_LOAD_H

#include "destination/destination.h"

/* What became of the rows of a table, should the load fail. */
typedef enum hr_load_fate { HR_LOAD_WAITED, HR_LOAD_FAILED, HR_LOAD_WRITTEN } hr_load_fate;

/* A table that this load changes. Give the tables of a root table that is replaced or merged all:
 * those without rows now may lose some, too. What the root's disposition is, and how it is done,
 * stands in the schema. */
typedef struct hr_load_table {
    const hr_table *table;     /* of hr_load.schema */
    const hr_batches *batches; /* NULL: no rows */
    bool replace;              /* empty it first, even if there are no rows */

    bool created;         /* out: the table is new at the destination */
    bool fresh;           /* it has a name of the load's own as yet; see fresh.h */
    bool replaces;        /* a fresh one takes the place of the table that has the name */
    size_t columns_added; /* out: to a table that was there */
    double seconds;       /* out: for writing its rows, to a stage where there is one */
    hr_load_fate fate;    /* out */
} hr_load_table;

/* A row of _dlt_pipeline_state. */
typedef struct hr_load_state {
    int64_t version;
    const char *pipeline_name;
    hr_str state; /* encoded */
    const char *version_hash;
    const char *newest_load_id; /* of the dataset; only of what is read */
} hr_load_state;

typedef struct hr_load {
    const hr_destination_settings *settings; /* to open again when a commit's outcome is unknown */
    const hr_schema *schema;                 /* final */
    const char *load_id;          /* Unix time: where validities of scd2 end, if nothing is said */
    const char *replace_strategy; /* of tables that name none; NULL: truncate-and-insert */
    hr_load_table *tables;
    size_t n_tables;
    const char *const *dropped; /* tables that go before anything else, with what was known */
    size_t n_dropped;
    const char *const *truncated; /* tables that are emptied before anything else */
    size_t n_truncated;
    const hr_load_state *state;                /* NULL: unchanged since the last load */
    void (*on_rows)(void *ctx, uint64_t rows); /* from any thread; may be NULL */
    /* The load failed and is tried again, from its first row; may be NULL. */
    void (*on_retry)(void *ctx, const hr_error *why);
    void *ctx;

    bool committed; /* out: also true when the commit's answer got lost and the ledger has it */
    bool unknown;   /* out: it failed in the commit, and the ledger could not be read */
    double migrate_seconds, insert_seconds, commit_seconds; /* out */
} hr_load;

/* Loads. *d is an open handle; it may be closed and opened again, and may be NULL afterwards.
 * Failures that may go away by themselves (deadlocks, lost connections) are met by trying again,
 * some times, with pauses. On failure nothing of this load is at the destination, unless `unknown`
 * is set; only new tables and columns may be, where the dialect migrates apart. */
hr_status hr_load_run(hr_load *load, hr_destination **d, hr_error *err);

/* ---- What is there. A dataset or table that does not exist holds nothing: no error. ---- */

/* The newest stored schema of that name: *json lives in `arena`; .p == NULL: none. */
hr_status hr_load_stored_schema(hr_destination *d, const char *name, hr_arena *arena, hr_str *json,
                                hr_error *err);

/* The newest state of the pipeline that a finished load brought. .state.p == NULL: none. */
hr_status hr_load_stored_state(hr_destination *d, const char *pipeline, hr_arena *arena,
                               hr_load_state *out, hr_error *err);

/* All stored versions of the schema, oldest first: columns version, inserted_at, schema, and the
 * first load that had it (NULL: none). */
hr_status hr_load_stored_versions(hr_destination *d, const char *name, hr_arena *arena,
                                  hr_rows *out, hr_error *err);

/* Whether the load is in the ledger: *inserted_at gets the time as text, NULL when it is not. A
 * commit of it that is still under way is waited for. */
hr_status hr_load_find(hr_destination *d, const char *load_id, hr_arena *arena,
                       const char **inserted_at, hr_error *err);

/* What incremental resources note at the destination, since the state has no room for it: rows of
 * texts, written with the load. The keys say whose they are. */
enum { HR_N_NOTE_KEYS = 4, HR_MOST_NOTE_VALUES = 3 };
typedef struct hr_note_table {
    const char *name;
    const char *keys[HR_N_NOTE_KEYS]; /* columns; then come `values` */
    const char *values[HR_MOST_NOTE_VALUES];
    size_t n_values;
    bool merged; /* a row takes the place of the one with the first three keys and value */
} hr_note_table;

/* Hashes of rows at a cursor's last value, beyond those in the state; and the cursors of parents
 * (see extract/incremental.h and extract/parents.h). */
extern const hr_note_table hr_row_hash_notes, hr_parent_notes;

/* The notes under these keys, one after the other; none are kept, since there may be millions. */
typedef hr_status (*hr_on_note)(void *ctx, const hr_str *values, hr_error *err);
hr_status hr_load_notes(hr_destination *d, const hr_note_table *table,
                        const char *const keys[HR_N_NOTE_KEYS], hr_on_note on_note, void *ctx,
                        hr_error *err);

/* Rows of a table; -1: there is no such table. */
hr_status hr_load_count_rows(hr_destination *d, const char *table, int64_t *rows, hr_error *err);

#endif
