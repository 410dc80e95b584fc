/* match.h -- rows of a table that match staged ones, and what is done to them.
 *
 * Few staged rows are looked for in a large table by a query of its own where the engine shares
 * queries among workers, but no DELETE or UPDATE (Postgres). The rows found are then changed at
 * their places. Somebody may change such a row in between: so places are held while they are
 * known, each row is asked for its key again, and when one is missed the engine looks once more
 * for all. */
#ifndef HR_LOAD_MATCH_H
#define HR_LOAD_MATCH_H

#include "load/chain.h"

typedef struct hr_match {
    const char *many;        /* SQL: the table */
    const char *few;         /* SQL: a temporary table */
    const char *const *keys; /* SQL: columns of `few` that are compared */
    size_t n_keys;
    const char *same;  /* SQL: that row d of `many` and row s of `few` match */
    const char *found; /* a temporary table of the rows found; NULL: none was made */
    const char *held;  /* with `found`: what holds the places */
} hr_match;

/* Looks for rows, if that is worth it. Of what is found, `columns` are kept, separated by ", ",
 * the compared ones among them. `name` is that of no other match of the chain. */
hr_status hr_match_find(hr_chain *c, hr_match *m, const char *name, const char *columns,
                        hr_error *err);

/* Rows of the root's target with a staged key. Their keys and row ids are kept. */
hr_status hr_match_roots(hr_chain *c, hr_column_test key, const char *name, hr_match *m,
                         hr_error *err);

/* SQL: a table with all rows d that match, and maybe others. */
const char *hr_match_table(const hr_match *m);
/* SQL: " AND ...", that row d of m->many is one of those found; "" if none were looked for. */
const char *hr_match_places(hr_chain *c, const hr_match *m);

/* Changes the rows that match; `set` has assignments from row s. When rows found were changed by
 * somebody else, nothing is found any more. */
hr_status hr_match_delete(hr_chain *c, hr_match *m, hr_error *err);
hr_status hr_match_update(hr_chain *c, hr_match *m, const char *set, hr_error *err);

/* Rows were taken out of `few`: what matches no other is forgotten. */
hr_status hr_match_forget(hr_chain *c, hr_match *m, hr_error *err);
/* All is forgotten. */
hr_status hr_match_end(hr_chain *c, hr_match *m, hr_error *err);

#endif
