#include "normalize/put.h"

#include <assert.h>

#include "arrow/recast.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "value/iso_time.h"
#include "json/json.h"

static hr_status put(hr_shredder *s, hr_ntable *t, hr_field *f, const hr_value *v, bool variant,
                     hr_error *err);

static hr_status too_big(const hr_ntable *t, const hr_field *f, hr_error *err)
{
    return hr_fail(err, HR_E_NOMEM,
                   "table \"%s\", column \"%s\": out of memory, or more than 2 GiB in one batch",
                   t->name.p, f->name.p);
}

/* ---- new columns ---- */

/* Type of a new column for this value: the one that the schema prefers, if any. A text that is an
 * ISO date and time makes a timestamp, except in a variant column, which keeps the type in its
 * name. */
static hr_column_spec infer(const hr_field *f, const hr_value *v, bool variant)
{
    hr_iso iso;
    hr_column_spec spec = {.name = f->name, .type = v->type, .variant = variant};

    if (f->preferred && !variant) {
        spec.type = f->preferred;
        return spec;
    }
    if (v->type == HR_TYPE_TEXT && !variant && hr_iso_parse(v->text, &iso) == HR_ISO_DATETIME)
        spec.type = HR_TYPE_TIMESTAMP;
    if (v->type == HR_TYPE_DECIMAL) {
        spec.has_precision = spec.has_scale = true;
        spec.precision = HR_DECIMAL_PRECISION;
        spec.scale = v->scale;
    }
    return spec;
}

/* "<column>__v_<type>", where values of that type go that the column cannot hold. */
static hr_status variant_field(hr_shredder *s, hr_ntable *t, const hr_field *f, hr_type type,
                               hr_field **out, hr_error *err)
{
    if (!f->column->variants[type]) {
        hr_buf_reset(&s->name);
        hr_buf_add(&s->name, f->name);
        hr_buf_add(&s->name, hr_naming_separator(&s->tables.naming));
        hr_buf_addf(&s->name, "v_%s", hr_type_name(type));
        HR_TRY(hr_buf_status(&s->name, err));
        HR_TRY(
            hr_table_field(&s->tables, t, hr_buf_str(&s->name), &f->column->variants[type], err));
    }
    *out = f->column->variants[type];
    return HR_OK;
}

/* Under last_wins another path may have written this column in this row already. */
static void take_back(hr_shredder *s, hr_ncolumn *c, int64_t row, const char *name)
{
    if (c->builder.n <= row)
        return;
    hr_builder_truncate(&c->builder, row);
    hr_tally_discard(&s->tally, HR_DISCARD_DUPLICATE_KEY, 1, name);
}

static hr_status store(hr_shredder *s, hr_ntable *t, hr_field *f, const hr_value *v, hr_error *err)
{
    const int64_t row = t->n_rows - 1;
    hr_builder *b = &f->column->builder;

    if (b->n > row && s->options.last_wins)
        take_back(s, f->column, row, f->name.p);
    if (b->n > row) /* a key of the data is spelt like the variant column of another */
        return hr_fail(
            err, HR_E_SCHEMA,
            "table \"%s\": column \"%s\" would get two values in one row, one of them as "
            "variant of another column; rename the key",
            t->name.p, f->name.p);
    return hr_builder_put(b, row, v) ? HR_OK : too_big(t, f, err);
}

/* The type for a column that is to hold `v`, too. bigint becomes double unless one of its numbers
 * is none, or decimal for integers beyond 64 bits; all else becomes text. */
static hr_type wider_type(const hr_ncolumn *c, const hr_value *v)
{
    if (c->spec.type != HR_TYPE_BIGINT)
        return HR_TYPE_TEXT;
    if (v->type == HR_TYPE_DECIMAL && v->scale == 0)
        return HR_TYPE_DECIMAL;
    return v->type == HR_TYPE_DOUBLE && !c->inexact ? HR_TYPE_DOUBLE : HR_TYPE_TEXT;
}

/* The column takes a type that holds both what it has and `v`. */
static hr_status widen(hr_shredder *s, hr_ntable *t, hr_field *f, const hr_value *v, hr_error *err)
{
    hr_column_spec to = f->column->spec;

    to.type = wider_type(f->column, v);
    to.has_precision = to.has_scale = to.type == HR_TYPE_DECIMAL;
    to.precision = HR_DECIMAL_PRECISION;
    to.scale = 0;
    hr_status st = hr_field_widen(&s->tables, t, f, &to, err);
    if (st == HR_E_UNSUPPORTED && to.type != HR_TYPE_TEXT) {
        to.type = HR_TYPE_TEXT;
        to.has_precision = to.has_scale = false;
        st = hr_field_widen(&s->tables, t, f, &to, err);
    }
    return st;
}

/* Integers that no double is bar their column from becoming double. */
static hr_status watch_integer(hr_shredder *s, hr_ntable *t, hr_field *f, const hr_value *v,
                               hr_error *err)
{
    if (f->column->spec.type != HR_TYPE_BIGINT || f->column->inexact || hr_int_fits_double(v->i))
        return HR_OK;
    return hr_field_mark_inexact(&s->tables, t, f, err);
}

/* ---- contracts ---- */

enum { SHOWN = 60 };

static hr_status refuse(const hr_ntable *t, const char *entity, const hr_field *f,
                        const hr_value *v, hr_error *err)
{
    const hr_target text = {.type = HR_TYPE_TEXT, .precision = -1, .scale = -1};
    hr_buf scratch = {0};
    hr_value shown = {.text = {0}};

    if (!hr_convert(v, text, &shown, &scratch))
        shown.text = HR_STR("?");
    const size_t n = shown.text.n < SHOWN ? shown.text.n : SHOWN;
    if (entity[0] == 'c')
        (void)hr_fail(
            err, HR_E_SCHEMA,
            "table \"%s\": schema_contract columns: freeze refuses the new column \"%s\", "
            "for the %s %.*s%s",
            t->name.p, f->name.p, hr_type_name(v->type), (int)n, shown.text.p,
            n < shown.text.n ? "..." : "");
    else
        (void)hr_fail(err, HR_E_SCHEMA,
                      "table \"%s\": schema_contract data_type: freeze refuses the %s %.*s%s in "
                      "column \"%s\" of type %s",
                      t->name.p, hr_type_name(v->type), (int)n, shown.text.p,
                      n < shown.text.n ? "..." : "", f->name.p, hr_type_name(f->column->spec.type));
    hr_buf_release(&scratch);
    return HR_E_SCHEMA;
}

/* A value that would change the schema, which `mode` of the contract does not allow. */
static hr_status violates(hr_shredder *s, hr_ntable *t, const char *entity, unsigned char mode,
                          hr_field *f, const hr_value *v, hr_error *err)
{
    const bool column = entity[0] == 'c';

    f->barred = true;
    switch (mode) {
    case HR_FREEZE:
        return refuse(t, entity, f, v, err);
    case HR_DISCARD_ROW:
        s->rejected = true;
        s->reject_why = column ? HR_DISCARD_ROW_OF_COLUMN : HR_DISCARD_ROW_OF_TYPE;
        s->reject_name = f->name.p;
        return HR_E_SCHEMA;
    default:
        hr_tally_discard(&s->tally, column ? HR_DISCARD_NEW_COLUMN : HR_DISCARD_NEW_TYPE, 1,
                         f->name.p);
        return HR_OK;
    }
}

static hr_status put(hr_shredder *s, hr_ntable *t, hr_field *f, const hr_value *v, bool variant,
                     hr_error *err)
{
    hr_value fitting;
    hr_field *other = NULL;

    if (!f->column && !variant && t->contract.columns)
        return violates(s, t, "columns", t->contract.columns, f, v, err);
    if (!f->column) {
        const hr_column_spec spec = infer(f, v, variant);

        HR_TRY(hr_field_add_column(&s->tables, t, f, &spec, err));
    }
    if (hr_convert(v, hr_spec_target(&f->column->spec), &fitting, &s->text)) {
        if (s->options.widen)
            HR_TRY(watch_integer(s, t, f, &fitting, err));
        return store(s, t, f, &fitting, err);
    }
    if (s->text.failed)
        return hr_nomem(err);
    if (s->options.widen && f->column->spec.type != HR_TYPE_TEXT) {
        if (t->contract.data_type)
            return violates(s, t, "data_type", t->contract.data_type, f, v, err);
        HR_TRY(widen(s, t, f, v, err));
        return put(s, t, f, v, variant, err);
    }
    HR_TRY(variant_field(s, t, f, v->type, &other, err));
    if (!other->column && t->contract.data_type)
        return violates(s, t, "data_type", t->contract.data_type, f, v, err);
    return put(s, t, other, v, true, err);
}

/* ---- from yyjson ---- */

static hr_status write_fast(yyjson_val *val, hr_buf *out, hr_error *err)
{
    size_t n = 0;
    char *text = hr_json_text(val, &n);

    if (!text)
        return hr_nomem(err);
    hr_buf_reset(out);
    hr_buf_add(out, (hr_str){text, n});
    hr_free(text);
    return hr_buf_status(out, err);
}

/* In a column of text the bytes are data, so they are those that dlt would store there. */
static hr_status put_json(hr_shredder *s, hr_ntable *t, hr_field *f, yyjson_val *val, hr_error *err)
{
    hr_buf text = {0};
    hr_status st = HR_E_UNSUPPORTED;

    if (f->column && f->column->spec.type != HR_TYPE_JSON)
        st = hr_json_write_item(val, false, (hr_str){0}, &s->json_keys, &text, err);
    if (st == HR_E_UNSUPPORTED) /* or nested too deep for that */
        st = write_fast(val, &text, err);
    if (st == HR_OK) {
        const hr_value v = {.type = HR_TYPE_JSON, .text = hr_buf_str(&text)};

        st = put(s, t, f, &v, false, err);
    }
    hr_buf_release(&text);
    return st;
}

static hr_value value_of(yyjson_val *val)
{
    switch (unsafe_yyjson_get_tag(val)) {
    case YYJSON_TYPE_NUM | YYJSON_SUBTYPE_REAL:
        return (hr_value){.type = HR_TYPE_DOUBLE, .d = unsafe_yyjson_get_real(val)};
    case YYJSON_TYPE_NUM | YYJSON_SUBTYPE_UINT:
        if (unsafe_yyjson_get_uint(val) > INT64_MAX)
            return (hr_value){.type = HR_TYPE_DECIMAL,
                              .dec = (hr_int128)unsafe_yyjson_get_uint(val)};
        return (hr_value){.type = HR_TYPE_BIGINT, .i = (int64_t)unsafe_yyjson_get_uint(val)};
    case YYJSON_TYPE_NUM | YYJSON_SUBTYPE_SINT:
        return (hr_value){.type = HR_TYPE_BIGINT, .i = unsafe_yyjson_get_sint(val)};
    case YYJSON_TYPE_BOOL | YYJSON_SUBTYPE_TRUE:
    case YYJSON_TYPE_BOOL | YYJSON_SUBTYPE_FALSE:
        return (hr_value){.type = HR_TYPE_BOOL, .b = unsafe_yyjson_get_bool(val)};
    default:
        break;
    }
    const hr_str text = {unsafe_yyjson_get_str(val), unsafe_yyjson_get_len(val)};
    if (unsafe_yyjson_is_raw(val))
        return hr_value_of_raw_number(text);
    return (hr_value){.type = HR_TYPE_TEXT, .text = text};
}

/* The common case: the value has the type of its column. */
static inline bool put_directly(hr_ntable *t, const hr_field *f, yyjson_val *val)
{
    const int64_t row = t->n_rows - 1;
    hr_builder *b = &f->column->builder;

    if (b->n > row)
        return false;
    switch (b->type) {
    case HR_TYPE_TEXT:
        return unsafe_yyjson_is_str(val) &&
               hr_builder_put_bytes(
                   b, row, (hr_str){unsafe_yyjson_get_str(val), unsafe_yyjson_get_len(val)});
    case HR_TYPE_BIGINT:
        return unsafe_yyjson_is_int(val) &&
               (unsafe_yyjson_is_sint(val) || unsafe_yyjson_get_uint(val) <= INT64_MAX) &&
               hr_builder_put_i64(b, row, unsafe_yyjson_get_sint(val));
    case HR_TYPE_DOUBLE:
        return unsafe_yyjson_is_real(val) &&
               hr_builder_put_double(b, row, unsafe_yyjson_get_real(val));
    case HR_TYPE_BOOL:
        return unsafe_yyjson_is_bool(val) &&
               hr_builder_put_bool(b, row, unsafe_yyjson_get_bool(val));
    default:
        return false;
    }
}

hr_status hr_put_value(hr_shredder *s, hr_ntable *t, hr_field *f, yyjson_val *val, hr_error *err)
{
    if (unsafe_yyjson_is_null(val))
        return HR_OK;
    s->tally.values++;
    if (f->column && !f->slow && put_directly(t, f, val))
        return HR_OK;
    if (f->key)
        t->key_values[f->key - 1] = val;
    if (unsafe_yyjson_is_ctn(val))
        return put_json(s, t, f, val, err);

    const hr_value v = value_of(val);
    return put(s, t, f, &v, false, err);
}
