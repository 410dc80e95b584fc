/* package_rows.h -- what a load package holds, as text that a test compares.
 *
 * One line a row, sorted, nulls left out. Ids are random, so a row is named by its place instead:
 * a root row by its column "id", a child row by its parent's name, '/' and its list index.
 *
 *   t 7: a=1 b='text'
 *   t__l 7/0: value=1.5
 */
#ifndef HR_TESTS_SUPPORT_PACKAGE_ROWS_H
#define HR_TESTS_SUPPORT_PACKAGE_ROWS_H

#include "package/reader.h"

/* Appends to `out`. An id that comes twice, a child without its parent, a batch that is not of
 * the reader's schema: a line that says so. */
hr_status test_package_rows(const hr_package *p, const hr_schema *schema, hr_buf *out,
                            hr_error *err);

/* One value; false: null. By Arrow format, as in the lines. */
bool test_arrow_value(const struct ArrowSchema *field, const struct ArrowArray *column, int64_t row,
                      hr_buf *out);

#endif
