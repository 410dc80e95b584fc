/* batches.h -- batches of rows that a test knows the values of.
 *
 * Row r of a column holds, by Arrow format: l: 7r-3; g: r/2; b: r % 3 == 0; u and z: the first
 * r % 40 characters of "a text that is longer than most of them are", then r; tdD: r % 20000;
 * ttu: r % 86400000000; tsu: 1.7e15 + r; d:p,s: r % 9999 (unscaled). Released memory is
 * overwritten first, so whoever still reads it gets other values. */
#ifndef HR_TESTS_SUPPORT_BATCHES_H
#define HR_TESTS_SUPPORT_BATCHES_H

#include <stdatomic.h>

#include "package/batches.h"

typedef struct test_column {
    const char *name, *format;
    int64_t null_every; /* rows divisible by it are null; 0: none; 1: all */
} test_column;

typedef struct test_batches {
    hr_batches batches;
    const test_column *columns;
    size_t n_columns;
    int64_t rows, rows_per_batch;
    int64_t fail_after;     /* rows after which next() fails; -1: never */
    atomic_int_fast64_t at; /* next row */
    atomic_int_fast64_t alive;
    struct ArrowSchema schema;
} test_batches;

void test_batches_init(test_batches *b, const test_column *columns, size_t n_columns, int64_t rows,
                       int64_t rows_per_batch);
void test_batches_release(test_batches *b);

#endif
