#include "normalize/shredder.h"

#include <assert.h>

#include "base/ids.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/put.h"

typedef struct hr_frame {
    yyjson_val *object;
    hr_shape *shape;
    int level; /* how many more levels unfold below */
} frame;

typedef struct hr_pending {
    yyjson_val *array;
    hr_ntable *table;
    uint16_t via; /* by which of its parents */
} pending;

static hr_status shred_row(hr_shredder *s, hr_ntable *t, yyjson_val *object, int level,
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

bool hr_better_example(const char *candidate, const char *kept)
{
    return candidate && (!kept || strcmp(candidate, kept) < 0);
}

void hr_tally_add(hr_tally *sum, const hr_tally *more)
{
    sum->items += more->items;
    sum->values += more->values;
    for (int i = 0; i < HR_N_DISCARDS; i++) {
        sum->discarded[i] += more->discarded[i];
        if (hr_better_example(more->example[i], sum->example[i]))
            sum->example[i] = more->example[i];
    }
    sum->rows_discarded += more->rows_discarded;
}

/* Scalars below a value, null not counted. All values of a container lie in one run of memory;
 * keys are strings too, one for each member. */
static uint64_t count_values(yyjson_val *val)
{
    const yyjson_val *end = unsafe_yyjson_get_next(val);
    uint64_t n = 0;

    for (yyjson_val *v = val; v < end; v++) {
        const yyjson_type type = unsafe_yyjson_get_type(v);

        if (type == YYJSON_TYPE_OBJ)
            n -= unsafe_yyjson_get_len(v);
        else if (type != YYJSON_TYPE_ARR && type != YYJSON_TYPE_NULL)
            n++;
    }
    return n;
}

static void discard(hr_shredder *s, hr_discard why, yyjson_val *val, const char *name)
{
    const uint64_t n = count_values(val);

    s->tally.values += n;
    s->tally.discarded[why] += n;
    if (n && hr_better_example(name, s->tally.example[why]))
        s->tally.example[why] = name;
}

/* ---- rows that a contract discards ---- */

void hr_shred_discarded(hr_shredder *s, hr_discard why, uint64_t values, const char *name)
{
    s->tally.discarded[why] += values;
    if (values && hr_better_example(name, s->tally.example[why]))
        s->tally.example[why] = name;
}

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
    const uint64_t values = count_values(val);

    s->rejected = false;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): a table that rejects rows marks them */
    hr_table_drop_row(&s->tables, t, m->delta);
    s->tally = m->tally;
    s->n_frames = m->n_frames;
    s->n_lists = m->n_lists;
    s->tally.values += values;
    s->tally.rows_discarded++;
    hr_shred_discarded(s, s->reject_why, values ? values : 1, s->reject_name);
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
    discard(s, HR_DISCARD_NEW_TABLE, val, list->name.p);
    return HR_OK;
}

/* ---- keys that come twice ---- */

static hr_status refuse_twice(const hr_ntable *t, const hr_slot *slot, const hr_slot *other,
                              hr_error *err)
{
    static const char way_out[] = "rename one, or keep the last with --on-duplicate-key last";

    if (other == slot || !other)
        return hr_fail(err, HR_E_SCHEMA,
                       "table \"%s\": key \"" HR_STR_FMT "\" comes twice in one object; %s",
                       t->name.p, HR_STR_ARG(slot->key), way_out);
    return hr_fail(err, HR_E_SCHEMA,
                   "table \"%s\": keys \"" HR_STR_FMT "\" and \"" HR_STR_FMT
                   "\" of one row both become \"%s\"; %s",
                   t->name.p, HR_STR_ARG(other->key), HR_STR_ARG(slot->key), slot->field->name.p,
                   way_out);
}

/* What a value is to its field. */
typedef enum kind { SCALAR, OBJECT, LIST } kind;

static uint64_t *stamp_of(hr_field *f, kind k)
{
    return k == SCALAR ? &f->scalar_row : k == OBJECT ? &f->object_row : &f->list_row;
}

static const hr_slot **last_slot_of(hr_field *f, kind k)
{
    return k == SCALAR ? &f->scalar_slot : k == OBJECT ? &f->object_slot : &f->list_slot;
}

static bool stays_json(const hr_field *f, int level)
{
    return level <= 0 || (f->column ? f->column->spec.type : f->preferred) == HR_TYPE_JSON;
}

static inline kind kind_of(yyjson_val *v, const hr_field *f, int level)
{
    const yyjson_type type = unsafe_yyjson_get_type(v);

    if ((type == YYJSON_TYPE_OBJ || type == YYJSON_TYPE_ARR) && !stays_json(f, level))
        return type == YYJSON_TYPE_OBJ ? OBJECT : LIST;
    return SCALAR;
}

/* Marks a field as met in this row. Under last_wins an earlier value gives way. */
static hr_status meet(hr_shredder *s, hr_ntable *t, hr_slot *slot, kind k, hr_error *err)
{
    hr_field *f = slot->field;
    uint64_t *stamp = stamp_of(f, k);
    const hr_slot **last = last_slot_of(f, k);

    if (*stamp == s->row && !s->options.last_wins)
        return refuse_twice(t, slot, *last, err);
    *stamp = s->row;
    *last = slot;
    return HR_OK;
}

/* Under last_wins: the members of an object in s->keys; those that a later member replaces are
 * discarded and NULL there. Marks, taken from the far end of the stamps' range, never meet the
 * row numbers of the walk that follows. */
static hr_status drop_early_twins(hr_shredder *s, const frame *f, hr_error *err)
{
    const size_t n = unsafe_yyjson_get_len(f->object);
    yyjson_val *key = unsafe_yyjson_get_first(f->object);
    const uint64_t mark = --s->mark;

    s->n_keys = 0;
    for (size_t i = 0; i < n; i++, key = unsafe_yyjson_get_next(key + 1)) {
        if (!HR_PUSH(s->keys, s->n_keys, s->cap_keys, key))
            return hr_nomem(err);
    }
    for (size_t i = n; i-- > 0;) {
        hr_slot *slot = NULL;
        const hr_str name = {unsafe_yyjson_get_str(s->keys[i]), unsafe_yyjson_get_len(s->keys[i])};

        HR_TRY(hr_shape_find(&s->tables, f->shape, name, &slot, err));
        hr_field *field = slot->field;
        uint64_t *stamp =
            field ? stamp_of(field, kind_of(s->keys[i] + 1, field, f->level)) : &slot->stamp;
        const bool twin = slot->stamp == mark || *stamp == mark;
        slot->stamp = *stamp = mark;
        if (twin) {
            discard(s, HR_DISCARD_DUPLICATE_KEY, s->keys[i] + 1, slot->key.p);
            s->keys[i] = NULL;
        }
    }
    return HR_OK;
}

/* ---- ids that are hashes ---- */

/* As dlt writes it: {"a":1,"b":"x"}, values as they came. */
static hr_status write_key(hr_shredder *s, const hr_ntable *t, hr_error *err)
{
    const hr_row_plan *plan = t->plan;

    for (size_t i = 0; i < plan->n_keys; i++) {
        hr_buf_addc(&s->text, i ? ',' : '{');
        hr_json_put_string(&s->text, plan->keys[i]);
        hr_buf_addc(&s->text, ':');
        if (t->key_values[i])
            HR_TRY(hr_json_write_item(t->key_values[i], true, (hr_str){0}, &s->json_keys, &s->text,
                                      err));
        else
            hr_buf_addz(&s->text, "null");
    }
    hr_buf_addc(&s->text, '}');
    return HR_OK;
}

static hr_status write_row(hr_shredder *s, yyjson_val *item, const char *member, hr_error *err)
{
    if (member)
        hr_buf_addf(&s->text, "{\"%s\":", member);
    HR_TRY(hr_json_write_item(item, true, member ? (hr_str){0} : HR_STR("_dlt"), &s->json_keys,
                              &s->text, err));
    if (member)
        hr_buf_addc(&s->text, '}');
    return HR_OK;
}

static hr_status make_row_id(hr_shredder *s, hr_ntable *t, int64_t row, yyjson_val *item,
                             const char *member, hr_error *err)
{
    hr_buf_reset(&s->text);
    if (t->plan->ids == HR_ROW_IDS_KEY)
        HR_TRY(write_key(s, t, err));
    else
        HR_TRY(write_row(s, item, member, err));
    HR_TRY(hr_buf_status(&s->text, err));
    hr_text_row_id(hr_buf_str(&s->text), t->row_ids + row * HR_ROW_ID);
    return HR_OK;
}

/* Ends a row whose columns are filled. An item that is no object stands for {member: item}. */
static inline hr_status complete_row(hr_shredder *s, hr_ntable *t, int64_t row, yyjson_val *item,
                                     const char *member, hr_error *err)
{
    if (!t->has_system)
        HR_TRY(hr_table_complete(&s->tables, t, err));
    return t->parent || t->plan->ids == HR_ROW_IDS_NEW
               ? HR_OK
               : make_row_id(s, t, row, item, member, err);
}

/* ---- the walk ---- */

static hr_status push_object(hr_shredder *s, hr_slot *slot, const frame *at, yyjson_val *val,
                             hr_error *err)
{
    if (!slot->field->object)
        HR_TRY(hr_field_object(&s->tables, at->shape, slot->field, err));
    const frame f = {val, slot->field->object, at->level - 1};
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
            discard(s, HR_DISCARD_DUPLICATE_KEY, s->lists[i].array, f->name.p);
            s->lists[i].array = NULL;
        }
    }
    const pending p = {val, f->list, hr_table_via(f->list, at->table)};
    return HR_PUSH(s->lists, s->n_lists, s->cap_lists, p) ? HR_OK : hr_nomem(err);
}

/* One member of an object. `first_list` is where this row's lists begin. */
static inline hr_status member(hr_shredder *s, const frame *at, hr_slot *slot, yyjson_val *val,
                               size_t first_list, hr_error *err)
{
    hr_field *f = slot->field;

    if (!f) {
        discard(s, HR_DISCARD_SYSTEM_KEY, val, slot->key.p);
        return HR_OK;
    }
    const kind k = kind_of(val, f, at->level);
    if (slot->keep != HR_KEEP && (slot->keep == HR_LEAVE_OUT || k == SCALAR)) {
        discard(s, HR_DISCARD_LEFT_OUT, val, slot->key.p);
        return HR_OK;
    }
    HR_TRY(meet(s, at->shape->table, slot, k, err));
    switch (k) {
    case OBJECT:
        return unsafe_yyjson_get_len(val) ? push_object(s, slot, at, val, err) : HR_OK;
    case LIST:
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

static hr_status flatten(hr_shredder *s, const frame *at, size_t first_list, hr_error *err)
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
            return refuse_twice(shape->table, slot, slot, err);
        slot->stamp = s->row;
        HR_TRY(member(s, at, slot, val, first_list, err));
        key = unsafe_yyjson_get_next(val);
    }
    return HR_OK;
}

/* The same under last_wins: a slower walk that leaves members out. */
static hr_status flatten_last_wins(hr_shredder *s, const frame *at, size_t first_list,
                                   hr_error *err)
{
    HR_TRY(drop_early_twins(s, at, err));
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

static hr_status shred_inner_list(hr_shredder *s, hr_ntable *t, yyjson_val *array, int level,
                                  int64_t parent_row, int64_t list_idx, hr_error *err);

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
            HR_TRY(shred_inner_list(s, list->table, val, level - 1, parent_row, (int64_t)i, err));
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
    const frame root = {object, t->row, level};

    s->row++;
    if (!HR_PUSH(s->frames, s->n_frames, s->cap_frames, root))
        return hr_nomem(err);
    while (s->n_frames > first_frame) {
        const frame f = s->frames[--s->n_frames];

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

/* A list in a list: as if it were a row {"list": [...]}. */
static hr_status shred_inner_list(hr_shredder *s, hr_ntable *t, yyjson_val *array, int level,
                                  int64_t parent_row, int64_t list_idx, hr_error *err)
{
    const size_t first_list = s->n_lists;
    const row_mark m = mark_row(s);
    hr_status st = HR_OK;

    HR_TRY(hr_table_add_row(&s->tables, t, parent_row, list_idx, err));
    const int64_t row = t->n_rows - 1;
    s->row++;
    if (!t->inner)
        HR_TRY(hr_table_field(&s->tables, t, HR_STR("list"), &t->inner, err));
    if (stays_json(t->inner, level))
        st = hr_put_value(s, t, t->inner, array, err);
    else if (unsafe_yyjson_get_len(array))
        st = push_list(s, t->inner, t->row, array, first_list, err);
    if (st != HR_OK)
        return s->rejected ? discard_row(s, t, &m, array) : st;
    HR_TRY(complete_row(s, t, row, array, "list", err));
    return s->n_lists > first_list ? shred_lists(s, first_list, level - 1, row, err) : HR_OK;
}

/* An item that is no object: as if it were {"value": item}. */
static hr_status shred_bare(hr_shredder *s, hr_ntable *root, yyjson_val *item, int level,
                            hr_error *err)
{
    const size_t first_list = s->n_lists;
    const row_mark m = mark_row(s);
    hr_status st = HR_OK;

    if (!unsafe_yyjson_is_ctn(item))
        return shred_scalar(s, root, item, -1, 0, err);
    HR_TRY(hr_table_add_row(&s->tables, root, -1, 0, err));
    const int64_t row = root->n_rows - 1;
    s->row++;
    if (!root->value)
        HR_TRY(hr_table_field(&s->tables, root, HR_STR("value"), &root->value, err));
    if (stays_json(root->value, level))
        st = hr_put_value(s, root, root->value, item, err);
    else if (unsafe_yyjson_get_len(item))
        st = push_list(s, root->value, root->row, item, first_list, err);
    if (st != HR_OK)
        return s->rejected ? discard_row(s, root, &m, item) : st;
    HR_TRY(complete_row(s, root, row, item, "value", err));
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
    return unsafe_yyjson_is_obj(item) ? shred_row(s, root, item, levels, -1, 0, err)
                                      : shred_bare(s, root, item, levels, err);
}
