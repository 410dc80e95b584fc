#include <assert.h>

#include "headrace/headrace.h"
#include "normalize/tables_int.h"

static void forget_links(hr_ntable *t)
{
    if (t->above && !t->above->known)
        t->above = NULL;
    for (size_t i = 0; i < t->n_others; i++) {
        if (t->others[i] && !t->others[i]->known)
            t->others[i] = NULL;
    }
    for (size_t i = 0; i < t->fields.cap; i++) {
        hr_field *f = t->fields.slots[i].value;

        if (f && f->list && !f->list->known)
            f->list = NULL;
    }
}

void hr_tables_forget_unknown(hr_tables *ts)
{
    const size_t before = ts->n;

    ts->n = 0;
    for (size_t i = 0; i < before; i++) {
        hr_ntable *t = ts->items[i];

        if (t->known || !t->parent) {
            ts->items[ts->n++] = t;
            continue;
        }
        hr_map_remove(&ts->by_name, t->name);
        hr_ntable_release(t);
    }
    for (size_t i = 0; i < ts->n && ts->n < before; i++)
        forget_links(ts->items[i]);
}

static hr_status mirror_table(hr_tables *ts, const hr_change *change, hr_error *err)
{
    hr_ntable *t = hr_map_get(&ts->by_name, change->table);

    if (!t)
        HR_TRY(hr_ntable_new(ts, change->table, change->table, change->parent, &t, err));
    t->known = true;
    t->contract = change->contract;
    return HR_OK;
}

static void mirror_system(hr_ntable *t, hr_str name)
{
    t->has_id = t->has_id || hr_str_eq(name, HR_STR("_dlt_id"));
    t->has_root_id = t->has_root_id || hr_str_eq(name, HR_STR("_dlt_root_id"));
    t->has_system = t->has_id && (t->has_root_id || !hr_ntable_has_root_id(t));
}

static hr_status mirror(hr_tables *ts, const hr_change *change, hr_error *err)
{
    hr_ntable *t = hr_map_get(&ts->by_name, change->table);
    hr_field *f = NULL;

    if (change->kind == HR_CHANGE_TABLE)
        return mirror_table(ts, change, err);
    assert(t);
    if (hr_is_system_column(change->column.name)) {
        mirror_system(t, change->column.name);
        return HR_OK;
    }
    f = hr_map_get(&t->fields, change->column.name);
    if (!f)
        HR_TRY(hr_table_field(ts, t, change->column.name, &f, err));
    if (!f->column)
        HR_TRY(hr_field_mirror_column(ts, t, f, &change->column, err));
    if (change->kind == HR_CHANGE_WIDEN)
        hr_ncolumn_retype(f->column, &change->column);
    if (change->kind == HR_CHANGE_INEXACT)
        f->column->inexact = true;
    return HR_OK;
}

hr_status hr_tables_catch_up(hr_tables *ts, hr_catalog *c, hr_error *err)
{
    hr_changes news = {0};

    assert(ts->delta.n == 0);
    hr_tables_forget_unknown(ts);
    hr_status st = hr_catalog_catch_up(c, &ts->log_pos, &news, err);
    for (size_t i = 0; i < news.n && st == HR_OK; i++)
        st = mirror(ts, &news.items[i], err);
    hr_changes_release(&news);
    return st;
}
