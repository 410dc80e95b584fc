/* shred.h -- JSON text through the shredder, into a text that a test compares.
 *
 *   t(a bigint, b__x text, _dlt_load_id text!, _dlt_id text!)     columns as the page added them
 *   t__l < t(value bigint, ...)                                   "!": not null, "~": variant
 *   t: a=1 b__x='s'                                               one line a row, nulls left out
 *   t__l 0.1: value=5                                             parent row, list index
 *   t__l /t__o 0.1: value=5                     a row of a parent that is not the table's first
 *   values 3 discarded 1 system 0 duplicate                       only when something was
 *   error: ...                                                    in place of the rows
 */
#ifndef HR_TESTS_SUPPORT_SHRED_H
#define HR_TESTS_SUPPORT_SHRED_H

#include "normalize/items.h"
#include "normalize/shredder.h"

typedef struct test_shred {
    hr_shredder shredder;
    hr_items items;
    hr_ntable *root; /* "t" */
    hr_error err;
    hr_status status;
} test_shred;

/* Options may be NULL: nesting as by default, the rest off. */
void test_shred_init(test_shred *s, const hr_shred_options *options, size_t max_identifier);
void test_shred_release(test_shred *s);

/* The values of the text, as one page, are added to the rows. False: s->err says why. */
bool test_shred_add(test_shred *s, hr_str json);

/* Append to `out`. */
void test_shred_columns(const test_shred *s, hr_buf *out);
void test_shred_rows(const test_shred *s, hr_buf *out);
void test_shred_tally(const test_shred *s, hr_buf *out);

/* The page of a text, which is copied; the caller owes hr_free(page.data). */
hr_page test_page(hr_str json);

#endif
