/* conform.h -- a batch as it was written, to a batch as the table is now.
 *
 * Columns that the batch lacks come as all null; columns that were widened since are converted
 * value by value, exactly; the others are moved, not copied. */
#ifndef HR_PACKAGE_CONFORM_H
#define HR_PACKAGE_CONFORM_H

#include "arrow/fields.h"

typedef struct hr_conform {
    const hr_arrow_field *from; /* of the batch */
    size_t n_from;
    const int *target_of; /* from[i] becomes to[target_of[i]] */
    const hr_arrow_field *to;
    size_t n_to;
    void *zeros; /* (rows + 1) * 16 zero bytes that outlive the batch */
} hr_conform;

/* Takes `batch` over, whatever is returned. HR_E_SCHEMA: a value cannot become what the column
 * is now. */
hr_status hr_conform_batch(const hr_conform *how, struct ArrowArray *batch, struct ArrowArray *out,
                           hr_error *err);

#endif
