#include "destination/duckdb/fill.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "destination/duckdb/scan.h"

static void fill_fixed(const dk_column *c, const struct ArrowArray *a, int64_t start, int64_t n,
                       void *data)
{
    const char *const from = (const char *)a->buffers[1] + (size_t)start * c->width;

    memcpy(data, from, (size_t)n * c->width);
}

/* DuckDB keeps narrow decimals in narrow integers; Arrow's are always 16 bytes, low end first. */
static void fill_decimal(const dk_column *c, const struct ArrowArray *a, int64_t start, int64_t n,
                         void *data)
{
    const char *const from = (const char *)a->buffers[1] + (size_t)start * 16;

    for (size_t i = 0; i < (size_t)n; i++)
        memcpy((char *)data + i * c->width, from + i * 16, c->width);
}

static void fill_bool(const dk_column *c, const struct ArrowArray *a, int64_t start, int64_t n,
                      void *data)
{
    const uint8_t *const bits = (const uint8_t *)a->buffers[1] + start / 8;
    uint8_t *const to = data;

    (void)c;
    for (size_t i = 0; i < (size_t)n; i++)
        to[i] = (uint8_t)(bits[i / 8] >> (i % 8)) & 1;
}

static dk_string string_at(const char *p, uint32_t n)
{
    dk_string s = {.near.length = n};

    if (n <= DK_STRING_INLINE) {
        memcpy(s.near.bytes, p, n);
    } else {
        memcpy(s.far.prefix, p, sizeof(s.far.prefix));
        s.far.p = p;
    }
    return s;
}

static void fill_string(const dk_column *c, const struct ArrowArray *a, int64_t start, int64_t n,
                        void *data)
{
    const int32_t *const offsets = (const int32_t *)a->buffers[1] + start;
    const char *const bytes = a->buffers[2] ? a->buffers[2] : "";
    dk_string *const to = data;

    (void)c;
    for (int64_t i = 0; i < n; i++)
        to[i] = string_at(bytes + offsets[i], (uint32_t)(offsets[i + 1] - offsets[i]));
}

/* Both sides keep one bit a row, 1 for a value, in the same order. */
static void fill_validity(const dk_library *lib, const struct ArrowArray *a, int64_t start,
                          int64_t n, dk_vector vector)
{
    lib->vector_ensure_validity_writable(vector);

    uint64_t *const mask = lib->vector_get_validity(vector);
    const size_t bytes = ((size_t)n + 7) / 8;

    if (a->null_count == a->length)
        memset(mask, 0, bytes);
    else
        memcpy(mask, (const uint8_t *)a->buffers[0] + start / 8, bytes);
}

void dk_column_fill(const dk_column *c, const dk_library *lib, const struct ArrowArray *a,
                    int64_t start, int64_t n, dk_vector vector)
{
    assert(start % 8 == 0 && a->offset == 0);
    if (a->null_count != 0 && (a->buffers[0] || a->null_count == a->length))
        fill_validity(lib, a, start, n, vector);
    if (a->null_count != a->length)
        c->fill(c, a, start, n, lib->vector_get_data(vector));
}

/* ---- Which way for which type. ---- */

typedef struct format {
    const char *arrow;
    int type;
    size_t width;
    void (*fill)(const dk_column *, const struct ArrowArray *, int64_t, int64_t, void *);
} format;

static const format formats[] = {
    {"u", DK_VARCHAR, 0, fill_string},     {"z", DK_BLOB, 0, fill_string},
    {"b", DK_BOOLEAN, 1, fill_bool},       {"l", DK_BIGINT, 8, fill_fixed},
    {"g", DK_DOUBLE, 8, fill_fixed},       {"tdD", DK_DATE, 4, fill_fixed},
    {"ttu", DK_TIME, 8, fill_fixed},       {"tsu:UTC", DK_TIMESTAMP_TZ, 8, fill_fixed},
    {"tsu:", DK_TIMESTAMP, 8, fill_fixed},
};

static size_t decimal_width(int precision)
{
    if (precision <= 4)
        return 2;
    if (precision <= 9)
        return 4;
    return precision <= 18 ? 8 : 16;
}

static hr_status init_decimal(dk_column *c, const dk_library *lib, const char *arrow, hr_error *err)
{
    const char *at = arrow;
    int precision = 0, scale = 0;

    if (!dk_scan_word(&at, "d:") || !dk_scan_int(&at, &precision) || !dk_scan_word(&at, ",") ||
        !dk_scan_int(&at, &scale) || precision < 1 || precision > 38 || scale > precision)
        return hr_fail(err, HR_E_UNSUPPORTED, "Arrow format \"%s\" cannot be loaded", arrow);
    c->width = decimal_width(precision);
    c->fill = c->width == 16 ? fill_fixed : fill_decimal;
    c->type = lib->create_decimal_type((uint8_t)precision, (uint8_t)scale);
    return HR_OK;
}

/* JSON is text with an alias: declared so, DuckDB does not parse every value again. */
static void take_alias(dk_column *c, const dk_library *lib, dk_logical_type target)
{
    char *const alias = lib->logical_type_get_alias(target);

    if (alias && strcmp(alias, "JSON") == 0)
        lib->logical_type_set_alias(c->type, alias);
    lib->free(alias);
}

hr_status dk_column_init(dk_column *c, const dk_library *lib, const char *arrow,
                         dk_logical_type target, hr_error *err)
{
    *c = (dk_column){0};
    if (strncmp(arrow, "d:", 2) == 0)
        return init_decimal(c, lib, arrow, err);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].arrow, arrow) == 0) {
            c->fill = formats[i].fill;
            c->width = formats[i].width;
            c->type = lib->create_logical_type(formats[i].type);
            if (formats[i].type == DK_VARCHAR)
                take_alias(c, lib, target);
            return HR_OK;
        }
    }
    return hr_fail(err, HR_E_UNSUPPORTED, "Arrow format \"%s\" cannot be loaded", arrow);
}

void dk_column_release(dk_column *c, const dk_library *lib)
{
    if (c->type)
        lib->destroy_logical_type(&c->type);
}
