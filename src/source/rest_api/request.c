#include "source/rest_api/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/url.h"
#include "source/rest_api/fill.h"
#include "json/json.h"

/* ---- lists of fields ---- */

static hr_status add_field(hr_http_field **items, size_t *n, size_t *cap, const char *name,
                           const char *value, hr_error *err)
{
    const hr_http_field field = {name, value};

    return HR_PUSH(*items, *n, *cap, field) ? HR_OK : hr_nomem(err);
}

/* A parameter of the paginator or the cursor takes the place of one of its name. */
static hr_status set_param(hr_rest_request *q, const char *name, const char *value, hr_error *err)
{
    for (size_t i = 0; i < q->http.n_params; i++) {
        if (strcmp(q->params[i].name, name) == 0) {
            q->params[i].value = value;
            return HR_OK;
        }
    }
    return add_field(&q->params, &q->http.n_params, &q->cap_params, name, value, err);
}

static hr_status add_param(hr_rest_request *q, const hr_rest_filler *f, const char *name,
                           yyjson_val *v, hr_error *err)
{
    const char *value = NULL;
    yyjson_val *item = NULL;
    size_t i = 0;
    size_t n = 0;

    if (yyjson_is_arr(v)) {
        yyjson_arr_foreach(v, i, n, item) HR_TRY(add_param(q, f, name, item, err));
        return HR_OK;
    }
    HR_TRY(hr_rest_fill_scalar(f, v, &value, err));
    return value ? add_field(&q->params, &q->http.n_params, &q->cap_params, name, value, err)
                 : HR_OK;
}

static hr_status add_cursor_params(hr_rest_request *q, const hr_rest_filler *f, hr_error *err)
{
    const hr_rest_resource *r = f->resource;
    const char *start = NULL;
    const char *end = NULL;
    bool is_number = false;

    if (r->start_param)
        HR_TRY(hr_rest_convert(r, f->arena, f->values->cursor[HR_REST_START_VALUE], &start,
                               &is_number, err));
    if (r->end_param)
        HR_TRY(hr_rest_convert(r, f->arena, f->values->cursor[HR_REST_END_VALUE], &end, &is_number,
                               err));
    if (start)
        HR_TRY(set_param(q, r->start_param, start, err));
    return end ? set_param(q, r->end_param, end, err) : HR_OK;
}

static hr_status add_params(hr_rest_request *q, const hr_rest_filler *f,
                            const hr_page_request *page, hr_error *err)
{
    const hr_rest_resource *r = f->resource;
    char limit[24];

    for (size_t i = 0; i < r->params.n; i++) {
        const char *name = NULL;

        HR_TRY(hr_rest_fill(f, r->params.items[i].name, false, &name, err));
        HR_TRY(add_param(q, f, name, r->params.items[i].value, err));
    }
    HR_TRY(add_cursor_params(q, f, err));
    if (page->param && page->text)
        HR_TRY(set_param(q, page->param, hr_arena_strndup(f->arena, hr_str_from(page->text)), err));
    if (page->limit_param) {
        (void)snprintf(limit, sizeof(limit), "%" PRId64, page->limit);
        HR_TRY(
            set_param(q, page->limit_param, hr_arena_strndup(f->arena, hr_str_from(limit)), err));
    }
    return HR_OK;
}

/* ---- bodies ---- */

static hr_status set_body(hr_rest_request *q, hr_str body, const char *type, hr_error *err)
{
    q->http.body = hr_arena_strndup(&q->arena, body);
    q->http.body_size = body.n;
    if (!q->http.body)
        return hr_nomem(err);
    return type ? add_field(&q->headers, &q->http.n_headers, &q->cap_headers, "Content-Type", type,
                            err)
                : HR_OK;
}

static hr_status add_json_body(hr_rest_request *q, const hr_rest_filler *f,
                               const hr_page_request *page, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *body = NULL;
    hr_buf text = {0};
    hr_status st = doc ? hr_rest_fill_body(f, page, doc, &body, err) : hr_nomem(err);

    if (st == HR_OK)
        st = hr_json_write(body, false, NULL, &text, err);
    if (st == HR_OK)
        st = set_body(q, hr_buf_str(&text), "application/json", err);
    hr_buf_release(&text);
    yyjson_mut_doc_free(doc);
    return st;
}

/* An object goes as a form, a text as it is. */
static hr_status add_data(hr_rest_request *q, const hr_rest_filler *f, hr_error *err)
{
    yyjson_val *data = f->resource->data;
    hr_rest_request form = {0};
    hr_buf text = {0};
    const char *filled = NULL;
    yyjson_val *key = NULL;
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;
    hr_status st = HR_OK;

    if (yyjson_is_str(data)) {
        HR_TRY(hr_rest_fill(f, hr_rest_str(data), false, &filled, err));
        return set_body(q, hr_str_from(filled), NULL, err);
    }
    yyjson_obj_foreach(data, i, n, key, v)
    {
        if (st == HR_OK)
            st = hr_rest_fill(f, hr_rest_str(key), false, &filled, err);
        if (st == HR_OK)
            st = add_param(&form, f, filled, v, err);
    }
    hr_url_encode_fields(form.params, form.http.n_params, &text);
    if (st == HR_OK)
        st = hr_buf_status(&text, err);
    if (st == HR_OK)
        st = set_body(q, hr_buf_str(&text), "application/x-www-form-urlencoded", err);
    hr_buf_release(&text);
    hr_rest_request_release(&form);
    return st;
}

static hr_status add_body(hr_rest_request *q, const hr_rest_filler *f, const hr_page_request *page,
                          hr_error *err)
{
    if (f->resource->data)
        return add_data(q, f, err);
    if (f->resource->has_json || (page->body_path && page->text) || page->limit_body_path)
        return add_json_body(q, f, page, err);
    return HR_OK;
}

/* ---- the whole ---- */

static hr_status add_headers(hr_rest_request *q, const hr_rest_filler *f, hr_error *err)
{
    const hr_rest_pairs *headers = &f->resource->headers;

    for (size_t i = 0; i < headers->n; i++) {
        const char *name = NULL;
        const char *value = NULL;

        HR_TRY(hr_rest_fill(f, headers->items[i].name, false, &name, err));
        HR_TRY(hr_rest_fill_scalar(f, headers->items[i].value, &value, err));
        HR_TRY(add_field(&q->headers, &q->http.n_headers, &q->cap_headers, name, value, err));
    }
    return HR_OK;
}

static void make_key(hr_rest_request *q, const char *resource)
{
    XXH3_state_t *state = XXH3_createState();
    const hr_http_request *h = &q->http;

    if (!state)
        return; /* a key of zeroes is no key */
    (void)XXH3_128bits_reset(state);
    (void)XXH3_128bits_update(state, resource, strlen(resource) + 1);
    (void)XXH3_128bits_update(state, h->method, strlen(h->method) + 1);
    (void)XXH3_128bits_update(state, h->url, strlen(h->url) + 1);
    for (size_t i = 0; i < h->n_params; i++) {
        (void)XXH3_128bits_update(state, q->params[i].name, strlen(q->params[i].name) + 1);
        (void)XXH3_128bits_update(state, q->params[i].value, strlen(q->params[i].value) + 1);
    }
    if (h->body_size)
        (void)XXH3_128bits_update(state, h->body, h->body_size);
    const XXH128_hash_t hash = XXH3_128bits_digest(state);
    q->key[0] = hash.low64;
    q->key[1] = hash.high64;
    XXH3_freeState(state);
}

hr_status hr_rest_request_make(hr_rest_request *out, const hr_rest_resource *r,
                               const hr_rest_values *values, const hr_page_request *page,
                               hr_error *err)
{
    const char *url = page->url;

    *out = (hr_rest_request){.http = {.size = sizeof(hr_http_request),
                                      .method = r->post ? "POST" : "GET",
                                      .idempotent = r->idempotent}};
    const hr_rest_filler f = {.resource = r, .values = values, .arena = &out->arena};
    if (url)
        url = hr_arena_strndup(&out->arena, hr_str_from(url));
    else
        HR_TRY(hr_rest_fill(&f, hr_str_from(r->path), true, &url, err));
    if (!url)
        return hr_nomem(err);
    out->http.url = url;
    if (!page->url) /* a link to the next page carries its own */
        HR_TRY(add_params(out, &f, page, err));
    HR_TRY(add_headers(out, &f, err));
    HR_TRY(add_body(out, &f, page, err));
    for (size_t i = 0; i < out->http.n_params; i++) {
        if (!out->params[i].value)
            return hr_nomem(err);
    }
    out->http.params = out->params;
    out->http.headers = out->headers;
    make_key(out, r->name);
    return HR_OK;
}

void hr_rest_request_release(hr_rest_request *q)
{
    hr_free(q->params);
    hr_free(q->headers);
    hr_arena_release(&q->arena);
    *q = (hr_rest_request){0};
}
