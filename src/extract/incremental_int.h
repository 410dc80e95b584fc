/* incremental_int.h -- what the files of the incremental share. */
#ifndef HR_EXTRACT_INCREMENTAL_INT_H
#define HR_EXTRACT_INCREMENTAL_INT_H

#include <stdatomic.h>

#include "extract/incremental.h"
#include "extract/parents.h"
#include "json/jsonpath.h"

typedef enum hr_on_missing {
    HR_MISSING_RAISE,
    HR_MISSING_INCLUDE,
    HR_MISSING_EXCLUDE
} hr_on_missing;
typedef enum hr_row_order { HR_ROWS_ANY, HR_ROWS_ASC, HR_ROWS_DESC } hr_row_order;

struct hr_incremental {
    const char *resource;
    const char *path_text;
    hr_jsonpath *path; /* used when `column` is not one plain name */
    hr_str column;
    yyjson_val *key; /* name or list; NULL: the whole row */
    int sign;        /* of last_value_func: 1 max, -1 min */
    double lag;
    hr_on_missing on_missing;
    hr_row_order row_order;
    bool start_open, end_closed;

    hr_cursor given_initial, end; /* as the options say; from begin on, as a scheduler does */
    bool dedup;
    yyjson_val *scheduler; /* allow_external_schedulers; NULL: not given */
    hr_cursor_copy scheduled_start, scheduled_end;

    hr_cursor_copy initial, start, last; /* as the state and the lag say */
    hr_hash_set seen;                    /* hashes at `last` that were loaded */
    hr_buf stored_hashes;                /* those of the state, one after another with a NUL each */
    size_t n_stored;
    bool overflowed; /* more of them lie at the destination */

    hr_parents *parents; /* NULL: all rows have one cursor */
    bool of_children;    /* rows come parent by parent */

    hr_boundary boundary;  /* of this run */
    const hr_cursor *stop; /* the last value, as it went into the state if there is no end */
    size_t first_more;     /* of its rows, those from here go to the destination */
    uint64_t rows_in, rows_left_out;
};

/* Where the rows of a parent stopped, in the pages of one worker. */
typedef struct hr_parent_stop {
    uint64_t parent;
    hr_boundary rows;
} hr_parent_stop;

struct hr_incremental_rows {
    hr_incremental *inc;
    bool filters, notes;    /* what is done with a row: both, or one */
    const hr_cursor *start; /* these two are of the incremental, or of the page's parent */
    const hr_hash_set *seen;
    uint64_t parent;
    hr_parent_start parent_start;
    hr_parent_stop *parents; /* of the pages so far */
    size_t n_parents, cap_parents;
    uint64_t page;
    uint32_t in_page;
    hr_boundary of_page, kept;
    hr_buf pending; /* text of the key of the last row at the boundary, not hashed yet */
    uint32_t pending_at;
    bool out_of_range;                 /* in the direction that ends an ordered input */
    uint64_t rows, left_out;           /* of the page */
    uint64_t kept_rows, kept_left_out; /* of pages before */
};

hr_status hr_incremental_read_options(hr_incremental *inc, yyjson_val *options,
                                      yyjson_val *primary_key, hr_error *err);

/* What the state has of this cursor; NULL: nothing. */
hr_json_mval *hr_incremental_entry(const hr_incremental *inc, const hr_state *state,
                                   const char *source);

/* Whether a value lies outside of the range. *older: beyond its start; *past: beyond its end. */
hr_status hr_incremental_place(const hr_incremental *inc, const hr_cursor *start,
                               const hr_cursor *v, bool *at_start, bool *older, bool *past,
                               hr_error *err);
/* Refuses a row; `what` is its cursor: "null", "missing". */
hr_status hr_incremental_missing(const hr_incremental *inc, const char *what, hr_error *err);

hr_status hr_incremental_begin_page(hr_incremental_rows *r, uint64_t page, uint64_t parent,
                                    hr_error *err);
hr_status hr_incremental_keep_page(hr_incremental_rows *r, hr_error *err);

/* Where to begin when an earlier run stopped at `last`: the lag is applied. */
hr_status hr_incremental_start_from(const hr_incremental *inc, const hr_cursor *last,
                                    hr_cursor_copy *start, hr_error *err);

#endif
