#include "normalize/tables.h"

#include <assert.h>

#include "arrow/recast.h"
#include "base/ids.h"
#include "base/mem.h"
#include "headrace/headrace.h"

void hr_tables_init(hr_tables *ts, const hr_naming *naming, const hr_row_plan *plan, bool widens)
{
    static const hr_row_plan plain = {.ids = HR_ROW_IDS_RANDOM};

    *ts = (hr_tables){.naming = *naming, .plan = plan ? plan : &plain, .widens = widens};
}

/* Shapes hang off fields; each owns its slots array and map. */
static void release_shape(hr_shape *s)
{
    if (!s)
        return;
    hr_free(s->slots);
    hr_map_release(&s->by_key);
}

static void release_table(hr_ntable *t)
{
    release_shape(t->row);
    for (size_t i = 0; i < t->fields.cap; i++) {
        const hr_field *f = t->fields.slots[i].value;

        release_shape(f ? f->object : NULL);
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
    hr_map_release(&t->fields);
}

void hr_tables_release(hr_tables *ts)
{
    for (size_t i = 0; i < ts->n; i++)
        release_table(ts->items[i]);
    hr_free(ts->items);
    hr_map_release(&ts->by_name);
    hr_changes_release(&ts->delta);
    hr_buf_release(&ts->scratch);
    hr_arena_release(&ts->arena);
    *ts = (hr_tables){0};
}

static hr_shape *new_shape(hr_tables *ts, hr_ntable *t, hr_str path)
{
    hr_shape *s = hr_arena_zalloc(&ts->arena, sizeof(*s));

    if (s) {
        s->table = t;
        s->path = path;
    }
    return s;
}

/* "parent__child" in the arena; .p == NULL: out of memory. */
static hr_str join_path(hr_tables *ts, hr_str parent, hr_str child)
{
    const hr_str separator = hr_naming_separator(&ts->naming);
    const size_t head = parent.n + separator.n;

    if (!parent.n)
        return hr_arena_str(&ts->arena, child);

    char *p = hr_arena_alloc(&ts->arena, head + child.n + 1);
    if (!p)
        return (hr_str){0};
    memcpy(p, parent.p, parent.n);
    memcpy(p + parent.n, separator.p, separator.n);
    memcpy(p + head, child.p, child.n);
    p[head + child.n] = '\0';
    return (hr_str){p, head + child.n};
}

/* The name a path has at the destination, in the arena. */
static hr_status shortened(hr_tables *ts, hr_str path, hr_str *out, hr_error *err)
{
    hr_buf_reset(&ts->scratch);
    HR_TRY(hr_naming_shorten(&ts->naming, path, path, &ts->scratch, err));
    *out = hr_arena_str(&ts->arena, hr_buf_str(&ts->scratch));
    return out->p ? HR_OK : hr_nomem(err);
}

/* ---- tables ---- */

static hr_status new_table(hr_tables *ts, hr_str name, hr_str path, hr_str parent_name,
                           hr_ntable **out, hr_error *err)
{
    hr_ntable *t = hr_arena_zalloc(&ts->arena, sizeof(*t));

    if (!t)
        return hr_nomem(err);
    t->name = name;
    t->path = path;
    t->parent_name = parent_name;
    t->parent = parent_name.p ? hr_map_get(&ts->by_name, parent_name) : NULL;
    if (t->parent) { /* what the data makes; the catalog says otherwise of tables it has */
        t->contract = t->parent->contract;
        t->contract.columns = HR_EVOLVE;
    }
    t->row = new_shape(ts, t, (hr_str){0});
    if (!t->row || !hr_map_put(&ts->by_name, name, t) || !HR_PUSH(ts->items, ts->n, ts->cap, t))
        return hr_nomem(err);
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

    while (hr_table_parent(t, via) != parent)
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

static hr_status add_parent(hr_ntable *t, hr_ntable *parent, hr_error *err)
{
    if (!t->parent || !parent || t->n_others == UINT16_MAX)
        return hr_fail(err, HR_E_SCHEMA,
                       "table \"%s\" would be that of a resource and of a list in \"%s\"",
                       t->name.p, t->parent ? t->parent->name.p : parent->name.p);
    return HR_PUSH(t->others, t->n_others, t->cap_others, parent) ? HR_OK : hr_nomem(err);
}

hr_status hr_tables_get(hr_tables *ts, hr_ntable *parent, hr_str path, hr_ntable **out,
                        hr_error *err)
{
    hr_str name = {0};

    HR_TRY(shortened(ts, path, &name, err));
    hr_ntable *t = hr_map_get(&ts->by_name, name);
    if (!t) {
        HR_TRY(new_table(ts, name, path, parent ? parent->name : (hr_str){0}, &t, err));
    } else {
        if (!is_parent(t, parent))
            HR_TRY(add_parent(t, parent, err));
        t->path = path;
    }
    *out = t;
    return HR_OK;
}

static hr_status note(hr_tables *ts, const hr_change *change, hr_error *err)
{
    return hr_changes_add(&ts->delta, change) ? HR_OK : hr_nomem(err);
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
        HR_TRY(note(
            ts, &(hr_change){.kind = HR_CHANGE_TABLE, .table = t->name, .parent = t->parent_name},
            err));
    }
    if (t->parent) {
        if ((t->n_rows == t->cap_links && !grow_links(t)) || !note_via(t))
            return hr_nomem(err);
        t->parent_row[t->n_rows] = parent_row;
        t->list_idx[t->n_rows] = list_idx;
    } else if (ts->plan->ordered || ts->plan->ids != HR_ROW_IDS_RANDOM) {
        if (t->n_rows == t->cap_ids && !grow_ids(t))
            return hr_nomem(err);
        t->order[t->n_rows] = place_of(ts, t);
    }
    t->n_rows++;
    return HR_OK;
}

static hr_status note_system(hr_tables *ts, const hr_ntable *t, hr_str name, hr_type type,
                             hr_error *err)
{
    return note(ts,
                &(hr_change){.kind = HR_CHANGE_COLUMN,
                             .table = t->name,
                             .column = {.name = name, .type = type, .not_null = true}},
                err);
}

hr_status hr_table_complete(hr_tables *ts, hr_ntable *t, hr_error *err)
{
    t->has_system = true;
    if (t->parent) {
        if (ts->plan->root_ids)
            HR_TRY(note_system(ts, t, HR_STR("_dlt_root_id"), HR_TYPE_TEXT, err));
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

/* ---- fields, shapes, columns ---- */

static unsigned key_place(const hr_row_plan *plan, hr_str name)
{
    for (size_t i = 0; i < plan->n_keys; i++) {
        if (hr_str_eq(plan->keys[i], name))
            return (unsigned)i + 1;
    }
    return 0;
}

hr_status hr_table_field(hr_tables *ts, hr_ntable *t, hr_str path, hr_field **out, hr_error *err)
{
    hr_str name = {0};

    HR_TRY(shortened(ts, path, &name, err));
    hr_field *f = hr_map_get(&t->fields, name);
    if (!f) {
        f = hr_arena_zalloc(&ts->arena, sizeof(*f));
        if (!f)
            return hr_nomem(err);
        f->name = name;
        f->path = hr_arena_str(&ts->arena, path);
        f->key = t->parent ? 0 : key_place(ts->plan, name);
        f->slow = ts->widens || f->key;
        if (!f->path.p || !hr_map_put(&t->fields, f->name, f))
            return hr_nomem(err);
    } else if (!hr_str_eq(f->path, path)) { /* the catalog knew but the shortened name */
        f->path = hr_arena_str(&ts->arena, path);
        if (!f->path.p)
            return hr_nomem(err);
    }
    *out = f;
    return HR_OK;
}

static hr_status add_slot(hr_tables *ts, hr_shape *s, hr_str key, hr_slot **out, hr_error *err)
{
    hr_slot *slot = hr_arena_zalloc(&ts->arena, sizeof(*slot));

    if (!slot)
        return hr_nomem(err);
    slot->key = hr_arena_str(&ts->arena, key);
    slot->index = s->n_slots;

    hr_buf_reset(&ts->scratch);
    HR_TRY(hr_naming_path(&ts->naming, key, &ts->scratch, err));
    if (s->path.n || !hr_is_system_column(hr_buf_str(&ts->scratch))) {
        const hr_str path = join_path(ts, s->path, hr_buf_str(&ts->scratch));

        if (!path.p)
            return hr_nomem(err);
        HR_TRY(hr_table_field(ts, s->table, path, &slot->field, err));
    }
    if (!slot->key.p || !hr_map_put(&s->by_key, slot->key, slot) ||
        !HR_PUSH(s->slots, s->n_slots, s->cap_slots, slot))
        return hr_nomem(err);
    *out = slot;
    return HR_OK;
}

hr_status hr_shape_find(hr_tables *ts, hr_shape *s, hr_str key, hr_slot **out, hr_error *err)
{
    *out = hr_map_get(&s->by_key, key);
    return *out ? HR_OK : add_slot(ts, s, key, out, err);
}

hr_status hr_field_object(hr_tables *ts, hr_shape *at, hr_field *f, hr_error *err)
{
    f->object = new_shape(ts, at->table, f->path);
    return f->object ? HR_OK : hr_nomem(err);
}

hr_status hr_field_list(hr_tables *ts, hr_shape *at, hr_field *f, hr_error *err)
{
    const hr_str path = join_path(ts, at->table->path, f->path);

    if (!path.p)
        return hr_nomem(err);
    return hr_tables_get(ts, at->table, path, &f->list, err);
}

static hr_status mirror_column(hr_tables *ts, hr_ntable *t, hr_field *f, const hr_column_spec *spec,
                               hr_error *err)
{
    hr_ncolumn *c = hr_arena_zalloc(&ts->arena, sizeof(*c));

    if (!c || !HR_PUSH(t->columns, t->n_columns, t->cap_columns, c))
        return hr_nomem(err);
    c->spec = *spec;
    hr_builder_init(&c->builder, spec->type);
    f->column = c;
    return HR_OK;
}

hr_status hr_field_add_column(hr_tables *ts, hr_ntable *t, hr_field *f, const hr_column_spec *spec,
                              hr_error *err)
{
    assert(!f->column);
    HR_TRY(mirror_column(ts, t, f, spec, err));
    return note(ts, &(hr_change){.kind = HR_CHANGE_COLUMN, .table = t->name, .column = *spec}, err);
}

hr_status hr_field_mark_inexact(hr_tables *ts, const hr_ntable *t, hr_field *f, hr_error *err)
{
    f->column->inexact = true;
    return note(
        ts, &(hr_change){.kind = HR_CHANGE_INEXACT, .table = t->name, .column = f->column->spec},
        err);
}

hr_status hr_field_widen(hr_tables *ts, hr_ntable *t, hr_field *f, const hr_column_spec *to,
                         hr_error *err)
{
    const hr_column_spec *from = &f->column->spec;
    const hr_column_view values =
        hr_builder_view(&f->column->builder, from->has_scale ? from->scale : -1);
    hr_builder wider;

    HR_TRY(hr_recast(&values, hr_spec_target(to), &wider, err));
    HR_TRY(note(
        ts,
        &(hr_change){
            .kind = HR_CHANGE_WIDEN, .table = t->name, .column = *to, .before = f->column->spec},
        err));
    hr_builder_release(&f->column->builder);
    f->column->builder = wider;
    f->column->spec = *to;
    return HR_OK;
}

hr_target hr_spec_target(const hr_column_spec *spec)
{
    return (hr_target){.type = spec->type,
                       .precision = spec->has_precision ? spec->precision : -1,
                       .scale = spec->has_scale ? spec->scale : -1};
}

/* ---- keeping up with the catalog ---- */

static void forget_links(const hr_ntable *t)
{
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

/* Forgets child tables that never got a row or lost it: another page may give their names to
 * lists elsewhere. Only between pages. */
static void forget_unknown(hr_tables *ts)
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
        release_table(t);
    }
    for (size_t i = 0; i < ts->n && ts->n < before; i++)
        forget_links(ts->items[i]);
}

static hr_status mirror_table(hr_tables *ts, const hr_change *change, hr_error *err)
{
    hr_ntable *t = hr_map_get(&ts->by_name, change->table);

    if (!t)
        HR_TRY(new_table(ts, change->table, change->table, change->parent, &t, err));
    t->known = true;
    t->contract = change->contract;
    return HR_OK;
}

/* Where columns may widen, rows are flushed after every page, so none are in the builder. */
static void retype(hr_ncolumn *c, const hr_column_spec *spec)
{
    assert(c->builder.n == 0);
    hr_builder_release(&c->builder);
    hr_builder_init(&c->builder, spec->type);
    c->spec = *spec;
}

static void mirror_system(const hr_tables *ts, hr_ntable *t, hr_str name)
{
    t->has_id = t->has_id || hr_str_eq(name, HR_STR("_dlt_id"));
    t->has_root_id = t->has_root_id || hr_str_eq(name, HR_STR("_dlt_root_id"));
    t->has_system = t->has_id && (t->has_root_id || !t->parent || !ts->plan->root_ids);
}

static hr_status mirror(hr_tables *ts, const hr_change *change, hr_error *err)
{
    hr_ntable *t = hr_map_get(&ts->by_name, change->table);
    hr_field *f = NULL;

    if (change->kind == HR_CHANGE_TABLE)
        return mirror_table(ts, change, err);
    assert(t);
    if (hr_is_system_column(change->column.name)) {
        mirror_system(ts, t, change->column.name);
        return HR_OK;
    }
    f = hr_map_get(&t->fields, change->column.name);
    if (!f)
        HR_TRY(hr_table_field(ts, t, change->column.name, &f, err));
    if (!f->column)
        HR_TRY(mirror_column(ts, t, f, &change->column, err));
    if (change->kind == HR_CHANGE_WIDEN)
        retype(f->column, &change->column);
    if (change->kind == HR_CHANGE_INEXACT)
        f->column->inexact = true;
    return HR_OK;
}

hr_status hr_tables_catch_up(hr_tables *ts, hr_catalog *c, hr_error *err)
{
    hr_changes news = {0};

    assert(ts->delta.n == 0);
    forget_unknown(ts);
    hr_status st = hr_catalog_catch_up(c, &ts->log_pos, &news, err);
    for (size_t i = 0; i < news.n && st == HR_OK; i++)
        st = mirror(ts, &news.items[i], err);
    hr_changes_release(&news);
    return st;
}

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

hr_status hr_tables_check_nulls(const hr_tables *ts, const hr_ntable *root, uint64_t *row,
                                hr_error *err)
{
    const int64_t rows = root->n_rows - root->page_rows;

    for (size_t i = 0; i < ts->plan->n_required; i++) {
        const hr_str name = ts->plan->required[i];
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
        retype(f->column, &change->before);
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
    forget_unknown(ts);
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
