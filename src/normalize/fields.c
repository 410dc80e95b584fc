#include <assert.h>

#include "arrow/recast.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/tables_int.h"

/* Shapes hang off fields; each owns its slots array and map. */
void hr_shape_release(hr_shape *s)
{
    if (!s)
        return;
    hr_free(s->slots);
    hr_map_release(&s->by_key);
}

hr_shape *hr_shape_new(hr_tables *ts, hr_ntable *t, hr_str path)
{
    hr_shape *s = hr_arena_zalloc(&ts->arena, sizeof(*s));

    if (s) {
        s->table = t;
        s->path = path;
    }
    return s;
}

hr_str hr_tables_join_path(hr_tables *ts, hr_str parent, hr_str child)
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

hr_status hr_tables_shorten(hr_tables *ts, hr_str path, hr_str *out, hr_error *err)
{
    hr_buf_reset(&ts->scratch);
    HR_TRY(hr_naming_shorten(&ts->naming, path, path, &ts->scratch, err));
    *out = hr_arena_str(&ts->arena, hr_buf_str(&ts->scratch));
    return out->p ? HR_OK : hr_nomem(err);
}

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

    HR_TRY(hr_tables_shorten(ts, path, &name, err));
    hr_field *f = hr_map_get(&t->fields, name);
    if (!f) {
        f = hr_arena_zalloc(&ts->arena, sizeof(*f));
        if (!f)
            return hr_nomem(err);
        f->name = name;
        f->path = hr_arena_str(&ts->arena, path);
        f->key = t->parent ? 0 : key_place(t->plan, name);
        f->slow = ts->widens || f->key;
        f->preferred = ts->shape ? hr_row_shape_type(ts->shape, name.p) : HR_TYPE_NONE;
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

/* Whether the hints leave a field out; they name it by its path from the root table on. */
static hr_status settle_keep(hr_tables *ts, const hr_ntable *t, hr_str path, hr_keep *out,
                             hr_error *err)
{
    const hr_ntable *root = t;

    *out = HR_KEEP;
    if (!ts->shape)
        return HR_OK;
    while (root->parent || root->above)
        root = root->parent ? root->parent : root->above;
    if (t != root) {
        const size_t head = root->path.n + hr_naming_separator(&ts->naming).n;

        path = hr_tables_join_path(ts, (hr_str){t->path.p + head, t->path.n - head}, path);
        if (!path.p)
            return hr_nomem(err);
    }
    return hr_row_shape_keep(ts->shape, path, out, err);
}

static hr_status add_slot(hr_tables *ts, hr_shape *s, hr_str key, hr_slot **out, hr_error *err)
{
    hr_slot *slot = hr_arena_zalloc(&ts->arena, sizeof(*slot));

    if (!slot)
        return hr_nomem(err);
    slot->key = hr_arena_str(&ts->arena, key);
    slot->index = s->n_slots;

    if (ts->shape && !s->path.n && !s->table->parent && !s->table->above)
        key = hr_row_shape_key(ts->shape, key);
    hr_buf_reset(&ts->scratch);
    HR_TRY(hr_naming_path(&ts->naming, key, &ts->scratch, err));
    if (s->path.n || !hr_is_system_column(hr_buf_str(&ts->scratch))) {
        const hr_str path = hr_tables_join_path(ts, s->path, hr_buf_str(&ts->scratch));

        if (!path.p)
            return hr_nomem(err);
        HR_TRY(hr_table_field(ts, s->table, path, &slot->field, err));
        HR_TRY(settle_keep(ts, s->table, path, &slot->keep, err));
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
    f->object = hr_shape_new(ts, at->table, f->path);
    return f->object ? HR_OK : hr_nomem(err);
}

hr_status hr_field_list(hr_tables *ts, hr_shape *at, hr_field *f, hr_error *err)
{
    const hr_str path = hr_tables_join_path(ts, at->table->path, f->path);

    if (!path.p)
        return hr_nomem(err);
    return hr_tables_get(ts, at->table, path, &f->list, err);
}

hr_status hr_field_mirror_column(hr_tables *ts, hr_ntable *t, hr_field *f,
                                 const hr_column_spec *spec, hr_error *err)
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
    HR_TRY(hr_field_mirror_column(ts, t, f, spec, err));
    return hr_tables_note(
        ts, &(hr_change){.kind = HR_CHANGE_COLUMN, .table = t->name, .column = *spec}, err);
}

hr_status hr_field_mark_inexact(hr_tables *ts, const hr_ntable *t, hr_field *f, hr_error *err)
{
    f->column->inexact = true;
    return hr_tables_note(
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
    HR_TRY(hr_tables_note(
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

void hr_ncolumn_retype(hr_ncolumn *c, const hr_column_spec *spec)
{
    assert(c->builder.n == 0);
    hr_builder_release(&c->builder);
    hr_builder_init(&c->builder, spec->type);
    c->spec = *spec;
}
