/* JSON items against the range: the step, in one or in two. */
#include "base/mem.h"
#include "extract/incremental_int.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* The cursor value of an item; kind NONE: missing or null. */
static hr_status value_of(const hr_incremental *inc, yyjson_val *item, hr_cursor *out,
                          hr_error *err)
{
    yyjson_val *v = inc->column.p ? yyjson_obj_getn(item, inc->column.p, inc->column.n)
                                  : hr_jsonpath_first(inc->path, item);

    *out = (hr_cursor){0};
    if (v && !yyjson_is_null(v))
        return hr_cursor_of_json(v, out)
                   ? HR_OK
                   : hr_fail(err, HR_E_SCHEMA,
                             "resource %s: cursor %s is neither a number nor a text", inc->resource,
                             inc->path_text);
    return inc->on_missing == HR_MISSING_RAISE
               ? hr_incremental_missing(inc, v ? "null" : "missing", err)
               : HR_OK;
}

static hr_status add_json(yyjson_val *v, hr_buf *out, hr_error *err)
{
    size_t n = 0;
    char *text = hr_json_text(v, &n);

    if (!text)
        return hr_nomem(err);
    hr_buf_add(out, (hr_str){text, n});
    hr_free(text);
    return hr_buf_status(out, err);
}

typedef struct item_key {
    const hr_incremental *inc;
    yyjson_val *item;
} item_key;

static hr_status member_text(const item_key *k, yyjson_val *name, hr_buf *out, hr_error *err)
{
    yyjson_val *v = yyjson_obj_getn(k->item, yyjson_get_str(name), yyjson_get_len(name));

    if (!v)
        return hr_fail(err, HR_E_SCHEMA, "resource %s: the item has no primary key \"%s\"",
                       k->inc->resource, yyjson_get_str(name));
    return add_json(v, out, err);
}

static hr_status key_of_item(void *ctx, hr_buf *out, hr_error *err)
{
    const item_key *k = ctx;
    yyjson_val *name;
    size_t i, n;

    if (!k->inc->key)
        return add_json(k->item, out, err);
    if (yyjson_is_str(k->inc->key))
        return member_text(k, k->inc->key, out, err);
    yyjson_arr_foreach(k->inc->key, i, n, name)
    {
        hr_buf_addc(out, i ? ',' : '[');
        HR_TRY(member_text(k, name, out, err));
    }
    hr_buf_addc(out, ']');
    return hr_buf_status(out, err);
}

/* ---- the step ---- */

static hr_status open_step(void *self, void **instance, hr_error *err)
{
    hr_incremental_rows *rows = NULL;

    HR_TRY(hr_incremental_rows_new(&rows, self, err));
    *instance = rows;
    return HR_OK;
}

static hr_status open_filter(void *self, void **instance, hr_error *err)
{
    HR_TRY(open_step(self, instance, err));
    ((hr_incremental_rows *)*instance)->notes = false;
    return HR_OK;
}

static hr_status open_note(void *self, void **instance, hr_error *err)
{
    HR_TRY(open_step(self, instance, err));
    ((hr_incremental_rows *)*instance)->filters = false;
    return HR_OK;
}

static hr_status begin_step(void *instance, uint64_t page, uint64_t parent, hr_error *err)
{
    return hr_incremental_begin_page(instance, page, parent, err);
}

static hr_status take_item(void *instance, yyjson_val **item, hr_error *err)
{
    hr_incremental_rows *r = instance;
    item_key key = {r->inc, *item};
    hr_cursor v;
    bool keep = false;

    if (yyjson_is_null(*item)) /* no row anyway */
        return HR_OK;
    HR_TRY(value_of(r->inc, *item, &v, err));
    HR_TRY(hr_incremental_row(r, &v, key_of_item, &key, &keep, err));
    if (!keep)
        *item = NULL;
    return HR_OK;
}

static hr_status keep_step(void *instance, hr_error *err)
{
    hr_incremental_rows *r = instance;

    HR_TRY(hr_incremental_keep_page(r, err));
    r->rows = 0;
    return HR_OK;
}

static bool ends_here(void *instance)
{
    const hr_incremental_rows *r = instance;

    return r->out_of_range;
}

static hr_status close_step(void *instance, bool failed, hr_error *err)
{
    hr_incremental_rows *r = instance;

    r->rows = 0; /* of a page that was not kept */
    return hr_incremental_rows_close(r, failed, err);
}

hr_step hr_incremental_step(hr_incremental *inc)
{
    return (hr_step){.self = inc,
                     .open = open_step,
                     .begin_page = begin_step,
                     .item = take_item,
                     /* the promise is about the rows of one parent: others come behind them */
                     .is_last_page =
                         inc->row_order == HR_ROWS_ANY || inc->of_children ? NULL : ends_here,
                     .keep_page = keep_step,
                     .close = close_step};
}

hr_step hr_incremental_filter(hr_incremental *inc)
{
    hr_step step = hr_incremental_step(inc);

    step.open = open_filter;
    return step;
}

hr_step hr_incremental_note(hr_incremental *inc)
{
    hr_step step = hr_incremental_step(inc);

    step.open = open_note;
    step.is_last_page = NULL;
    return step;
}

/* ---- pages of a parent ---- */

static bool is_out(const hr_incremental *inc, const hr_cursor *start, yyjson_val *row)
{
    bool at_start, older, past;
    hr_cursor v;

    if (value_of(inc, row, &v, NULL) != HR_OK || v.kind == HR_CURSOR_NONE ||
        hr_incremental_place(inc, start, &v, &at_start, &older, &past, NULL) != HR_OK)
        return false; /* the step refuses it */
    return inc->row_order == HR_ROWS_ASC ? past : older;
}

bool hr_parents_page_ends(const hr_incremental *inc, uint64_t parent, yyjson_val *const *rows,
                          size_t n)
{
    hr_parent_start from;
    bool ends = false;

    if (inc->row_order == HR_ROWS_ANY || hr_parents_start(inc, parent, &from, NULL) != HR_OK)
        return false;
    for (size_t i = 0; i < n && !ends; i++)
        ends = is_out(inc, &from.start.v, rows[i]);
    hr_parent_start_release(&from);
    return ends;
}
