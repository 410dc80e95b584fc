/* The rows of a run against the range, on the workers' threads. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "extract/incremental_int.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* ---- one value ---- */

static hr_status incomparable(const hr_incremental *inc, const hr_cursor *v, const char *what,
                              const hr_cursor *bound, hr_error *err)
{
    hr_buf a = {0};
    hr_buf b = {0};

    hr_cursor_show(v, &a);
    hr_cursor_show(bound, &b);
    if (a.failed || b.failed)
        (void)hr_nomem(err);
    else
        (void)hr_fail(err, HR_E_SCHEMA,
                      "resource %s: cursor %s is %s, a %s, which does not compare with %s %s, a %s",
                      inc->resource, inc->path_text, a.data, hr_cursor_kind_name(v), what, b.data,
                      hr_cursor_kind_name(bound));
    const hr_status st = a.failed || b.failed ? HR_E_NOMEM : HR_E_SCHEMA;
    hr_buf_release(&a);
    hr_buf_release(&b);
    return st;
}

/* Whether a value lies outside of the range. *older: beyond its start; *past: beyond its end. */
static hr_status place(const hr_incremental *inc, const hr_cursor *start, const hr_cursor *v,
                       bool *at_start, bool *older, bool *past, hr_error *err)
{
    int order = 1;

    *at_start = *older = *past = false;
    if (inc->end.kind != HR_CURSOR_NONE) {
        if (!hr_cursor_compare(v, &inc->end, &order))
            return incomparable(inc, v, "end_value", &inc->end, err);
        *past = order * inc->sign > 0 || (order == 0 && !inc->end_closed);
    }
    if (start->kind != HR_CURSOR_NONE) {
        if (!hr_cursor_compare(v, start, &order))
            return incomparable(inc, v, "the start value", start, err);
        *older = order * inc->sign < 0;
        *at_start = order == 0;
    }
    return HR_OK;
}

static hr_status missing(const hr_incremental *inc, const char *what, hr_error *err)
{
    return hr_fail(err, HR_E_SCHEMA,
                   "resource %s: cursor %s is %s; on_cursor_value_missing: include or exclude "
                   "says what to do with such rows",
                   inc->resource, inc->path_text, what);
}

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
    return inc->on_missing == HR_MISSING_RAISE ? missing(inc, v ? "null" : "missing", err) : HR_OK;
}

/* ---- hashes ---- */

static hr_status write_sorted(yyjson_val *v, hr_buf *out, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    const yyjson_mut_val *copy = doc ? yyjson_val_mut_copy(doc, v) : NULL;
    const hr_status st = copy ? hr_json_write(copy, true, NULL, out, err) : hr_nomem(err);

    yyjson_mut_doc_free(doc);
    return st;
}

/* Keys come as any JSON, since most are never hashed; what is hashed has dlt's bytes. */
static hr_status hash_text(const hr_buf *key, unsigned char out[HR_ROW_HASH], hr_error *err)
{
    yyjson_doc *doc =
        yyjson_read_opts(key->data, key->len, YYJSON_READ_BIGNUM_AS_RAW, &hr_json_alc, NULL);
    hr_buf text = {0};
    hr_status st = doc ? write_sorted(yyjson_doc_get_root(doc), &text, err) : hr_nomem(err);

    if (st == HR_OK)
        st = hr_shake128(text.data, text.len, out, HR_ROW_HASH, err);
    hr_buf_release(&text);
    yyjson_doc_free(doc);
    return st;
}

static hr_status resolve_pending(hr_incremental_rows *r, hr_error *err)
{
    hr_tied_row row = {.page = r->page, .in_page = r->pending_at};

    if (!r->pending.len)
        return HR_OK;
    HR_TRY(hash_text(&r->pending, row.hash, err));
    hr_buf_reset(&r->pending);
    return HR_PUSH(r->of_page.rows, r->of_page.n, r->of_page.cap, row) ? HR_OK : hr_nomem(err);
}

/* Whether a row at the start value was loaded by an earlier run. */
static hr_status was_loaded(hr_incremental_rows *r, hr_row_key_fn key, void *ctx, bool *yes,
                            hr_error *err)
{
    unsigned char hash[HR_ROW_HASH];
    hr_buf text = {0};

    *yes = false;
    if (!r->inc->dedup || !r->seen || !r->seen->n)
        return HR_OK;
    hr_status st = key(ctx, &text, err);
    if (st == HR_OK)
        st = hash_text(&text, hash, err);
    hr_buf_release(&text);
    *yes = st == HR_OK && hr_hash_set_has(r->seen, hash);
    return st;
}

/* The row stays: it may be at the value where the run stops. */
static hr_status note(hr_incremental_rows *r, const hr_cursor *v, hr_row_key_fn key, void *ctx,
                      hr_error *err)
{
    int order = 1;

    if (r->of_page.last.v.kind != HR_CURSOR_NONE) {
        if (!hr_cursor_compare(v, &r->of_page.last.v, &order))
            return incomparable(r->inc, v, "an earlier one,", &r->of_page.last.v, err);
        if (order * r->inc->sign < 0)
            return HR_OK;
    }
    if (order == 0) {
        HR_TRY(resolve_pending(r, err));
    } else {
        hr_boundary_reset(&r->of_page);
        hr_buf_reset(&r->pending);
        if (!hr_cursor_keep(&r->of_page.last, v))
            return hr_nomem(err);
    }
    r->pending_at = r->in_page;
    return r->inc->dedup ? key(ctx, &r->pending, err) : HR_OK;
}

hr_status hr_incremental_row(hr_incremental_rows *r, const hr_cursor *v, hr_row_key_fn key,
                             void *ctx, bool *keep, hr_error *err)
{
    const hr_incremental *inc = r->inc;
    bool at_start, older, past;
    bool loaded = false;

    r->in_page++;
    if (!r->filters) {
        *keep = true;
        return v && v->kind != HR_CURSOR_NONE ? note(r, v, key, ctx, err) : HR_OK;
    }
    r->rows++;
    if (!v || v->kind == HR_CURSOR_NONE) {
        if (inc->on_missing == HR_MISSING_RAISE)
            return missing(inc, "null", err);
        *keep = inc->on_missing == HR_MISSING_INCLUDE;
        r->left_out += !*keep;
        return HR_OK;
    }
    HR_TRY(place(inc, r->start, v, &at_start, &older, &past, err));
    if (at_start && !past)
        HR_TRY(was_loaded(r, key, ctx, &loaded, err));
    *keep = !past && !older && !loaded && !(at_start && inc->start_open);
    r->left_out += !*keep;
    r->out_of_range = r->out_of_range || (inc->row_order == HR_ROWS_ASC && past) ||
                      (inc->row_order == HR_ROWS_DESC && older);
    return *keep && r->notes ? note(r, v, key, ctx, err) : HR_OK;
}

/* ---- instances ---- */

hr_status hr_incremental_rows_new(hr_incremental_rows **out, hr_incremental *inc, hr_error *err)
{
    *out = hr_calloc(1, sizeof(**out));
    if (!*out)
        return hr_nomem(err);
    (*out)->inc = inc;
    (*out)->filters = (*out)->notes = true;
    (*out)->start = &inc->start.v;
    (*out)->seen = &inc->seen;
    return HR_OK;
}

static void begin(hr_incremental_rows *r, uint64_t page)
{
    r->page = page;
    r->in_page = 0;
    r->rows = r->left_out = 0;
    r->out_of_range = false;
    hr_boundary_reset(&r->of_page);
    hr_buf_reset(&r->pending);
}

static hr_status begin_parent(hr_incremental_rows *r, uint64_t parent, hr_error *err)
{
    if (!r->inc->parents || (r->parent == parent && r->start == &r->parent_start.start.v))
        return HR_OK;
    hr_parent_start_release(&r->parent_start);
    HR_TRY(hr_parents_start(r->inc, parent, &r->parent_start, err));
    r->parent = parent;
    r->start = &r->parent_start.start.v;
    r->seen = r->parent_start.seen;
    return HR_OK;
}

/* Notes the boundary of the page for its parent. */
static hr_status note_parent(hr_incremental_rows *r, hr_error *err)
{
    hr_parent_stop *last = r->n_parents ? &r->parents[r->n_parents - 1] : NULL;
    hr_boundary copy = {0};

    if (!r->inc->parents || r->of_page.last.v.kind == HR_CURSOR_NONE)
        return HR_OK;
    if (!last || last->parent != r->parent) {
        if (!HR_PUSH(r->parents, r->n_parents, r->cap_parents,
                     (hr_parent_stop){.parent = r->parent}))
            return hr_nomem(err);
        last = &r->parents[r->n_parents - 1];
    }
    hr_status st = hr_boundary_copy(&copy, &r->of_page, err);
    if (st == HR_OK)
        st = hr_boundary_merge(&last->rows, &copy, r->inc->sign, err);
    hr_boundary_release(&copy);
    return st;
}

static hr_status keep_page(hr_incremental_rows *r, hr_error *err)
{
    HR_TRY(resolve_pending(r, err));
    HR_TRY(note_parent(r, err));
    r->kept_rows += r->rows;
    r->kept_left_out += r->left_out;
    return hr_boundary_merge(&r->kept, &r->of_page, r->inc->sign, err);
}

hr_status hr_incremental_rows_close(hr_incremental_rows *r, bool failed, hr_error *err)
{
    hr_incremental *inc = r->inc;
    hr_status st = HR_OK;

    if (!failed) {
        if (r->rows) /* of a caller who has but one page */
            st = keep_page(r, err);
        if (st == HR_OK)
            st = hr_boundary_merge(&inc->boundary, &r->kept, inc->sign, err);
        for (size_t i = 0; st == HR_OK && i < r->n_parents; i++)
            st = hr_parents_note(inc, r->parents[i].parent, &r->parents[i].rows, err);
        inc->rows_in += r->kept_rows;
        inc->rows_left_out += r->kept_left_out;
    }
    hr_boundary_release(&r->of_page);
    hr_boundary_release(&r->kept);
    hr_buf_release(&r->pending);
    for (size_t i = 0; i < r->n_parents; i++)
        hr_boundary_release(&r->parents[i].rows);
    hr_free(r->parents);
    hr_parent_start_release(&r->parent_start);
    hr_free(r);
    return st;
}

/* ---- JSON items ---- */

static hr_status add_json(yyjson_val *v, hr_buf *out, hr_error *err)
{
    size_t n = 0;
    char *text = yyjson_val_write_opts(v, YYJSON_WRITE_NOFLAG, &hr_json_alc, &n, NULL);

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
    begin(instance, page);
    return begin_parent(instance, parent, err);
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

    HR_TRY(keep_page(r, err));
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
