#include "package/conform.h"

#include <nanoarrow/nanoarrow.h>

#include "arrow/recast.h"
#include "base/mem.h"
#include "headrace/headrace.h"

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

static hr_status widened(struct ArrowArray *a, const hr_arrow_field *from, const hr_arrow_field *to,
                         struct ArrowArray *out, hr_error *err)
{
    const bool bytes = a->n_buffers == 3;
    const hr_column_view column = {.type = from->type,
                                   .scale = from->scale,
                                   .n = a->length,
                                   .validity = a->buffers[0],
                                   .offsets = bytes ? a->buffers[1] : NULL,
                                   .values = a->buffers[bytes ? 2 : 1]};
    const hr_target target = {.type = to->type, .precision = to->precision, .scale = to->scale};
    hr_builder *b = hr_malloc(sizeof(*b));

    if (!b)
        return hr_nomem(err);
    hr_status st = hr_recast(&column, target, b, err);
    if (st != HR_OK) {
        hr_free(b);
        return hr_fail_in(err, HR_E_SCHEMA, "column \"" HR_STR_FMT "\"", HR_STR_ARG(to->name));
    }
    st = wrap(b, out, err);
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
