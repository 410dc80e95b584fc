#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/flow.h"
#include "net/net_int.h"

static void lock_share(CURL *easy, curl_lock_data data, curl_lock_access access, void *c)
{
    (void)easy;
    (void)access;
    (void)pthread_mutex_lock(&((hr_http_client *)c)->share_locks[data]);
}

static void unlock_share(CURL *easy, curl_lock_data data, void *c)
{
    (void)easy;
    (void)pthread_mutex_unlock(&((hr_http_client *)c)->share_locks[data]);
}

static hr_status open_share(hr_http_client *c, hr_error *err)
{
    static const curl_lock_data shared[] = {CURL_LOCK_DATA_COOKIE, CURL_LOCK_DATA_DNS,
                                            CURL_LOCK_DATA_SSL_SESSION};

    c->share = c->curl->share_init();
    if (!c->share)
        return hr_nomem(err);

    bool ok = c->curl->share_setopt(c->share, CURLSHOPT_LOCKFUNC, lock_share) == CURLSHE_OK &&
              c->curl->share_setopt(c->share, CURLSHOPT_UNLOCKFUNC, unlock_share) == CURLSHE_OK &&
              c->curl->share_setopt(c->share, CURLSHOPT_USERDATA, (void *)c) == CURLSHE_OK;

    for (size_t i = 0; ok && i < sizeof(shared) / sizeof(shared[0]); i++)
        ok = c->curl->share_setopt(c->share, CURLSHOPT_SHARE, shared[i]) == CURLSHE_OK;
    return ok ? HR_OK : hr_nomem(err);
}

/* Copies a text to the arena; NULL stays NULL. False: out of memory. */
static bool keep(hr_http_client *c, const char **text)
{
    if (*text)
        *text = hr_arena_strndup(&c->arena, hr_str_from(*text));
    return *text != NULL;
}

static bool keep_optional(hr_http_client *c, const char **text)
{
    return !*text || keep(c, text);
}

static hr_status copy_headers(hr_http_client *c, const hr_list *from, hr_error *err)
{
    const hr_http_field *const given = from->items;
    hr_http_field *const headers = hr_arena_alloc(&c->arena, from->n * sizeof(headers[0]));
    bool ok = headers != NULL;

    for (size_t i = 0; ok && i < from->n; i++) {
        headers[i] = given[i];
        ok = keep(c, &headers[i].name) && keep_optional(c, &headers[i].value);
    }
    c->settings.headers = (hr_list){headers, from->n};
    return ok ? HR_OK : hr_nomem(err);
}

static hr_status copy_methods(hr_http_client *c, const hr_texts *from, hr_error *err)
{
    const char **const methods = hr_arena_alloc(&c->arena, from->n * sizeof(methods[0]));
    bool ok = methods != NULL;

    for (size_t i = 0; ok && i < from->n; i++) {
        methods[i] = from->items[i];
        ok = keep(c, &methods[i]);
    }
    c->settings.retry.methods = (hr_texts){methods, from->n};
    return ok ? HR_OK : hr_nomem(err);
}

static hr_status copy_settings(hr_http_client *c, const hr_http_settings *from, hr_error *err)
{
    hr_http_settings *const s = &c->settings;
    const size_t size = from->rate_limit.n * sizeof(hr_rate_window);

    *s = *from;
    s->auth = (hr_variant){0};
    s->rate_limit.items = hr_arena_alloc(&c->arena, size);
    if (!s->rate_limit.items)
        return hr_nomem(err);
    if (size)
        memcpy(s->rate_limit.items, from->rate_limit.items, size);
    HR_TRY(copy_headers(c, &from->headers, err));
    HR_TRY(copy_methods(c, &from->retry.methods, err));
    if (keep_optional(c, &s->base_url) && keep_optional(c, &s->proxy) &&
        keep_optional(c, &s->tls.ca) && keep_optional(c, &s->tls.cert) &&
        keep_optional(c, &s->tls.key) && keep_optional(c, &s->tls.key_password))
        return HR_OK;
    return hr_nomem(err);
}

static hr_status open_client(hr_http_client *c, const hr_http_settings *s, hr_error *err)
{
    HR_TRY(hr_curl_get(&c->curl, err));
    HR_TRY(copy_settings(c, s, err));
    HR_TRY(open_share(c, err));
    if (c->settings.base_url && *c->settings.base_url)
        HR_TRY(hr_client_origin(c, c->settings.base_url, &c->base_origin, err));
    c->slots = c->settings.concurrency;
    c->cancel_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (c->cancel_fd < 0)
        return hr_fail_errno(err, errno, "cannot make an event descriptor");
    return s->auth.which ? hr_http_auth_with(c, &s->auth, &c->auth, err) : HR_OK;
}

hr_status hr_http_client_with(const hr_http_settings *s, const hr_http_options *options,
                              const hr_clock *clock, hr_http_client **out, hr_error *err)
{
    hr_http_client *const c = hr_calloc(1, sizeof(*c));

    if (!c)
        return hr_nomem(err);
    c->clock = clock ? *clock : hr_real_clock;
    c->on_event = options ? options->on_event : NULL;
    c->event_ctx = options ? options->event_ctx : NULL;
    c->cancel_fd = -1;
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_mutex_init(&c->event_lock, NULL);
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++)
        (void)pthread_mutex_init(&c->share_locks[i], NULL);

    const hr_status st = open_client(c, s, err);

    if (st == HR_OK)
        *out = c;
    else
        hr_http_client_free(c);
    return st;
}

static hr_status client_of(hr_doc *doc, hr_doc *runtime, const hr_http_options *options,
                           hr_http_client **out, hr_error *err)
{
    hr_http_settings settings;

    HR_TRY(hr_http_settings_init(doc, &settings, err));
    if (runtime)
        HR_TRY(
            hr_options_read(runtime, hr_doc_root(runtime), &hr_http_runtime_table, &settings, err));
    HR_TRY(hr_options_read(doc, hr_doc_root(doc), &hr_http_table, &settings, err));
    return hr_http_client_with(&settings, options, NULL, out, err);
}

hr_status hr_http_client_new(const hr_http_options *options, hr_http_client **out, hr_error *err)
{
    const char *const settings = options && options->settings ? options->settings : "{}";
    hr_doc *doc = NULL, *runtime = NULL;

    HR_TRY(hr_doc_parse_json(&doc, hr_str_from(settings), "settings", err));

    hr_status st = HR_OK;

    if (options && options->runtime)
        st = hr_doc_parse_json(&runtime, hr_str_from(options->runtime), "runtime settings", err);
    if (st == HR_OK)
        st = client_of(doc, runtime, options, out, err);
    hr_doc_free(runtime);
    hr_doc_free(doc);
    return st;
}

static void free_hosts(hr_http_client *c)
{
    for (size_t i = 0; i < c->hosts.cap; i++) {
        hr_host *const host = c->hosts.slots[i].value;

        if (host) {
            hr_free(host->origin);
            hr_free(host->name);
            hr_budget_release(&host->budget);
            hr_free(host);
        }
    }
    hr_map_release(&c->hosts);
}

void hr_http_client_free(hr_http_client *c)
{
    if (!c)
        return;
    while (c->idle) {
        hr_http_flow *const f = c->idle;

        c->idle = f->next;
        hr_http_flow_free(f);
    }
    while (c->auths) {
        hr_http_auth *const a = c->auths;

        c->auths = a->next;
        a->ops->free(a);
    }
    free_hosts(c);
    if (c->share)
        (void)c->curl->share_cleanup(c->share);
    if (c->cancel_fd >= 0)
        (void)close(c->cancel_fd);
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++)
        (void)pthread_mutex_destroy(&c->share_locks[i]);
    (void)pthread_mutex_destroy(&c->event_lock);
    (void)pthread_mutex_destroy(&c->lock);
    hr_arena_release(&c->arena);
    hr_free(c);
}

/* Only what a signal handler may do. */
void hr_http_cancel(hr_http_client *c)
{
    const uint64_t one = 1;

    atomic_store(&c->cancelled, true);
    if (write(c->cancel_fd, &one, sizeof(one)) < 0)
        return; /* full: readable already */
}

void hr_client_say(hr_http_client *c, hr_event_kind kind, double seconds, const char *fmt, ...)
{
    char message[512];
    hr_event event = {.kind = kind, .seconds = seconds, .message = message};
    va_list ap;

    if (!c->on_event)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    (void)pthread_mutex_lock(&c->event_lock);
    c->on_event(c->event_ctx, &event);
    (void)pthread_mutex_unlock(&c->event_lock);
}

static hr_host *new_host(hr_http_client *c, const CURLU *url, char *origin)
{
    hr_host *const host = hr_calloc(1, sizeof(*host));
    char *name = NULL;

    if (host && c->curl->url_get(url, CURLUPART_HOST, &name, 0) == CURLUE_OK) {
        host->name = hr_strdup(name);
        c->curl->free(name);
    }
    if (host && host->name &&
        hr_budget_init(&host->budget, &c->settings.rate_limit, NULL) == HR_OK &&
        hr_map_put(&c->hosts, hr_str_from(origin), host)) {
        host->origin = origin;
        return host;
    }
    if (host) {
        hr_free(host->name);
        hr_budget_release(&host->budget);
    }
    hr_free(host);
    hr_free(origin);
    return NULL;
}

hr_host *hr_client_host(hr_http_client *c, const CURLU *url, hr_error *err)
{
    hr_buf origin = {0};

    if (hr_url_origin(c->curl, url, &origin, err) != HR_OK) {
        hr_buf_release(&origin);
        return NULL;
    }
    (void)pthread_mutex_lock(&c->lock);

    hr_host *host = hr_map_get(&c->hosts, hr_buf_str(&origin));

    if (!host)
        host = new_host(c, url, hr_buf_take(&origin));
    (void)pthread_mutex_unlock(&c->lock);
    hr_buf_release(&origin);
    if (!host)
        (void)hr_nomem(err);
    return host;
}

hr_status hr_client_origin(hr_http_client *c, const char *url, const char **out, hr_error *err)
{
    CURLU *parsed = NULL;

    HR_TRY(hr_url_parse(c->curl, url, &parsed, err));

    const hr_host *const host = hr_client_host(c, parsed, err);

    c->curl->url_cleanup(parsed);
    if (!host)
        return HR_E_NOMEM;
    *out = host->origin;
    return HR_OK;
}

void hr_client_announce(hr_http_client *c, hr_host *host, int64_t now, int64_t until)
{
    (void)pthread_mutex_lock(&c->lock);

    const bool news = until - now >= HR_SECOND && until >= host->announced + HR_SECOND;

    if (news)
        host->announced = until;
    (void)pthread_mutex_unlock(&c->lock);
    if (!news)
        return;

    const double seconds = (double)(until - now) / HR_SECOND;

    hr_client_say(c, HR_EVENT_NOTICE, seconds, "waiting %.0f s: rate limit of %s", ceil(seconds),
                  host->name);
}

bool hr_client_may_send(hr_http_client *c, hr_transfer *t)
{
    enum { ASK_AGAIN = 10000 }; /* micros, when another flow's answer is awaited */
    const int64_t now = hr_clock_ticks(&c->clock);

    (void)pthread_mutex_lock(&c->lock);

    const int64_t when = hr_budget_take(&t->host->budget, now, &t->ticket);

    (void)pthread_mutex_unlock(&c->lock);
    t->not_before = when == HR_BUDGET_ANSWER ? now + ASK_AGAIN : when;
    if (when && when != HR_BUDGET_ANSWER)
        hr_client_announce(c, t->host, now, when);
    return !when;
}

bool hr_client_take_slot(hr_http_client *c, hr_http_flow *f)
{
    (void)pthread_mutex_lock(&c->lock);

    const bool taken = c->slots > 0;

    if (taken) {
        c->slots--;
    } else if (!f->starving) {
        f->starving = true;
        f->next = c->starved;
        c->starved = f;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return taken;
}

void hr_client_give_slot(hr_http_client *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->slots++;
    if (c->starved) {
        hr_http_flow *const f = c->starved;

        c->starved = f->next;
        f->starving = false;
        (void)c->curl->multi_wakeup(f->multi);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

/* ---- hr_http_send ---- */

static hr_status borrow_flow(hr_http_client *c, hr_http_flow **out, hr_error *err)
{
    (void)pthread_mutex_lock(&c->lock);

    hr_http_flow *const f = c->idle;

    if (f)
        c->idle = f->next;
    (void)pthread_mutex_unlock(&c->lock);
    *out = f;
    return f ? HR_OK : hr_http_flow_new(c, out, err);
}

static void return_flow(hr_http_client *c, hr_http_flow *f)
{
    (void)pthread_mutex_lock(&c->lock);
    f->next = c->idle;
    c->idle = f;
    (void)pthread_mutex_unlock(&c->lock);
}

static hr_status send_with(hr_http_client *c, const hr_http_request *request, bool aside,
                           hr_http_response **out, hr_error *err)
{
    hr_http_flow *f = NULL;

    HR_TRY(borrow_flow(c, &f, err));
    f->aside = aside;

    hr_status st = hr_http_submit(f, request, err);

    if (st == HR_OK)
        st = hr_http_next(f, out, err);
    if (st == HR_OK)
        return_flow(c, f);
    else
        hr_http_flow_free(f);
    return st;
}

hr_status hr_http_send(hr_http_client *c, const hr_http_request *request, hr_http_response **out,
                       hr_error *err)
{
    return send_with(c, request, false, out, err);
}

hr_status hr_send_aside(hr_http_client *c, const hr_http_request *request, hr_http_response **out,
                        hr_error *err)
{
    return send_with(c, request, true, out, err);
}
