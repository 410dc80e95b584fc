/* catalog.h -- the one schema that all normalizing threads agree on.
 *
 * Types are inferred from the whole data in input order, though pages are worked on side by
 * side. Each worker normalizes a page against its own mirror of the schema and notes what it
 * had to add (its delta). Then it commits the delta, in page order:
 *
 *  - nothing was added meanwhile by earlier pages, or what was added agrees: the delta becomes
 *    part of the schema;
 *  - an earlier page gave one of the new columns another type: HR_CATALOG_CONFLICT. The worker
 *    takes its page back, catches up, and normalizes it again. It still holds the turn, so the
 *    second time nothing can come in between.
 *
 * The outcome is that of one thread reading everything in order, whatever the number of workers.
 * A page whose delta is empty needs no turn: columns never change under it (unless they widen).
 *
 * All functions are thread-safe.
 */
#ifndef HR_NORMALIZE_CATALOG_H
#define HR_NORMALIZE_CATALOG_H

#include "base/arena.h"
#include "schema/contract.h"
#include "schema/schema.h"

/* One thing that was added to the schema. */
typedef enum hr_change_kind {
    HR_CHANGE_TABLE,   /* `table` under `parent` (.p == NULL: root) */
    HR_CHANGE_COLUMN,  /* `column` of `table` */
    HR_CHANGE_WIDEN,   /* `column` of `table` now has another type; it had `before` */
    HR_CHANGE_INEXACT, /* `column`, a bigint, holds a number that no double is; it won't become one
                        */
} hr_change_kind;

typedef struct hr_change {
    hr_change_kind kind;
    hr_str table;
    hr_str parent;
    hr_contract contract; /* HR_CHANGE_TABLE: of the table, as long as this run */
    hr_column_spec column;
    hr_column_spec before;
} hr_change;

typedef struct hr_changes {
    hr_change *items;
    size_t n, cap;
} hr_changes;

/* False: out of memory. Strings are borrowed. */
bool hr_changes_add(hr_changes *c, const hr_change *change);
void hr_changes_release(hr_changes *c);

typedef struct hr_catalog hr_catalog;

/* `schema` is borrowed and changed by commits; `max_depth_matters` says that a json column made
 * by one page may change how another page's objects unfold. */
hr_status hr_catalog_new(hr_catalog **out, hr_schema *schema, bool max_depth_matters,
                         hr_error *err);
void hr_catalog_free(hr_catalog *c);

/* The `n` changes since position *pos; moves *pos. At position 0 the whole schema comes, too.
 * The strings live as long as the schema. Appends to `out`. */
hr_status hr_catalog_catch_up(hr_catalog *c, size_t *pos, hr_changes *out, hr_error *err);

/* Blocks until all pages before `page` have committed or passed. HR_E_CANCELLED: the catalog
 * was stopped, since an earlier page failed. */
hr_status hr_catalog_turn(hr_catalog *c, uint64_t page, hr_error *err);

typedef enum hr_commit {
    HR_CATALOG_DONE,
    HR_CATALOG_CONFLICT,
} hr_commit;

/* To be called with the turn of the page. `pos` is where the worker last caught up. On DONE the
 * turn passes on. */
hr_status hr_catalog_commit(hr_catalog *c, uint64_t page, size_t pos, const hr_changes *delta,
                            hr_commit *out, hr_error *err);

/* The page needs no turn; at any time. Blocks only while a page far behind is not done. */
void hr_catalog_pass(hr_catalog *c, uint64_t page);

/* Wakes all who wait, with HR_E_CANCELLED. */
void hr_catalog_stop(hr_catalog *c);

/* Whether anything was added since `pos`. */
bool hr_catalog_moved(hr_catalog *c, size_t pos);

#endif
