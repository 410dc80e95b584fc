#include "normalize/flush.h"

#include <assert.h>

#include "base/ids.h"
#include "base/mem.h"
#include "headrace/headrace.h"

enum { MOST_SYSTEM = 5 }; /* system columns of a table */

/* What a flush needs beside the builders; one a flush, shared by its tables. */
typedef struct flush {
    hr_tables *tables;
    hr_package_writer *writer;
    char **ids;          /* of each table, by its place in tables->items; NULL: not flushed yet */
    int64_t **roots;     /* of each child table: the root's rows that its rows belong to */
    char *parents;       /* parent ids of the table at hand */
    char *root_ids;      /* likewise */
    int64_t *order;      /* likewise */
    int32_t *id_offsets; /* 0, 14, 28 ... */
    hr_batch_column *columns;
    uint64_t values, rows;
} flush;

static size_t place_of(const hr_tables *ts, const hr_ntable *t)
{
    size_t i = 0;

    while (ts->items[i] != t)
        i++;
    return i;
}

/* The ids of the rows that the rows of `t` belong to. */
static void gather_parent_ids(const flush *f, const hr_ntable *t, char *out)
{
    uint16_t via = 0;
    const char *parent_ids = f->ids[place_of(f->tables, t->parent)];

    for (int64_t i = 0; i < t->n_rows; i++) {
        if (t->via && t->via[i] != via) {
            via = t->via[i];
            parent_ids = f->ids[place_of(f->tables, hr_table_parent(t, via))];
        }
        memcpy(out + i * HR_ROW_ID, parent_ids + t->parent_row[i] * HR_ROW_ID, HR_ROW_ID);
    }
}

static void gather_ids(const char *ids, const int64_t *rows, int64_t n, char *out)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(out + i * HR_ROW_ID, ids + rows[i] * HR_ROW_ID, HR_ROW_ID);
}

static hr_status root_ids(const hr_ntable *t, char *out, hr_error *err)
{
    if (t->plan->ids == HR_ROW_IDS_NEW)
        return hr_new_row_ids(out, (size_t)t->n_rows, err);
    memcpy(out, t->row_ids, (size_t)t->n_rows * HR_ROW_ID);
    return HR_OK;
}

static hr_status make_ids(flush *f, size_t at, hr_error *err)
{
    const hr_ntable *t = f->tables->items[at];
    const size_t n = (size_t)t->n_rows;

    f->ids[at] = hr_malloc(n * HR_ROW_ID);
    if (!f->ids[at])
        return hr_nomem(err);
    if (!t->parent)
        return root_ids(t, f->ids[at], err);

    hr_free(f->parents);
    f->parents = hr_malloc(n * HR_ROW_ID);
    if (!f->parents)
        return hr_nomem(err);
    gather_parent_ids(f, t, f->parents);
    hr_child_row_ids(f->parents, t->list_idx, n, t->name, f->ids[at]);
    return HR_OK;
}

static hr_batch_column id_column(const flush *f, hr_str name, const char *ids, int64_t rows)
{
    return (hr_batch_column){
        .field = {.name = name, .type = HR_TYPE_TEXT, .precision = -1, .scale = -1},
        .offsets = f->id_offsets,
        .data = ids,
        .data_bytes = (size_t)rows * HR_ROW_ID};
}

static size_t value_bytes(const hr_builder *b)
{
    if (b->width == HR_WIDTH_BYTES)
        return b->bytes_len;
    return b->width == HR_WIDTH_BITS ? ((size_t)b->n + 7) / 8 : (size_t)b->n * b->width;
}

static hr_batch_column data_column(const hr_ncolumn *c)
{
    const hr_builder *b = &c->builder;

    return (hr_batch_column){
        .field = {.name = c->spec.name,
                  .type = c->spec.type,
                  .precision = c->spec.has_precision ? c->spec.precision : -1,
                  .scale = c->spec.has_scale ? c->spec.scale : -1},
        .n_null = b->n - b->n_valid,
        .validity = b->validity,
        .offsets = b->width == HR_WIDTH_BYTES ? b->offsets : NULL,
        .data = b->values,
        .data_bytes = value_bytes(b),
    };
}

static hr_status data_columns(flush *f, const hr_ntable *t, size_t *n, hr_error *err)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        hr_builder *b = &t->columns[i]->builder;

        if (!b->n_valid)
            continue;
        if (!hr_builder_pad(b, t->n_rows))
            return hr_nomem(err);
        f->values += (uint64_t)b->n_valid;
        f->columns[(*n)++] = data_column(t->columns[i]);
    }
    return HR_OK;
}

/* The table whose row is the parent of row i. */
static const hr_ntable *parent_of(const hr_ntable *t, int64_t i)
{
    return t->parent ? hr_table_parent(t, t->via ? t->via[i] : 0) : t->above;
}

/* Which rows of the root those of a table below it belong to: by their parents', which are known.
 */
static hr_status find_roots(flush *f, size_t at, hr_error *err)
{
    const hr_ntable *t = f->tables->items[at];
    int64_t *roots = hr_malloc((size_t)t->n_rows * sizeof(*roots));

    f->roots[at] = roots;
    if (!roots)
        return hr_nomem(err);
    for (int64_t i = 0; i < t->n_rows; i++) {
        const hr_ntable *parent = parent_of(t, i);
        const int64_t row = t->parent_row[i];

        roots[i] = parent->parent ? f->roots[place_of(f->tables, parent)][row] : row;
    }
    return HR_OK;
}

static const hr_ntable *root_of(const hr_ntable *t)
{
    while (t->parent)
        t = t->parent;
    return t;
}

static hr_batch_column number_column(hr_str name, const int64_t *values, int64_t rows)
{
    return (hr_batch_column){
        .field = {.name = name, .type = HR_TYPE_BIGINT, .precision = -1, .scale = -1},
        .data = values,
        .data_bytes = (size_t)rows * sizeof(*values)};
}

static hr_status root_id_column(flush *f, size_t at, hr_batch_column *out, hr_error *err)
{
    const hr_ntable *t = f->tables->items[at];
    const char *ids = f->ids[place_of(f->tables, root_of(t->parent ? t : t->above))];

    hr_free(f->root_ids);
    f->root_ids = hr_malloc((size_t)t->n_rows * HR_ROW_ID);
    if (!f->root_ids)
        return hr_nomem(err);
    gather_ids(ids, f->roots[at], t->n_rows, f->root_ids);
    *out = id_column(f, HR_STR("_dlt_root_id"), f->root_ids, t->n_rows);
    return HR_OK;
}

static hr_status order_column(flush *f, size_t at, hr_batch_column *out, hr_error *err)
{
    const hr_ntable *t = f->tables->items[at];
    const int64_t *order = root_of(t)->order;

    if (t->parent) {
        hr_free(f->order);
        f->order = hr_malloc((size_t)t->n_rows * sizeof(*f->order));
        if (!f->order)
            return hr_nomem(err);
        for (int64_t i = 0; i < t->n_rows; i++)
            f->order[i] = order[f->roots[at][i]];
        order = f->order;
    }
    *out = number_column(HR_STR(HR_ROW_ORDER), order, t->n_rows);
    return HR_OK;
}

/* What the plan asks for beside the ids. */
static hr_status plan_columns(flush *f, size_t at, size_t *n, hr_error *err)
{
    const hr_ntable *t = f->tables->items[at];
    const bool has_root_id = hr_ntable_has_root_id(t);

    if (has_root_id || (t->parent && t->plan->ordered))
        HR_TRY(find_roots(f, at, err));
    if (has_root_id)
        HR_TRY(root_id_column(f, at, &f->columns[(*n)++], err));
    return t->plan->ordered ? order_column(f, at, &f->columns[(*n)++], err) : HR_OK;
}

static hr_status flush_table(flush *f, size_t at, hr_error *err)
{
    const hr_ntable *t = f->tables->items[at];
    size_t n = 0;

    if (!t->n_rows || f->ids[at])
        return HR_OK;
    if (t->above)
        HR_TRY(flush_table(f, place_of(f->tables, t->above), err));
    for (size_t i = 0; i < t->n_others; i++) { /* `parent` stands before, others may not */
        if (t->others[i])
            HR_TRY(flush_table(f, place_of(f->tables, t->others[i]), err));
    }
    HR_TRY(make_ids(f, at, err));
    hr_batch_column *columns =
        hr_realloc(f->columns, (t->n_columns + MOST_SYSTEM) * sizeof(*columns));
    if (!columns)
        return hr_nomem(err);
    f->columns = columns;
    HR_TRY(data_columns(f, t, &n, err));
    HR_TRY(plan_columns(f, at, &n, err));
    if (t->parent) {
        columns[n++] = id_column(f, HR_STR("_dlt_parent_id"), f->parents, t->n_rows);
        columns[n++] = number_column(HR_STR("_dlt_list_idx"), t->list_idx, t->n_rows);
    }
    columns[n++] = id_column(f, HR_STR("_dlt_id"), f->ids[at], t->n_rows);
    f->rows += (uint64_t)t->n_rows;
    return hr_package_write(f->writer, &(hr_batch){t->name, t->n_rows, columns, n}, err);
}

static hr_status make_offsets(flush *f, hr_error *err)
{
    int64_t most = 0;

    for (size_t i = 0; i < f->tables->n; i++) {
        if (f->tables->items[i]->n_rows > most)
            most = f->tables->items[i]->n_rows;
    }
    f->id_offsets = hr_malloc(((size_t)most + 1) * sizeof(*f->id_offsets));
    if (!f->id_offsets)
        return hr_nomem(err);
    for (int64_t i = 0; i <= most; i++)
        f->id_offsets[i] = (int32_t)(i * HR_ROW_ID);
    return HR_OK;
}

hr_status hr_flush_tables(hr_tables *ts, hr_package_writer *w, uint64_t *values, uint64_t *rows,
                          hr_error *err)
{
    flush f = {.tables = ts, .writer = w};
    hr_status st = HR_OK;

    assert(ts->delta.n == 0);
    f.ids = hr_calloc(ts->n, sizeof(*f.ids));
    f.roots = hr_calloc(ts->n, sizeof(*f.roots));
    st = f.ids && f.roots ? make_offsets(&f, err) : hr_nomem(err);
    for (size_t i = 0; i < ts->n && st == HR_OK; i++)
        st = flush_table(&f, i, err);
    for (size_t i = 0; f.ids && i < ts->n; i++)
        hr_free(f.ids[i]);
    for (size_t i = 0; f.roots && i < ts->n; i++)
        hr_free(f.roots[i]);
    hr_free(f.ids);
    hr_free(f.roots);
    hr_free(f.root_ids);
    hr_free(f.order);
    hr_free(f.parents);
    hr_free(f.id_offsets);
    hr_free(f.columns);
    hr_tables_clear_rows(ts);
    *values += f.values;
    *rows += f.rows;
    return st;
}
