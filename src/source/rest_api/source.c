#include "source/rest_api/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/cache.h"
#include "source/rest_api/fetch.h"
#include "source/rest_api/steps.h"
#include "source/rest_api/tap.h"
#include "json/json.h"

/* What a run knows of one resource. */
typedef struct part {
    hr_rest_source *source;
    const hr_rest_resource *resource;
    const hr_http_auth *auth;
    hr_tap *tap; /* of its rows; NULL: it has no children */
    hr_rest_steps *steps;
    hr_fetch *fetch;
} part;

struct hr_rest_source {
    hr_rest_plan *plan;
    hr_doc *doc;
    hr_http_client *client;
    hr_event_fn on_event;
    void *event_ctx;
    part *parts;
    hr_rest_run run;
    char *folder;
    hr_rest_cache *cache;
};

static void say(const hr_rest_source *s, const char *text)
{
    if (s->on_event)
        s->on_event(s->event_ctx, &(hr_event){.kind = HR_EVENT_NOTICE, .message = text});
}

/* ---- new and free ---- */

static hr_status make_auths(hr_rest_source *s, hr_error *err)
{
    for (size_t i = 0; i < s->plan->n; i++) {
        const hr_rest_resource *r = &s->plan->resources[i];

        s->parts[i].source = s;
        s->parts[i].resource = r;
        if (!r->auth)
            continue;
        hr_error why = {0};
        const hr_status st = hr_http_auth_new(s->client, r->auth, &s->parts[i].auth, &why);
        if (st != HR_OK)
            return hr_doc_fail(s->doc, r->val, err, st, "%s", why.msg);
    }
    return HR_OK;
}

hr_status hr_rest_source_new(hr_rest_source **out, hr_rest_plan *plan, hr_doc *doc,
                             const char *runtime, hr_event_fn on_event, void *event_ctx,
                             hr_error *err)
{
    const hr_http_options options = {.size = sizeof(options),
                                     .settings = plan->client,
                                     .runtime = runtime,
                                     .on_event = on_event,
                                     .event_ctx = event_ctx};
    hr_rest_source *s = hr_calloc(1, sizeof(*s));
    hr_error why = {0};

    if (!s)
        return hr_nomem(err);
    s->plan = plan;
    s->doc = doc;
    s->on_event = on_event;
    s->event_ctx = event_ctx;
    s->parts = hr_calloc(plan->n, sizeof(*s->parts));
    hr_status st = s->parts ? HR_OK : hr_nomem(err);
    if (st == HR_OK) {
        st = hr_http_client_new(&options, &s->client, &why);
        if (st != HR_OK)
            (void)hr_doc_fail(doc, yyjson_obj_get(plan->at, "client"), err, st, "client: %s",
                              why.msg);
    }
    if (st == HR_OK)
        st = make_auths(s, err);
    if (st == HR_OK) {
        *out = s;
        return HR_OK;
    }
    s->plan = NULL; /* still the caller's */
    s->doc = NULL;
    hr_rest_source_free(s);
    return st;
}

void hr_rest_source_free(hr_rest_source *s)
{
    if (!s)
        return;
    hr_rest_source_end(s);
    hr_http_client_free(s->client);
    hr_free(s->parts);
    hr_rest_plan_free(s->plan);
    hr_doc_free(s->doc);
    hr_free(s);
}

const hr_rest_plan *hr_rest_source_plan(const hr_rest_source *s)
{
    return s->plan;
}

/* ---- one run ---- */

/* The configuration, without the credentials, which may change at any time. */
static uint64_t fingerprint(const hr_rest_plan *plan)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *copy = doc ? yyjson_val_mut_copy(doc, plan->at) : NULL;
    hr_buf text = {0};
    uint64_t hash = 0;

    if (copy)
        (void)yyjson_mut_obj_remove_key(yyjson_mut_obj_get(copy, "client"), "auth");
    if (copy && hr_json_write(copy, false, NULL, &text, NULL) == HR_OK)
        hash = XXH3_64bits(text.data, text.len);
    hr_buf_release(&text);
    yyjson_mut_doc_free(doc);
    return hash;
}

static void tell_of_earlier(const hr_rest_source *s, hr_rest_cache_found found)
{
    char text[160];

    switch (found) {
    case HR_CACHE_USED:
        (void)snprintf(text, sizeof(text),
                       "%zu answers of an earlier run that ended early are used again",
                       hr_rest_cache_left(s->cache));
        say(s, text);
        return;
    case HR_CACHE_CHANGED:
        say(s, "the answers of an earlier run that ended early are thrown away: the configuration "
               "has changed since");
        return;
    case HR_CACHE_OLD:
        say(s, "the answers of an earlier run that ended early are thrown away: they are too old "
               "(client.resume)");
        return;
    case HR_CACHE_DAMAGED:
        say(s, "the answers of an earlier run that ended early are thrown away: their file is "
               "damaged");
        return;
    default:
        return;
    }
}

static hr_status open_cache(hr_rest_source *s, hr_error *err)
{
    hr_rest_cache_found found = HR_CACHE_NONE;
    char *path = hr_path_join(s->folder, HR_REST_ANSWERS);
    hr_status st = path ? HR_OK : hr_nomem(err);

    if (st == HR_OK && s->plan->resume > 0)
        st =
            hr_rest_cache_open(&s->cache, path, fingerprint(s->plan), s->plan->resume, &found, err);
    if (st == HR_OK)
        tell_of_earlier(s, found);
    hr_free(path);
    return st;
}

hr_status hr_rest_source_begin(hr_rest_source *s, const hr_rest_run *run, hr_error *err)
{
    s->folder = hr_strdup(run->folder);
    s->run = *run;
    return s->folder ? open_cache(s, err) : hr_nomem(err);
}

static void end_part(part *p)
{
    hr_fetch_free(p->fetch);
    p->fetch = NULL;
    hr_tap_free(p->tap);
    p->tap = NULL;
    hr_rest_steps_free(p->steps);
    p->steps = NULL;
}

void hr_rest_source_end(hr_rest_source *s)
{
    for (size_t i = 0; s->parts && s->plan && i < s->plan->n; i++)
        end_part(&s->parts[i]);
    hr_rest_cache_free(s->cache);
    s->cache = NULL;
    hr_free(s->folder);
    s->folder = NULL;
}

bool hr_rest_source_stale(const hr_rest_source *s)
{
    return s->cache && hr_rest_cache_hits(s->cache) > 0;
}

/* ---- one resource ---- */

static hr_status next_page(void *self, hr_page *out, hr_error *err)
{
    const part *p = self;

    return hr_fetch_next(p->fetch, out, err);
}

static void close_pages(void *self)
{
    part *p = self;

    hr_fetch_free(p->fetch);
    p->fetch = NULL;
}

static void cancel(void *self)
{
    const part *p = self;

    hr_http_cancel(p->source->client);
}

hr_status hr_rest_source_open(hr_rest_source *s, size_t i, const hr_rest_cursor *cursor,
                              hr_page_source *pages, hr_error *err)
{
    part *p = &s->parts[i];
    const hr_rest_resource *r = p->resource;
    hr_fetch_options o = {.resource = r,
                          .client = s->client,
                          .auth = p->auth,
                          .cache = s->cache,
                          .page_bytes = s->run.page_bytes,
                          .bytes = s->run.bytes,
                          .on_event = s->on_event,
                          .event_ctx = s->event_ctx};

    if (r->parent)
        o.parents = s->parts[r->parent - s->plan->resources].tap;
    if (cursor)
        o.cursor = *cursor;
    HR_TRY(hr_fetch_new(&p->fetch, &o, err));
    *pages = (hr_page_source){
        .self = p, .next = next_page, .close = close_pages, .cancel = cancel, .rereadable = true};
    return HR_OK;
}

static hr_status make_steps(part *p, hr_error *err)
{
    const hr_rest_resource *r = p->resource;
    hr_doc *doc = NULL;

    HR_TRY(hr_doc_parse_json(&doc, hr_str_from(r->steps), "processing_steps", err));
    hr_rest_steps_free(p->steps);
    p->steps = NULL;
    const hr_status st = hr_rest_steps_new(&p->steps, doc, hr_doc_root(doc), err);
    hr_doc_free(doc);
    return st;
}

hr_status hr_rest_source_steps(hr_rest_source *s, size_t i, hr_step *first, hr_step *last,
                               hr_error *err)
{
    part *p = &s->parts[i];

    *first = *last = (hr_step){0};
    if (p->resource->steps) {
        HR_TRY(make_steps(p, err));
        *first = hr_rest_steps_step(p->steps);
    }
    if (p->resource->n_children) {
        HR_TRY(hr_tap_new(&p->tap, p->resource, s->folder, err));
        *last = hr_tap_step(p->tap);
    }
    return HR_OK;
}
