/* From an answer to a page: its actions, its rows, and what it says of the next page. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/fetch_int.h"
#include "json/json.h"

/* ---- what the first answer tells ---- */

static void tell_found(const hr_fetch *f)
{
    hr_buf text = {0};

    if (f->resource->selector && f->resource->paging.kind != HR_PAGING_AUTO)
        return;
    if (!f->resource->selector)
        hr_buf_addf(&text, "rows at %s (data_selector)", f->selector_text);
    if (f->resource->paging.kind == HR_PAGING_AUTO) {
        hr_buf_addf(&text, "%spages by ", text.len ? ", " : "");
        hr_paging_describe(f->paging, &text);
        hr_buf_addz(&text, " (paginator)");
    }
    if (!text.failed)
        hr_fetch_say(f, HR_EVENT_NOTICE, "%s: found out from the first answer: %s",
                     f->resource->name, text.data);
    hr_buf_release(&text);
}

static hr_status find_out(hr_fetch *f, const hr_page_answer *a, hr_error *err)
{
    if (!f->selector && a->body) {
        HR_TRY(hr_detect_selector(&f->detected, a->body, err));
        f->selector = f->detected.selector;
        f->selector_text = f->detected.selector_text;
    }
    if (!f->paging) {
        HR_TRY(hr_detect_paging(&f->detected, a, err));
        f->paging = &f->detected.paging;
    }
    return HR_OK;
}

/* Numbers that a page of rows has when there are more of them. */
static bool is_full(const hr_fetch *f, size_t rows)
{
    static const char *const sizes[] = {
        "per_page",   "perpage", "page_size", "pagesize", "limit", "size", "count",  "max_results",
        "maxresults", "top",     "$top",      "take",     "first", "rows", "pagelen"};
    static const size_t usual[] = {10, 20, 25, 30, 50, 100, 200, 250, 500, 1000};

    for (size_t i = 0; i < f->resource->params.n; i++) {
        const hr_rest_pair *p = &f->resource->params.items[i];

        for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            if (strlen(sizes[j]) == p->name.n && strncasecmp(sizes[j], p->name.p, p->name.n) == 0)
                return yyjson_is_int(p->value)
                           ? yyjson_get_uint(p->value) == rows
                           : yyjson_is_str(p->value) &&
                                 strtoull(yyjson_get_str(p->value), NULL, 10) == rows;
        }
    }
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (usual[i] == rows)
            return true;
    }
    return false;
}

static void warn_of_first(const hr_fetch *f, yyjson_val *body, size_t rows, bool matched)
{
    if (body && !matched)
        hr_fetch_say(f, HR_EVENT_WARNING,
                     "%s: data_selector %s finds nothing in the first answer, so there are no rows "
                     "from it; is the path right?",
                     f->resource->name, f->selector_text);
    if (f->resource->paging.kind == HR_PAGING_AUTO && f->paging->kind == HR_PAGING_SINGLE &&
        is_full(f, rows))
        hr_fetch_say(
            f, HR_EVENT_WARNING,
            "%s: the answer has %zu rows, as a full page has, but nothing in it points to "
            "another page; if the API has pages, name the paginator (single_page says that "
            "it has not)",
            f->resource->name, rows);
}

/* ---- rows ---- */

/* Gives each row the fields of its parent, which stand behind its own. */
static hr_status include_parent(const hr_fetch *f, const hr_stream *s, yyjson_doc **doc,
                                yyjson_val ***rows, size_t n, hr_error *err)
{
    const hr_rest_resource *r = f->resource;
    yyjson_mut_doc *made = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *list = made ? yyjson_mut_arr(made) : NULL;
    yyjson_doc *frozen = NULL;
    bool ok = list != NULL;

    for (size_t i = 0; i < n && ok; i++) {
        yyjson_mut_val *row = yyjson_val_mut_copy(made, (*rows)[i]);

        ok = row && yyjson_mut_arr_append(list, row);
        for (size_t j = 0; j < r->n_includes && ok && yyjson_mut_is_obj(row); j++) {
            yyjson_val *v = yyjson_arr_get(yyjson_doc_get_root(s->row), r->includes[j].tap);

            ok = yyjson_mut_obj_put(row, yyjson_mut_str(made, r->includes[j].column),
                                    yyjson_val_mut_copy(made, v));
        }
    }
    yyjson_mut_doc_set_root(made, list);
    frozen = ok ? yyjson_mut_doc_imut_copy(made, &hr_json_alc) : NULL;
    yyjson_mut_doc_free(made);
    if (!frozen)
        return hr_nomem(err);
    yyjson_doc_free(*doc);
    *doc = frozen;
    yyjson_arr_iter it = yyjson_arr_iter_with(yyjson_doc_get_root(frozen));
    for (size_t i = 0; i < n; i++)
        (*rows)[i] = yyjson_arr_iter_next(&it);
    return HR_OK;
}

char *hr_fetch_page_name(const hr_fetch *f, const hr_stream *s, uint64_t page)
{
    hr_buf name = {0};

    hr_buf_addz(&name, f->resource->name);
    if (s->row)
        hr_buf_addf(&name, ", row %" PRIu64 " of %s", s->number + 1, f->resource->parent->name);
    hr_buf_addf(&name, ", page %" PRIu64, page);
    return hr_buf_take(&name);
}

/* Takes doc, rows and the answer's body. */
static hr_status add_ready(hr_fetch *f, hr_stream *s, hr_rest_answer *a, yyjson_doc *doc,
                           yyjson_val **rows, size_t n, hr_error *err)
{
    hr_ready *ready = hr_calloc(1, sizeof(*ready));
    char *name = hr_fetch_page_name(f, s, s->page);

    if (!ready || !name) {
        hr_free(ready);
        hr_free(name);
        hr_free(rows);
        yyjson_doc_free(doc);
        return hr_nomem(err);
    }
    ready->page = (hr_page){.data = a->body,
                            .len = a->size,
                            .last_of_input = true,
                            .line = 1,
                            .input = name,
                            .parent = s->parent,
                            .own_input = name,
                            .doc = doc,
                            .values = rows,
                            .n_values = n};
    a->body = NULL;
    f->waiting++;
    f->waiting_bytes += hr_page_memory(&ready->page);
    *s->ready_end = ready;
    s->ready_end = &ready->next;
    return HR_OK;
}

/* A page that is shorter than the limit, with more rows behind it: the API's own limit is smaller,
 * and the step from one offset to the next skips what lies between. */
static void warn_of_short(hr_fetch *f, hr_stream *s, size_t rows)
{
    const hr_paging *g = f->paging;

    if (g->kind != HR_PAGING_OFFSET || !rows)
        return;
    if (s->short_page && !f->short_told) {
        f->short_told = true;
        hr_fetch_say(f, HR_EVENT_WARNING,
                     "%s: a page had fewer rows than its limit of %" PRId64
                     ", but more came behind it, so rows between may be missing; if the API allows "
                     "no larger pages, set the paginator's limit to what it gives",
                     f->resource->name, g->limit);
    }
    s->short_page = rows < (uint64_t)g->limit;
}

/* Steps may change the cursor, so without them only. */
static bool rows_end(const hr_fetch *f, const hr_stream *s, yyjson_val *const *rows, size_t n)
{
    const hr_rest_cursor *c = &f->o.cursor;

    return c->values && !f->resource->steps && c->page_ends(c->ctx, s->parent, rows, n);
}

static hr_status read_page(hr_fetch *f, hr_stream *s, hr_rest_answer *a, yyjson_doc **doc,
                           hr_error *err)
{
    yyjson_val *body = yyjson_doc_get_root(*doc);
    hr_page_answer page = {.body = body, .url = a->url, .header = hr_rest_answer_header, .ctx = a};
    yyjson_val **rows = NULL;
    bool matched = false;

    HR_TRY(find_out(f, &page, err));
    if (!s->begun)
        hr_paginator_begin(&s->paginator, f->paging);
    s->begun = true;
    if (f->selector)
        HR_TRY(hr_rest_select(f->selector, body, &rows, &page.rows, &matched, err));
    if (!f->looked && body) {
        f->looked = true;
        tell_found(f);
        warn_of_first(f, body, page.rows, matched);
    }
    page.hash = hr_rest_hash_rows(rows, page.rows);
    warn_of_short(f, s, page.rows);
    hr_status st = hr_paginator_page(&s->paginator, &page, err);
    if (s->parent && rows_end(f, s, rows, page.rows))
        s->paginator.more = false;
    if (st == HR_OK && page.rows && f->resource->n_includes)
        st = include_parent(f, s, doc, &rows, page.rows, err);
    s->ended = !s->paginator.more;
    if (st != HR_OK || !page.rows) {
        hr_free(rows);
        return st;
    }
    yyjson_doc *taken = *doc;
    *doc = NULL;
    return add_ready(f, s, a, taken, rows, page.rows, err);
}

/* ---- answers ---- */

static hr_status refuse(const hr_rest_answer *a, const hr_rest_action *action, hr_error *err)
{
    return hr_fail(err, HR_E_REMOTE,
                   "the answer (status %d)%s%s%s is one that response_actions say %s", a->status,
                   action->content ? ", with \"" : "", action->content ? action->content : "",
                   action->content ? "\" in it," : "",
                   action->action == HR_REST_RETRY ? "to retry, and it stayed so" : "to fail on");
}

static hr_status look_at_answer(hr_fetch *f, hr_stream *s, const hr_slot *slot, hr_rest_answer *a,
                                hr_error *err)
{
    const hr_rest_action *action =
        hr_rest_action_for(f->resource, a->status, (hr_str){a->body, a->size});
    yyjson_doc *doc = NULL;

    if (action && action->action != HR_REST_IGNORE)
        return refuse(a, action, err);
    if (!slot->cached && f->o.cache)
        HR_TRY(hr_rest_cache_put(f->o.cache, slot->key, a, err));
    if (action) {
        s->ended = true;
        return HR_OK;
    }
    hr_status st = hr_rest_answer_parse(a, &doc, err);
    if (st == HR_OK)
        st = read_page(f, s, a, &doc, err);
    yyjson_doc_free(doc);
    if (st != HR_OK && !slot->cached && f->o.cache) { /* a better one may come next time */
        const hr_status undone = hr_rest_cache_undo(f->o.cache, NULL);

        return undone == HR_OK ? st : undone;
    }
    return st;
}

static hr_status look(hr_fetch *f, hr_stream *s, hr_slot *slot, hr_error *err)
{
    hr_rest_answer a = slot->answer;
    hr_status st = HR_OK;

    slot->answer = (hr_rest_answer){0};
    if (slot->response) {
        if (!hr_http_response_status(slot->response))
            st = hr_http_response_check(slot->response, err);
        if (st == HR_OK)
            st = hr_rest_answer_take(&a, slot->response, f->resource, err);
        if (st == HR_OK && !hr_rest_action_for(f->resource, a.status, (hr_str){a.body, a.size}))
            st = hr_http_response_check(slot->response, err);
        if (st != HR_OK && err)
            err->http_status = hr_http_response_status(slot->response);
        hr_http_response_free(slot->response);
        slot->response = NULL;
    }
    if (st == HR_OK)
        st = look_at_answer(f, s, slot, &a, err);
    hr_rest_answer_release(&a);
    return st;
}

void hr_fetch_look(hr_fetch *f, hr_stream *s, hr_slot *slot)
{
    hr_error err = {0};

    s->page = s->paginator.pages + 1;
    const hr_status st = look(f, s, slot, &err);

    if (st == HR_OK)
        return;
    s->ended = true;
    if (st == HR_E_CANCELLED) {
        s->error = err;
        return;
    }
    char *name = hr_fetch_page_name(f, s, s->page);
    (void)hr_fail_in(&err, st, "%s", name ? name : f->resource->name);
    hr_free(name);
    s->error = err;
    s->error.status = st;
}
