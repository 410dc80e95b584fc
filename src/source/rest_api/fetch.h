/* fetch.h -- the pages of one resource, in order, fetched ahead. See source.h. */
#ifndef HR_SOURCE_REST_API_FETCH_H
#define HR_SOURCE_REST_API_FETCH_H

#include "extract/page.h"
#include "headrace/events.h"
#include "headrace/http.h"
#include "source/rest_api/cache.h"
#include "source/rest_api/detect.h"
#include "source/rest_api/request.h"
#include "source/rest_api/tap.h"

typedef struct hr_fetch hr_fetch;

typedef struct hr_fetch_options {
    const hr_rest_resource *resource;
    hr_http_client *client;
    const hr_http_auth *auth; /* NULL: the client's, or resource->no_auth */
    hr_rest_cache *cache;     /* NULL: none */
    const hr_tap *parents;    /* NULL: the resource has none */
    hr_rest_cursor cursor;    /* .values NULL: there is none */
    size_t page_bytes;        /* of the largest answer */
    size_t bytes;             /* of answers under way and of those that wait for their turn, each */
    hr_event_fn on_event;     /* may be NULL */
    void *event_ctx;
} hr_fetch_options;

HR_NODISCARD hr_status hr_fetch_new(hr_fetch **out, const hr_fetch_options *options, hr_error *err);
void hr_fetch_free(hr_fetch *f);

/* The next page that has rows; no page at the end. */
HR_NODISCARD hr_status hr_fetch_next(hr_fetch *f, hr_page *out, hr_error *err);

#endif
