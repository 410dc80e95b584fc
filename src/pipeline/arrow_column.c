#include "pipeline/arrow_column.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "headrace/headrace.h"
#include "pipeline/arrow_rows.h"

/* ---- its type ---- */

static bool set_decimal(hr_column_spec *spec, int precision, int scale)
{
    spec->type = HR_TYPE_DECIMAL;
    spec->has_precision = spec->has_scale = true;
    spec->precision = precision;
    spec->scale = scale;
    return precision <= HR_DECIMAL_PRECISION && scale >= 0;
}

static bool map_type(const struct ArrowSchemaView *v, hr_column_spec *spec)
{
    switch (v->type) {
    case NANOARROW_TYPE_NA:
        spec->type = HR_TYPE_NONE;
        return true;
    case NANOARROW_TYPE_BOOL:
        spec->type = HR_TYPE_BOOL;
        return true;
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_UINT8:
    case NANOARROW_TYPE_UINT16:
    case NANOARROW_TYPE_UINT32:
        spec->type = HR_TYPE_BIGINT;
        return true;
    case NANOARROW_TYPE_UINT64: /* beyond bigint */
        return set_decimal(spec, 20, 0);
    case NANOARROW_TYPE_FLOAT:
    case NANOARROW_TYPE_DOUBLE:
        spec->type = HR_TYPE_DOUBLE;
        return true;
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
        spec->type = HR_TYPE_TEXT;
        return true;
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
        spec->type = HR_TYPE_BINARY;
        return true;
    case NANOARROW_TYPE_DATE32:
        spec->type = HR_TYPE_DATE;
        return true;
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
        spec->type = HR_TYPE_TIME;
        return true;
    case NANOARROW_TYPE_TIMESTAMP:
        spec->type = HR_TYPE_TIMESTAMP;
        return true;
    case NANOARROW_TYPE_DECIMAL128:
        return set_decimal(spec, v->decimal_precision, v->decimal_scale);
    default:
        return false;
    }
}

hr_status hr_arrow_column_init(hr_arrow_column *c, const struct ArrowSchema *schema,
                               const hr_naming *naming, hr_error *err)
{
    const hr_str raw = hr_str_from(schema->name ? schema->name : "");
    struct ArrowSchemaView v;
    hr_buf name = {0};

    if (ArrowSchemaViewInit(&v, schema, NULL) != NANOARROW_OK || schema->dictionary ||
        !map_type(&v, &c->spec))
        return hr_fail(err, HR_E_UNSUPPORTED,
                       "the Arrow type %s has no place in a column; give nested data as JSON",
                       schema->dictionary ? "dictionary" : schema->format);
    const hr_status st = hr_naming_path(naming, raw, &name, err);
    c->name = st == HR_OK ? hr_buf_take(&name) : NULL;
    hr_buf_release(&name);
    if (st == HR_OK && !c->name)
        return hr_nomem(err);
    HR_TRY(st);
    c->type = v.type;
    c->unit = v.time_unit;
    c->spec.name = hr_str_from(c->name);
    hr_builder_init(&c->builder, c->spec.type);
    return HR_OK;
}

void hr_arrow_column_release(hr_arrow_column *c)
{
    hr_free(c->name);
    hr_builder_release(&c->builder);
    *c = (hr_arrow_column){0};
}

/* ---- its values ---- */

static bool put_decimal(hr_builder *b, int64_t row, const struct ArrowArrayView *v, int64_t i)
{
    struct ArrowDecimal d;
    unsigned char bytes[16];

    ArrowDecimalInit(&d, 128, 38, 0);
    ArrowArrayViewGetDecimalUnsafe(v, i, &d);
    ArrowDecimalGetBytes(&d, bytes);
    return hr_builder_put_fixed(b, row, bytes);
}

hr_status hr_arrow_column_put(hr_arrow_column *c, const struct ArrowArrayView *v, int64_t from,
                              int64_t i, hr_error *err)
{
    hr_builder *b = &c->builder;
    struct ArrowBufferView bytes;
    hr_str text;
    int64_t micros = 0;
    bool exact;
    bool ok = false;

    switch (c->spec.type) {
    case HR_TYPE_BOOL:
        ok = hr_builder_put_bool(b, i, ArrowArrayViewGetIntUnsafe(v, from) != 0);
        break;
    case HR_TYPE_BIGINT:
        ok = hr_builder_put_i64(b, i, ArrowArrayViewGetIntUnsafe(v, from));
        break;
    case HR_TYPE_DOUBLE:
        ok = hr_builder_put_double(b, i, ArrowArrayViewGetDoubleUnsafe(v, from));
        break;
    case HR_TYPE_DATE:
        ok = hr_builder_put_fixed(b, i, &(int32_t){(int32_t)ArrowArrayViewGetIntUnsafe(v, from)});
        break;
    case HR_TYPE_TIME:
    case HR_TYPE_TIMESTAMP:
        if (!hr_arrow_micros(ArrowArrayViewGetIntUnsafe(v, from), c->unit, &micros, &exact) ||
            !exact)
            return hr_fail(err, HR_E_SCHEMA,
                           "the time is finer than a microsecond or out of range");
        ok = hr_builder_put_i64(b, i, micros);
        break;
    case HR_TYPE_DECIMAL:
        if (c->type == NANOARROW_TYPE_UINT64)
            ok =
                hr_builder_put_fixed(b, i, &(uint64_t[2]){ArrowArrayViewGetUIntUnsafe(v, from), 0});
        else
            ok = put_decimal(b, i, v, from);
        break;
    default:
        bytes = ArrowArrayViewGetBytesUnsafe(v, from);
        text = (hr_str){bytes.data.as_char, (size_t)bytes.size_bytes};
        if (c->spec.type == HR_TYPE_TEXT && !hr_utf8_valid(text))
            return hr_fail(err, HR_E_SCHEMA, "the text is not UTF-8");
        ok = hr_builder_put_bytes(b, i, text);
        break;
    }
    return ok ? HR_OK : hr_nomem(err);
}

hr_batch_column hr_arrow_column_batch(const hr_arrow_column *c)
{
    const hr_builder *b = &c->builder;
    const bool bytes = b->width == HR_WIDTH_BYTES;
    const size_t fixed = b->width ? (size_t)b->n * b->width : ((size_t)b->n + 7) / 8;

    return (hr_batch_column){.field = {.name = c->spec.name,
                                       .type = c->spec.type,
                                       .precision = c->spec.has_precision ? c->spec.precision : -1,
                                       .scale = c->spec.has_scale ? c->spec.scale : -1},
                             .n_null = b->n - b->n_valid,
                             .validity = b->validity,
                             .offsets = bytes ? b->offsets : NULL,
                             .data = b->values,
                             .data_bytes = bytes ? b->bytes_len : fixed};
}
