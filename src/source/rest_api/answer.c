#include "source/rest_api/answer.h"

#include <strings.h>
#include <xxhash.h>

#include "base/mem.h"
#include "extract/page.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* ---- taking ---- */

static void keep_header(hr_rest_answer *a, const hr_http_response *response, const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; (value = hr_http_response_header(response, name, i)); i++) {
        hr_buf_add(&a->headers, (hr_str){name, strlen(name) + 1});
        hr_buf_add(&a->headers, (hr_str){value, strlen(value) + 1});
    }
}

hr_status hr_rest_answer_take(hr_rest_answer *out, hr_http_response *response,
                              const hr_rest_resource *r, hr_error *err)
{
    size_t n = 0;
    const char *body = hr_http_response_body(response, &n);

    *out = (hr_rest_answer){.status = hr_http_response_status(response), .size = n};
    keep_header(out, response, "Link");
    keep_header(out, response, "Content-Type");
    if (r->paging.kind == HR_PAGING_HEADER_CURSOR)
        keep_header(out, response, r->paging.key);
    out->url = hr_strdup(hr_http_response_url(response));
    out->body = hr_malloc(n + HR_PAGE_PADDING);
    if (!out->url || !out->body || out->headers.failed)
        return hr_nomem(err);
    memcpy(out->body, body, n);
    memset(out->body + n, 0, HR_PAGE_PADDING);
    return HR_OK;
}

void hr_rest_answer_release(hr_rest_answer *a)
{
    hr_free(a->url);
    hr_free(a->body);
    hr_buf_release(&a->headers);
    *a = (hr_rest_answer){0};
}

const char *hr_rest_answer_header(void *ctx, const char *name, size_t nth)
{
    const hr_rest_answer *a = ctx;
    const char *p = a->headers.data;
    const char *end = p ? p + a->headers.len : NULL;

    while (p && p < end) {
        const char *value = p + strlen(p) + 1;

        if (strcasecmp(p, name) == 0 && nth-- == 0)
            return value;
        p = value + strlen(value) + 1;
    }
    return NULL;
}

/* ---- response actions ---- */

static bool applies(const hr_rest_action *a, int status, hr_str body)
{
    if (a->status && a->status != status)
        return false;
    return !a->content ||
           (body.n && memmem(body.p, body.n, a->content, strlen(a->content)) != NULL);
}

const hr_rest_action *hr_rest_action_for(const hr_rest_resource *r, int status, hr_str body)
{
    for (size_t i = 0; i < r->n_actions; i++) {
        if (applies(&r->actions[i], status, body))
            return &r->actions[i];
    }
    return NULL;
}

/* Begins as an object or a list and does not end as one: the rest was lost behind HTTP's back, as
 * where a proxy truncates what it has packed. */
static bool is_torn(hr_str body)
{
    while (body.n && strchr(" \t\r\n", body.p[body.n - 1]))
        body.n--;
    while (body.n && strchr(" \t\r\n\xef\xbb\xbf", body.p[0]))
        body = (hr_str){body.p + 1, body.n - 1};
    return body.n && ((body.p[0] == '{' && body.p[body.n - 1] != '}') ||
                      (body.p[0] == '[' && body.p[body.n - 1] != ']'));
}

hr_http_verdict hr_rest_judge(void *ctx, hr_http_response *response)
{
    const hr_rest_resource *r = ctx;
    const int status = hr_http_response_status(response);
    size_t n = 0;
    const char *body = hr_http_response_body(response, &n);
    const hr_rest_action *a = hr_rest_action_for(r, status, (hr_str){body, n});

    if (!a)
        return status == 200 && is_torn((hr_str){body, n}) ? HR_HTTP_RETRY : HR_HTTP_DEFAULT;
    return a->action == HR_REST_RETRY ? HR_HTTP_RETRY : HR_HTTP_DELIVER;
}

/* ---- reading ---- */

static bool is_blank(hr_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!strchr(" \t\r\n", s.p[i]))
            return false;
    }
    return true;
}

hr_status hr_rest_answer_parse(hr_rest_answer *a, yyjson_doc **doc, hr_error *err)
{
    static const char bom[] = "\xef\xbb\xbf";
    const size_t skip = a->size >= 3 && memcmp(a->body, bom, 3) == 0 ? 3 : 0;
    const char *type = hr_rest_answer_header(a, "Content-Type", 0);
    yyjson_read_err why;

    *doc = NULL;
    if (is_blank((hr_str){a->body + skip, a->size - skip})) {
        if (a->status == 204 || a->status == 205)
            return HR_OK;
        return hr_fail(err, HR_E_REMOTE,
                       "the answer (status %d) is empty, which is no JSON; an API that has nothing "
                       "to say answers 204",
                       a->status);
    }
    *doc = yyjson_read_opts(a->body + skip, a->size - skip,
                            YYJSON_READ_INSITU | YYJSON_READ_BIGNUM_AS_RAW, &hr_json_alc, &why);
    if (*doc)
        return HR_OK;
    if (why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    return hr_fail(err, HR_E_REMOTE,
                   "the answer (status %d, %zu bytes%s%s) is not JSON: byte %zu: %s", a->status,
                   a->size, type ? ", " : "", type ? type : "", why.pos + skip, why.msg);
}

/* The values of a row follow it in the document, its members in their order. */
static uint64_t hash_row(uint64_t hash, yyjson_val *row)
{
    yyjson_val *const end = unsafe_yyjson_get_next(row);

    for (yyjson_val *v = row; v < end; v++) {
        hash = XXH3_64bits_withSeed(&v->tag, sizeof(v->tag), hash);
        if (yyjson_is_str(v))
            hash = XXH3_64bits_withSeed(yyjson_get_str(v), yyjson_get_len(v), hash);
        else if (yyjson_is_raw(v))
            hash = XXH3_64bits_withSeed(yyjson_get_raw(v), yyjson_get_len(v), hash);
        else if (yyjson_is_num(v))
            hash = XXH3_64bits_withSeed(&v->uni, sizeof(v->uni), hash);
    }
    return hash;
}

uint64_t hr_rest_hash_rows(yyjson_val *const *rows, size_t n)
{
    uint64_t hash = n;

    for (size_t i = 0; i < n; i++)
        hash = hash_row(hash, rows[i]);
    return hash;
}

typedef struct picking {
    yyjson_val **rows;
    size_t n, cap;
    bool matched, nomem;
} picking;

static bool pick(picking *p, yyjson_val *v)
{
    if (yyjson_is_null(v))
        return true;
    p->nomem = !HR_PUSH(p->rows, p->n, p->cap, v);
    return !p->nomem;
}

static bool pick_match(void *ctx, yyjson_val *match)
{
    picking *p = ctx;
    yyjson_val *item = NULL;
    size_t i = 0;
    size_t n = 0;

    p->matched = true;
    if (!yyjson_is_arr(match))
        return pick(p, match);
    yyjson_arr_foreach(match, i, n, item)
    {
        if (!pick(p, item))
            return false;
    }
    return true;
}

hr_status hr_rest_select(const hr_jsonpath *selector, yyjson_val *body, yyjson_val ***rows,
                         size_t *n, bool *matched, hr_error *err)
{
    picking p = {0};

    if (body)
        (void)hr_jsonpath_each(selector, body, pick_match, &p);
    if (p.nomem) {
        hr_free(p.rows);
        return hr_nomem(err);
    }
    *rows = p.rows;
    *n = p.n;
    *matched = p.matched;
    return HR_OK;
}
