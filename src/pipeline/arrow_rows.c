#include "pipeline/arrow_rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "value/iso_time.h"
#include "json/json.h"

/* dlt's marks of typed values in JSON: U+F026 decimal, U+F027 datetime, U+F028 date. */
static const char decimal_mark[] = "\xef\x80\xa6";
static const char datetime_mark[] = "\xef\x80\xa7";
static const char date_mark[] = "\xef\x80\xa8";

bool hr_arrow_micros(int64_t v, enum ArrowTimeUnit unit, int64_t *out, bool *exact)
{
    *exact = true;
    switch (unit) {
    case NANOARROW_TIME_UNIT_SECOND:
        return !__builtin_mul_overflow(v, (int64_t)1000000, out);
    case NANOARROW_TIME_UNIT_MILLI:
        return !__builtin_mul_overflow(v, (int64_t)1000, out);
    case NANOARROW_TIME_UNIT_MICRO:
        *out = v;
        return true;
    default:
        *out = v / 1000;
        *exact = v % 1000 == 0;
        return true;
    }
}

static hr_int128 decimal_of(const struct ArrowArrayView *v, int64_t row)
{
    struct ArrowDecimal d;
    hr_int128 n;

    ArrowDecimalInit(&d, 128, 38, 0);
    ArrowArrayViewGetDecimalUnsafe(v, row, &d);
    ArrowDecimalGetBytes(&d, (uint8_t *)&n);
    return n;
}

static hr_str text_of(const struct ArrowArrayView *v, int64_t row)
{
    const struct ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(v, row);

    return (hr_str){bytes.size_bytes ? bytes.data.as_char : "", (size_t)bytes.size_bytes};
}

/* A value as a cursor; `text` holds what it points to. False: no type that has an order, or a
 * value out of range. */
static bool cursor_of(const struct ArrowSchemaView *type, const struct ArrowArrayView *v,
                      int64_t row, hr_buf *text, hr_cursor *out)
{
    char instant[HR_INSTANT_TEXT];
    int64_t micros = 0;
    bool exact;

    hr_buf_reset(text);
    *out = (hr_cursor){.kind = HR_CURSOR_EXACT};
    switch (type->type) {
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_UINT8:
    case NANOARROW_TYPE_UINT16:
    case NANOARROW_TYPE_UINT32:
        out->n = ArrowArrayViewGetIntUnsafe(v, row);
        return true;
    case NANOARROW_TYPE_UINT64:
        out->n = (hr_int128)ArrowArrayViewGetUIntUnsafe(v, row);
        return true;
    case NANOARROW_TYPE_FLOAT:
    case NANOARROW_TYPE_DOUBLE:
        *out = (hr_cursor){.kind = HR_CURSOR_REAL, .d = ArrowArrayViewGetDoubleUnsafe(v, row)};
        return isfinite(out->d);
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
        return hr_cursor_of_text(text_of(v, row), out);
    case NANOARROW_TYPE_DECIMAL128:
        hr_buf_addz(text, decimal_mark);
        hr_text_of_decimal(decimal_of(v, row), type->decimal_scale, text);
        return !text->failed && hr_cursor_of_text(hr_buf_str(text), out);
    case NANOARROW_TYPE_DATE32:
        hr_buf_addz(text, date_mark);
        hr_buf_add(
            text, (hr_str){instant,
                           hr_iso_date_text((int32_t)ArrowArrayViewGetIntUnsafe(v, row), instant)});
        return !text->failed && hr_cursor_of_text(hr_buf_str(text), out);
    case NANOARROW_TYPE_TIMESTAMP:
        if (!hr_arrow_micros(ArrowArrayViewGetIntUnsafe(v, row), type->time_unit, &micros,
                             &exact) ||
            !hr_iso_in_range(micros))
            return false;
        hr_format_instant(micros, instant);
        hr_buf_addz(text, datetime_mark);
        hr_buf_addz(text, instant);
        if (!type->timezone || !*type->timezone) /* as dlt: without a zone */
            text->len -= strlen("+00:00");
        return !text->failed && hr_cursor_of_text(hr_buf_str(text), out);
    default:
        return false;
    }
}

/* ---- keys ---- */

typedef struct row_key {
    const hr_arrow_rows *r;
    const struct ArrowArrayView *view;
    int64_t row;
} row_key;

/* As dlt hashes it: instants as microseconds since the epoch. */
static yyjson_mut_val *json_of(yyjson_mut_doc *doc, const row_key *k, size_t column)
{
    const struct ArrowArrayView *v = k->view->children[column];
    const struct ArrowSchemaView *type = &k->r->types[column];
    hr_buf text = {0};
    hr_cursor c;
    int64_t micros = 0;
    bool exact;
    yyjson_mut_val *out = NULL;

    if (ArrowArrayViewIsNull(v, k->row))
        return yyjson_mut_null(doc);
    if (type->type == NANOARROW_TYPE_BOOL)
        return yyjson_mut_bool(doc, ArrowArrayViewGetIntUnsafe(v, k->row) != 0);
    if (type->type == NANOARROW_TYPE_TIMESTAMP &&
        hr_arrow_micros(ArrowArrayViewGetIntUnsafe(v, k->row), type->time_unit, &micros, &exact))
        return yyjson_mut_sint(doc, micros);
    if (cursor_of(type, v, k->row, &text, &c)) {
        const bool marked =
            type->type == NANOARROW_TYPE_DECIMAL128 || type->type == NANOARROW_TYPE_DATE32;

        if (marked)
            c.text = (hr_str){c.text.p + 3, c.text.n - 3};
        out = hr_cursor_to_doc(&c, doc);
    } else if (!text.failed) {
        out = yyjson_mut_null(doc);
    }
    hr_buf_release(&text);
    return out;
}

static bool find_column(const struct ArrowSchema *schema, hr_str name, size_t *out)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        const char *there = schema->children[i]->name;

        if (there && hr_str_eq(hr_str_from(there), name)) {
            *out = (size_t)i;
            return true;
        }
    }
    return false;
}

static yyjson_mut_val *whole_row(yyjson_mut_doc *doc, const row_key *k)
{
    yyjson_mut_val *o = yyjson_mut_obj(doc);

    for (int64_t i = 0; i < k->r->schema->n_children; i++) {
        const char *name = k->r->schema->children[i]->name;

        if (!yyjson_mut_obj_add(o, yyjson_mut_strcpy(doc, name ? name : ""),
                                json_of(doc, k, (size_t)i)))
            return NULL;
    }
    return o;
}

static yyjson_mut_val *member(yyjson_mut_doc *doc, const row_key *k, yyjson_val *name,
                              bool *missing)
{
    size_t at = 0;

    *missing =
        !find_column(k->r->schema, (hr_str){yyjson_get_str(name), yyjson_get_len(name)}, &at);
    return *missing ? NULL : json_of(doc, k, at);
}

static yyjson_mut_val *key_value(yyjson_mut_doc *doc, const row_key *k, bool *missing)
{
    yyjson_val *key = hr_incremental_key(k->r->inc);
    yyjson_val *name;
    size_t i, n;

    if (!key)
        return whole_row(doc, k);
    if (yyjson_is_str(key))
        return member(doc, k, key, missing);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    yyjson_arr_foreach(key, i, n, name)
    {
        if (!yyjson_mut_arr_append(list, member(doc, k, name, missing)))
            return NULL;
    }
    return list;
}

static hr_status key_of_row(void *ctx, hr_buf *out, hr_error *err)
{
    const row_key *k = ctx;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    bool missing = false;
    const yyjson_mut_val *v = doc ? key_value(doc, k, &missing) : NULL;
    hr_status st = HR_OK;

    if (missing)
        st = hr_fail(err, HR_E_SCHEMA, "a column of the primary key is not in the stream");
    else
        st = v ? hr_json_write(v, true, NULL, out, err) : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    return st;
}

/* ---- rows ---- */

hr_status hr_arrow_rows_begin(hr_arrow_rows *r, hr_incremental *inc,
                              const struct ArrowSchema *schema, hr_error *err)
{
    const hr_str name = inc ? hr_incremental_column(inc) : (hr_str){0};

    *r = (hr_arrow_rows){.inc = inc, .schema = schema};
    if (!inc)
        return HR_OK;
    if (!name.p || !find_column(schema, name, &r->cursor))
        return hr_fail(err, HR_E_CONFIG, "cursor %s is no column of the stream",
                       hr_incremental_path(inc));
    r->types = hr_calloc((size_t)schema->n_children, sizeof(*r->types));
    if (!r->types)
        return hr_nomem(err);
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (ArrowSchemaViewInit(&r->types[i], schema->children[i], NULL) != NANOARROW_OK)
            return hr_fail(err, HR_E_PARSE, "the stream's schema is malformed");
    }
    return hr_incremental_rows_new(&r->rows, inc, err);
}

static hr_status choose(hr_arrow_rows *r, const row_key *k, hr_buf *text, hr_error *err)
{
    const struct ArrowArrayView *cursor = k->view->children[r->cursor];
    const bool null = ArrowArrayViewIsNull(cursor, k->row);
    hr_cursor v = {0};
    bool keep = false;

    if (!null && !cursor_of(&r->types[r->cursor], cursor, k->row, text, &v))
        return hr_fail(err, HR_E_SCHEMA, "cursor %s: the value has no order, or is out of range",
                       hr_incremental_path(r->inc));
    HR_TRY(hr_incremental_row(r->rows, null ? NULL : &v, key_of_row, (void *)(uintptr_t)k, &keep,
                              err));
    return !keep || HR_PUSH(r->kept, r->n_kept, r->cap_kept, k->row) ? HR_OK : hr_nomem(err);
}

hr_status hr_arrow_rows_choose(hr_arrow_rows *r, const struct ArrowArrayView *view, int64_t offset,
                               int64_t length, hr_error *err)
{
    hr_buf text = {0};
    hr_status st = HR_OK;

    r->n_kept = 0;
    for (int64_t i = 0; i < length && st == HR_OK; i++) {
        const row_key k = {r, view, offset + i};

        st = choose(r, &k, &text, err);
    }
    hr_buf_release(&text);
    return st;
}

hr_status hr_arrow_rows_end(hr_arrow_rows *r, bool failed, hr_error *err)
{
    hr_status st = HR_OK;

    if (r->rows)
        st = hr_incremental_rows_close(r->rows, failed, err);
    hr_free(r->types);
    hr_free(r->kept);
    *r = (hr_arrow_rows){0};
    return st;
}
