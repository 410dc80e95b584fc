#include "source/rest_api/request.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/url.h"
#include "source/rest_api/template.h"
#include "value/iso_time.h"
#include "json/json.h"

/* ---- values as text ---- */

static void add_value(hr_buf *out, yyjson_val *v)
{
    if (yyjson_is_str(v)) {
        hr_buf_add(out, (hr_str){yyjson_get_str(v), yyjson_get_len(v)});
        return;
    }
    size_t n = 0;
    char *text = yyjson_val_write_opts(v, 0, &hr_json_alc, &n, NULL);
    if (text)
        hr_buf_add(out, (hr_str){text, n});
    else
        out->failed = true;
    hr_free(text);
}

static hr_status as_instant(const hr_rest_resource *r, yyjson_val *v, int64_t *micros,
                            hr_error *err)
{
    hr_iso t;

    if (yyjson_is_num(v)) {
        *micros = (int64_t)(yyjson_get_num(v) * 1e6);
        return HR_OK;
    }
    switch (hr_iso_parse((hr_str){yyjson_get_str(v), yyjson_get_len(v)}, &t)) {
    case HR_ISO_DATE:
        *micros = (int64_t)t.days * 86400 * 1000000;
        return HR_OK;
    case HR_ISO_DATETIME:
        *micros = t.micros;
        return HR_OK;
    default:
        return hr_fail(
            err, HR_E_CONFIG,
            "resource %s: convert: %s cannot be applied to the cursor's value, which is no "
            "time",
            r->name, r->convert);
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the pattern is the user's */
static void add_pattern(hr_buf *out, const char *pattern, int64_t micros)
{
    const time_t seconds = (time_t)(micros / 1000000 - (micros % 1000000 < 0));
    struct tm t;
    char text[256];

    (void)gmtime_r(&seconds, &t);
    hr_buf_add(out, (hr_str){text, strftime(text, sizeof(text), pattern, &t)});
}
#pragma GCC diagnostic pop

static hr_status add_converted(const hr_rest_resource *r, yyjson_val *v, hr_buf *out,
                               bool *is_number, hr_error *err)
{
    int64_t micros = 0;

    HR_TRY(as_instant(r, v, &micros, err));
    *is_number = strcmp(r->convert, "unix") == 0 || strcmp(r->convert, "unix_ms") == 0;
    if (strcmp(r->convert, "unix") == 0)
        hr_buf_addf(out, "%" PRId64, micros / 1000000);
    else if (strcmp(r->convert, "unix_ms") == 0)
        hr_buf_addf(out, "%" PRId64, micros / 1000);
    else if (strcmp(r->convert, "iso") == 0)
        add_pattern(out, "%Y-%m-%dT%H:%M:%SZ", micros);
    else if (strcmp(r->convert, "date") == 0)
        add_pattern(out, "%Y-%m-%d", micros);
    else
        add_pattern(out, r->convert, micros);
    return HR_OK;
}

hr_status hr_rest_convert(const hr_rest_resource *r, hr_arena *a, yyjson_val *v, const char **out,
                          bool *is_number, hr_error *err)
{
    hr_buf text = {0};
    hr_status st = HR_OK;

    *out = NULL;
    *is_number = v && !yyjson_is_str(v);
    if (!v || yyjson_is_null(v))
        return HR_OK;
    if (r->convert)
        st = add_converted(r, v, &text, is_number, err);
    else
        add_value(&text, v);
    if (st == HR_OK) {
        *out = text.failed ? NULL : hr_arena_strndup(a, hr_buf_str(&text));
        st = *out ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&text);
    return st;
}

/* ---- placeholders ---- */

typedef struct filler {
    const hr_rest_resource *resource;
    const hr_rest_values *values;
    hr_arena *arena;
    hr_buf *out;
    bool in_path;
} filler;

/* What a placeholder stands for, as text; *out == NULL: null. */
static hr_status value_of(const filler *f, hr_str name, const char **out, bool *is_number,
                          hr_error *err)
{
    const hr_rest_ref *ref = hr_rest_find_ref(f->resource, name);
    hr_buf text = {0};

    *out = NULL;
    if (!ref->of_parent)
        return hr_rest_convert(f->resource, f->arena, f->values->cursor[ref->at], out, is_number,
                               err);
    yyjson_val *v = yyjson_arr_get(f->values->parent, ref->at);
    *is_number = !yyjson_is_str(v);
    if (yyjson_is_null(v))
        return HR_OK;
    add_value(&text, v);
    *out = text.failed ? NULL : hr_arena_strndup(f->arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return *out ? HR_OK : hr_nomem(err);
}

/* In a path, a value is escaped but for its slashes, so that "owner/name" is two segments; one that
 * begins the path may be a whole URL. */
static void add_to_path(hr_buf *out, const char *text)
{
    static const char stays[] = "-._~!$&'()*+,;=:@/";
    const bool url = !out->len && (strncasecmp(text, "http://", 7) == 0 ||
                                   strncasecmp(text, "https://", 8) == 0);

    for (; *text; text++) {
        if (url || isalnum((unsigned char)*text) || strchr(stays, *text))
            hr_buf_addc(out, *text);
        else
            hr_buf_addf(out, "%%%02X", (unsigned char)*text);
    }
}

static hr_status fill_piece(void *ctx, bool placeholder, hr_str piece, hr_error *err)
{
    filler *f = ctx;
    const char *text = NULL;
    bool is_number = false;

    if (!placeholder) {
        hr_buf_add(f->out, piece);
        return HR_OK;
    }
    HR_TRY(value_of(f, piece, &text, &is_number, err));
    if (!text)
        return hr_fail(err, HR_E_CONFIG,
                       "resource %s: {" HR_STR_FMT
                       "} is null, so there is nothing to ask for; leave "
                       "such rows out with a filter, or give the cursor an initial_value",
                       f->resource->name, HR_STR_ARG(piece));
    if (f->in_path)
        add_to_path(f->out, text);
    else
        hr_buf_addz(f->out, text);
    return HR_OK;
}

static hr_status fill(const filler *f, hr_str text, bool in_path, const char **out, hr_error *err)
{
    hr_buf filled = {0};
    filler inner = *f;

    inner.out = &filled;
    inner.in_path = in_path;
    hr_status st = hr_template_walk(text, fill_piece, &inner, err);
    if (st == HR_OK) {
        *out = filled.failed ? NULL : hr_arena_strndup(f->arena, hr_buf_str(&filled));
        st = *out ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&filled);
    return st;
}

static hr_str str_of(yyjson_val *v)
{
    return (hr_str){yyjson_get_str(v), yyjson_get_len(v)};
}

/* A parameter's or header's value; *out == NULL: it is left out. */
static hr_status fill_scalar(const filler *f, yyjson_val *v, const char **out, hr_error *err)
{
    const hr_str only = yyjson_is_str(v) ? hr_template_only(str_of(v)) : (hr_str){0};
    hr_buf text = {0};
    bool is_number = false;

    *out = NULL;
    if (only.p)
        return value_of(f, only, out, &is_number, err);
    if (yyjson_is_str(v))
        return fill(f, str_of(v), false, out, err);
    if (yyjson_is_null(v))
        return HR_OK;
    add_value(&text, v);
    *out = text.failed ? NULL : hr_arena_strndup(f->arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return *out ? HR_OK : hr_nomem(err);
}

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

static hr_status add_param(hr_rest_request *q, const filler *f, const char *name, yyjson_val *v,
                           hr_error *err)
{
    const char *value = NULL;
    yyjson_val *item = NULL;
    size_t i = 0;
    size_t n = 0;

    if (yyjson_is_arr(v)) {
        yyjson_arr_foreach(v, i, n, item) HR_TRY(add_param(q, f, name, item, err));
        return HR_OK;
    }
    HR_TRY(fill_scalar(f, v, &value, err));
    return value ? add_field(&q->params, &q->http.n_params, &q->cap_params, name, value, err)
                 : HR_OK;
}

static hr_status add_cursor_params(hr_rest_request *q, const filler *f, hr_error *err)
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

static hr_status add_params(hr_rest_request *q, const filler *f, const hr_page_request *page,
                            hr_error *err)
{
    const hr_rest_resource *r = f->resource;
    char limit[24];

    for (size_t i = 0; i < r->params.n; i++) {
        const char *name = NULL;

        HR_TRY(fill(f, r->params.items[i].name, false, &name, err));
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

static hr_status fill_json(const filler *f, yyjson_mut_doc *doc, yyjson_val *v,
                           yyjson_mut_val **out, hr_error *err);

static hr_status fill_text(const filler *f, yyjson_mut_doc *doc, hr_str text, yyjson_mut_val **out,
                           hr_error *err)
{
    const hr_str only = hr_template_only(text);
    const char *filled = NULL;
    bool is_number = false;

    if (only.p) { /* keeps its type */
        const hr_rest_ref *ref = hr_rest_find_ref(f->resource, only);

        if (ref->of_parent) {
            *out = yyjson_val_mut_copy(doc, yyjson_arr_get(f->values->parent, ref->at));
            return *out ? HR_OK : hr_nomem(err);
        }
        HR_TRY(value_of(f, only, &filled, &is_number, err));
        *out = !filled     ? yyjson_mut_null(doc)
               : is_number ? yyjson_mut_raw(doc, filled)
                           : yyjson_mut_str(doc, filled);
        return *out ? HR_OK : hr_nomem(err);
    }
    HR_TRY(fill(f, text, false, &filled, err));
    *out = yyjson_mut_str(doc, filled);
    return *out ? HR_OK : hr_nomem(err);
}

static hr_status fill_member(const filler *f, yyjson_mut_doc *doc, yyjson_mut_val *obj, hr_str name,
                             yyjson_val *v, hr_error *err)
{
    const char *key = NULL;
    yyjson_mut_val *value = NULL;

    HR_TRY(fill(f, name, false, &key, err));
    HR_TRY(fill_json(f, doc, v, &value, err));
    return yyjson_mut_obj_put(obj, yyjson_mut_str(doc, key), value) ? HR_OK : hr_nomem(err);
}

static hr_status fill_json(const filler *f, yyjson_mut_doc *doc, yyjson_val *v,
                           yyjson_mut_val **out, hr_error *err)
{
    yyjson_val *key = NULL;
    yyjson_val *child = NULL;
    size_t i = 0;
    size_t n = 0;

    if (yyjson_is_str(v))
        return fill_text(f, doc, str_of(v), out, err);
    *out = yyjson_is_obj(v)   ? yyjson_mut_obj(doc)
           : yyjson_is_arr(v) ? yyjson_mut_arr(doc)
                              : yyjson_val_mut_copy(doc, v);
    if (!*out)
        return hr_nomem(err);
    yyjson_obj_foreach(v, i, n, key, child)
        HR_TRY(fill_member(f, doc, *out, str_of(key), child, err));
    yyjson_arr_foreach(v, i, n, child)
    {
        yyjson_mut_val *item = NULL;

        HR_TRY(fill_json(f, doc, child, &item, err));
        if (!yyjson_mut_arr_append(*out, item))
            return hr_nomem(err);
    }
    return HR_OK;
}

/* Sets a value at a place in the body, "a.b.c"; objects on the way are made. */
static hr_status set_at(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *path,
                        yyjson_mut_val *v, hr_error *err)
{
    for (;;) {
        const size_t n = strcspn(path, ".");
        yyjson_mut_val *key = yyjson_mut_strncpy(doc, path, n);
        yyjson_mut_val *next = yyjson_mut_obj_getn(obj, path, n);

        if (!key || !v)
            return hr_nomem(err);
        if (!path[n])
            return yyjson_mut_obj_put(obj, key, v) ? HR_OK : hr_nomem(err);
        if (!yyjson_mut_is_obj(next)) {
            next = yyjson_mut_obj(doc);
            if (!next || !yyjson_mut_obj_put(obj, key, next))
                return hr_nomem(err);
        }
        obj = next;
        path += n + 1;
    }
}

static hr_status add_page_to_body(yyjson_mut_doc *doc, yyjson_mut_val *body,
                                  const hr_page_request *page, hr_error *err)
{
    if (page->body_path && page->text)
        HR_TRY(set_at(doc, body, page->body_path,
                      page->is_number ? yyjson_mut_raw(doc, page->text)
                                      : yyjson_mut_str(doc, page->text),
                      err));
    if (page->limit_body_path)
        HR_TRY(set_at(doc, body, page->limit_body_path, yyjson_mut_sint(doc, page->limit), err));
    return HR_OK;
}

static hr_status build_json(const filler *f, const hr_page_request *page, yyjson_mut_doc *doc,
                            yyjson_mut_val **body, hr_error *err)
{
    const hr_rest_resource *r = f->resource;

    if (r->json_value)
        return fill_json(f, doc, r->json_value, body, err);
    *body = yyjson_mut_obj(doc);
    if (!*body)
        return hr_nomem(err);
    for (size_t i = 0; i < r->json.n; i++)
        HR_TRY(fill_member(f, doc, *body, r->json.items[i].name, r->json.items[i].value, err));
    return add_page_to_body(doc, *body, page, err);
}

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

static hr_status add_json_body(hr_rest_request *q, const filler *f, const hr_page_request *page,
                               hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *body = NULL;
    hr_buf text = {0};
    hr_status st = doc ? build_json(f, page, doc, &body, err) : hr_nomem(err);

    if (st == HR_OK)
        st = hr_json_write(body, false, NULL, &text, err);
    if (st == HR_OK)
        st = set_body(q, hr_buf_str(&text), "application/json", err);
    hr_buf_release(&text);
    yyjson_mut_doc_free(doc);
    return st;
}

/* An object goes as a form, a text as it is. */
static hr_status add_data(hr_rest_request *q, const filler *f, hr_error *err)
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
        HR_TRY(fill(f, str_of(data), false, &filled, err));
        return set_body(q, hr_str_from(filled), NULL, err);
    }
    yyjson_obj_foreach(data, i, n, key, v)
    {
        if (st == HR_OK)
            st = fill(f, str_of(key), false, &filled, err);
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

static hr_status add_body(hr_rest_request *q, const filler *f, const hr_page_request *page,
                          hr_error *err)
{
    if (f->resource->data)
        return add_data(q, f, err);
    if (f->resource->has_json || (page->body_path && page->text) || page->limit_body_path)
        return add_json_body(q, f, page, err);
    return HR_OK;
}

/* ---- the whole ---- */

static hr_status add_headers(hr_rest_request *q, const filler *f, hr_error *err)
{
    const hr_rest_pairs *headers = &f->resource->headers;

    for (size_t i = 0; i < headers->n; i++) {
        const char *name = NULL;
        const char *value = NULL;

        HR_TRY(fill(f, headers->items[i].name, false, &name, err));
        HR_TRY(fill_scalar(f, headers->items[i].value, &value, err));
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
    const filler f = {.resource = r, .values = values, .arena = &out->arena};
    if (url)
        url = hr_arena_strndup(&out->arena, hr_str_from(url));
    else
        HR_TRY(fill(&f, hr_str_from(r->path), true, &url, err));
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
