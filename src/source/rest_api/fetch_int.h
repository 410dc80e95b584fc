/* fetch_int.h -- what the files of fetching share.
 *
 * A stream is a sequence of pages: that of a resource without parent, or of one parent's row. Its
 * slots are requests, in the order of its pages; the first is for the page that comes next, the
 * others are guesses. An answer is looked at when it is the first slot's. */
#ifndef HR_SOURCE_REST_API_FETCH_INT_H
#define HR_SOURCE_REST_API_FETCH_INT_H

#include "source/rest_api/fetch.h"

typedef struct hr_slot hr_slot;
typedef struct hr_stream hr_stream;

struct hr_slot {
    hr_slot *next;
    hr_stream *stream; /* NULL: nobody wants the answer any more */
    uint64_t key[2];
    uint64_t reference; /* hash of what the paginator asked for */
    bool arrived, cached;
    size_t bytes;               /* of the answer, from its arrival on */
    hr_http_response *response; /* until it is looked at */
    hr_rest_answer answer;      /* from the cache */
};

typedef struct hr_ready {
    struct hr_ready *next;
    hr_page page;
} hr_ready;

struct hr_stream {
    hr_stream *next;
    uint64_t number;
    yyjson_doc *row;    /* of the parent; NULL: there is none */
    uint64_t parent;    /* its number as the incremental knows it; 0: there is none */
    yyjson_doc *cursor; /* where it begins; NULL: no cursor */
    hr_paginator paginator;
    uint64_t page;   /* that is looked at, from 1 */
    bool begun;      /* the paginator is known */
    bool ended;      /* no further page */
    bool short_page; /* the last page had fewer rows than were asked for */
    hr_slot *slots, **slots_end;
    size_t n_slots;
    hr_ready *ready, **ready_end;
    hr_error error; /* what ended it, told when its pages are out */
};

struct hr_fetch {
    hr_fetch_options o;
    const hr_rest_resource *resource;
    hr_http_flow *flow;
    hr_detected detected; /* what the first answer said, when the configuration is silent */
    bool looked;          /* at a first answer with a body */
    bool short_told;
    const hr_jsonpath *selector;
    const char *selector_text;
    const hr_paging *paging;
    hr_tap_reader parents;
    bool no_more_parents;
    hr_stream *streams, **streams_end; /* the first is the one handed out */
    size_t n_streams;
    uint64_t n_begun;        /* streams so far */
    size_t open;             /* requests under way, for anybody */
    size_t waiting;          /* answers and pages that wait for their turn */
    size_t waiting_bytes;    /* of memory that they take */
    uint64_t asked;          /* requests so far */
    uint64_t pages;          /* handed out */
    int64_t rows_left;       /* of the limit; -1: no limit */
    hr_http_response *tried; /* an answer that came before its turn, for the request of that key */
    uint64_t tried_key[2];
    hr_slot *orphans; /* under way, but nobody wants the answer any more */
};

/* The request for a page of the stream; the caller owes hr_rest_request_release(), whatever is
 * returned. */
HR_NODISCARD hr_status hr_fetch_request(const hr_fetch *f, const hr_stream *s,
                                        const hr_page_request *page, void *tag,
                                        hr_rest_request *out, hr_error *err);

/* resume.c: a stream that is to go on from answers of an earlier run: asks for the page behind
 * them, and forgets them when the API refuses it. Only for a stream that has just begun. */
HR_NODISCARD hr_status hr_stream_resume(hr_fetch *f, const hr_stream *s, hr_error *err);

/* stream.c: begins the stream of the next parent; there may be none: f->no_more_parents. */
HR_NODISCARD hr_status hr_stream_begin(hr_fetch *f, hr_error *err);
void hr_stream_drop_first(hr_fetch *f);
void hr_stream_drop_ready(hr_fetch *f, hr_stream *s);
/* The answers of these are not needed any more; those under way are dropped when they come. */
void hr_stream_drop_slots(hr_fetch *f, hr_stream *s);
void hr_stream_free_orphan(hr_fetch *f, hr_slot *slot);

/* Looks at the answer of the stream's first slot: rows, next page. */
void hr_fetch_look(hr_fetch *f, hr_stream *s, hr_slot *slot);

/* "items, row 3 of parents, page 1", for messages; the caller's. NULL: out of memory. */
char *hr_fetch_page_name(const hr_fetch *f, const hr_stream *s, uint64_t page);

void hr_fetch_say(const hr_fetch *f, hr_event_kind kind, const char *fmt, ...) HR_PRINTF(3, 4);

#endif
