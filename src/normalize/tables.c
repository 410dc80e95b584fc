#include "base/ids.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/tables_int.h"

void hr_tables_init(hr_tables *ts, const hr_naming *naming, const hr_row_plan *plan, bool widens)
{
    static const hr_row_plan plain = {.ids = HR_ROW_IDS_NEW};

    *ts = (hr_tables){.naming = *naming, .plan = plan ? plan : &plain, .widens = widens};
}

void hr_ntable_release(hr_ntable *t)
{
    hr_shape_release(t->row);
    for (size_t i = 0; i < t->fields.cap; i++) {
        const hr_field *f = t->fields.slots[i].value;

        hr_shape_release(f ? f->object : NULL);
    }
    for (size_t i = 0; i < t->n_columns; i++)
        hr_builder_release(&t->columns[i]->builder);
    hr_free(t->columns);
    hr_free(t->parent_row);
    hr_free(t->list_idx);
    hr_free(t->via);
    hr_free(t->others);
    hr_free(t->row_ids);
    hr_free(t->order);
    hr_free(t->key_values);
    hr_map_release(&t->fields);
}

void hr_tables_release(hr_tables *ts)
{
    for (size_t i = 0; i < ts->n; i++)
        hr_ntable_release(ts->items[i]);
    hr_free(ts->items);
    hr_map_release(&ts->by_name);
    hr_changes_release(&ts->delta);
    hr_buf_release(&ts->scratch);
    hr_arena_release(&ts->arena);
    *ts = (hr_tables){0};
}

hr_status hr_tables_note(hr_tables *ts, const hr_change *change, hr_error *err)
{
    return hr_changes_add(&ts->delta, change) ? HR_OK : hr_nomem(err);
}

static const hr_row_plan *plan_of(const hr_tables *ts, const hr_ntable *t)
{
    if (t->parent)
        return t->parent->plan;
    for (size_t i = 0; i < ts->plan->n_cut; i++) {
        if (hr_str_eq(ts->plan->cut[i].table, t->name))
            return &ts->plan->cut[i];
    }
    return ts->plan;
}

bool hr_ntable_has_root_id(const hr_ntable *t)
{
    return t->parent ? t->plan->root_ids : t->above && t->above->plan->root_ids;
}

hr_status hr_ntable_new(hr_tables *ts, hr_str name, hr_str path, hr_str parent_name,
                        hr_ntable **out, hr_error *err)
{
    hr_ntable *t = hr_arena_zalloc(&ts->arena, sizeof(*t));

    if (!t)
        return hr_nomem(err);
    t->name = name;
    t->path = path;
    t->parent_name = parent_name;
    t->parent = parent_name.p ? hr_map_get(&ts->by_name, parent_name) : NULL;
    t->plan = plan_of(ts, t);
    t->key_values = t->parent ? NULL : hr_calloc(t->plan->n_keys + 1, sizeof(*t->key_values));
    if (t->parent) { /* what the data makes; the catalog says otherwise of tables it has */
        t->contract = t->parent->contract;
        t->contract.columns = HR_EVOLVE;
    }
    t->row = hr_shape_new(ts, t, (hr_str){0});
    if (!t->row || (!t->parent && !t->key_values) || !hr_map_put(&ts->by_name, name, t) ||
        !HR_PUSH(ts->items, ts->n, ts->cap, t)) {
        hr_free(t->key_values); /* not among the tables that are released */
        t->key_values = NULL;
        return hr_nomem(err);
    }
    *out = t;
    return HR_OK;
}

hr_ntable *hr_table_parent(const hr_ntable *t, uint16_t via)
{
    return via == 0 ? t->parent : t->others[via - 1];
}

uint16_t hr_table_via(const hr_ntable *t, const hr_ntable *parent)
{
    uint16_t via = 0;

    while (t->parent && hr_table_parent(t, via) != parent)
        via++;
    return via;
}

static bool is_parent(const hr_ntable *t, const hr_ntable *parent)
{
    for (size_t i = 0; i < t->n_others; i++) {
        if (t->others[i] == parent)
            return true;
    }
    return t->parent == parent;
}

static bool is_cut(const hr_tables *ts, const hr_ntable *t)
{
    return !t->parent && t->plan != ts->plan;
}

static hr_status put_below(hr_ntable *t, hr_ntable *parent, hr_error *err)
{
    if (t->above && t->above != parent)
        return hr_fail(
            err, HR_E_UNSUPPORTED,
            "table \"%s\" has keys by nested_hints, so its lists stand in one table, not "
            "in \"%s\" and \"%s\"",
            t->name.p, t->above->name.p, parent->name.p);
    t->above = parent;
    if (hr_ntable_has_root_id(t) && !t->has_root_id)
        t->has_system = false;
    return HR_OK;
}

static hr_status add_parent(hr_ntable *t, hr_ntable *parent, hr_error *err)
{
    const hr_ntable *const list = t->parent ? t->parent : parent;

    if (!t->parent || !parent || t->n_others == UINT16_MAX)
        return hr_fail(err, HR_E_SCHEMA,
                       "table \"%s\" would be that of a resource and of a list in \"%s\"",
                       t->name.p, list ? list->name.p : t->name.p);
    return HR_PUSH(t->others, t->n_others, t->cap_others, parent) ? HR_OK : hr_nomem(err);
}

hr_status hr_tables_get(hr_tables *ts, hr_ntable *parent, hr_str path, hr_ntable **out,
                        hr_error *err)
{
    hr_str name = {0};

    HR_TRY(hr_tables_shorten(ts, path, &name, err));
    hr_ntable *t = hr_map_get(&ts->by_name, name);
    if (!t) {
        HR_TRY(hr_ntable_new(ts, name, path, parent ? parent->name : (hr_str){0}, &t, err));
    } else {
        if (parent && is_cut(ts, t))
            HR_TRY(put_below(t, parent, err));
        else if (!is_parent(t, parent))
            HR_TRY(add_parent(t, parent, err));
        t->path = path;
    }
    *out = t;
    return HR_OK;
}

static bool grow_links(hr_ntable *t)
{
    const int64_t cap = t->cap_links ? t->cap_links * 2 : 64;
    int64_t *rows = hr_realloc(t->parent_row, (size_t)cap * sizeof(*rows));

    if (!rows)
        return false;
    t->parent_row = rows;
    int64_t *idx = hr_realloc(t->list_idx, (size_t)cap * sizeof(*idx));
    if (!idx)
        return false;
    t->list_idx = idx;
    uint16_t *via = t->via ? hr_realloc(t->via, (size_t)cap * sizeof(*via)) : NULL;
    if (t->via && !via)
        return false;
    t->via = via;
    t->cap_links = cap;
    return true;
}

static bool note_via(hr_ntable *t)
{
    if (!t->via && t->via_now)
        t->via = hr_calloc((size_t)t->cap_links, sizeof(*t->via));
    if (t->via)
        t->via[t->n_rows] = t->via_now;
    return t->via || !t->via_now;
}

static bool grow_ids(hr_ntable *t)
{
    const int64_t cap = t->cap_ids ? t->cap_ids * 2 : 64;
    char *ids = hr_realloc(t->row_ids, (size_t)cap * HR_ROW_ID);

    if (!ids)
        return false;
    t->row_ids = ids;
    int64_t *order = hr_realloc(t->order, (size_t)cap * sizeof(*order));
    if (!order)
        return false;
    t->order = order;
    t->cap_ids = cap;
    return true;
}

/* The place of a row in the input: its page, then its place there. */
static int64_t place_of(const hr_tables *ts, const hr_ntable *t)
{
    return (int64_t)(ts->plan->first_page + ts->page) << 32 | (t->n_rows - t->page_rows);
}

hr_status hr_table_add_row(hr_tables *ts, hr_ntable *t, int64_t parent_row, int64_t list_idx,
                           hr_error *err)
{
    if (!t->known) {
        t->known = true;
        HR_TRY(hr_tables_note(
            ts, &(hr_change){.kind = HR_CHANGE_TABLE, .table = t->name, .parent = t->parent_name},
            err));
    }
    if (t->parent || hr_ntable_has_root_id(t)) {
        if ((t->n_rows == t->cap_links && !grow_links(t)) || !note_via(t))
            return hr_nomem(err);
        t->parent_row[t->n_rows] = parent_row;
        t->list_idx[t->n_rows] = list_idx;
    }
    if (!t->parent && (t->plan->ordered || t->plan->ids != HR_ROW_IDS_NEW)) {
        if (t->n_rows == t->cap_ids && !grow_ids(t))
            return hr_nomem(err);
        t->order[t->n_rows] = place_of(ts, t);
    }
    if (t->key_values && t->plan->n_keys)
        memset(t->key_values, 0, t->plan->n_keys * sizeof(*t->key_values));
    t->n_rows++;
    return HR_OK;
}

static hr_status note_system(hr_tables *ts, const hr_ntable *t, hr_str name, hr_type type,
                             hr_error *err)
{
    return hr_tables_note(ts,
                          &(hr_change){.kind = HR_CHANGE_COLUMN,
                                       .table = t->name,
                                       .column = {.name = name, .type = type, .not_null = true}},
                          err);
}

hr_status hr_table_complete(hr_tables *ts, hr_ntable *t, hr_error *err)
{
    t->has_system = true;
    if (hr_ntable_has_root_id(t))
        HR_TRY(note_system(ts, t, HR_STR("_dlt_root_id"), HR_TYPE_TEXT, err));
    if (t->parent) {
        HR_TRY(note_system(ts, t, HR_STR("_dlt_parent_id"), HR_TYPE_TEXT, err));
        HR_TRY(note_system(ts, t, HR_STR("_dlt_list_idx"), HR_TYPE_BIGINT, err));
    } else {
        HR_TRY(note_system(ts, t, HR_STR("_dlt_load_id"), HR_TYPE_TEXT, err));
    }
    return note_system(ts, t, HR_STR("_dlt_id"), HR_TYPE_TEXT, err);
}

bool hr_is_system_column(hr_str name)
{
    static const hr_str names[] = {
        HR_STR_INIT("_dlt_id"),       HR_STR_INIT("_dlt_load_id"), HR_STR_INIT("_dlt_parent_id"),
        HR_STR_INIT("_dlt_list_idx"), HR_STR_INIT("_dlt_root_id"),
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (hr_str_eq(names[i], name))
            return true;
    }
    return false;
}

size_t hr_tables_bytes(const hr_tables *ts)
{
    size_t bytes = 0;

    for (size_t i = 0; i < ts->n; i++) {
        const hr_ntable *t = ts->items[i];

        if (!t->n_rows)
            continue;
        bytes += (size_t)t->n_rows * 2 * sizeof(int64_t);
        for (size_t k = 0; k < t->n_columns; k++)
            bytes += hr_builder_used(&t->columns[k]->builder);
    }
    return bytes;
}

void hr_tables_clear_rows(hr_tables *ts)
{
    for (size_t i = 0; i < ts->n; i++) {
        hr_ntable *t = ts->items[i];

        for (size_t k = 0; k < t->n_columns; k++)
            hr_builder_reset(&t->columns[k]->builder);
        t->n_rows = t->page_rows = 0;
    }
}
