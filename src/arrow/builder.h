/* builder.h -- one growing column, laid out as an Arrow array.
 *
 * Values are put at a row number; rows that were skipped since the last put are null. So a
 * sparse column costs nothing per row until it is finished. Memory is zeroed before use.
 * A put may be taken back while it is the last one (hr_builder_truncate). Not thread-safe. */
#ifndef HR_ARROW_BUILDER_H
#define HR_ARROW_BUILDER_H

#include <stdint.h>

#include "base/str.h"
#include "headrace/error.h"
#include "value/types.h"

typedef struct hr_builder {
    hr_type type;
    uint8_t width; /* bytes a value: 1, 4, 8, 16; 0: bits (bool); 255: offsets and bytes */
    int64_t n;     /* rows, nulls included */
    int64_t n_valid;
    int64_t cap;       /* rows that fit; 0: nothing allocated */
    uint8_t *validity; /* bitmap, 1 is valid */
    uint8_t *values;   /* or, for width 255, the bytes */
    int32_t *offsets;  /* width 255: cap + 1 */
    size_t bytes_len;  /* width 255: bytes used ... */
    size_t bytes_cap;  /* ... and allocated */
} hr_builder;

enum { HR_WIDTH_BITS = 0, HR_WIDTH_BYTES = 255 };

void hr_builder_init(hr_builder *b, hr_type type);
void hr_builder_release(hr_builder *b);
void hr_builder_reset(hr_builder *b); /* empty, memory kept */

/* Rows from `n` on are forgotten. */
void hr_builder_truncate(hr_builder *b, int64_t n);

/* Memory that the rows take. */
size_t hr_builder_used(const hr_builder *b);

/* All puts: row >= b->n; false is out of memory (or 2 GiB of text in one batch). */
bool hr_builder_grow(hr_builder *b, int64_t row);
bool hr_builder_put_bytes(hr_builder *b, int64_t row, hr_str s);
bool hr_builder_pad(hr_builder *b, int64_t n); /* nulls up to n rows */

static inline bool hr_builder_room(hr_builder *b, int64_t row)
{
    return row < b->cap || hr_builder_grow(b, row);
}

static inline void hr_builder_mark(hr_builder *b, int64_t row)
{
    b->validity[row >> 3] = (uint8_t)(b->validity[row >> 3] | (1U << (row & 7)));
    b->n = row + 1;
    b->n_valid++;
}

static inline bool hr_builder_put_i64(hr_builder *b, int64_t row, int64_t v)
{
    if (!hr_builder_room(b, row))
        return false;
    memcpy(b->values + row * 8, &v, 8);
    hr_builder_mark(b, row);
    return true;
}

static inline bool hr_builder_put_double(hr_builder *b, int64_t row, double v)
{
    if (!hr_builder_room(b, row))
        return false;
    memcpy(b->values + row * 8, &v, 8);
    hr_builder_mark(b, row);
    return true;
}

static inline bool hr_builder_put_bool(hr_builder *b, int64_t row, bool v)
{
    if (!hr_builder_room(b, row))
        return false;
    b->values[row >> 3] = (uint8_t)(b->values[row >> 3] | ((unsigned)v << (row & 7)));
    hr_builder_mark(b, row);
    return true;
}

/* For dates (int32) and decimals (16 bytes): `v` points to `width` bytes. */
static inline bool hr_builder_put_fixed(hr_builder *b, int64_t row, const void *v)
{
    if (!hr_builder_room(b, row))
        return false;
    memcpy(b->values + row * b->width, v, b->width);
    hr_builder_mark(b, row);
    return true;
}

#endif
