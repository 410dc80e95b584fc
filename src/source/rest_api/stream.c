/* The streams of a fetch: how one begins and how it goes. */
#include <xxhash.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/fetch_int.h"
#include "json/json.h"

void hr_stream_drop_slots(hr_fetch *f, hr_stream *s)
{
    while (s->slots) {
        hr_slot *slot = s->slots;

        s->slots = slot->next;
        if (!slot->arrived) { /* the client has it */
            slot->stream = NULL;
            slot->next = f->orphans;
            f->orphans = slot;
            continue;
        }
        f->waiting--;
        f->waiting_bytes -= slot->bytes;
        hr_http_response_free(slot->response);
        hr_rest_answer_release(&slot->answer);
        hr_free(slot);
    }
    s->slots_end = &s->slots;
    s->n_slots = 0;
}

void hr_stream_free_orphan(hr_fetch *f, hr_slot *slot)
{
    hr_slot **at = &f->orphans;

    while (*at != slot)
        at = &(*at)->next;
    *at = slot->next;
    hr_free(slot);
}

void hr_stream_drop_ready(hr_fetch *f, hr_stream *s)
{
    while (s->ready) {
        hr_ready *ready = s->ready;

        s->ready = ready->next;
        f->waiting--;
        f->waiting_bytes -= hr_page_memory(&ready->page);
        hr_page_release(&ready->page);
        hr_free(ready);
    }
    s->ready_end = &s->ready;
}

static void free_stream(hr_fetch *f, hr_stream *s)
{
    hr_stream_drop_slots(f, s);
    hr_stream_drop_ready(f, s);
    hr_paginator_release(&s->paginator);
    yyjson_doc_free(s->row);
    yyjson_doc_free(s->cursor);
    hr_free(s);
}

/* What names the parent, in a number. */
static hr_status parent_number(const hr_rest_resource *r, yyjson_val *row, uint64_t *out,
                               hr_error *err)
{
    hr_buf text = {0};

    for (size_t i = 0; i < r->n_known_by; i++) {
        size_t n = 0;
        char *value = hr_json_text(yyjson_arr_get(row, r->known_by[i]), &n);

        text.failed = text.failed || !value;
        hr_buf_add(&text, (hr_str){value, n});
        hr_buf_addc(&text, ',');
        hr_free(value);
    }
    const hr_status st = hr_buf_status(&text, err);
    if (st == HR_OK)
        *out = XXH3_64bits(text.data, text.len) | 1; /* 0 is no parent */
    hr_buf_release(&text);
    return st;
}

/* Whose rows the stream brings, and from where on. */
static hr_status place_stream(const hr_fetch *f, hr_stream *s, hr_error *err)
{
    const hr_rest_cursor *c = &f->o.cursor;

    if (s->row)
        HR_TRY(parent_number(f->resource, yyjson_doc_get_root(s->row), &s->parent, err));
    return c->values ? c->values(c->ctx, s->parent, &s->cursor, err) : HR_OK;
}

hr_status hr_stream_begin(hr_fetch *f, hr_error *err)
{
    yyjson_doc *row = NULL;

    if (f->o.parents)
        HR_TRY(hr_tap_next(&f->parents, &row, err));
    f->no_more_parents = !row;
    if (f->o.parents && !row)
        return HR_OK;
    hr_stream *s = hr_calloc(1, sizeof(*s));
    if (!s) {
        yyjson_doc_free(row);
        return hr_nomem(err);
    }
    s->row = row;
    s->number = f->n_begun++;
    s->slots_end = &s->slots;
    s->ready_end = &s->ready;
    hr_status st = place_stream(f, s, err);
    if (st == HR_OK)
        st = hr_stream_resume(f, s, err);
    if (st != HR_OK) {
        free_stream(f, s);
        return st;
    }
    if (f->paging) {
        hr_paginator_begin(&s->paginator, f->paging);
        s->begun = true;
    }
    *f->streams_end = s;
    f->streams_end = &s->next;
    f->n_streams++;
    return HR_OK;
}

void hr_stream_drop_first(hr_fetch *f)
{
    hr_stream *s = f->streams;

    f->streams = s->next;
    if (!f->streams)
        f->streams_end = &f->streams;
    f->n_streams--;
    free_stream(f, s);
}
