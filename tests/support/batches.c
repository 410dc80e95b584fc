#include "support/batches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

/* ---- Columns. ---- */

typedef struct column_memory {
    void *buffers[3];
    size_t sizes[3];
} column_memory;

static void release_column(struct ArrowArray *a)
{
    column_memory *const m = a->private_data;

    for (size_t i = 0; i < 3; i++) {
        if (m->buffers[i])
            memset(m->buffers[i], 0xDD, m->sizes[i]);
        free(m->buffers[i]);
    }
    free(m);
    free(a->buffers);
    a->release = NULL;
}

static void *buffer(column_memory *m, size_t i, size_t size)
{
    m->sizes[i] = size;
    m->buffers[i] = must(calloc(1, size ? size : 1));
    return m->buffers[i];
}

static int text_of(int64_t row, char out[64])
{
    return snprintf(out, 64, "%.*s%lld", (int)(row % 40),
                    "a text that is longer than most of them are", (long long)row);
}

static void fill_text(column_memory *m, int64_t first, size_t n)
{
    int32_t *const offsets = buffer(m, 1, (n + 1) * sizeof(*offsets));
    char *const bytes = buffer(m, 2, n * 64);
    int32_t at = 0;

    for (size_t i = 0; i < n; i++) {
        char text[64];
        const int size = text_of(first + (int64_t)i, text);

        memcpy(bytes + at, text, (size_t)size);
        at += size;
        offsets[i + 1] = at;
    }
}

static void fill_bits(column_memory *m, int64_t first, size_t n)
{
    uint8_t *const bits = buffer(m, 1, (n + 7) / 8);

    for (size_t i = 0; i < n; i++) {
        if ((first + (int64_t)i) % 3 == 0)
            bits[i / 8] |= (uint8_t)(1u << (i % 8));
    }
}

static int64_t number_of(const char *format, int64_t row)
{
    if (format[0] == 'l')
        return row * 7 - 3;
    if (format[0] == 'd')
        return row % 9999;
    if (strcmp(format, "tdD") == 0)
        return row % 20000;
    if (strcmp(format, "ttu") == 0)
        return row % 86400000000;
    return 1700000000000000 + row;
}

static void fill_numbers(column_memory *m, const char *format, int64_t first, size_t n)
{
    const size_t width = format[0] == 'd' ? 16 : strcmp(format, "tdD") == 0 ? 4 : 8;
    char *const values = buffer(m, 1, n * width);

    for (size_t i = 0; i < n; i++) {
        const int64_t row = first + (int64_t)i, number = number_of(format, row);
        const double half = (double)row / 2;

        if (format[0] == 'g')
            memcpy(values + i * width, &half, sizeof(half));
        else
            memcpy(values + i * width, &number, width < 8 ? width : 8);
    }
}

static int64_t fill_validity(column_memory *m, int64_t every, int64_t first, size_t n)
{
    uint8_t *const bits = buffer(m, 0, (n + 7) / 8);
    int64_t nulls = 0;

    for (size_t i = 0; i < n; i++) {
        if ((first + (int64_t)i) % every == 0)
            nulls++;
        else
            bits[i / 8] |= (uint8_t)(1u << (i % 8));
    }
    return nulls;
}

static void make_column(struct ArrowArray *a, const test_column *c, int64_t first, size_t n)
{
    column_memory *const m = must(calloc(1, sizeof(*m)));
    const bool text = c->format[0] == 'u' || c->format[0] == 'z';

    if (text)
        fill_text(m, first, n);
    else if (c->format[0] == 'b')
        fill_bits(m, first, n);
    else
        fill_numbers(m, c->format, first, n);
    *a = (struct ArrowArray){.length = (int64_t)n,
                             .n_buffers = text ? 3 : 2,
                             .buffers = must(calloc(3, sizeof(void *))),
                             .release = release_column,
                             .private_data = m};
    if (c->null_every)
        a->null_count = fill_validity(m, c->null_every, first, n);
    for (size_t i = 0; i < 3; i++)
        a->buffers[i] = m->buffers[i];
}

/* ---- Batches. ---- */

static void release_batch(struct ArrowArray *a)
{
    test_batches *const b = a->private_data;

    for (int64_t i = 0; i < a->n_children; i++) {
        a->children[i]->release(a->children[i]);
        free(a->children[i]);
    }
    free(a->children);
    free(a->buffers);
    a->release = NULL;
    atomic_fetch_sub(&b->alive, 1);
}

static hr_status next(void *self, struct ArrowArray *out, hr_error *err)
{
    test_batches *const b = self;
    const int64_t first = atomic_fetch_add(&b->at, b->rows_per_batch);
    const int64_t left = b->rows - first;
    const int64_t n = left < b->rows_per_batch ? left : b->rows_per_batch;

    *out = (struct ArrowArray){0};
    if (b->fail_after >= 0 && first >= b->fail_after)
        return hr_fail(err, HR_E_PARSE, "batch at row %lld is broken", (long long)first);
    if (n <= 0)
        return HR_OK;
    *out = (struct ArrowArray){.length = n,
                               .n_buffers = 1,
                               .n_children = (int64_t)b->n_columns,
                               .buffers = must(calloc(1, sizeof(void *))),
                               .children = must(calloc(b->n_columns, sizeof(void *))),
                               .release = release_batch,
                               .private_data = b};
    for (size_t i = 0; i < b->n_columns; i++) {
        out->children[i] = must(calloc(1, sizeof(struct ArrowArray)));
        make_column(out->children[i], &b->columns[i], first, (size_t)n);
    }
    atomic_fetch_add(&b->alive, 1);
    return HR_OK;
}

void test_batches_init(test_batches *b, const test_column *columns, size_t n_columns, int64_t rows,
                       int64_t rows_per_batch)
{
    memset(b, 0, sizeof(*b));
    b->columns = columns;
    b->n_columns = n_columns;
    b->rows = rows;
    b->rows_per_batch = rows_per_batch;
    b->fail_after = -1;
    b->schema = (struct ArrowSchema){.format = "+s",
                                     .name = "",
                                     .n_children = (int64_t)n_columns,
                                     .children = must(calloc(n_columns, sizeof(void *)))};
    for (size_t i = 0; i < n_columns; i++) {
        b->schema.children[i] = must(calloc(1, sizeof(struct ArrowSchema)));
        b->schema.children[i]->format = columns[i].format;
        b->schema.children[i]->name = columns[i].name;
        b->schema.children[i]->flags = ARROW_FLAG_NULLABLE;
    }
    b->batches =
        (hr_batches){.self = b, .schema = &b->schema, .rows = (uint64_t)rows, .next = next};
}

void test_batches_release(test_batches *b)
{
    for (size_t i = 0; i < b->n_columns; i++)
        free(b->schema.children[i]);
    free(b->schema.children);
}
