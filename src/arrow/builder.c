#include "arrow/builder.h"

#include <assert.h>

#include "base/mem.h"
#include "headrace/headrace.h"

enum { FIRST_ROWS = 64, FIRST_BYTES = 256 };

static uint8_t width_of(hr_type type)
{
    switch (type) {
    case HR_TYPE_BOOL:
        return HR_WIDTH_BITS;
    case HR_TYPE_DATE:
        return 4;
    case HR_TYPE_BIGINT:
    case HR_TYPE_DOUBLE:
    case HR_TYPE_TIMESTAMP:
    case HR_TYPE_TIME:
        return 8;
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return 16;
    default:
        return HR_WIDTH_BYTES;
    }
}

static size_t bitmap_bytes(int64_t rows)
{
    return ((size_t)rows + 7) / 8;
}

void hr_builder_init(hr_builder *b, hr_type type)
{
    *b = (hr_builder){.type = type, .width = width_of(type)};
}

void hr_builder_release(hr_builder *b)
{
    hr_free(b->validity);
    hr_free(b->values);
    hr_free(b->offsets);
    hr_builder_init(b, b->type);
}

static void clear_bits_from(uint8_t *bits, int64_t n, int64_t end)
{
    if (n & 7) {
        bits[n >> 3] = (uint8_t)(bits[n >> 3] & ((1U << (n & 7)) - 1));
        n = (n | 7) + 1;
    }
    if (n < end)
        memset(bits + (n >> 3), 0, bitmap_bytes(end) - (size_t)(n >> 3));
}

static int64_t count_bits(const uint8_t *bits, int64_t from, int64_t to)
{
    int64_t n = 0;

    for (int64_t i = from; i < to; i++)
        n += bits[i >> 3] >> (i & 7) & 1;
    return n;
}

void hr_builder_truncate(hr_builder *b, int64_t n)
{
    if (n >= b->n)
        return;
    b->n_valid -= count_bits(b->validity, n, b->n);
    clear_bits_from(b->validity, n, b->n);
    if (b->width == HR_WIDTH_BYTES)
        b->bytes_len = (size_t)b->offsets[n];
    else if (b->width == HR_WIDTH_BITS)
        clear_bits_from(b->values, n, b->n);
    else
        memset(b->values + n * b->width, 0, (size_t)(b->n - n) * b->width);
    b->n = n;
}

void hr_builder_reset(hr_builder *b)
{
    hr_builder_truncate(b, 0);
}

size_t hr_builder_used(const hr_builder *b)
{
    const size_t bits = bitmap_bytes(b->n);

    switch (b->width) {
    case HR_WIDTH_BITS:
        return 2 * bits;
    case HR_WIDTH_BYTES:
        return bits + (size_t)b->n * sizeof(int32_t) + b->bytes_len;
    default:
        return bits + (size_t)b->n * b->width;
    }
}

/* Grows *p to `size` bytes, zeroed from `used` on. */
static bool grow_zeroed(uint8_t **p, size_t used, size_t size)
{
    uint8_t *bigger = hr_realloc(*p, size);

    if (!bigger)
        return false;
    memset(bigger + used, 0, size - used);
    *p = bigger;
    return true;
}

static bool grow_offsets(hr_builder *b, int64_t cap)
{
    int32_t *offsets = hr_realloc(b->offsets, ((size_t)cap + 1) * sizeof(*offsets));

    if (!offsets)
        return false;
    if (!b->offsets)
        offsets[0] = 0;
    b->offsets = offsets;
    return true;
}

static bool grow_rows(hr_builder *b, int64_t row)
{
    int64_t cap = b->cap ? b->cap : FIRST_ROWS;

    while (cap <= row)
        cap *= 2;
    if (!grow_zeroed(&b->validity, bitmap_bytes(b->cap), bitmap_bytes(cap)))
        return false;
    if (b->width == HR_WIDTH_BYTES) {
        if (!grow_offsets(b, cap))
            return false;
    } else {
        const size_t old = b->width ? (size_t)b->cap * b->width : bitmap_bytes(b->cap);
        const size_t new = b->width ? (size_t)cap * b->width : bitmap_bytes(cap);

        if (!grow_zeroed(&b->values, old, new))
            return false;
    }
    b->cap = cap;
    return true;
}

bool hr_builder_grow(hr_builder *b, int64_t row)
{
    assert(row >= b->n);
    return row < b->cap || grow_rows(b, row);
}

static bool grow_bytes(hr_builder *b, size_t more)
{
    size_t cap = b->bytes_cap ? b->bytes_cap : FIRST_BYTES;

    if (more > INT32_MAX || b->bytes_len + more > INT32_MAX)
        return false;
    while (cap < b->bytes_len + more)
        cap *= 2;
    uint8_t *values = hr_realloc(b->values, cap);
    if (!values)
        return false;
    b->values = values;
    b->bytes_cap = cap;
    return true;
}

bool hr_builder_put_bytes(hr_builder *b, int64_t row, hr_str s)
{
    if (!hr_builder_room(b, row) || (s.n > b->bytes_cap - b->bytes_len && !grow_bytes(b, s.n)))
        return false;
    for (int64_t i = b->n; i < row; i++)
        b->offsets[i + 1] = (int32_t)b->bytes_len;
    if (s.n)
        memcpy(b->values + b->bytes_len, s.p, s.n);
    b->bytes_len += s.n;
    b->offsets[row + 1] = (int32_t)b->bytes_len;
    hr_builder_mark(b, row);
    return true;
}

bool hr_builder_pad(hr_builder *b, int64_t n)
{
    if (n <= b->n)
        return true;
    if (!hr_builder_room(b, n - 1))
        return false;
    if (b->width == HR_WIDTH_BYTES) {
        for (int64_t i = b->n; i < n; i++)
            b->offsets[i + 1] = (int32_t)b->bytes_len;
    }
    b->n = n;
    return true;
}
