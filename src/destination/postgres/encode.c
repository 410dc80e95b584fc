#include "destination/postgres/encode.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "destination/postgres/numeric.h"
#include "destination/postgres/oids.h"
#include "destination/postgres/wire.h"

/* ---- Values of fixed width ---- */

static bool put_bool(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                     const char **why)
{
    const uint8_t *const bits = a->buffers[1];

    (void)c;
    (void)why;
    return pg_add_i32(out, 1) && hr_buf_addc(out, (char)(bits[row / 8] >> (row % 8) & 1));
}

static int64_t i64_at(const struct ArrowArray *a, int64_t row)
{
    return ((const int64_t *)a->buffers[1])[row];
}

static bool put_int8(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                     const char **why)
{
    (void)c;
    (void)why;
    return pg_add_field_i64(out, i64_at(a, row));
}

static bool put_int4(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                     const char **why)
{
    const int64_t v = i64_at(a, row);

    (void)c;
    *why = "the number does not fit a column of type integer";
    return v >= INT32_MIN && v <= INT32_MAX && pg_add_i32(out, 4) && pg_add_i32(out, (int32_t)v);
}

static bool put_int2(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                     const char **why)
{
    const int64_t v = i64_at(a, row);

    (void)c;
    *why = "the number does not fit a column of type smallint";
    return v >= INT16_MIN && v <= INT16_MAX && pg_add_i32(out, 2) && pg_add_i16(out, (int16_t)v);
}

/* As dlt's columns of microseconds: the epoch differs, and nothing else. */
static bool put_timestamp(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                          const char **why)
{
    int64_t v = 0;

    (void)c;
    *why = "the time is before all that Postgres knows";
    return !__builtin_sub_overflow(i64_at(a, row), PG_EPOCH_MICROS, &v) && pg_add_field_i64(out, v);
}

static bool put_date(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                     const char **why)
{
    int32_t v = 0;

    (void)c;
    *why = "the date is before all that Postgres knows";
    return !__builtin_sub_overflow(((const int32_t *)a->buffers[1])[row], PG_EPOCH_DAYS, &v) &&
           pg_add_i32(out, 4) && pg_add_i32(out, v);
}

static bool put_numeric(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                        const char **why)
{
    hr_int128 v;

    (void)why;
    memcpy(&v, (const char *)a->buffers[1] + row * 16, 16);
    return pg_add_numeric(out, v, c->scale);
}

/* ---- Text and bytes ---- */

static hr_str text_at(const struct ArrowArray *a, int64_t row)
{
    const int32_t *const offsets = a->buffers[1];
    const char *const bytes = a->buffers[2] ? a->buffers[2] : "";

    return (hr_str){bytes + offsets[row], (size_t)(offsets[row + 1] - offsets[row])};
}

/* JSON text writes NUL as \u0000, which is none behind an odd number of backslashes. */
static const char *find_escaped_nul(hr_str s)
{
    const char *from = s.p;
    const char *at;

    while (s.n && (at = memmem(from, s.n - (size_t)(from - s.p), "\\u0000", 6)) != NULL) {
        size_t before = 0;

        while (at - before > s.p && at[-(ptrdiff_t)before - 1] == '\\')
            before++;
        if (before % 2 == 0)
            return at;
        from = at + 1;
    }
    return NULL;
}

/* Appends `s` without NUL. */
static void add_without_nul(const pg_column *c, hr_str s, hr_buf *out)
{
    while (s.n) {
        const char *const at = c->jsonb ? find_escaped_nul(s) : memchr(s.p, '\0', s.n);
        const size_t n = at ? (size_t)(at - s.p) : s.n;
        const size_t skip = !at ? 0 : c->jsonb ? 6 : 1;

        hr_buf_add(out, (hr_str){s.p, n});
        s.p += n + skip;
        s.n -= n + skip;
    }
}

static bool put_text(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                     const char **why)
{
    const hr_str s = text_at(a, row);
    const size_t start = out->len;

    (void)why;
    pg_add_i32(out, (int32_t)(s.n + c->jsonb));
    if (c->jsonb)
        hr_buf_addc(out, 1); /* the format's version */
    if (!c->dirty)
        return hr_buf_add(out, s);
    add_without_nul(c, s, out);
    if (!out->failed)
        pg_set_i32(out->data + start, (int32_t)(out->len - start - 4));
    return !out->failed;
}

/* ---- Checking text ---- */

enum { NUL = 1, NOT_ASCII = 2 };

/* What kinds of bytes there are; a loop that the compiler makes vectors of. */
static int kinds_of(hr_str s)
{
    unsigned char high = 0, nul = 0;

    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        high |= c;
        nul |= (unsigned char)(c == 0);
    }
    return (nul ? NUL : 0) | (high & 0x80 ? NOT_ASCII : 0);
}

static bool is_utf8(hr_str s)
{
    size_t at = 0;

    while (at < s.n) {
        const size_t from = at;

        if (hr_utf8_next(s, &at) == HR_UTF8_BAD &&
            (at - from != 3 || memcmp(s.p + from, "\xEF\xBF\xBD", 3) != 0))
            return false;
    }
    return true;
}

hr_status pg_column_fail(const pg_column *c, const pg_place *where, int64_t row, const char *why,
                         hr_error *err)
{
    return hr_fail(err, HR_E_SCHEMA, "table %s, column %s, row %llu: %s", where->table, c->name,
                   (unsigned long long)(where->first_row + (uint64_t)row), why);
}

static const char *fault_of(const pg_column *c, hr_str s)
{
    if ((c->jsonb && find_escaped_nul(s)) || memchr(s.p, '\0', s.n))
        return "the text holds a NUL character, which Postgres cannot store; remove it in the "
               "source, or add ?remove_nul=true to the destination's URL";
    return is_utf8(s) ? NULL : "the text is not valid UTF-8; store it as bytes, or mend the source";
}

static hr_status find_fault(const pg_column *c, const struct ArrowArray *a, const pg_place *where,
                            hr_error *err)
{
    for (int64_t row = 0; row < a->length; row++) {
        const hr_str s = text_at(a, row);
        const char *const why = s.n && !pg_is_null(a, row) ? fault_of(c, s) : NULL;

        if (why)
            return pg_column_fail(c, where, row, why, err);
    }
    return HR_OK;
}

static hr_status check_utf8(const pg_column *c, const struct ArrowArray *a, const pg_place *where,
                            hr_error *err)
{
    for (int64_t row = 0; row < a->length; row++) {
        if (!pg_is_null(a, row) && !is_utf8(text_at(a, row)))
            return find_fault(c, a, where, err);
    }
    return HR_OK;
}

hr_status pg_column_check(pg_column *c, const struct ArrowArray *a, const pg_place *where,
                          hr_error *err)
{
    c->dirty = false;
    if (!c->text || a->length == 0 || a->null_count == a->length)
        return HR_OK;

    const int32_t *const offsets = a->buffers[1];
    const char *const bytes = a->buffers[2] ? a->buffers[2] : "";
    const hr_str all = {bytes + offsets[0], (size_t)(offsets[a->length] - offsets[0])};
    const int kinds = kinds_of(all);

    c->dirty = (kinds & NUL) || (c->jsonb && find_escaped_nul(all));
    if (c->dirty && !c->remove_nul)
        return find_fault(c, a, where, err);
    return kinds & NOT_ASCII ? check_utf8(c, a, where, err) : HR_OK;
}

/* ---- Which way for which type ---- */

typedef struct way {
    const char *arrow; /* format; "d:" stands for all decimals */
    pg_oid oid;
    pg_put put;
} way;

static const way ways[] = {
    {"u", PG_VARCHAR, put_text},
    {"u", PG_TEXT, put_text},
    {"u", PG_BPCHAR, put_text},
    {"u", PG_JSONB, put_text},
    {"u", PG_JSON, put_text},
    {"z", PG_BYTEA, put_text},
    {"b", PG_BOOL, put_bool},
    {"l", PG_INT8, put_int8},
    {"l", PG_INT4, put_int4},
    {"l", PG_INT2, put_int2},
    {"g", PG_FLOAT8, put_int8},
    {"tdD", PG_DATE, put_date},
    {"ttu", PG_TIME, put_int8},
    {"tsu:UTC", PG_TIMESTAMPTZ, put_timestamp},
    {"tsu:UTC", PG_TIMESTAMP, put_timestamp},
    {"tsu:", PG_TIMESTAMP, put_timestamp},
    {"tsu:", PG_TIMESTAMPTZ, put_timestamp},
    {"d:", PG_NUMERIC, put_numeric},
};

static bool same_format(const char *known, const char *arrow)
{
    return strcmp(known, "d:") == 0 ? strncmp(arrow, "d:", 2) == 0 : strcmp(known, arrow) == 0;
}

hr_status pg_column_init(pg_column *c, const char *name, const char *arrow, pg_oid oid,
                         bool remove_nul, hr_error *err)
{
    *c = (pg_column){.name = name, .remove_nul = remove_nul};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (ways[i].oid == oid && same_format(ways[i].arrow, arrow)) {
            const char *const comma = strchr(arrow, ',');

            c->put = ways[i].put;
            c->text = arrow[0] == 'u';
            c->jsonb = oid == PG_JSONB;
            c->scale = comma ? (int)strtol(comma + 1, NULL, 10) : 0;
            return HR_OK;
        }
    }
    return hr_fail(err, HR_E_SCHEMA,
                   "column %s has a type at the destination (number %u in pg_type) that takes no "
                   "values of Arrow format \"%s\"",
                   name, oid, arrow);
}
