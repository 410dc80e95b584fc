/* incremental.h -- only what is new: rows whose cursor lies past where the last run stopped.
 *
 * The rows of a run are compared with the value at which the run begins, so rows may come in any
 * order; a row that has just that value is left out if an earlier run loaded it, by the hash
 * of its key or of all of it. What dlt stores of this, and how it hashes, is the same here, so
 * each goes on from the other's state.
 *
 * When more than HR_STATE_HASHES rows have the last value, the state holds the first of their
 * hashes only and says so; the others go to a table at the destination, _dlt_incremental_rows,
 * with the load. So the state stays small and no row is lost or doubled.
 *
 * Made, begun and finished on one thread; in between, instances of the step work on theirs. */
#ifndef HR_EXTRACT_INCREMENTAL_H
#define HR_EXTRACT_INCREMENTAL_H

#include "extract/boundary.h"
#include "extract/step.h"
#include "state/state.h"

enum { HR_STATE_HASHES = 1000 };

typedef struct hr_incremental hr_incremental;

/* `options`: the object of the hint; `primary_key`: the resource's, NULL: none. Both are borrowed
 * and outlive this. HR_E_CONFIG says which option is wrong. */
HR_NODISCARD hr_status hr_incremental_new(hr_incremental **out, yyjson_val *options,
                                          yyjson_val *primary_key, const char *resource,
                                          hr_error *err);
void hr_incremental_free(hr_incremental *inc); /* NULL is fine */

/* The cursor path as written; and the one column it names, .p == NULL: it is no plain name. */
const char *hr_incremental_path(const hr_incremental *inc);
hr_str hr_incremental_column(const hr_incremental *inc);

/* Finds in the state where the last run stopped. *more says that further hashes lie at the
 * destination, for hr_incremental_add_hash(). *changed (may be NULL): initial_value is not that of
 * the state, which counts. */
HR_NODISCARD hr_status hr_incremental_begin(hr_incremental *inc, const hr_state *state,
                                            const char *source, bool *more, bool *changed,
                                            hr_error *err);
HR_NODISCARD hr_status hr_incremental_add_hash(hr_incremental *inc, hr_str text, hr_error *err);

/* After begin, constant during the run; kind NONE: there is none. `start` has the lag applied;
 * `last` is without it, and names the rows at the destination. */
const hr_cursor *hr_incremental_initial(const hr_incremental *inc);
const hr_cursor *hr_incremental_start(const hr_incremental *inc);
const hr_cursor *hr_incremental_last(const hr_incremental *inc);
const hr_cursor *hr_incremental_end(const hr_incremental *inc);

/* Filters items and notes where the run stops. */
hr_step hr_incremental_step(hr_incremental *inc);
/* The same as two steps, for others between them which leave out items that a later run is to load.
 */
hr_step hr_incremental_filter(hr_incremental *inc);
hr_step hr_incremental_note(hr_incremental *inc);

/* ---- for rows that are no JSON items ---- */

typedef struct hr_incremental_rows hr_incremental_rows;

/* Appends the key of the row at hand as JSON; or the row, when there is no key. */
typedef hr_status (*hr_row_key_fn)(void *ctx, hr_buf *out, hr_error *err);

HR_NODISCARD hr_status hr_incremental_rows_new(hr_incremental_rows **out, hr_incremental *inc,
                                               hr_error *err);
/* `v` NULL or kind NONE: the row has no cursor value. *keep: the row is to be loaded. */
HR_NODISCARD hr_status hr_incremental_row(hr_incremental_rows *rows, const hr_cursor *v,
                                          hr_row_key_fn key, void *ctx, bool *keep, hr_error *err);
/* Puts what was noted into the incremental; frees. */
HR_NODISCARD hr_status hr_incremental_rows_close(hr_incremental_rows *rows, bool failed,
                                                 hr_error *err);
/* The key: a name or a list of names; NULL: the whole row. */
yyjson_val *hr_incremental_key(const hr_incremental *inc);

/* ---- afterwards ---- */

/* Writes where the run stopped into the state, unless the range had an end. */
HR_NODISCARD hr_status hr_incremental_finish(hr_incremental *inc, hr_state *state,
                                             const char *source, hr_error *err);

/* Where the run stopped; before finish, where it began. */
const hr_cursor *hr_incremental_stop(const hr_incremental *inc);

/* Hashes that go to the destination, after finish. */
size_t hr_incremental_n_more(const hr_incremental *inc);
void hr_incremental_more(const hr_incremental *inc, size_t i, char out[HR_ROW_HASH_TEXT]);

/* Rows that came, and how many of them were left out. */
uint64_t hr_incremental_rows_in(const hr_incremental *inc);
uint64_t hr_incremental_left_out(const hr_incremental *inc);

#endif
