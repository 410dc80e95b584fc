/* headrace/http.h -- the HTTP client of the sources: many requests at once, authenticated,
 * repeated when they fail, never faster than the host allows.
 *
 *   hr_http_client   settings, credentials, and one rate budget a host. Any thread.
 *   hr_http_flow     requests in flight and connections; one thread at a time. A client has as
 *                    many flows as its threads need.
 *   hr_http_send     one request, waiting for its response; any thread.
 *
 * A response is what came back, whatever its status, or the reason why nothing did. Repeating,
 * redirects and fresh tokens happen before. */
#ifndef HEADRACE_HTTP_H
#define HEADRACE_HTTP_H

#include "headrace/error.h"
#include "headrace/events.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hr_http_client hr_http_client;
typedef struct hr_http_auth hr_http_auth;
typedef struct hr_http_flow hr_http_flow;
typedef struct hr_http_response hr_http_response;

typedef struct hr_http_options {
    size_t size;          /* sizeof(hr_http_options) */
    const char *settings; /* JSON object with the keys of docs/http-client.md; NULL: defaults */
    /* JSON object with dlt's request_timeout, request_max_attempts, request_backoff_factor and
     * request_max_retry_delay, which count where `settings` says nothing; NULL: none. */
    const char *runtime;
    hr_event_fn on_event; /* told of waits and retries; one call at a time. May be NULL */
    void *event_ctx;
} hr_http_options;

typedef struct hr_http_field {
    const char *name;
    const char *value;
} hr_http_field;

/* What to do with a response, before the client decides. */
typedef enum hr_http_verdict {
    HR_HTTP_DEFAULT, /* as the settings say */
    HR_HTTP_DELIVER, /* hand it over, even if its status would be retried */
    HR_HTTP_RETRY,   /* it is no good although its status is: try again, if the method may */
} hr_http_verdict;

/* Zeroes are defaults. All is copied by hr_http_submit and hr_http_send, but for `tag`,
 * `judge_ctx` and `auth`, which have to live until the response. */
typedef struct hr_http_request {
    size_t size;                 /* sizeof(hr_http_request) */
    const char *method;          /* NULL: GET */
    const char *url;             /* absolute, or a path joined to the client's base_url */
    const hr_http_field *params; /* added to the query, encoded; a NULL value is left out */
    size_t n_params;
    const hr_http_field *headers; /* over those of the client; a NULL value removes one */
    size_t n_headers;
    const void *body;
    size_t body_size;
    const hr_http_auth *auth; /* NULL: the client's */
    bool no_auth;             /* neither; headers go as they are */
    /* Credentials go to the scheme, host and port of this URL and nowhere else. NULL: those of
     * base_url, or of `url` when there is no base_url. */
    const char *trusted;
    bool idempotent; /* may be repeated, whatever the method */
    hr_http_verdict (*judge)(void *ctx, hr_http_response *response); /* may be NULL */
    void *judge_ctx;
    void *tag; /* the caller's; comes back with the response */
} hr_http_request;

/* ---- The client ---- */

HR_API HR_NODISCARD hr_status hr_http_client_new(const hr_http_options *options,
                                                 hr_http_client **out, hr_error *err);
/* After its flows and responses. NULL is fine. */
HR_API void hr_http_client_free(hr_http_client *c);

/* Ends what is under way with HR_E_CANCELLED, now and for good. From any thread, and from a
 * signal handler. */
HR_API void hr_http_cancel(hr_http_client *c);

/* Credentials other than the client's own, for some requests: the JSON object of an `auth` key.
 * Lives as long as the client. */
HR_API HR_NODISCARD hr_status hr_http_auth_new(hr_http_client *c, const char *settings,
                                               const hr_http_auth **out, hr_error *err);

/* ---- Requests ---- */

/* Sends one request and waits. The caller owns *out, also when the response has an error. */
HR_API HR_NODISCARD hr_status hr_http_send(hr_http_client *c, const hr_http_request *request,
                                           hr_http_response **out, hr_error *err);

HR_API HR_NODISCARD hr_status hr_http_flow_new(hr_http_client *c, hr_http_flow **out,
                                               hr_error *err);
/* Drops what is under way. NULL is fine. */
HR_API void hr_http_flow_free(hr_http_flow *f);

/* Puts a request in line; at most `concurrency` of them are under way. */
HR_API HR_NODISCARD hr_status hr_http_submit(hr_http_flow *f, const hr_http_request *request,
                                             hr_error *err);

/* Waits for the next response, in order of completion; the caller owns *out. NULL: none is owed.
 * Requests move only while a thread is in here. */
HR_API HR_NODISCARD hr_status hr_http_next(hr_http_flow *f, hr_http_response **out, hr_error *err);

/* Requests submitted whose response has not been handed out. */
HR_API size_t hr_http_outstanding(const hr_http_flow *f);

/* ---- Responses: all pointers are borrowed and live as long as the response ---- */

HR_API void hr_http_response_free(hr_http_response *r); /* NULL is fine */

/* HR_OK for a status below 400; else what happened, with the URL and the body's beginning, secrets
 * blanked, and what to do about it. */
HR_API HR_NODISCARD hr_status hr_http_response_check(const hr_http_response *r, hr_error *err);

/* 0: there was no whole answer. */
HR_API int hr_http_response_status(const hr_http_response *r);

/* The value of the nth header of that name, in any case, from 0; NULL: there is none. */
HR_API const char *hr_http_response_header(const hr_http_response *r, const char *name, size_t nth);

/* Decoded; followed by a NUL that `n` does not count. Empty, not NULL, when there is none. */
HR_API const char *hr_http_response_body(const hr_http_response *r, size_t *n);

/* The same, now the caller's (hr_free). NULL: out of memory, or taken before. */
HR_API char *hr_http_response_take_body(hr_http_response *r, size_t *n);

/* Where it came from, after redirects: what relative links are relative to. Without what `auth`
 * put in its query, but else with all that was in it: not for showing. */
HR_API const char *hr_http_response_url(const hr_http_response *r);

HR_API void *hr_http_response_tag(const hr_http_response *r);

/* How many times it was sent, redirects not counted. */
HR_API int hr_http_response_attempts(const hr_http_response *r);

#ifdef __cplusplus
}
#endif

#endif
