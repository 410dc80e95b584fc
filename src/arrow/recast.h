/* recast.h -- a column's values as another type, exactly.
 *
 * For columns that were widened after some of their values were written. What comes out depends
 * on the values alone, not on the types they passed through: a whole number becomes text without
 * ".0", whether it was a bigint or a double in between. */
#ifndef HR_ARROW_RECAST_H
#define HR_ARROW_RECAST_H

#include "arrow/builder.h"
#include "value/convert.h"

/* A column as it lies in memory. */
typedef struct hr_column_view {
    hr_type type;
    int scale; /* decimals; -1: the default */
    int64_t n;
    const uint8_t *validity; /* NULL: all are valid */
    const int32_t *offsets;  /* text, json, binary */
    const uint8_t *values;
} hr_column_view;

hr_column_view hr_builder_view(const hr_builder *b, int scale);

/* The values in a new builder of the target's type. HR_E_UNSUPPORTED: one cannot be converted
 * exactly; `out` is then untouched. */
hr_status hr_recast(const hr_column_view *column, hr_target target, hr_builder *out, hr_error *err);

/* Puts a value of the builder's type. False: out of memory. */
bool hr_builder_put(hr_builder *b, int64_t row, const hr_value *v);

#endif
