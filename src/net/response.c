#include <stdio.h>
#include <strings.h>

#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/net_int.h"

hr_http_response *hr_response_new(hr_http_client *c)
{
    hr_http_response *const r = hr_calloc(1, sizeof(*r));

    if (r)
        r->client = c;
    return r;
}

void hr_http_response_free(hr_http_response *r)
{
    if (!r)
        return;
    hr_buf_release(&r->headers);
    hr_buf_release(&r->body);
    hr_free(r->url);
    hr_free(r->error);
    hr_free(r);
}

void hr_response_reset(hr_http_response *r)
{
    hr_buf_reset(&r->headers);
    hr_buf_reset(&r->body);
    r->n_headers = 0;
    r->status = 0;
    r->body_taken = false;
}

/* Static, for when there is no memory for a reason. */
static const hr_error no_memory = {.status = HR_E_NOMEM, .msg = "out of memory"};

void hr_response_fail(hr_http_response *r, const hr_error *why)
{
    hr_response_reset(r);
    if (!r->error)
        r->error = hr_malloc(sizeof(*r->error));
    if (r->error)
        *r->error = *why;
    r->failed = true;
}

void hr_response_describe(hr_http_response *r, const hr_transfer *t)
{
    (void)snprintf(r->method, sizeof(r->method), "%s", t->method);
    hr_free(r->url);
    r->url = hr_strdup(t->url);
}

/* What one can do about a status. */
static const char *advice(int status)
{
    switch (status) {
    case 400:
    case 422:
        return "the API does not understand the request; look at its parameters";
    case 401:
        return "look at auth: the credentials are missing, wrong or expired";
    case 403:
        return "the credentials are not allowed to read this";
    case 404:
        return "look at base_url and path";
    case 410:
        return "look at base_url and path, or run it again if a cursor has expired";
    case 405:
        return "look at the method";
    case 407:
        return "look at the proxy's user and password";
    case 429:
        return "lower client.rate_limit or client.concurrency";
    default:
        return status >= 500 ? "the API itself failed; try later" : NULL;
    }
}

enum { EXCERPT = 240 };

/* The body's beginning, in one line, without what is secret. */
static void add_excerpt(const hr_http_response *r, hr_buf *out)
{
    hr_buf text = {0};
    const size_t most = (size_t)4 * EXCERPT;
    const size_t n = r->body.len < most ? r->body.len : most;

    hr_redact_json((hr_str){r->body.data, n}, &text);
    if (text.failed)
        return;
    text.len = hr_secret_blank(text.data, text.len, n < r->body.len);
    for (size_t i = 0; i < text.len && out->len < EXCERPT; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        const bool space = c <= ' ' || c == 127;

        if (!space || (out->len && out->data[out->len - 1] != ' '))
            hr_buf_addc(out, space ? ' ' : (char)c);
    }
    while (out->len && ((unsigned char)out->data[out->len - 1] & 0xC0) == 0x80)
        out->len--; /* a character that was cut in two is left out */
    if (out->len && (unsigned char)out->data[out->len - 1] >= 0xC0)
        out->len--;
    if (out->data)
        out->data[out->len] = '\0';
    hr_buf_release(&text);
}

static void add_circumstances(const hr_http_response *r, hr_buf *out)
{
    const char *const what = advice(r->status);

    if (r->attempts > 1)
        hr_buf_addf(out, "; tried %d times", r->attempts);
    if (r->too_late)
        hr_buf_addf(out, "; the API asks to wait %lld s, longer than client.retry.deadline allows",
                    (long long)(r->too_late / HR_SECOND));
    else if (what)
        hr_buf_addf(out, "; %s", what);
}

static hr_status fail_status(const hr_http_response *r, hr_error *err)
{
    hr_buf url = {0};
    hr_buf excerpt = {0};
    hr_buf more = {0};

    hr_redact_url(hr_str_from(r->url ? r->url : ""), &url);
    if (r->body.data && !r->body_taken)
        add_excerpt(r, &excerpt);
    add_circumstances(r, &more);
    (void)hr_fail(err, HR_E_REMOTE, "%s %.400s: HTTP %d%s%s%s", r->method, url.data ? url.data : "",
                  r->status, more.data ? more.data : "", excerpt.len ? ". It says: " : "",
                  excerpt.len ? excerpt.data : "");
    if (err) {
        err->http_status = r->status;
        err->retryable = r->status == 408 || r->status == 429 || r->status >= 500;
    }
    hr_buf_release(&url);
    hr_buf_release(&excerpt);
    hr_buf_release(&more);
    return HR_E_REMOTE;
}

hr_status hr_http_response_check(const hr_http_response *r, hr_error *err)
{
    if (r->failed) {
        const hr_error *const why = r->error ? r->error : &no_memory;

        if (err)
            *err = *why;
        return why->status;
    }
    return r->status < 400 ? HR_OK : fail_status(r, err);
}

int hr_http_response_status(const hr_http_response *r)
{
    return r->status;
}

const char *hr_http_response_header(const hr_http_response *r, const char *name, size_t nth)
{
    const char *at = r->headers.data;

    for (size_t i = 0; i < r->n_headers; i++) {
        const char *const value = at + strlen(at) + 1;

        if (strcasecmp(at, name) == 0 && nth-- == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

const char *hr_http_response_body(const hr_http_response *r, size_t *n)
{
    *n = r->body.len;
    return r->body.data ? r->body.data : "";
}

char *hr_http_response_take_body(hr_http_response *r, size_t *n)
{
    *n = r->body.len;
    if (r->body_taken)
        return NULL;
    r->body_taken = true;
    return hr_buf_take(&r->body);
}

const char *hr_http_response_url(const hr_http_response *r)
{
    return r->url ? r->url : "";
}

void *hr_http_response_tag(const hr_http_response *r)
{
    return r->tag;
}

int hr_http_response_attempts(const hr_http_response *r)
{
    return r->attempts;
}
