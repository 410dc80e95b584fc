/* The rows of a run against the range, on the workers' threads. */
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

hr_status hr_incremental_place(const hr_incremental *inc, const hr_cursor *start,
                               const hr_cursor *v, bool *at_start, bool *older, bool *past,
                               hr_error *err)
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

hr_status hr_incremental_missing(const hr_incremental *inc, const char *what, hr_error *err)
{
    return hr_fail(err, HR_E_SCHEMA,
                   "resource %s: cursor %s is %s; on_cursor_value_missing: include or exclude "
                   "says what to do with such rows",
                   inc->resource, inc->path_text, what);
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
    yyjson_doc *doc = hr_json_read(hr_buf_str(key), YYJSON_READ_BIGNUM_AS_RAW, NULL);
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
            return hr_incremental_missing(inc, "null", err);
        *keep = inc->on_missing == HR_MISSING_INCLUDE;
        r->left_out += !*keep;
        return HR_OK;
    }
    HR_TRY(hr_incremental_place(inc, r->start, v, &at_start, &older, &past, err));
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

hr_status hr_incremental_begin_page(hr_incremental_rows *r, uint64_t page, uint64_t parent,
                                    hr_error *err)
{
    r->page = page;
    r->in_page = 0;
    r->rows = r->left_out = 0;
    r->out_of_range = false;
    hr_boundary_reset(&r->of_page);
    hr_buf_reset(&r->pending);
    return begin_parent(r, parent, err);
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

hr_status hr_incremental_keep_page(hr_incremental_rows *r, hr_error *err)
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
            st = hr_incremental_keep_page(r, err);
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
