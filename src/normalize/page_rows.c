#include <assert.h>

#include "headrace/headrace.h"
#include "normalize/tables_int.h"

void hr_tables_begin_page(hr_tables *ts, uint64_t page)
{
    ts->page = page;
    for (size_t i = 0; i < ts->n; i++) {
        hr_ntable *t = ts->items[i];

        t->page_rows = t->n_rows;
        for (size_t k = 0; k < t->n_columns; k++)
            t->columns[k]->page_valid = t->columns[k]->builder.n_valid;
    }
}

/* The first row of the page without a value. */
static int64_t first_null(const hr_builder *b, int64_t from, int64_t to)
{
    while (from < to && from < b->n && (!b->validity || b->validity[from / 8] >> (from % 8) & 1))
        from++;
    return from;
}

static hr_status check_nulls(const hr_ntable *root, uint64_t *row, hr_error *err)
{
    const int64_t rows = root->n_rows - root->page_rows;

    for (size_t i = 0; i < root->plan->n_required; i++) {
        const hr_str name = root->plan->required[i];
        const hr_field *f = hr_map_get(&root->fields, name);
        const hr_ncolumn *c = f ? f->column : NULL;

        if ((c ? c->builder.n_valid - c->page_valid : 0) == rows)
            continue;
        *row = 1;
        if (c)
            *row += (uint64_t)(first_null(&c->builder, root->page_rows, root->n_rows) -
                               root->page_rows);
        return hr_fail(
            err, HR_E_SCHEMA,
            "table \"%s\": column \"%s\" must not be null (it is a key, or hinted so), but "
            "has no value here; \"nullable\": true in its hints lets it",
            root->name.p, name.p);
    }
    return HR_OK;
}

hr_status hr_tables_check_nulls(const hr_tables *ts, const hr_ntable *root, uint64_t *row,
                                hr_error *err)
{
    uint64_t of_list = 0;

    HR_TRY(check_nulls(root, row, err));
    for (size_t i = 0; i < ts->n; i++) {
        if (ts->items[i] != root && !ts->items[i]->parent)
            HR_TRY(check_nulls(ts->items[i], &of_list, err));
    }
    return HR_OK;
}

void hr_tables_keep(hr_tables *ts)
{
    ts->delta.n = 0; /* the catalog's log tells it again, which changes nothing */
}

uint64_t hr_tables_page_rows(const hr_tables *ts)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < ts->n; i++)
        rows += (uint64_t)(ts->items[i]->n_rows - ts->items[i]->page_rows);
    return rows;
}

static void take_column_back(hr_ntable *t, hr_str name)
{
    hr_field *f = hr_map_get(&t->fields, name);

    if (hr_is_system_column(name)) {
        t->has_system = false;
        return;
    }
    /* Columns were added in delta order and are taken back in the reverse, so it is the last. */
    assert(f && t->columns[t->n_columns - 1] == f->column);
    hr_builder_release(&f->column->builder);
    f->column = NULL;
    f->barred = true; /* or met again */
    t->n_columns--;
}

static void take_back(hr_ntable *t, const hr_change *change)
{
    hr_field *f = hr_map_get(&t->fields, change->column.name);

    switch (change->kind) {
    case HR_CHANGE_TABLE:
        t->known = false;
        break;
    case HR_CHANGE_COLUMN:
        take_column_back(t, change->column.name);
        break;
    case HR_CHANGE_INEXACT:
        f->column->inexact = false;
        break;
    default:
        hr_builder_reset(&f->column->builder);
        hr_ncolumn_retype(f->column, &change->before);
        break;
    }
}

static void forget_variants(hr_ntable *t)
{
    for (size_t i = 0; i < t->n_columns; i++)
        memset(t->columns[i]->variants, 0, sizeof(t->columns[i]->variants));
}

void hr_table_drop_row(hr_tables *ts, hr_ntable *t, size_t delta)
{
    t->n_rows--;
    for (size_t k = 0; k < t->n_columns; k++)
        hr_builder_truncate(&t->columns[k]->builder, t->n_rows);
    while (ts->delta.n > delta && ts->delta.items[ts->delta.n - 1].kind <= HR_CHANGE_COLUMN)
        take_back(t, &ts->delta.items[--ts->delta.n]);
    forget_variants(t);
}

void hr_tables_roll_back(hr_tables *ts)
{
    for (size_t i = ts->delta.n; i-- > 0;) {
        const hr_change *change = &ts->delta.items[i];

        take_back(hr_map_get(&ts->by_name, change->table), change);
    }
    ts->delta.n = 0;
    for (size_t i = 0; i < ts->n; i++) {
        hr_ntable *t = ts->items[i];

        for (size_t k = 0; k < t->n_columns; k++)
            hr_builder_truncate(&t->columns[k]->builder, t->page_rows);
        t->n_rows = t->page_rows;
        forget_variants(t);
    }
    hr_tables_forget_unknown(ts);
}
