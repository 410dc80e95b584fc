#include "package/conform.h"

#include <assert.h>
#include <nanoarrow/nanoarrow.h>

#include "arrow/builder.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/convert.h"

static bool same(const hr_arrow_field *a, const hr_arrow_field *b)
{
    return a->type == b->type && a->precision == b->precision && a->scale == b->scale;
}

static void release_null(struct ArrowArray *a)
{
    hr_free(a->private_data);
    a->release = NULL;
}

/* All null, over shared zeros. */
static hr_status null_column(struct ArrowArray *out, int64_t rows, hr_type type, void *zeros,
                             hr_error *err)
{
    const bool bytes = type == HR_TYPE_TEXT || type == HR_TYPE_JSON || type == HR_TYPE_BINARY;
    const void **buffers = hr_calloc(3, sizeof(*buffers));

    if (!buffers)
        return hr_nomem(err);
    buffers[0] = buffers[1] = buffers[2] = zeros;
    *out = (struct ArrowArray){.length = rows,
                               .null_count = rows,
                               .n_buffers = bytes ? 3 : 2,
                               .buffers = buffers,
                               .release = release_null,
                               .private_data = (void *)buffers};
    return HR_OK;
}

/* ---- widening ---- */

static void release_converted(struct ArrowArray *a)
{
    hr_builder *b = a->private_data;

    hr_builder_release(b);
    hr_free(b);
    hr_free((void *)a->buffers);
    a->release = NULL;
}

static hr_status wrap(hr_builder *b, struct ArrowArray *out, hr_error *err)
{
    const bool bytes = b->width == HR_WIDTH_BYTES;
    const void **buffers = hr_calloc(3, sizeof(*buffers));

    if (!buffers)
        return hr_nomem(err);
    buffers[0] = b->validity;
    buffers[1] = bytes ? (const void *)b->offsets : b->values;
    buffers[2] = b->values;
    *out = (struct ArrowArray){.length = b->n,
                               .null_count = b->n - b->n_valid,
                               .n_buffers = bytes ? 3 : 2,
                               .buffers = buffers,
                               .release = release_converted,
                               .private_data = b};
    return HR_OK;
}

static hr_value value_at(const struct ArrowArray *a, const hr_arrow_field *f, int64_t row)
{
    const unsigned char *data = a->buffers[1];
    hr_value v = {.type = f->type, .scale = f->type == HR_TYPE_DECIMAL ? f->scale : 0};

    switch (f->type) {
    case HR_TYPE_BOOL:
        v.b = data[row >> 3] >> (row & 7) & 1;
        break;
    case HR_TYPE_DATE:
        v.i = ((const int32_t *)a->buffers[1])[row];
        break;
    case HR_TYPE_DOUBLE:
        memcpy(&v.d, data + row * 8, 8);
        break;
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        memcpy(&v.dec, data + row * 16, 16);
        break;
    case HR_TYPE_TEXT:
    case HR_TYPE_JSON:
    case HR_TYPE_BINARY: {
        const int32_t *offsets = a->buffers[1];
        v.text = (hr_str){(const char *)a->buffers[2] + offsets[row],
                          (size_t)(offsets[row + 1] - offsets[row])};
        break;
    }
    default:
        memcpy(&v.i, data + row * 8, 8);
        break;
    }
    return v;
}

static bool put(hr_builder *b, int64_t row, const hr_value *v)
{
    switch (b->type) {
    case HR_TYPE_DOUBLE:
        return hr_builder_put_double(b, row, v->d);
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return hr_builder_put_fixed(b, row, &v->dec);
    case HR_TYPE_BIGINT:
    case HR_TYPE_TIMESTAMP:
        return hr_builder_put_i64(b, row, v->i);
    default:
        assert(b->width == HR_WIDTH_BYTES); /* columns widen to numbers and text only */
        return hr_builder_put_bytes(b, row, v->text);
    }
}

static hr_status convert_rows(const struct ArrowArray *a, const hr_arrow_field *from,
                              const hr_arrow_field *to, hr_builder *b, hr_buf *scratch,
                              hr_error *err)
{
    const hr_target target = {.type = to->type, .precision = to->precision, .scale = to->scale};
    const uint8_t *validity = a->buffers[0];

    for (int64_t row = 0; row < a->length; row++) {
        hr_value v;

        if (validity && !(validity[row >> 3] >> (row & 7) & 1))
            continue;
        const hr_value old = value_at(a, from, row);
        if (!hr_convert(&old, target, &v, scratch))
            return hr_fail(err, HR_E_SCHEMA,
                           "column \"" HR_STR_FMT
                           "\" cannot become %s: a value of type %s does not fit",
                           HR_STR_ARG(to->name), hr_type_name(to->type), hr_type_name(from->type));
        if (!put(b, row, &v))
            return hr_nomem(err);
    }
    return hr_builder_pad(b, a->length) ? HR_OK : hr_nomem(err);
}

static hr_status widened(struct ArrowArray *a, const hr_arrow_field *from, const hr_arrow_field *to,
                         struct ArrowArray *out, hr_error *err)
{
    hr_builder *b = hr_malloc(sizeof(*b));
    hr_buf scratch = {0};

    if (!b)
        return hr_nomem(err);
    hr_builder_init(b, to->type);
    hr_status st = convert_rows(a, from, to, b, &scratch, err);
    if (st == HR_OK)
        st = wrap(b, out, err);
    hr_buf_release(&scratch);
    if (st != HR_OK) {
        hr_builder_release(b);
        hr_free(b);
    }
    return st;
}

/* ---- the batch ---- */

static hr_status place_columns(const hr_conform *how, struct ArrowArray *batch,
                               struct ArrowArray *out, hr_error *err)
{
    for (size_t i = 0; i < how->n_from; i++) {
        struct ArrowArray *target = out->children[how->target_of[i]];
        const hr_arrow_field *to = &how->to[how->target_of[i]];

        if (same(&how->from[i], to))
            ArrowArrayMove(batch->children[i], target);
        else
            HR_TRY(widened(batch->children[i], &how->from[i], to, target, err));
    }
    for (size_t i = 0; i < how->n_to; i++) {
        if (!out->children[i]->release)
            HR_TRY(null_column(out->children[i], batch->length, how->to[i].type, how->zeros, err));
    }
    return HR_OK;
}

hr_status hr_conform_batch(const hr_conform *how, struct ArrowArray *batch, struct ArrowArray *out,
                           hr_error *err)
{
    hr_status st = HR_OK;

    if (ArrowArrayInitFromType(out, NANOARROW_TYPE_STRUCT) != NANOARROW_OK) {
        batch->release(batch);
        return hr_nomem(err);
    }
    if (ArrowArrayAllocateChildren(out, (int64_t)how->n_to) != NANOARROW_OK)
        st = hr_nomem(err);
    out->length = batch->length;
    out->null_count = 0;
    if (st == HR_OK)
        st = place_columns(how, batch, out, err);
    batch->release(batch);
    if (st != HR_OK)
        out->release(out);
    return st;
}
