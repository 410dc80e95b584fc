#include "cli/cell.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "cli/cell_int.h"
#include "cli/cell_time.h"

/* ---- Values: `i` counts from the start of the buffers ---- */

static bool bit_at(const void *bits, int64_t i)
{
    return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1;
}

static bool is_null(const cli_type *t, const struct ArrowArray *a, int64_t i)
{
    if (t->id == TYPE_NULL)
        return true;
    if (t->id == TYPE_UNION_DENSE || t->id == TYPE_UNION_SPARSE)
        return false;
    return a->n_buffers > 0 && a->buffers[0] && !bit_at(a->buffers[0], i);
}

static int64_t int_at(const void *values, size_t width, int64_t i)
{
    switch (width) {
    case 1:
        return ((const int8_t *)values)[i];
    case 2:
        return ((const int16_t *)values)[i];
    case 4:
        return ((const int32_t *)values)[i];
    default:
        return ((const int64_t *)values)[i];
    }
}

static uint64_t uint_at(const void *values, size_t width, int64_t i)
{
    switch (width) {
    case 1:
        return ((const uint8_t *)values)[i];
    case 2:
        return ((const uint16_t *)values)[i];
    case 4:
        return ((const uint32_t *)values)[i];
    default:
        return ((const uint64_t *)values)[i];
    }
}

static cli_cell_kind add_float(cli_text *out, const cli_type *t, const void *values, int64_t i)
{
    const bool single = t->width == 4;
    const double v = single ? (double)((const float *)values)[i] : ((const double *)values)[i];
    const int most = single ? 9 : 17;
    char text[40];

    if (!isfinite(v)) {
        cli_text_addz(out, isnan(v) ? "NaN" : v < 0 ? "-Infinity" : "Infinity");
        return CLI_CELL_TEXT;
    }
    for (int digits = single ? 6 : 15; digits <= most; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, v);
        if (single ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
            break;
    }
    cli_text_addz(out, text);
    if (!strpbrk(text, ".e"))
        cli_text_addz(out, ".0");
    return CLI_CELL_NUMBER;
}

/* Divides the number by ten in place (bytes, lowest first) and returns the remainder. */
static unsigned divide_by_ten(uint8_t *bytes, size_t width)
{
    unsigned rest = 0;

    for (size_t i = width; i-- > 0;) {
        const unsigned v = rest << 8 | bytes[i];

        bytes[i] = (uint8_t)(v / 10);
        rest = v % 10;
    }
    return rest;
}

static bool is_zero(const uint8_t *bytes, size_t width)
{
    for (size_t i = 0; i < width; i++)
        if (bytes[i])
            return false;
    return true;
}

/* Two's complement; true when it was negative. */
static bool make_positive(uint8_t *bytes, size_t width)
{
    unsigned carry = 1;

    if (!(bytes[width - 1] & 0x80))
        return false;
    for (size_t i = 0; i < width; i++) {
        carry += (uint8_t)~bytes[i];
        bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return true;
}

static void add_decimal(cli_text *out, const cli_type *t, const void *values, int64_t i)
{
    uint8_t bytes[32];
    char digits[80];
    int64_t n = 0;

    memcpy(bytes, (const uint8_t *)values + (size_t)i * t->width, t->width);
    if (!t->is_unsigned && make_positive(bytes, t->width))
        cli_text_addc(out, '-');
    while (!is_zero(bytes, t->width))
        digits[n++] = (char)('0' + divide_by_ten(bytes, t->width));

    if (n <= t->n_items)
        cli_text_addc(out, '0');
    for (int64_t at = n > t->n_items ? n : t->n_items; at > 0; at--) {
        if (at == t->n_items)
            cli_text_addc(out, '.');
        cli_text_addc(out, at > n ? '0' : digits[at - 1]);
    }
    for (int64_t zeros = t->n_items; n > 0 && zeros < 0; zeros++)
        cli_text_addc(out, '0');
    if (n == 0 && t->n_items < 0)
        cli_text_addc(out, '0');
}

static void add_hex(cli_text *out, const char *p, size_t n)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        cli_text_addc(out, hex[(unsigned char)p[i] >> 4]);
        cli_text_addc(out, hex[p[i] & 15]);
    }
}

static void add_uuid(cli_text *out, const char *p)
{
    static const size_t groups[] = {4, 2, 2, 2, 6};

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (i)
            cli_text_addc(out, '-');
        add_hex(out, p, groups[i]);
        p += groups[i];
    }
}

static void add_bits(cli_text *out, const char *p, size_t n)
{
    const size_t unused = n ? (unsigned char)p[0] : 0;

    for (size_t i = 8 + unused; i < n * 8; i++)
        cli_text_addc(out, (unsigned char)p[i / 8] >> (7 - i % 8) & 1 ? '1' : '0');
}

/* The offset is kept so that clocks sort: the greatest one, 15:59:59, is 0. */
static void add_zoned_clock(cli_text *out, const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    const int offset = 57599 - (int)(v & 0xffffff);
    const int seconds = offset < 0 ? -offset : offset;
    cli_time_add_clock(out, (int64_t)(v >> 24), 1000000);
    cli_text_addf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', seconds / 3600, seconds / 60 % 60);
    if (seconds % 60)
        cli_text_addf(out, ":%02d", seconds % 60);
}

/* A 16-byte view: the length, then up to 12 bytes, or 4 bytes, a buffer's number and an offset. */
static const char *view_at(const struct ArrowArray *a, int64_t i, size_t *n)
{
    const char *view = (const char *)a->buffers[1] + i * 16;
    int32_t part[4];

    memcpy(part, view, sizeof(part));
    *n = (size_t)part[0];
    return part[0] <= 12 ? view + 4 : (const char *)a->buffers[2 + part[2]] + part[3];
}

static const char *bytes_at(const cli_type *t, const struct ArrowArray *a, int64_t i, size_t *n)
{
    if (t->id == TYPE_TEXT_VIEW)
        return view_at(a, i, n);
    if (t->id == TYPE_TEXT_FIXED) {
        *n = t->width;
        return (const char *)a->buffers[1] + (size_t)i * t->width;
    }

    const int64_t start = int_at(a->buffers[1], t->width, i);
    *n = (size_t)(int_at(a->buffers[1], t->width, i + 1) - start);
    return *n ? (const char *)a->buffers[2] + start : "";
}

static bool is_json(const char *p, size_t n)
{
    yyjson_doc *doc = yyjson_read(p, n, YYJSON_READ_NUMBER_AS_RAW);
    const bool ok = doc != NULL;

    yyjson_doc_free(doc);
    return ok;
}

static cli_cell_kind add_bytes(cli_text *out, const cli_type *t, const struct ArrowArray *a,
                               int64_t i)
{
    size_t n;
    const char *p = bytes_at(t, a, i, &n);

    switch (t->look) {
    case LOOK_HEX:
        add_hex(out, p, n);
        break;
    case LOOK_UUID:
        add_uuid(out, p);
        break;
    case LOOK_BITS:
        add_bits(out, p, n);
        break;
    case LOOK_CLOCK:
        add_zoned_clock(out, p);
        break;
    default:
        cli_text_add(out, p, n);
        break;
    }
    return t->look == LOOK_JSON && is_json(p, n) ? CLI_CELL_JSON : CLI_CELL_TEXT;
}

/* DuckDB's infinite dates and timestamps are the outermost values of their type. */
static bool add_infinity(cli_text *out, int64_t v, size_t width)
{
    const int64_t most = width == 4 ? INT32_MAX : INT64_MAX;

    if (v != most && v != -most)
        return false;
    cli_text_addz(out, v < 0 ? "-infinity" : "infinity");
    return true;
}

static void add_date(cli_text *out, const cli_type *t, int64_t v)
{
    if (add_infinity(out, v, t->width))
        return;
    cli_time_add_date(out, v / t->per_second - (v % t->per_second < 0));
}

static void add_timestamp(cli_text *out, const cli_type *t, int64_t v, char sep)
{
    if (add_infinity(out, v, t->width))
        return;
    cli_time_add_timestamp(out, v, t->per_second, sep);
    if (t->zoned)
        cli_text_addc(out, 'Z');
}

static void add_interval(cli_text *out, const cli_type *t, const char *values, int64_t i)
{
    int32_t part[2] = {0};
    int64_t nanoseconds = 0;

    memcpy(part, values + (size_t)i * t->width, t->width == 4 ? 4 : 8);
    if (t->id == TYPE_INTERVAL_NANOS)
        memcpy(&nanoseconds, values + (size_t)i * t->width + 8, 8);
    if (t->id == TYPE_INTERVAL_DAYS)
        cli_time_add_interval(out, 0, part[0], (int64_t)part[1] * 1000000);
    else
        cli_time_add_interval(out, part[0], part[1], nanoseconds);
}

/* ---- Nested values, as JSON ---- */

static void add_nested(cli_text *out, const cli_type *t, const struct ArrowArray *a, int64_t row)
{
    cli_text text = {0};
    /* A program reads what stands in JSON, so the date is set apart with a T. */
    const cli_cell_kind kind = cli_cell_add(&text, t, a, row, 'T');

    cli_cell_add_json(out, kind, cli_text_z(&text), text.n);
    cli_text_release(&text);
}

static void add_items(cli_text *out, const cli_type *t, const struct ArrowArray *a, int64_t from,
                      int64_t n)
{
    cli_text_addc(out, '[');
    for (int64_t k = 0; k < n; k++) {
        if (k)
            cli_text_addc(out, ',');
        add_nested(out, t->children[0], a->children[0], from + k);
    }
    cli_text_addc(out, ']');
}

static void add_list(cli_text *out, const cli_type *t, const struct ArrowArray *a, int64_t i)
{
    int64_t from = i * t->n_items;
    int64_t n = t->n_items;

    if (t->id == TYPE_LIST_VIEW) {
        from = int_at(a->buffers[1], t->width, i);
        n = int_at(a->buffers[2], t->width, i);
    } else if (t->id == TYPE_LIST) {
        from = int_at(a->buffers[1], t->width, i);
        n = int_at(a->buffers[1], t->width, i + 1) - from;
    }
    add_items(out, t, a, from, n);
}

static void add_struct(cli_text *out, const cli_type *t, const struct ArrowArray *a, int64_t i)
{
    cli_text_addc(out, '{');
    for (size_t k = 0; k < t->n_children; k++) {
        if (k)
            cli_text_addc(out, ',');
        cli_text_add_json(out, t->children[k]->name, strlen(t->children[k]->name));
        cli_text_addc(out, ':');
        add_nested(out, t->children[k], a->children[k], i);
    }
    cli_text_addc(out, '}');
}

/* A JSON object when the keys are text, else a list of {"key", "value"}. */
static void add_map(cli_text *out, const cli_type *t, const struct ArrowArray *a, int64_t i)
{
    const cli_type *entry = t->children[0];
    const struct ArrowArray *entries = a->children[0];
    const int64_t from = int_at(a->buffers[1], 4, i);
    const int64_t to = int_at(a->buffers[1], 4, i + 1);
    const bool object = entry->n_children == 2 && entry->children[0]->id == TYPE_TEXT;

    if (!object) {
        add_items(out, t, a, from, to - from);
        return;
    }
    cli_text_addc(out, '{');
    for (int64_t k = from; k < to; k++) {
        if (k > from)
            cli_text_addc(out, ',');
        add_nested(out, entry->children[0], entries->children[0], entries->offset + k);
        cli_text_addc(out, ':');
        add_nested(out, entry->children[1], entries->children[1], entries->offset + k);
    }
    cli_text_addc(out, '}');
}

static cli_cell_kind add_union(cli_text *out, const cli_type *t, const struct ArrowArray *a,
                               int64_t i, char sep)
{
    const int8_t code = ((const int8_t *)a->buffers[0])[i];
    const size_t child = t->union_child[code & 127];
    const int64_t at = t->id == TYPE_UNION_DENSE ? ((const int32_t *)a->buffers[1])[i] : i;

    if (child >= t->n_children)
        return CLI_CELL_NULL;
    return cli_cell_add(out, t->children[child], a->children[child], at, sep);
}

static cli_cell_kind add_dictionary(cli_text *out, const cli_type *t, const struct ArrowArray *a,
                                    int64_t i, char sep)
{
    const int64_t at = t->id == TYPE_UINT ? (int64_t)uint_at(a->buffers[1], t->width, i)
                                          : int_at(a->buffers[1], t->width, i);

    return cli_cell_add(out, t->dictionary, a->dictionary, at, sep);
}

/* Numbers and times: one buffer of values. */
static cli_cell_kind add_scalar(cli_text *out, const cli_type *t, const void *values, int64_t i,
                                char sep)
{
    switch (t->id) {
    case TYPE_BOOL:
        cli_text_addz(out, bit_at(values, i) ? "true" : "false");
        return CLI_CELL_BOOL;
    case TYPE_BOOL8:
        cli_text_addz(out, ((const int8_t *)values)[i] ? "true" : "false");
        return CLI_CELL_BOOL;
    case TYPE_INT:
        cli_text_addf(out, "%" PRId64, int_at(values, t->width, i));
        return CLI_CELL_NUMBER;
    case TYPE_UINT:
        cli_text_addf(out, "%" PRIu64, uint_at(values, t->width, i));
        return CLI_CELL_NUMBER;
    case TYPE_FLOAT:
        return add_float(out, t, values, i);
    case TYPE_DECIMAL:
        add_decimal(out, t, values, i);
        return CLI_CELL_NUMBER;
    case TYPE_DATE:
        add_date(out, t, int_at(values, t->width, i));
        return CLI_CELL_TEXT;
    case TYPE_TIME:
        cli_time_add_clock(out, int_at(values, t->width, i), t->per_second);
        return CLI_CELL_TEXT;
    case TYPE_TIMESTAMP:
        add_timestamp(out, t, int_at(values, 8, i), sep);
        return CLI_CELL_TEXT;
    case TYPE_DURATION:
        cli_time_add_duration(out, int_at(values, 8, i), t->per_second);
        return CLI_CELL_TEXT;
    default:
        add_interval(out, t, values, i);
        return CLI_CELL_TEXT;
    }
}

cli_cell_kind cli_cell_add(cli_text *out, const cli_type *t, const struct ArrowArray *a,
                           int64_t row, char date_time_sep)
{
    const int64_t i = a->offset + row;

    if (is_null(t, a, i))
        return CLI_CELL_NULL;
    if (t->dictionary)
        return add_dictionary(out, t, a, i, date_time_sep);
    switch (t->id) {
    case TYPE_TEXT:
    case TYPE_TEXT_VIEW:
    case TYPE_TEXT_FIXED:
        return add_bytes(out, t, a, i);
    case TYPE_LIST:
    case TYPE_LIST_VIEW:
    case TYPE_LIST_FIXED:
        add_list(out, t, a, i);
        return CLI_CELL_JSON;
    case TYPE_STRUCT:
        add_struct(out, t, a, i);
        return CLI_CELL_JSON;
    case TYPE_MAP:
        add_map(out, t, a, i);
        return CLI_CELL_JSON;
    case TYPE_UNION_SPARSE:
    case TYPE_UNION_DENSE:
        return add_union(out, t, a, i, date_time_sep);
    default:
        return add_scalar(out, t, a->buffers[1], i, date_time_sep);
    }
}

void cli_cell_add_json(cli_text *out, cli_cell_kind kind, const char *p, size_t n)
{
    if (kind == CLI_CELL_NULL)
        cli_text_addz(out, "null");
    else if (kind == CLI_CELL_TEXT)
        cli_text_add_json(out, p, n);
    else
        cli_text_add(out, p, n);
}
