#include "source/rest_api/fetch.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <xxhash.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/flow.h"
#include "source/rest_api/fetch_int.h"

void hr_fetch_say(const hr_fetch *f, hr_event_kind kind, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (!f->o.on_event)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    f->o.on_event(f->o.event_ctx, &(hr_event){.kind = kind, .message = text});
}

/* ---- requests ---- */

static bool limit_reached(const hr_fetch *f)
{
    const int64_t pages = f->resource->limit.pages;

    return (pages >= 0 && f->asked >= (uint64_t)pages) || f->rows_left == 0;
}

static void has_arrived(hr_fetch *f, hr_slot *slot, size_t bytes)
{
    slot->arrived = true;
    slot->bytes = bytes;
    f->waiting++;
    f->waiting_bytes += bytes;
}

/* What the first stream needs next comes in any case, the rest as far as there is room. */
static void bound_flow(hr_fetch *f, const hr_slot *first)
{
    const hr_http_bounds bounds = {
        .largest = f->o.page_bytes,
        .option = "the memory limit (--mem)",
        .room = f->o.bytes > f->waiting_bytes ? f->o.bytes - f->waiting_bytes : 0,
        .first = first};

    hr_http_flow_bound(f->flow, &bounds);
}

hr_status hr_fetch_request(const hr_fetch *f, const hr_stream *s, const hr_page_request *page,
                           void *tag, hr_rest_request *out, hr_error *err)
{
    hr_rest_values values = {.parent = yyjson_doc_get_root(s->row)};

    for (size_t v = 0; v < HR_REST_N_CURSOR_VALUES; v++)
        values.cursor[v] = yyjson_arr_get(yyjson_doc_get_root(s->cursor), v);
    HR_TRY(hr_rest_request_make(out, f->resource, &values, page, err));
    out->http.auth = f->o.auth;
    out->http.no_auth = f->resource->no_auth;
    out->http.judge = hr_rest_judge;
    out->http.judge_ctx = (void *)(uintptr_t)f->resource;
    out->http.tag = tag;
    return HR_OK;
}

static hr_status send_slot(hr_fetch *f, hr_slot *slot, hr_rest_request *q, hr_error *err)
{
    if (f->o.cache)
        HR_TRY(hr_rest_cache_get(f->o.cache, q->key, &slot->answer, &slot->cached, err));
    slot->key[0] = q->key[0];
    slot->key[1] = q->key[1];
    if (slot->cached) {
        has_arrived(f, slot, slot->answer.size);
        return HR_OK;
    }
    if (f->tried && f->tried_key[0] == q->key[0] && f->tried_key[1] == q->key[1]) {
        size_t bytes = 0;

        slot->response = f->tried;
        f->tried = NULL;
        (void)hr_http_response_body(slot->response, &bytes);
        has_arrived(f, slot, bytes);
        return HR_OK;
    }
    bound_flow(f, f->streams->slots ? f->streams->slots : slot); /* before its first bytes */
    HR_TRY(hr_http_submit(f->flow, &q->http, err));
    f->open++;
    return HR_OK;
}

/* What the paginator asks for, in a number: whether a guess was right. */
static uint64_t reference_of(const hr_page_request *page)
{
    const char *text = page->url ? page->url : page->text ? page->text : "";

    return XXH3_64bits(text, strlen(text));
}

static hr_status ask(hr_fetch *f, hr_stream *s, const hr_page_request *page, hr_error *err)
{
    hr_slot *slot = hr_calloc(1, sizeof(*slot));
    hr_rest_request q;

    if (!slot)
        return hr_nomem(err);
    hr_status st = hr_fetch_request(f, s, page, slot, &q, err);
    if (st == HR_OK)
        st = send_slot(f, slot, &q, err);
    hr_rest_request_release(&q);
    if (st != HR_OK) {
        char *name = hr_fetch_page_name(f, s, s->paginator.pages + s->n_slots + 1);

        (void)hr_fail_in(err, st, "%s", name ? name : f->resource->name);
        hr_free(name);
        hr_rest_answer_release(&slot->answer);
        hr_free(slot);
        return st;
    }
    slot->stream = s;
    slot->reference = reference_of(page);
    *s->slots_end = slot;
    s->slots_end = &slot->next;
    s->n_slots++;
    f->asked++;
    return HR_OK;
}

/* Asks for the page that the stream needs next; or, when that is under way, for one ahead where
 * that can be known. *asked: whether it did. */
static hr_status ask_next(hr_fetch *f, hr_stream *s, bool *asked, hr_error *err)
{
    hr_page_request page = {0};
    char number[24];

    *asked = false;
    if (s->ended || limit_reached(f))
        return HR_OK;
    if (!s->n_slots && s->begun)
        hr_paginator_fill(&s->paginator, &page);
    else if (s->n_slots && (!s->begun || !f->resource->concurrent ||
                            !hr_paginator_peek(&s->paginator, (unsigned)s->n_slots, number, &page)))
        return HR_OK;
    *asked = true;
    return ask(f, s, &page, err);
}

/* ---- streams ---- */

/* Whether the paginator still asks for what was guessed. */
static bool guess_holds(hr_stream *s)
{
    hr_page_request page = {0};

    if (!s->slots)
        return true;
    hr_paginator_fill(&s->paginator, &page);
    return s->slots->reference == reference_of(&page);
}

/* Looks at the stream's answers, as far as they are there in order. */
static void look_ahead(hr_fetch *f, hr_stream *s)
{
    while (s->slots && s->slots->arrived && !s->ended) {
        hr_slot *slot = s->slots;

        s->slots = slot->next;
        if (!s->slots)
            s->slots_end = &s->slots;
        s->n_slots--;
        f->waiting--;
        f->waiting_bytes -= slot->bytes;
        hr_fetch_look(f, s, slot);
        hr_free(slot);
        if (!s->ended && !guess_holds(s))
            hr_stream_drop_slots(f, s);
    }
    if (s->ended)
        hr_stream_drop_slots(f, s);
}

/* ---- as much at once as may be ---- */

static size_t window(const hr_fetch *f)
{
    return f->resource->concurrent ? f->resource->plan->concurrency : 1;
}

static bool may_ask(const hr_fetch *f)
{
    return f->open < window(f) && f->open + f->waiting < 2 * window(f) + 1 &&
           f->waiting_bytes < f->o.bytes;
}

/* The first stream always gets what it needs next, so that there is always something to wait for;
 * the others, and guesses, as far as there is room. */
static hr_status ask_all(hr_fetch *f, hr_error *err)
{
    bool asked = false;

    for (hr_stream *s = f->streams; s; s = s->next) {
        if (s == f->streams && !s->n_slots)
            HR_TRY(ask_next(f, s, &asked, err));
        do {
            asked = false;
            if (may_ask(f))
                HR_TRY(ask_next(f, s, &asked, err));
        } while (asked && may_ask(f));
        look_ahead(f, s);
    }
    return HR_OK;
}

/* Until the first answer has told how it goes on, there is one stream. */
static bool may_begin(const hr_fetch *f)
{
    if (f->no_more_parents || limit_reached(f))
        return false;
    if (!f->streams)
        return true;
    if (f->resource->limit.pages >= 0 || f->resource->limit.rows >= 0)
        return false; /* who gets the last page depends on how many those before have */
    return f->o.parents && f->selector && f->paging && f->n_streams < 2 * window(f) && may_ask(f);
}

static hr_status top_up(hr_fetch *f, hr_error *err)
{
    do {
        if (may_begin(f))
            HR_TRY(hr_stream_begin(f, err));
        if (!f->o.parents)
            f->no_more_parents = true;
        HR_TRY(ask_all(f, err));
    } while (may_begin(f));
    return HR_OK;
}

static hr_status wait_for_one(hr_fetch *f, hr_error *err)
{
    hr_http_response *response = NULL;
    size_t bytes = 0;

    bound_flow(f, f->streams->slots);
    HR_TRY(hr_http_next(f->flow, &response, err));
    if (!response)
        return HR_OK;
    hr_slot *slot = hr_http_response_tag(response);
    f->open--;
    if (!slot->stream) { /* a guess that was not needed */
        hr_http_response_free(response);
        hr_stream_free_orphan(f, slot);
        return HR_OK;
    }
    slot->response = response;
    (void)hr_http_response_body(response, &bytes);
    has_arrived(f, slot, bytes);
    look_ahead(f, slot->stream);
    return HR_OK;
}

/* ---- handing out ---- */

static void hand_out(hr_fetch *f, hr_stream *s, hr_page *out)
{
    hr_ready *ready = s->ready;

    s->ready = ready->next;
    if (!s->ready)
        s->ready_end = &s->ready;
    f->waiting--;
    f->waiting_bytes -= hr_page_memory(&ready->page);
    f->pages++;
    *out = ready->page;
    hr_free(ready);
    if (f->rows_left >= 0 && (uint64_t)f->rows_left < out->n_values)
        out->n_values = (size_t)f->rows_left;
    if (f->rows_left >= 0)
        f->rows_left -= (int64_t)out->n_values;
}

static bool stream_is_over(const hr_fetch *f, const hr_stream *s)
{
    return !s->ready && (s->ended || (!s->n_slots && limit_reached(f)) || f->rows_left == 0);
}

hr_status hr_fetch_next(hr_fetch *f, hr_page *out, hr_error *err)
{
    *out = (hr_page){0};
    for (;;) {
        HR_TRY(top_up(f, err));
        hr_stream *s = f->streams;

        if (!s)
            return HR_OK;
        if (s->ready && f->rows_left != 0) {
            hand_out(f, s, out);
            return HR_OK;
        }
        if (s->error.status != HR_OK) {
            if (err)
                *err = s->error;
            return s->error.status;
        }
        if (f->rows_left == 0)
            f->no_more_parents = true;
        if (f->rows_left == 0 || stream_is_over(f, s))
            hr_stream_drop_first(f);
        else if (f->open)
            HR_TRY(wait_for_one(f, err));
    }
}

hr_status hr_fetch_new(hr_fetch **out, const hr_fetch_options *o, hr_error *err)
{
    hr_fetch *f = hr_calloc(1, sizeof(*f));

    if (!f)
        return hr_nomem(err);
    f->o = *o;
    f->resource = o->resource;
    f->selector = o->resource->selector;
    f->selector_text = o->resource->selector_text;
    f->paging = o->resource->paging.kind == HR_PAGING_AUTO ? NULL : &o->resource->paging;
    f->streams_end = &f->streams;
    f->rows_left = o->resource->limit.rows;
    if (o->parents)
        hr_tap_read(&f->parents, o->parents);
    const hr_status st = hr_http_flow_new(o->client, &f->flow, err);
    if (st != HR_OK)
        hr_fetch_free(f);
    else
        *out = f;
    return st;
}

void hr_fetch_free(hr_fetch *f)
{
    if (!f)
        return;
    while (f->streams)
        hr_stream_drop_first(f);
    hr_http_response_free(f->tried);
    hr_http_flow_free(f->flow);
    while (f->orphans)
        hr_stream_free_orphan(f, f->orphans);
    hr_tap_reader_release(&f->parents);
    hr_detected_release(&f->detected);
    hr_free(f);
}
