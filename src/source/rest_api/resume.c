/* Where pages follow each other by what the API hands out, a cursor or a link, that may have
 * expired since the answers of an earlier run came. So the page behind those answers is asked for
 * before any of theirs is handed out; if the API refuses it, they are forgotten, and the pages
 * begin anew. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/flow.h"
#include "source/rest_api/fetch_int.h"

static bool is_chain(const hr_paging *g)
{
    switch (g->kind) {
    case HR_PAGING_HEADER_LINK:
    case HR_PAGING_JSON_LINK:
    case HR_PAGING_HEADER_CURSOR:
    case HR_PAGING_CURSOR:
        return true;
    default:
        return false;
    }
}

/* While nothing is under way, since waiting for one answer may keep others from theirs. With a
 * limit, the page might not be wanted. */
static bool may_try(const hr_fetch *f)
{
    return f->o.cache && hr_rest_cache_left(f->o.cache) && !f->open && !f->tried &&
           f->resource->limit.pages < 0 && f->resource->limit.rows < 0 &&
           (!f->paging || is_chain(f->paging));
}

/* Goes through the answers as far as they are there. *next: the request behind the last of them,
 * which the caller releases; *any: there were some, and there is such a request. */
static hr_status go_through(hr_fetch *f, hr_stream *scratch, hr_rest_request *next, bool *any,
                            hr_error *err)
{
    hr_slot slot = {.cached = true};

    *any = false;
    for (;;) {
        hr_page_request page = {0};

        if (scratch->begun)
            hr_paginator_fill(&scratch->paginator, &page);
        HR_TRY(hr_fetch_request(f, scratch, &page, NULL, next, err));
        HR_TRY(hr_rest_cache_get(f->o.cache, next->key, &slot.answer, &slot.cached, err));
        if (!slot.cached)
            return HR_OK;
        hr_fetch_look(f, scratch, &slot);
        hr_stream_drop_ready(f, scratch);
        *any = !scratch->ended && is_chain(f->paging);
        if (!*any)
            return HR_OK;
        hr_rest_request_release(next);
    }
}

static hr_status ask(hr_fetch *f, const hr_rest_request *q, hr_http_response **out, hr_error *err)
{
    const hr_http_bounds bounds = {
        .largest = f->o.page_bytes, .option = "the memory limit (--mem)", .room = f->o.bytes};
    hr_http_flow *flow = NULL;

    HR_TRY(hr_http_flow_new(f->o.client, &flow, err));
    hr_http_flow_bound(flow, &bounds);
    hr_status st = hr_http_submit(flow, &q->http, err);
    if (st == HR_OK)
        st = hr_http_next(flow, out, err);
    hr_http_flow_free(flow);
    return st;
}

static bool is_refused(const hr_fetch *f, hr_http_response *response)
{
    const int status = hr_http_response_status(response);
    size_t n = 0;
    const char *body = hr_http_response_body(response, &n);

    return (status == 400 || status == 404 || status == 410 || status == 422) &&
           !hr_rest_action_for(f->resource, status, (hr_str){body, n});
}

/* *again: the answers that were there are of no use; there may be others, of a still later run. */
static hr_status try_once(hr_fetch *f, hr_stream *scratch, bool *again, hr_error *err)
{
    hr_rest_request next = {0};
    hr_http_response *response = NULL;
    bool any = false;

    hr_rest_cache_try(f->o.cache);
    hr_status st = go_through(f, scratch, &next, &any, err);
    if (st == HR_OK && any)
        st = ask(f, &next, &response, err);
    *again = response && is_refused(f, response);
    if (*again) {
        hr_fetch_say(f, HR_EVENT_NOTICE,
                     "%s: the API does not go on from the answers of an earlier run (HTTP %d), so "
                     "they are forgotten and it begins anew",
                     f->resource->name, hr_http_response_status(response));
        hr_http_response_free(response);
    } else {
        hr_rest_cache_take_back(f->o.cache);
        f->tried = response;
        f->tried_key[0] = next.key[0];
        f->tried_key[1] = next.key[1];
    }
    hr_rest_request_release(&next);
    return st;
}

hr_status hr_stream_resume(hr_fetch *f, const hr_stream *s, hr_error *err)
{
    hr_status st = HR_OK;
    bool again = true;

    while (st == HR_OK && again && may_try(f)) {
        hr_stream scratch = {.row = s->row, .cursor = s->cursor, .number = s->number};

        scratch.slots_end = &scratch.slots;
        scratch.ready_end = &scratch.ready;
        if (f->paging)
            hr_paginator_begin(&scratch.paginator, f->paging);
        scratch.begun = f->paging != NULL;
        st = try_once(f, &scratch, &again, err);
        hr_paginator_release(&scratch.paginator);
    }
    return st;
}
