#include "net/flow.h"

#include <assert.h>
#include <limits.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/net_int.h"

static void push(hr_line *line, hr_transfer *t)
{
    t->next = NULL;
    if (line->last)
        line->last->next = t;
    else
        line->first = t;
    line->last = t;
}

static hr_transfer *pop(hr_line *line)
{
    hr_transfer *const t = line->first;

    if (t) {
        line->first = t->next;
        if (!line->first)
            line->last = NULL;
        t->next = NULL;
    }
    return t;
}

hr_status hr_http_flow_new(hr_http_client *c, hr_http_flow **out, hr_error *err)
{
    hr_http_flow *const f = hr_calloc(1, sizeof(*f));

    if (!f)
        return hr_nomem(err);
    f->client = c;
    f->multi = c->curl->multi_init();
    f->cap_running = (size_t)c->settings.concurrency;
    f->running = hr_calloc(f->cap_running, sizeof(f->running[0]));
    if (!f->multi || !f->running) {
        hr_http_flow_free(f);
        return hr_nomem(err);
    }
    (void)c->curl->multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)c->settings.concurrency);
    *out = f;
    return HR_OK;
}

static void drop_line(hr_line *line)
{
    hr_transfer *t;

    while ((t = pop(line)))
        hr_transfer_free(t);
}

static void stop_starving(hr_http_flow *f)
{
    hr_http_client *const c = f->client;

    (void)pthread_mutex_lock(&c->lock);
    for (hr_http_flow **at = &c->starved; f->starving; at = &(*at)->next) {
        if (*at == f) {
            *at = f->next;
            f->starving = false;
        }
        if (!*at)
            break;
    }
    (void)pthread_mutex_unlock(&c->lock);
}

static void give_slot(hr_http_flow *f)
{
    if (!f->aside)
        hr_client_give_slot(f->client);
}

static void give_ticket_back(hr_http_flow *f, hr_transfer *t)
{
    (void)pthread_mutex_lock(&f->client->lock);
    hr_budget_ended(&t->host->budget, t->ticket, NULL, 0);
    (void)pthread_mutex_unlock(&f->client->lock);
}

void hr_http_flow_free(hr_http_flow *f)
{
    if (!f)
        return;
    stop_starving(f);
    for (size_t i = 0; f->running && i < f->n_running; i++) {
        (void)f->client->curl->multi_remove_handle(f->multi, f->running[i]->easy);
        give_ticket_back(f, f->running[i]);
        hr_transfer_free(f->running[i]);
        give_slot(f);
    }
    for (hr_transfer *t = f->waiting.first; t; t = t->next)
        give_slot(f);
    drop_line(&f->waiting);
    drop_line(&f->ready);
    drop_line(&f->done);
    while (f->spare) {
        hr_transfer *const t = f->spare;

        f->spare = t->next;
        t->flow = NULL;
        hr_transfer_free(t);
    }
    for (size_t i = 0; i < f->n_easies; i++)
        f->client->curl->easy_cleanup(f->easies[i]);
    hr_free(f->easies);
    hr_free(f->running);
    if (f->multi)
        (void)f->client->curl->multi_cleanup(f->multi);
    hr_free(f);
}

size_t hr_http_outstanding(const hr_http_flow *f)
{
    return f->outstanding;
}

/* ---- Memory ---- */

size_t hr_http_flow_bytes(const hr_http_flow *f)
{
    size_t bytes = 0;

    for (size_t i = 0; i < f->n_running; i++)
        bytes += f->running[i]->response->body.len;
    return bytes;
}

/* Whether what comes first cannot begin before something else has ended. */
static bool first_is_in_line(const hr_http_flow *f)
{
    const hr_transfer *t = f->ready.first;

    while (t && t->response->tag != f->bounds.first)
        t = t->next;
    return t != NULL;
}

static size_t n_moving(const hr_http_flow *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_running; i++)
        n += !f->running[i]->paused;
    return n;
}

bool hr_flow_is_full(const hr_transfer *t, size_t n)
{
    const hr_http_flow *const f = t->flow;

    if (!f->bounds.first || t->response->tag == f->bounds.first ||
        hr_http_flow_bytes(f) + n <= f->bounds.room)
        return false;
    return n_moving(f) > 1 || !first_is_in_line(f);
}

/* ---- Sending ---- */

static void finish(hr_http_flow *f, hr_transfer *t)
{
    push(&f->done, t);
    give_slot(f);
}

/* A try that cannot even begin ends the request. */
static void start(hr_http_flow *f, hr_transfer *t)
{
    hr_error why = {0};
    hr_status st = hr_transfer_prepare(t, &why);

    if (st == HR_OK && f->client->curl->multi_add_handle(f->multi, t->easy) != CURLM_OK) {
        hr_transfer_unprepare(t);
        st = hr_nomem(&why);
    }
    if (st == HR_OK) {
        assert(f->n_running < f->cap_running);
        t->running_at = f->n_running;
        f->running[f->n_running++] = t;
        return;
    }
    give_ticket_back(f, t);
    hr_response_fail(t->response, &why);
    finish(f, t);
}

/* Starts those of `waiting` whose time has come. */
static void start_waiting(hr_http_flow *f)
{
    const int64_t now = hr_clock_ticks(&f->client->clock);
    hr_line still = {0};
    hr_transfer *t;

    while ((t = pop(&f->waiting))) {
        if (t->not_before <= now && hr_client_may_send(f->client, t))
            start(f, t);
        else
            push(&still, t);
    }
    f->waiting = still;
}

static void start_ready(hr_http_flow *f)
{
    if (atomic_load(&f->client->cancelled))
        return;
    while (f->ready.first && (f->aside || hr_client_take_slot(f->client, f)))
        push(&f->waiting, pop(&f->ready));
    if (f->waiting.first)
        start_waiting(f);
}

/* Those that are paused try again, when all have begun that can: libcurl hands over what it kept
 * of their bodies. */
void hr_http_flow_bound(hr_http_flow *f, const hr_http_bounds *bounds)
{
    const size_t n = f->n_running;

    f->bounds = *bounds;
    start_ready(f);
    for (size_t i = 0; i < n; i++) {
        hr_transfer *const t = f->running[i];
        const bool paused = t->paused;

        t->paused = false;
        if (paused)
            (void)f->client->curl->easy_pause(t->easy, CURLPAUSE_CONT);
    }
}

static void end_try(hr_http_flow *f, CURL *easy, CURLcode code)
{
    const hr_curl *const curl = f->client->curl;
    void *private = NULL;

    (void)curl->easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    (void)curl->multi_remove_handle(f->multi, easy);

    hr_transfer *const t = private;

    f->running[t->running_at] = f->running[--f->n_running];
    f->running[t->running_at]->running_at = t->running_at;
    if (hr_transfer_ended(t, code) == HR_OUTCOME_AGAIN)
        push(&f->waiting, t);
    else
        finish(f, t);
}

/* Moves everything as far as it goes without waiting. */
static hr_status pump(hr_http_flow *f, hr_error *err)
{
    const hr_curl *const curl = f->client->curl;
    int running = 0;
    int left = 0;
    CURLMsg *message;

    start_ready(f);

    const CURLMcode code = curl->multi_perform(f->multi, &running);

    if (code != CURLM_OK)
        return hr_fail(err, HR_E_IO, "libcurl: %s", curl->multi_strerror(code));
    while ((message = curl->multi_info_read(f->multi, &left))) {
        if (message->msg == CURLMSG_DONE)
            end_try(f, message->easy_handle, message->data.result);
    }
    return HR_OK;
}

/* Micros until something in `waiting` may go; -1: nothing waits for a time. */
static int64_t time_to_wait(const hr_http_flow *f)
{
    int64_t first = INT64_MAX;

    for (const hr_transfer *t = f->waiting.first; t; t = t->next) {
        if (t->not_before < first)
            first = t->not_before;
    }
    if (first == INT64_MAX)
        return -1;

    const int64_t now = hr_clock_ticks(&f->client->clock);

    return first > now ? first - now : 0;
}

static hr_status wait_for_more(hr_http_flow *f, hr_error *err)
{
    enum { LONGEST = 1000 }; /* milliseconds */
    const hr_clock *const clock = &f->client->clock;
    const int64_t micros = time_to_wait(f);
    struct curl_waitfd cancel = {.fd = f->client->cancel_fd, .events = CURL_WAIT_POLLIN};
    int timeout = LONGEST;

    if (micros == 0)
        return HR_OK;
    if (micros > 0 && f->n_running == 0 && clock->skip(clock->ctx, micros))
        return HR_OK;
    if (micros > 0 && micros < (int64_t)LONGEST * 1000)
        timeout = (int)(micros / 1000) + 1;

    const CURLMcode code = f->client->curl->multi_poll(f->multi, &cancel, 1, timeout, NULL);

    if (code != CURLM_OK)
        return hr_fail(err, HR_E_IO, "libcurl: %s", f->client->curl->multi_strerror(code));
    return HR_OK;
}

static hr_status check_cancelled(const hr_http_flow *f, hr_error *err)
{
    if (!atomic_load(&f->client->cancelled))
        return HR_OK;
    return hr_fail(err, HR_E_CANCELLED, "cancelled while waiting for a response");
}

hr_status hr_http_submit(hr_http_flow *f, const hr_http_request *request, hr_error *err)
{
    hr_transfer *t = NULL;

    HR_TRY(hr_transfer_new(f, request, &t, err));
    push(&f->ready, t);
    f->outstanding++;
    return pump(f, err);
}

hr_status hr_http_next(hr_http_flow *f, hr_http_response **out, hr_error *err)
{
    *out = NULL;
    if (!f->outstanding)
        return HR_OK;
    if (f->ready.first || !f->done.first)
        HR_TRY(pump(f, err));
    while (!f->done.first) {
        HR_TRY(check_cancelled(f, err));
        HR_TRY(wait_for_more(f, err));
        HR_TRY(check_cancelled(f, err));
        HR_TRY(pump(f, err));
    }

    hr_transfer *const t = pop(&f->done);

    *out = t->response;
    t->response = NULL;
    hr_transfer_free(t);
    f->outstanding--;
    return HR_OK;
}
