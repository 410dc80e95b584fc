/* arrow_rows.h -- which rows of Arrow batches an incremental resource takes. */
#ifndef HR_PIPELINE_ARROW_ROWS_H
#define HR_PIPELINE_ARROW_ROWS_H

#include <nanoarrow/nanoarrow.h>

#include "extract/incremental.h"

typedef struct hr_arrow_rows {
    hr_incremental *inc; /* NULL: all rows are taken */
    hr_incremental_rows *rows;
    struct ArrowSchemaView *types; /* of the columns */
    const struct ArrowSchema *schema;
    size_t cursor; /* its column */
    int64_t *kept; /* rows of the batch at hand */
    size_t n_kept, cap_kept;
} hr_arrow_rows;

/* `schema` is borrowed. HR_E_CONFIG: the cursor is no column, or of a type that has no order. */
hr_status hr_arrow_rows_begin(hr_arrow_rows *r, hr_incremental *inc,
                              const struct ArrowSchema *schema, hr_error *err);

/* Fills r->kept with the places of the rows to take, from `offset` on. */
hr_status hr_arrow_rows_choose(hr_arrow_rows *r, const struct ArrowArrayView *view, int64_t offset,
                               int64_t length, hr_error *err);

/* An instant in microseconds, and whether it has no finer part; false: it is out of range. */
bool hr_arrow_micros(int64_t v, enum ArrowTimeUnit unit, int64_t *out, bool *exact);

/* Once, whatever happened. */
hr_status hr_arrow_rows_end(hr_arrow_rows *r, bool failed, hr_error *err);

#endif
