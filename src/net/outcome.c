#include <math.h>
#include <strings.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/net_int.h"

enum { SECONDARY_LIMIT = 60 }; /* seconds to wait, as GitHub asks, when it gives no other number */

bool hr_transfer_may_repeat(const hr_transfer *t)
{
    static const char *const idempotent[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    const hr_texts *const given = &t->flow->client->settings.retry.methods;
    const char *const *const methods = given->n ? given->items : idempotent;
    const size_t n = given->n ? given->n : sizeof(idempotent) / sizeof(idempotent[0]);

    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(methods[i], t->method) == 0)
            return true;
    }
    return t->idempotent;
}

/* ---- When to try again ---- */

static double random_share(void)
{
    static _Atomic uint64_t state;
    uint64_t x = atomic_fetch_add(&state, 0x9e3779b97f4a7c15U) + (uint64_t)(uintptr_t)&state +
                 (uint64_t)hr_real_clock.ticks(NULL); /* splitmix64: jitter needs no more */

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

/* Of the n-th try, from 1: between half and all of factor * 2^(n-1), so that those who failed
 * together do not come back together. Micros. */
static int64_t backoff(const hr_retry_settings *s, int n)
{
    const double full = fmin(s->backoff_factor * pow(2, n - 1), s->max_delay);

    return (int64_t)(full * (0.5 + random_share() / 2) * HR_SECOND);
}

/* Why a try was no good, and what follows from it. */
typedef struct judgement {
    bool again;      /* another try has a chance ... */
    bool unsent;     /* ... of any method: the host has not seen this one */
    bool limited;    /* the host has had too many: nobody else may try either */
    int64_t wait;    /* micros that the host asks for; 0: it does not say */
    char cause[200]; /* "answered 503" */
} judgement;

static bool mentions_rate_limit(const hr_http_response *r)
{
    return r->body.data && strcasestr(r->body.data, "rate limit");
}

static void judge_status(const hr_transfer *t, const hr_rate_told *told, judgement *j)
{
    const hr_http_response *const r = t->response;
    const bool exhausted = told->remaining == 0;
    const bool forbidden = r->status == 403 && (told->retry_after != HR_RATE_UNKNOWN || exhausted ||
                                                mentions_rate_limit(r));

    j->limited = r->status == 429 || forbidden || (r->status == 503 && told->retry_after > 0);
    j->again = forbidden || t->flow->client->settings.retry.on[r->status % HR_STATUS_END];
    if (told->retry_after > 0)
        j->wait = told->retry_after;
    else if (j->limited && exhausted && told->reset > 0)
        j->wait = told->reset;
    else if (forbidden)
        j->wait = (int64_t)SECONDARY_LIMIT * HR_SECOND;
    (void)snprintf(j->cause, sizeof(j->cause), "answered %d", r->status);
}

/* libcurl's own words for the frequent ones differ from version to version, and say no more. */
static const char *cause_of(const hr_transfer *t, CURLcode code)
{
    if (code == CURLE_COULDNT_CONNECT)
        return "cannot connect to the server";
    if (code == CURLE_PARTIAL_FILE)
        return "the response was cut off";
    if (code == CURLE_WRITE_ERROR) /* of its own making: ours are t->trouble */
        return "its bytes cannot be unpacked as Content-Encoding says";
    return t->reason[0] ? t->reason : t->flow->client->curl->easy_strerror(code);
}

/* What libcurl could not do. Names and certificates that are wrong do not mend by trying. */
static void judge_failure(const hr_transfer *t, CURLcode code, judgement *j)
{
    j->again = false;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        j->unsent = true;
        j->again = true;
        break;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        j->again = true;
        break;
    default:
        break;
    }
    (void)snprintf(j->cause, sizeof(j->cause), "%.180s", cause_of(t, code));
}

/* Plans the next try; false: there is none. */
static bool plan(hr_transfer *t, judgement *j)
{
    hr_http_client *const c = t->flow->client;
    const hr_retry_settings *const s = &c->settings.retry;
    const int64_t now = hr_clock_ticks(&c->clock);
    const int64_t wait = j->wait > 0 ? j->wait : backoff(s, t->attempts);
    const int64_t deadline = (int64_t)(s->deadline * HR_SECOND);

    if (j->limited) { /* whether this one is tried again or not */
        (void)pthread_mutex_lock(&c->lock);
        hr_budget_block(&t->host->budget, now + wait);
        (void)pthread_mutex_unlock(&c->lock);
    }
    if (!j->again || t->attempts >= s->max_attempts || !(j->unsent || hr_transfer_may_repeat(t)))
        return false;
    if (deadline && now + wait - t->started > deadline) {
        t->response->too_late = wait;
        return false;
    }
    t->not_before = now + wait;
    if (j->limited)
        hr_client_announce(c, t->host, now, t->not_before);
    else if (wait >= HR_SECOND)
        hr_client_say(c, HR_EVENT_NOTICE, (double)wait / HR_SECOND,
                      "waiting %.0f s: %s: %s (try %d of %d)", ceil((double)wait / HR_SECOND),
                      t->host->name, j->cause, t->attempts, (int)s->max_attempts);
    return true;
}

/* ---- What came ---- */

static const char *lookup(const void *ctx, const char *name)
{
    return hr_http_response_header(ctx, name, 0);
}

static void tell_budget(hr_transfer *t, bool answered, hr_rate_told *told)
{
    hr_http_client *const c = t->flow->client;

    if (answered)
        hr_rate_read(lookup, t->response, hr_clock_date(&c->clock), told);
    (void)pthread_mutex_lock(&c->lock);
    hr_budget_ended(&t->host->budget, t->ticket, answered ? told : NULL, hr_clock_ticks(&c->clock));
    (void)pthread_mutex_unlock(&c->lock);
}

/* The reason why there is no whole answer. */
static void fail_transfer(hr_transfer *t, const char *reason, bool retryable)
{
    hr_buf url = {0};
    hr_error why = {0};

    hr_redact_url(hr_str_from(t->url), &url);
    (void)hr_fail(&why, HR_E_REMOTE, "%s %s: %s%s", t->method, url.data ? url.data : "", reason,
                  t->attempts > 1 ? " (tried again, in vain)" : "");
    why.retryable = retryable;
    hr_buf_release(&url);
    hr_response_fail(t->response, &why);
}

static void fail_trouble(hr_transfer *t)
{
    char reason[160];

    if (t->trouble == HR_TROUBLE_NOMEM)
        (void)snprintf(reason, sizeof(reason), "out of memory for the response");
    else if (t->trouble == HR_TROUBLE_BOMB)
        (void)snprintf(reason, sizeof(reason),
                       "the response unpacks to far more than was sent, and was not read further");
    else if (t->trouble == HR_TROUBLE_OUT_OF_BOUNDS)
        (void)snprintf(reason, sizeof(reason),
                       "the response is larger than %s allows (%zu bytes); ask for smaller pages, "
                       "or raise it",
                       t->flow->bounds.option, t->flow->bounds.largest);
    else
        (void)snprintf(reason, sizeof(reason),
                       "the response is larger than client.max_response (%llu bytes); ask for "
                       "smaller pages, or raise it",
                       (unsigned long long)t->flow->client->settings.max_response);
    fail_transfer(t, reason, false);
}

static hr_outcome follow(hr_transfer *t)
{
    hr_error why = {0};

    if (hr_transfer_redirect(t, &why) == HR_OK) {
        t->attempts--;
        t->not_before = 0;
        return HR_OUTCOME_AGAIN;
    }
    fail_transfer(t, why.msg, false);
    return HR_OUTCOME_DONE;
}

/* A token that was good may have ended: once more, with another one. */
static bool renew(hr_transfer *t)
{
    const hr_auth_ops *const ops = t->auth ? t->auth->ops : NULL;
    hr_http_auth *const auth = (hr_http_auth *)(uintptr_t)t->auth;

    if (!ops || !ops->rejected || !t->generation)
        return false;
    if (t->response->status != 401) {
        if (ops->accepted)
            ops->accepted(auth, t->generation);
        return false;
    }
    if (t->renewed || !ops->rejected(auth, t->generation))
        return false;
    t->renewed = true;
    t->not_before = 0;
    return true;
}

static hr_outcome judge_answer(hr_transfer *t, const hr_rate_told *told)
{
    judgement j = {0};

    if (renew(t))
        return HR_OUTCOME_AGAIN;
    if (hr_is_redirect(t->response))
        return follow(t);
    judge_status(t, told, &j);

    const hr_http_verdict verdict =
        t->judge ? t->judge(t->judge_ctx, t->response) : HR_HTTP_DEFAULT;

    if (verdict == HR_HTTP_DELIVER)
        j = (judgement){.limited = j.limited, .wait = j.wait};
    else if (verdict == HR_HTTP_RETRY)
        j.again = true;
    if (verdict == HR_HTTP_RETRY && t->response->status < 400)
        (void)snprintf(j.cause, sizeof(j.cause), "the answer is no good");
    if (!j.again && !j.limited)
        return HR_OUTCOME_DONE;
    return plan(t, &j) ? HR_OUTCOME_AGAIN : HR_OUTCOME_DONE;
}

static hr_outcome judge_code(hr_transfer *t, CURLcode code)
{
    judgement j = {0};

    if (t->trouble || code == CURLE_FILESIZE_EXCEEDED) {
        fail_trouble(t);
        return HR_OUTCOME_DONE;
    }
    judge_failure(t, code, &j);
    if (plan(t, &j))
        return HR_OUTCOME_AGAIN;
    fail_transfer(t, j.cause, j.again);
    return HR_OUTCOME_DONE;
}

hr_outcome hr_transfer_ended(hr_transfer *t, CURLcode code)
{
    hr_http_response *const r = t->response;
    hr_rate_told told = {HR_RATE_UNKNOWN, HR_RATE_UNKNOWN, HR_RATE_UNKNOWN};
    long status = 0;

    t->attempts++;
    (void)t->flow->client->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    hr_transfer_unprepare(t);
    r->status = (int)status;
    tell_budget(t, code == CURLE_OK, &told);

    const bool answered = code == CURLE_OK && !t->trouble;
    const hr_outcome outcome = answered ? judge_answer(t, &told) : judge_code(t, code);

    if (outcome == HR_OUTCOME_DONE) {
        r->attempts = t->attempts;
        hr_response_describe(r, t);
    }
    return outcome;
}
