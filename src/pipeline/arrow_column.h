/* arrow_column.h -- one column of an Arrow stream: which of the eleven types it has, and its values
 * as a column of the package. Not thread-safe. */
#ifndef HR_PIPELINE_ARROW_COLUMN_H
#define HR_PIPELINE_ARROW_COLUMN_H

#include <nanoarrow/nanoarrow.h>

#include "arrow/builder.h"
#include "package/package.h"
#include "pipeline/arrow_contract.h"
#include "schema/naming.h"

typedef struct hr_arrow_column {
    char *name; /* normalized */
    enum ArrowType type;
    enum ArrowTimeUnit unit;
    hr_column_spec spec; /* .type NONE: a column of nulls, which is left out */
    hr_arrow_verdict verdict;
    hr_builder builder;
} hr_arrow_column;

/* `c` is all-zero, and to be released whatever is returned. HR_E_UNSUPPORTED: an Arrow type that
 * has no place in a column. */
HR_NODISCARD hr_status hr_arrow_column_init(hr_arrow_column *c, const struct ArrowSchema *schema,
                                            const hr_naming *naming, hr_error *err);
void hr_arrow_column_release(hr_arrow_column *c);

/* Value `from` of the stream's array, which is not null, becomes row `row` of the column.
 * HR_E_SCHEMA: the column cannot hold it. */
HR_NODISCARD hr_status hr_arrow_column_put(hr_arrow_column *c, const struct ArrowArrayView *v,
                                           int64_t from, int64_t row, hr_error *err);

/* The rows so far, borrowed from the column. */
hr_batch_column hr_arrow_column_batch(const hr_arrow_column *c);

#endif
