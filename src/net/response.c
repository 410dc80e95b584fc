#include <strings.h>

#include "base/mem.h"
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
static hr_error no_memory = {.status = HR_E_NOMEM, .msg = "out of memory"};

void hr_response_fail(hr_http_response *r, const hr_error *why)
{
    hr_response_reset(r);
    if (!r->error)
        r->error = hr_malloc(sizeof(*r->error));
    if (r->error)
        *r->error = *why;
    r->failed = true;
}

hr_status hr_http_response_check(const hr_http_response *r, hr_error *err)
{
    if (r->failed) {
        const hr_error *const why = r->error ? r->error : &no_memory;

        if (err)
            *err = *why;
        return why->status;
    }
    if (r->status < 400)
        return HR_OK;
    return hr_fail(err, HR_E_REMOTE, "HTTP %d", r->status);
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
