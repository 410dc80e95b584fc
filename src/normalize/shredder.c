/* The walk through an item. */
#include "base/mem.h"
#include "normalize/put.h"
#include "normalize/shredder_int.h"

typedef struct hr_pending {
    yyjson_val *array;
    hr_ntable *table;
    uint16_t via; /* by which of its parents */
} pending;

static hr_status shred_row(hr_shredder *s, hr_ntable *t, yyjson_val *object, int level,
                           int64_t parent_row, int64_t list_idx, hr_error *err);
static hr_status shred_wrapped(hr_shredder *s, hr_ntable *t, yyjson_val *array, int level,
                               int64_t parent_row, int64_t list_idx, hr_error *err);

void hr_shredder_init(hr_shredder *s, const hr_naming *naming, const hr_shred_options *options,
                      const hr_row_plan *plan)
{
    *s = (hr_shredder){.options = *options, .mark = UINT64_MAX};
    hr_tables_init(&s->tables, naming, plan, options->widen);
    s->tables.shape = options->shape;
}

void hr_shredder_release(hr_shredder *s)
{
    hr_tables_release(&s->tables);
    hr_free(s->frames);
    hr_free(s->lists);
    hr_free(s->keys);
    hr_free(s->json_keys.items);
    hr_buf_release(&s->text);
    hr_buf_release(&s->name);
    *s = (hr_shredder){0};
}

/* ---- rows that a contract discards ---- */

/* Where things stood before a row; only rows of such tables need it. */
typedef struct row_mark {
    hr_tally tally;
    size_t delta, n_frames, n_lists;
} row_mark;

static inline bool may_be_rejected(const hr_ntable *t)
{
    return t->contract.columns == HR_DISCARD_ROW || t->contract.data_type == HR_DISCARD_ROW;
}

static row_mark mark_row(const hr_shredder *s)
{
    return (row_mark){s->tally, s->tables.delta.n, s->n_frames, s->n_lists};
}

/* Takes back a row that a contract discards, and all its values. */
static hr_status discard_row(hr_shredder *s, hr_ntable *t, const row_mark *m, yyjson_val *val)
{
    const uint64_t values = hr_count_scalars(val);

    s->rejected = false;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): a table that rejects rows marks them */
    hr_table_drop_row(&s->tables, t, m->delta);
    s->tally = m->tally;
    s->n_frames = m->n_frames;
    s->n_lists = m->n_lists;
    s->tally.values += values;
    s->tally.rows_discarded++;
    hr_tally_discard(&s->tally, s->reject_why, values ? values : 1, s->reject_name);
    s->tally.values += !values;
    return HR_OK;
}

static hr_status discard_table(hr_shredder *s, const hr_ntable *parent, const hr_ntable *list,
                               yyjson_val *val, hr_error *err)
{
    if (parent->contract.tables == HR_FREEZE)
        return hr_fail(err, HR_E_SCHEMA,
                       "table \"%s\": schema_contract tables: freeze refuses the new table \"%s\", "
                       "for a list of %zu",
                       parent->name.p, list->name.p, (size_t)unsafe_yyjson_get_len(val));
    hr_tally_discard_in(&s->tally, HR_DISCARD_NEW_TABLE, val, list->name.p);
    return HR_OK;
}

/* ---- members of an object ---- */

static const hr_slot **last_slot_of(hr_field *f, hr_kind k)
{
    return k == HR_SCALAR ? &f->scalar_slot : k == HR_OBJECT ? &f->object_slot : &f->list_slot;
}

/* Marks a field as met in this row. Under last_wins an earlier value gives way. */
static hr_status meet(hr_shredder *s, hr_ntable *t, hr_slot *slot, hr_kind k, hr_error *err)
{
    hr_field *f = slot->field;
    uint64_t *stamp = hr_stamp_of(f, k);
    const hr_slot **last = last_slot_of(f, k);

    if (*stamp == s->row && !s->options.last_wins)
        return hr_shred_refuse_twice(t, slot, *last, err);
    *stamp = s->row;
    *last = slot;
    return HR_OK;
}

static hr_status push_object(hr_shredder *s, hr_slot *slot, const hr_frame *at, yyjson_val *val,
                             hr_error *err)
{
    if (!slot->field->object)
        HR_TRY(hr_field_object(&s->tables, at->shape, slot->field, err));
    const hr_frame f = {val, slot->field->object, at->level - 1};
    return HR_PUSH(s->frames, s->n_frames, s->cap_frames, f) ? HR_OK : hr_nomem(err);
}

static hr_status push_list(hr_shredder *s, hr_field *f, hr_shape *at, yyjson_val *val, size_t first,
                           hr_error *err)
{
    if (!f->list)
        HR_TRY(hr_field_list(&s->tables, at, f, err));
    if (!f->list->known && at->table->contract.tables)
        return discard_table(s, at->table, f->list, val, err);
    for (size_t i = first; s->options.last_wins && i < s->n_lists; i++) {
        if (s->lists[i].table == f->list && s->lists[i].array) { /* the same list by another path */
            hr_tally_discard_in(&s->tally, HR_DISCARD_DUPLICATE_KEY, s->lists[i].array, f->name.p);
            s->lists[i].array = NULL;
        }
    }
    const pending p = {val, f->list, hr_table_via(f->list, at->table)};
    return HR_PUSH(s->lists, s->n_lists, s->cap_lists, p) ? HR_OK : hr_nomem(err);
}

/* One member of an object. `first_list` is where this row's lists begin. */
static inline hr_status member(hr_shredder *s, const hr_frame *at, hr_slot *slot, yyjson_val *val,
                               size_t first_list, hr_error *err)
{
    hr_field *f = slot->field;

    if (!f) {
        hr_tally_discard_in(&s->tally, HR_DISCARD_SYSTEM_KEY, val, slot->key.p);
        return HR_OK;
    }
    const hr_kind k = hr_kind_of(val, f, at->level);
    if (slot->keep != HR_KEEP && (slot->keep == HR_LEAVE_OUT || k == HR_SCALAR)) {
        hr_tally_discard_in(&s->tally, HR_DISCARD_LEFT_OUT, val, slot->key.p);
        return HR_OK;
    }
    HR_TRY(meet(s, at->shape->table, slot, k, err));
    switch (k) {
    case HR_OBJECT:
        return unsafe_yyjson_get_len(val) ? push_object(s, slot, at, val, err) : HR_OK;
    case HR_LIST:
        return unsafe_yyjson_get_len(val) ? push_list(s, f, at->shape, val, first_list, err)
                                          : HR_OK;
    default:
        return hr_put_value(s, at->shape->table, f, val, err);
    }
}

static inline bool key_is(const hr_slot *slot, hr_str key)
{
    return slot->key.n == key.n && memcmp(slot->key.p, key.p, key.n) == 0;
}

static hr_status flatten(hr_shredder *s, const hr_frame *at, size_t first_list, hr_error *err)
{
    hr_shape *shape = at->shape;
    yyjson_val *key = unsafe_yyjson_get_first(at->object);
    size_t predicted = 0;

    for (size_t left = unsafe_yyjson_get_len(at->object); left > 0; left--) {
        yyjson_val *val = key + 1;
        const hr_str name = {unsafe_yyjson_get_str(key), unsafe_yyjson_get_len(key)};
        hr_slot *slot = predicted < shape->n_slots ? shape->slots[predicted] : NULL;

        if (!slot || !key_is(slot, name))
            HR_TRY(hr_shape_find(&s->tables, shape, name, &slot, err));
        predicted = slot->index + 1;
        s->culprit = name.p;
        if (slot->stamp == s->row)
            return hr_shred_refuse_twice(shape->table, slot, slot, err);
        slot->stamp = s->row;
        HR_TRY(member(s, at, slot, val, first_list, err));
        key = unsafe_yyjson_get_next(val);
    }
    return HR_OK;
}

/* The same under last_wins: a slower walk that leaves members out. */
static hr_status flatten_last_wins(hr_shredder *s, const hr_frame *at, size_t first_list,
                                   hr_error *err)
{
    HR_TRY(hr_shred_drop_twins(s, at, err));
    for (size_t i = 0; i < s->n_keys; i++) {
        yyjson_val *key = s->keys[i];
        hr_slot *slot = NULL;

        if (!key)
            continue;
        const hr_str name = {unsafe_yyjson_get_str(key), unsafe_yyjson_get_len(key)};
        HR_TRY(hr_shape_find(&s->tables, at->shape, name, &slot, err));
        s->culprit = name.p;
        HR_TRY(member(s, at, slot, key + 1, first_list, err));
    }
    return HR_OK;
}

/* ---- rows and lists of rows ---- */

/* Ends a row whose columns are filled. An item that is no object stands for {member: item}. */
static inline hr_status complete_row(hr_shredder *s, hr_ntable *t, int64_t row, yyjson_val *item,
                                     const char *member, hr_error *err)
{
    if (!t->has_system)
        HR_TRY(hr_table_complete(&s->tables, t, err));
    return t->parent || t->plan->ids == HR_ROW_IDS_NEW
               ? HR_OK
               : hr_shred_row_id(s, t, row, item, member, err);
}

static hr_status shred_scalar(hr_shredder *s, hr_ntable *t, yyjson_val *val, int64_t parent_row,
                              int64_t list_idx, hr_error *err)
{
    row_mark m;

    if (may_be_rejected(t))
        m = mark_row(s);
    HR_TRY(hr_table_add_row(&s->tables, t, parent_row, list_idx, err));
    s->row++;
    if (!t->value)
        HR_TRY(hr_table_field(&s->tables, t, HR_STR("value"), &t->value, err));
    const hr_status st = hr_put_value(s, t, t->value, val, err);
    if (st != HR_OK)
        return s->rejected ? discard_row(s, t, &m, val) : st;
    return complete_row(s, t, t->n_rows - 1, val, "value", err);
}

static hr_status shred_list(hr_shredder *s, const pending *list, int level, int64_t parent_row,
                            hr_error *err)
{
    yyjson_val *val = unsafe_yyjson_get_first(list->array);
    const size_t n = unsafe_yyjson_get_len(list->array);

    list->table->via_now = list->via;
    for (size_t i = 0; i < n; i++, val = unsafe_yyjson_get_next(val)) {
        const yyjson_type type = unsafe_yyjson_get_type(val);

        if (type == YYJSON_TYPE_OBJ)
            HR_TRY(shred_row(s, list->table, val, level, parent_row, (int64_t)i, err));
        else if (type == YYJSON_TYPE_ARR)
            HR_TRY(shred_wrapped(s, list->table, val, level - 1, parent_row, (int64_t)i, err));
        else
            HR_TRY(shred_scalar(s, list->table, val, parent_row, (int64_t)i, err));
    }
    return HR_OK;
}

/* The lists of a row that is complete, in the order they were met; they are s->lists[first..]. */
static hr_status shred_lists(hr_shredder *s, size_t first, int level, int64_t row, hr_error *err)
{
    const size_t end = s->n_lists;

    for (size_t i = first; i < end; i++) {
        const pending list = s->lists[i]; /* the array may move while children are shredded */

        if (list.array)
            HR_TRY(shred_list(s, &list, level, row, err));
    }
    s->n_lists = first;
    return HR_OK;
}

/* The columns of the row; its lists wait in s->lists. */
static hr_status fill_row(hr_shredder *s, hr_ntable *t, yyjson_val *object, int level,
                          size_t first_frame, size_t first_list, hr_error *err)
{
    const hr_frame root = {object, t->row, level};

    s->row++;
    if (!HR_PUSH(s->frames, s->n_frames, s->cap_frames, root))
        return hr_nomem(err);
    while (s->n_frames > first_frame) {
        const hr_frame f = s->frames[--s->n_frames];

        if (s->options.last_wins)
            HR_TRY(flatten_last_wins(s, &f, first_list, err));
        else
            HR_TRY(flatten(s, &f, first_list, err));
    }
    return complete_row(s, t, t->n_rows - 1, object, NULL, err);
}

static hr_status shred_row(hr_shredder *s, hr_ntable *t, yyjson_val *object, int level,
                           int64_t parent_row, int64_t list_idx, hr_error *err)
{
    const size_t first_frame = s->n_frames;
    const size_t first_list = s->n_lists;
    row_mark m;

    if (may_be_rejected(t))
        m = mark_row(s);
    HR_TRY(hr_table_add_row(&s->tables, t, parent_row, list_idx, err));
    const int64_t row = t->n_rows - 1;
    const hr_status st = fill_row(s, t, object, level, first_frame, first_list, err);
    if (st != HR_OK)
        return s->rejected ? discard_row(s, t, &m, object) : st;
    return s->n_lists > first_list ? shred_lists(s, first_list, level - 1, row, err) : HR_OK;
}

/* A list where a row should be. In a list: as if it were {"list": [...]}; an item (its parent_row
 * is -1): {"value": [...]}. */
static hr_status shred_wrapped(hr_shredder *s, hr_ntable *t, yyjson_val *array, int level,
                               int64_t parent_row, int64_t list_idx, hr_error *err)
{
    const char *member = parent_row < 0 ? "value" : "list";
    hr_field **field = parent_row < 0 ? &t->value : &t->inner;
    const size_t first_list = s->n_lists;
    const row_mark m = mark_row(s);
    hr_status st = HR_OK;

    HR_TRY(hr_table_add_row(&s->tables, t, parent_row, list_idx, err));
    const int64_t row = t->n_rows - 1;
    s->row++;
    if (!*field)
        HR_TRY(hr_table_field(&s->tables, t, hr_str_from(member), field, err));
    if (hr_stays_json(*field, level))
        st = hr_put_value(s, t, *field, array, err);
    else if (unsafe_yyjson_get_len(array))
        st = push_list(s, *field, t->row, array, first_list, err);
    if (st != HR_OK)
        return s->rejected ? discard_row(s, t, &m, array) : st;
    HR_TRY(complete_row(s, t, row, array, member, err));
    return s->n_lists > first_list ? shred_lists(s, first_list, level - 1, row, err) : HR_OK;
}

hr_status hr_shred_item(hr_shredder *s, hr_ntable *root, yyjson_val *item, hr_error *err)
{
    const int levels = s->options.max_nesting;

    s->n_frames = s->n_lists = 0;
    s->rejected = false;
    s->culprit = NULL;
    s->tally.items++;
    if (unsafe_yyjson_is_null(item)) /* as dlt: a null item is no row */
        return HR_OK;
    if (unsafe_yyjson_is_obj(item))
        return shred_row(s, root, item, levels, -1, 0, err);
    return unsafe_yyjson_is_arr(item) ? shred_wrapped(s, root, item, levels, -1, 0, err)
                                      : shred_scalar(s, root, item, -1, 0, err);
}
