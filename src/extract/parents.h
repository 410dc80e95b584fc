/* parents.h -- a cursor for each parent, in place of one for the children of them all.
 *
 * With one cursor, what a parent has behind it is lost: all rows of a parent that comes later, and
 * those of one that is behind the others. So the rows of each parent are compared with where that
 * parent's stopped. The state keeps dlt's cursor as dlt would write it, and a mark beside it; the
 * parents' cursors are rows of a table at the destination, _dlt_incremental_parents, which come
 * and go with the load. Memory: some 300 bytes a parent.
 *
 * What a cursor of dlt's has passed counts as loaded. Where dlt ran before, or between, its cursor
 * is the floor: no parent begins before it, since it would load rows that dlt has loaded.
 *
 * A parent is known by a number, the hash of what its children ask by; 0 is no parent. */
#ifndef HR_EXTRACT_PARENTS_H
#define HR_EXTRACT_PARENTS_H

#include "extract/incremental.h"

typedef struct hr_parents hr_parents;

/* After hr_incremental_begin and the hashes it asked for. `by`: by which fields parents are known;
 * borrowed. *kept: which rows of the table count, for hr_parents_add(); NULL: none do. *floored
 * (may be NULL): a cursor that is not ours has become the floor. Nothing happens for a range with
 * an end, which has no state. */
HR_NODISCARD hr_status hr_parents_begin(hr_incremental *inc, const hr_state *state,
                                        const char *source, const char *by, const char **kept,
                                        bool *floored, hr_error *err);

/* A row of the table: the parent's number, its last value as JSON, the hashes of the rows there. */
HR_NODISCARD hr_status hr_parents_add(hr_incremental *inc, hr_str parent, hr_str value,
                                      hr_str hashes, hr_error *err);

/* Where a parent begins; constant during the run, for any thread. Zero is empty. */
typedef struct hr_parent_start {
    hr_cursor_copy last, start; /* `start` has the lag applied; kind NONE: there is none */
    const hr_hash_set *seen;    /* hashes at `last` that were loaded; of `own`, or of all parents */
    hr_hash_set own;
} hr_parent_start;

/* The caller owes hr_parent_start_release(); after a failure there is nothing to release. */
HR_NODISCARD hr_status hr_parents_start(const hr_incremental *inc, uint64_t parent,
                                        hr_parent_start *out, hr_error *err);
void hr_parent_start_release(hr_parent_start *s);

/* Whether, after these rows of a parent, no later page of its can hold rows of the range, by the
 * promise of row_order. */
bool hr_parents_page_ends(const hr_incremental *inc, uint64_t parent, yyjson_val *const *rows,
                          size_t n);

/* Takes in where the rows of a parent stopped in this run, or in a part of it; `rows` is empty
 * afterwards. */
HR_NODISCARD hr_status hr_parents_note(hr_incremental *inc, uint64_t parent, hr_boundary *rows,
                                       hr_error *err);

/* By hr_incremental_finish: puts the mark into the state's entry, and finds the parents that have
 * moved. */
HR_NODISCARD hr_status hr_parents_finish(hr_incremental *inc, hr_json_mdoc *doc,
                                         hr_json_mval *entry, hr_error *err);

/* After finish: how many parents have moved, and the text by which rows of this
 * cursor are told from those of one that was forgotten; borrowed. */
size_t hr_parents_n_moved(const hr_incremental *inc);
const char *hr_parents_since(const hr_incremental *inc);

typedef struct hr_parent_row {
    char parent[17];
    hr_str value, hashes; /* borrowed */
} hr_parent_row;

/* Row `i` of those that have moved; borrowed from `inc`. */
void hr_parents_moved(const hr_incremental *inc, size_t i, hr_parent_row *out);

void hr_parents_free(hr_parents *p); /* NULL is fine */

#endif
