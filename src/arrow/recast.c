#include "arrow/recast.h"

#include <math.h>

#include "base/mem.h"

hr_column_view hr_builder_view(const hr_builder *b, int scale)
{
    return (hr_column_view){b->type, scale, b->n, b->validity, b->offsets, b->values};
}

bool hr_builder_put(hr_builder *b, int64_t row, const hr_value *v)
{
    switch (b->type) {
    case HR_TYPE_BIGINT:
    case HR_TYPE_TIMESTAMP:
    case HR_TYPE_TIME:
        return hr_builder_put_i64(b, row, v->i);
    case HR_TYPE_DOUBLE:
        return hr_builder_put_double(b, row, v->d);
    case HR_TYPE_BOOL:
        return hr_builder_put_bool(b, row, v->b);
    case HR_TYPE_DATE:
        return hr_builder_put_fixed(b, row, &(int32_t){(int32_t)v->i});
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return hr_builder_put_fixed(b, row, &v->dec);
    default:
        return hr_builder_put_bytes(b, row, v->text);
    }
}

static hr_value value_at(const hr_column_view *c, int64_t row)
{
    hr_value v = {.type = c->type};
    int32_t days = 0;

    switch (c->type) {
    case HR_TYPE_BOOL:
        v.b = c->values[row >> 3] >> (row & 7) & 1;
        break;
    case HR_TYPE_DOUBLE:
        memcpy(&v.d, c->values + row * 8, 8);
        break;
    case HR_TYPE_DATE:
        memcpy(&days, c->values + row * 4, 4);
        v.i = days;
        break;
    case HR_TYPE_DECIMAL:
        v.scale = c->scale >= 0 ? c->scale : HR_DECIMAL_SCALE;
        memcpy(&v.dec, c->values + row * 16, 16);
        break;
    case HR_TYPE_WEI:
        memcpy(&v.dec, c->values + row * 16, 16);
        break;
    case HR_TYPE_BIGINT:
    case HR_TYPE_TIMESTAMP:
    case HR_TYPE_TIME:
        memcpy(&v.i, c->values + row * 8, 8);
        break;
    default:
        v.text = (hr_str){(const char *)c->values + c->offsets[row],
                          (size_t)(c->offsets[row + 1] - c->offsets[row])};
        break;
    }
    return v;
}

/* A double that may have been a bigint before the column was widened to double. */
static bool may_have_been_integer(const hr_value *v)
{
    return v->type == HR_TYPE_DOUBLE && v->d == floor(v->d) && fabs(v->d) < 0x1p63 &&
           !(v->d == 0 && signbit(v->d));
}

static bool recast(const hr_value *v, hr_target target, hr_value *out, hr_buf *scratch)
{
    if (target.type == HR_TYPE_TEXT && may_have_been_integer(v))
        return hr_convert(&(hr_value){.type = HR_TYPE_BIGINT, .i = (int64_t)v->d}, target, out,
                          scratch);
    return hr_convert(v, target, out, scratch);
}

static hr_status recast_rows(const hr_column_view *c, hr_target target, hr_builder *out,
                             hr_buf *scratch, hr_error *err)
{
    for (int64_t row = 0; row < c->n; row++) {
        hr_value fitting;

        if (c->validity && !(c->validity[row >> 3] >> (row & 7) & 1))
            continue;
        const hr_value v = value_at(c, row);
        if (!recast(&v, target, &fitting, scratch))
            return scratch->failed
                       ? hr_nomem(err)
                       : hr_fail(err, HR_E_UNSUPPORTED, "a value of type %s cannot become %s",
                                 hr_type_name(c->type), hr_type_name(target.type));
        if (!hr_builder_put(out, row, &fitting))
            return hr_nomem(err);
    }
    return hr_builder_pad(out, c->n) ? HR_OK : hr_nomem(err);
}

hr_status hr_recast(const hr_column_view *column, hr_target target, hr_builder *out, hr_error *err)
{
    hr_builder b;
    hr_buf scratch = {0};

    hr_builder_init(&b, target.type);
    const hr_status st = recast_rows(column, target, &b, &scratch, err);
    hr_buf_release(&scratch);
    if (st != HR_OK)
        hr_builder_release(&b);
    else
        *out = b;
    return st;
}
