/* batches.h -- the rows of one table, as Arrow arrays, on their way to a destination. */
#ifndef HR_PACKAGE_BATCHES_H
#define HR_PACKAGE_BATCHES_H

#include "headrace/arrow.h"
#include "headrace/error.h"

/* A column beside those of the schema, bigint, in batches of tables that are merged: the place of
 * the row in the input; rows of nested tables have that of their root row. */
#define HR_ROW_ORDER "_headrace_row"

/* Every array is a struct array with one child a column, all of one schema. */
typedef struct hr_batches {
    void *self;
    struct ArrowSchema *schema; /* borrowed; a struct, children in column order */
    uint64_t rows;              /* all of them together */

    /* The next batch, which the caller then owns; at the end out->release is NULL. Batches come
     * in no particular order. Safe to call from several threads at once. A column that a batch
     * has no values for is all null (null_count == length) and may share zeroed buffers with
     * others: read-only, as all buffers here. offset is always 0. */
    hr_status (*next)(void *self, struct ArrowArray *out, hr_error *err);

    /* Begins again with the first batch; while nobody is inside next(). */
    void (*rewind)(void *self);
} hr_batches;

#endif
