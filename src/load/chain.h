/* chain.h -- the tables of one resource while they are loaded: a root table and those below it.
 *
 * Rows that are merged are staged first: in temporary tables, which no other connection sees and
 * which end with this one, so that loads cannot meet there and nothing stays behind. The SQL is
 * the same for all destinations; what differs stands in the dialect. */
#ifndef HR_LOAD_CHAIN_H
#define HR_LOAD_CHAIN_H

#include "base/arena.h"
#include "load/load.h"
#include "schema/strategy.h"

typedef struct hr_chain_table {
    hr_load_table *load;
    const hr_table *table;
    const char *target;   /* SQL: where its rows are to be */
    const char *stage;    /* SQL: where they are until then; NULL: it has no rows */
    const char *columns;  /* SQL: the columns of both, separated by ", " ... */
    const char *values;   /* ... and what goes from the stage into them; NULL: the same */
    const char *row_key;  /* SQL: the column of row ids; NULL: it has none */
    const char *root_key; /* SQL: that of the root's row ids; NULL: it has none, or is the root */
    bool ordered;         /* the stage has HR_ROW_ORDER */
    bool empty;           /* the target was made by this transaction, so nobody has filled it */
} hr_chain_table;

typedef struct hr_chain {
    hr_load *load;
    hr_destination *d;
    hr_arena arena;
    hr_merge merge;
    hr_chain_table *tables; /* the root first, parents before their children */
    size_t n;
    bool failed; /* memory ran out while SQL was built */
} hr_chain;

/* The chain of load->tables[first], a table without a parent. Nothing is done yet. */
hr_status hr_chain_init(hr_chain *c, hr_load *load, hr_destination *d, size_t first, hr_error *err);
void hr_chain_release(hr_chain *c);

/* Loads it: each in its file. */
hr_status hr_chain_append(hr_chain *c, hr_error *err);
hr_status hr_chain_replace(hr_chain *c, hr_error *err);
hr_status hr_chain_merge(hr_chain *c, hr_error *err); /* all strategies but scd2 */
hr_status hr_chain_scd2(hr_chain *c, hr_error *err);

/* Whether what the schema says of a root table can be done, asked before anything is. */
hr_status hr_chain_check(const hr_load *load, const hr_load_table *root, const hr_dialect *dialect,
                         hr_error *err);

hr_status hr_replace_check(const hr_load *load, const hr_table *root, const hr_dialect *dialect,
                           hr_error *err);

/* ---- for the files that do ---- */

/* Its batches, into `target` of that table. */
hr_status hr_chain_insert(hr_chain *c, hr_chain_table *t, const char *target, hr_error *err);

/* Makes the staging tables of all tables with rows, and fills them. */
hr_status hr_chain_stage(hr_chain *c, hr_error *err);
/* From there to the target: rows for which `condition` is true ("": all). */
hr_status hr_chain_unstage(hr_chain *c, const hr_chain_table *t, const char *condition,
                           hr_error *err);
/* Assignments of all columns of row s of the stage. */
const char *hr_chain_assignments(hr_chain *c, const hr_chain_table *t);
/* Those whose row key is not there. */
hr_status hr_chain_unstage_new(hr_chain *c, const hr_chain_table *t, hr_error *err);
hr_status hr_chain_drop_stages(hr_chain *c, hr_error *err);

/* Text that lives as long as the chain. After a failure "", and hr_chain_run fails. The buffer is
 * released. */
const char *hr_chain_kept(hr_chain *c, hr_buf *text);
const char *hr_chain_say(hr_chain *c, const char *fmt, ...) HR_PRINTF(2, 3);
const char *hr_chain_quote(hr_chain *c, const char *name);

/* Runs a statement. / Whether a query yields a row. */
hr_status hr_chain_run(hr_chain *c, hr_error *err, const char *fmt, ...) HR_PRINTF(3, 4);
hr_status hr_chain_ask(hr_chain *c, bool *out, hr_error *err, const char *fmt, ...) HR_PRINTF(4, 5);

/* The name of a temporary table of this load. */
const char *hr_chain_temporary(hr_chain *c, const char *what);
/* Makes one from a query. */
hr_status hr_chain_create(hr_chain *c, const char *name, const char *query, hr_error *err);

/* ---- conditions ---- */

/* Columns with a property, quoted, ", " between; NULL: there are none. */
const char *hr_chain_columns(hr_chain *c, const hr_table *t, hr_column_test test);

/* That row `d` of the root's target and row `s` of its stage have the same key. Nulls are the
 * same, too; that costs, so it is only asked for when such keys are staged. */
hr_status hr_chain_same_key(hr_chain *c, hr_column_test key, const char **out, hr_error *err);

/* The user's condition on rows that may be deleted; NULL: there is none. */
const char *hr_chain_scope(hr_chain *c);

/* Takes rows out of the root's stage for which `condition` is true, and all below them. */
hr_status hr_chain_take_out(hr_chain *c, const char *condition, hr_error *err);
/* Those that the user's filter leaves out. */
hr_status hr_chain_filter(hr_chain *c, hr_error *err);

#endif
