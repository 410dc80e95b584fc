#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/net_int.h"

enum {
    MOST_HEADERS = 256 << 10, /* bytes of a response's headers */
    BOMB_SIZE = 16 << 20,     /* what may always be unpacked ... */
    BOMB_RATIO = 500,         /* ... and how many bytes from each, beyond */
};

/* ---- What was asked for ---- */

bool hr_outgoing_set(hr_outgoing *o, const char *name, const char *value)
{
    size_t kept = 0;

    for (size_t i = 0; i < o->n_headers; i++) {
        if (strcasecmp(o->headers[i].name, name) != 0)
            o->headers[kept++] = o->headers[i];
    }
    o->n_headers = kept;
    if (!value)
        return true;
    if (o->n_headers == o->cap_headers) {
        const size_t cap = o->cap_headers ? 2 * o->cap_headers : 8;
        hr_http_field *const more = hr_arena_alloc(o->arena, cap * sizeof(more[0]));

        if (!more)
            return false;
        if (o->n_headers)
            memcpy(more, o->headers, o->n_headers * sizeof(more[0]));
        o->headers = more;
        o->cap_headers = cap;
    }
    o->headers[o->n_headers++] = (hr_http_field){.name = name, .value = value};
    return true;
}

const char *hr_outgoing_get(const hr_outgoing *o, const char *name)
{
    for (size_t i = 0; i < o->n_headers; i++) {
        if (strcasecmp(o->headers[i].name, name) == 0)
            return o->headers[i].value;
    }
    return NULL;
}

/* A header that would be two, or reach into the body. */
static bool is_header(const hr_http_field *field)
{
    static const char separators[] = "()<>@,;:\\\"/[]?={} \t\r\n";

    return *field->name && !strpbrk(field->name, separators) &&
           (!field->value || !strpbrk(field->value, "\r\n"));
}

static hr_status copy_headers(hr_transfer *t, const hr_http_request *request, hr_error *err)
{
    const hr_http_settings *const s = &t->flow->client->settings;
    hr_outgoing all = {.arena = &t->arena};
    bool ok = true;

    for (size_t i = 0; ok && !t->flow->aside && i < s->headers.n; i++) {
        const hr_http_field *const h = (const hr_http_field *)s->headers.items + i;

        ok = hr_outgoing_set(&all, h->name, h->value);
    }
    for (size_t i = 0; ok && i < request->n_headers; i++) {
        const hr_http_field *const h = &request->headers[i];

        if (!is_header(h))
            return hr_fail(
                err, HR_E_CONFIG,
                "header \"%.60s\" cannot be sent: a name has letters, digits and signs, and a "
                "value no line break",
                h->name);

        const char *const name = hr_arena_strndup(&t->arena, hr_str_from(h->name));
        const char *const value =
            h->value ? hr_arena_strndup(&t->arena, hr_str_from(h->value)) : NULL;

        ok = name && (value || !h->value) && hr_outgoing_set(&all, name, value);
    }
    t->headers = all.headers;
    t->n_headers = all.n_headers;
    return ok ? HR_OK : hr_nomem(err);
}

hr_status hr_transfer_aim(hr_transfer *t, const char *url, hr_error *err)
{
    hr_http_client *const c = t->flow->client;

    if (t->curlu)
        c->curl->url_cleanup(t->curlu);
    t->curlu = NULL;
    t->url = url;
    HR_TRY(hr_url_parse(c->curl, url, &t->curlu, err));
    t->host = hr_client_host(c, t->curlu, err);
    return t->host ? HR_OK : HR_E_NOMEM;
}

/* The URL with its base and its parameters, in the arena. */
static hr_status full_url(hr_transfer *t, const hr_http_request *request, const char **out,
                          hr_error *err)
{
    const char *const base = t->flow->client->settings.base_url;
    char *joined = NULL;
    char *full = NULL;

    HR_TRY(hr_url_join(base ? base : "", request->url ? request->url : "", &joined, err));

    const hr_status st = hr_url_with_params(joined, request->params, request->n_params, &full, err);

    hr_free(joined);
    HR_TRY(st);
    *out = hr_arena_strndup(&t->arena, hr_str_from(full));
    hr_free(full);
    return *out ? HR_OK : hr_nomem(err);
}

static hr_status set_trusted(hr_transfer *t, const hr_http_request *request, hr_error *err)
{
    hr_http_client *const c = t->flow->client;

    if (request->trusted)
        return hr_client_origin(c, request->trusted, &t->trusted, err);
    t->trusted = c->base_origin ? c->base_origin : t->host->origin;
    return HR_OK;
}

static hr_status fill(hr_transfer *t, const hr_http_request *request, hr_error *err)
{
    const char *url = NULL;

    t->method = request->method ? hr_arena_strndup(&t->arena, hr_str_from(request->method)) : "GET";
    t->response = hr_response_new(t->flow->client);
    t->body = hr_arena_str(&t->arena, (hr_str){request->body, request->body_size});
    if (!t->method || !t->response || (request->body_size && !t->body.p))
        return hr_nomem(err);
    t->idempotent = request->idempotent;
    t->judge = request->judge;
    t->judge_ctx = request->judge_ctx;
    t->response->tag = request->tag;
    if (!request->no_auth && !t->flow->aside)
        t->auth = request->auth ? request->auth : t->flow->client->auth;
    HR_TRY(full_url(t, request, &url, err));
    HR_TRY(hr_transfer_aim(t, url, err));
    HR_TRY(set_trusted(t, request, err));
    return copy_headers(t, request, err);
}

hr_status hr_transfer_new(hr_http_flow *f, const hr_http_request *request, hr_transfer **out,
                          hr_error *err)
{
    hr_transfer *t = f->spare;

    if (t)
        f->spare = t->next;
    else
        t = hr_calloc(1, sizeof(*t));
    if (!t)
        return hr_nomem(err);
    t->flow = f;
    t->next = NULL;

    const hr_status st = fill(t, request, err);

    if (st == HR_OK)
        *out = t;
    else
        hr_transfer_free(t);
    return st;
}

/* With its flow gone or going (t->flow NULL), for good; else kept for another request. */
void hr_transfer_free(hr_transfer *t)
{
    hr_http_flow *const f = t->flow;
    hr_arena arena = t->arena;
    hr_arena sent = t->sent;

    if (!f) {
        hr_arena_release(&t->arena);
        hr_arena_release(&t->sent);
        hr_free(t);
        return;
    }
    hr_transfer_unprepare(t);
    if (t->curlu)
        f->client->curl->url_cleanup(t->curlu);
    hr_http_response_free(t->response);
    hr_arena_reset(&arena);
    *t = (hr_transfer){.arena = arena, .sent = sent, .next = f->spare};
    f->spare = t;
}

/* ---- What comes back ---- */

static bool add_header(hr_http_response *r, hr_str line)
{
    const char *const colon = memchr(line.p, ':', line.n);

    if (!colon || colon == line.p)
        return true;

    const hr_str name = {line.p, (size_t)(colon - line.p)};
    hr_str value = {colon + 1, line.n - name.n - 1};

    while (value.n && (*value.p == ' ' || *value.p == '\t'))
        value = (hr_str){value.p + 1, value.n - 1};
    while (value.n && strchr(" \t\r\n", value.p[value.n - 1]))
        value.n--;
    hr_buf_add(&r->headers, name);
    hr_buf_addc(&r->headers, '\0');
    hr_buf_add(&r->headers, value);
    r->n_headers++;
    return hr_buf_addc(&r->headers, '\0');
}

static size_t on_header(char *line, size_t size, size_t n, void *userdata)
{
    hr_transfer *const t = userdata;

    (void)size;
    if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        hr_response_reset(t->response); /* what came before was "100 Continue" or so */
        return n;
    }
    if (t->response->headers.len + n > MOST_HEADERS)
        t->trouble = HR_TROUBLE_TOO_LARGE;
    else if (!add_header(t->response, (hr_str){line, n}))
        t->trouble = HR_TROUBLE_NOMEM;
    return t->trouble ? 0 : n;
}

/* Few bytes that become very many are an attack, or a mistake, before they fill the memory. */
static bool is_bomb(const hr_transfer *t, size_t decoded)
{
    curl_off_t received = 0;

    if (decoded <= BOMB_SIZE)
        return false;
    (void)t->flow->client->curl->easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    /* Some versions count what they have read only after it was unpacked. */
    return decoded / BOMB_RATIO > (size_t)received + CURL_MAX_WRITE_SIZE;
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata)
{
    hr_transfer *const t = userdata;
    hr_buf *const body = &t->response->body;

    (void)size;
    if (n > (size_t)t->flow->client->settings.max_response - body->len)
        t->trouble = HR_TROUBLE_TOO_LARGE;
    else if (t->flow->bounds.largest && body->len + n > t->flow->bounds.largest)
        t->trouble = HR_TROUBLE_OUT_OF_BOUNDS;
    else if (is_bomb(t, body->len + n))
        t->trouble = HR_TROUBLE_BOMB;
    else if (hr_flow_is_full(t, n)) {
        t->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    } else if (!hr_buf_add(body, (hr_str){data, n}))
        t->trouble = HR_TROUBLE_NOMEM;
    return t->trouble ? 0 : n;
}

/* ---- libcurl's handle ---- */

static long millis(double seconds)
{
    return seconds > 0 ? (long)ceil(seconds * 1000) : 0;
}

/* Where people tell Python's requests and curl which certificates to trust. */
static const char *certificates(const hr_tls_settings *tls)
{
    static const char *const names[] = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};

    if (tls->ca)
        return tls->ca;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *const file = getenv(names[i]); // NOLINT(concurrency-mt-unsafe)

        if (file && *file)
            return file;
    }
    return NULL;
}

/* What all requests of a client have in common. */
static bool set_up(hr_http_client *c, CURL *easy)
{
    const hr_curl *const curl = c->curl;
    const hr_http_settings *const s = &c->settings;
    const hr_tls_settings *const tls = &s->tls;
    bool ok = true;

#define SET(option, value) ok = ok && curl->easy_setopt(easy, option, value) == CURLE_OK
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* no waiting for a name server when cancelled */
    SET(CURLOPT_SHARE, c->share);
    SET(CURLOPT_COOKIEFILE, "");
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->max_response);
    SET(CURLOPT_CONNECTTIMEOUT_MS, millis(s->timeout.connect));
    SET(CURLOPT_TIMEOUT_MS, millis(s->timeout.total));
    SET(CURLOPT_LOW_SPEED_LIMIT, s->timeout.read > 0 ? 1L : 0L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)ceil(s->timeout.read));
    SET(CURLOPT_SSL_VERIFYPEER, tls->verify ? 1L : 0L);
    SET(CURLOPT_SSL_VERIFYHOST, tls->verify ? 2L : 0L);
    if (s->proxy)
        SET(CURLOPT_PROXY, s->proxy);
    if (certificates(tls))
        SET(CURLOPT_CAINFO, certificates(tls));
    if (tls->cert)
        SET(CURLOPT_SSLCERT, tls->cert);
    if (tls->cert)
        SET(CURLOPT_SSLKEY, tls->key ? tls->key : tls->cert);
    if (tls->key_password)
        SET(CURLOPT_KEYPASSWD, tls->key_password);
#undef SET
    return ok;
}

static CURL *take_easy(hr_http_flow *f)
{
    if (f->n_easies)
        return f->easies[--f->n_easies];

    CURL *const easy = f->client->curl->easy_init();

    if (easy && !set_up(f->client, easy)) {
        f->client->curl->easy_cleanup(easy);
        return NULL;
    }
    return easy;
}

void hr_transfer_unprepare(hr_transfer *t)
{
    hr_http_flow *const f = t->flow;

    if (t->easy && !HR_PUSH(f->easies, f->n_easies, f->cap_easies, t->easy))
        f->client->curl->easy_cleanup(t->easy);
    t->easy = NULL;
    hr_arena_reset(&t->sent);
}

/* The method; a body goes with any but HEAD. */
static bool set_method(const hr_transfer *t, const hr_curl *curl)
{
    const bool head = strcmp(t->method, "HEAD") == 0;
    const bool get = strcmp(t->method, "GET") == 0;
    bool ok = true;

#define SET(option, value) ok = ok && curl->easy_setopt(t->easy, option, value) == CURLE_OK
    SET(CURLOPT_NOBODY, 0L);
    SET(CURLOPT_HTTPGET, 1L);
    if (t->body.n && !head) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body.n);
        SET(CURLOPT_POSTFIELDS, t->body.p);
    }
    SET(CURLOPT_CUSTOMREQUEST, head || (get && !t->body.n) ? NULL : t->method);
    if (head)
        SET(CURLOPT_NOBODY, 1L);
#undef SET
    return ok;
}

/* libcurl's list of lines, in the arena. "Name:" keeps out a header that libcurl would add. */
static struct curl_slist *header_lines(hr_outgoing *o)
{
    hr_buf text = {0};
    struct curl_slist *list = NULL;

    for (size_t i = o->n_headers; i-- > 0;) {
        const hr_http_field *const h = &o->headers[i];
        struct curl_slist *const node = hr_arena_alloc(o->arena, sizeof(*node));

        hr_buf_reset(&text);
        hr_buf_addz(&text, h->name);
        hr_buf_addz(&text, *h->value ? ": " : ";");
        hr_buf_addz(&text, h->value);

        const hr_str line =
            text.failed || !node ? (hr_str){0} : hr_arena_str(o->arena, hr_buf_str(&text));

        if (!line.p) {
            hr_buf_release(&text);
            return NULL;
        }
        memcpy(&node->data, &line.p, sizeof(node->data)); /* libcurl only reads it */
        node->next = list;
        list = node;
    }
    hr_buf_release(&text);
    return list;
}

/* What goes out on the next try: credentials for the host that may have them. */
static hr_status outgoing(hr_transfer *t, hr_outgoing *o, hr_error *err)
{
    const bool trusted = strcmp(t->host->origin, t->trusted) == 0;
    bool ok = hr_outgoing_set(o, "User-Agent", "headrace/" HR_VERSION);

    for (size_t i = 0; ok && i < t->n_headers; i++) {
        if (trusted || !hr_secret_is_sent(hr_str_from(t->headers[i].name)))
            ok = hr_outgoing_set(o, t->headers[i].name, t->headers[i].value);
    }
    if (!ok)
        return hr_nomem(err);
    if (trusted && t->auth)
        return t->auth->ops->apply((hr_http_auth *)(uintptr_t)t->auth, o, err);
    return HR_OK;
}

/* An authorization may have put something in the query. */
static bool set_url(hr_transfer *t, const hr_curl *curl, const char *url)
{
    if (url == t->url)
        return curl->easy_setopt(t->easy, CURLOPT_CURLU, t->curlu) == CURLE_OK;
    return curl->easy_setopt(t->easy, CURLOPT_CURLU, NULL) == CURLE_OK &&
           curl->easy_setopt(t->easy, CURLOPT_URL, url) == CURLE_OK;
}

hr_status hr_transfer_prepare(hr_transfer *t, hr_error *err)
{
    const hr_curl *const curl = t->flow->client->curl;
    hr_outgoing o = {.arena = &t->sent,
                     .method = t->method,
                     .url = t->url,
                     .body = t->body,
                     .date = hr_clock_date(&t->flow->client->clock)};

    if (!t->started)
        t->started = hr_clock_ticks(&t->flow->client->clock);
    HR_TRY(outgoing(t, &o, err));
    t->generation = o.generation;
    t->trouble = HR_TROUBLE_NONE;
    t->paused = false;
    t->reason[0] = '\0';
    hr_response_reset(t->response);
    if (t->body.n && (!hr_outgoing_set(&o, "Expect", hr_outgoing_get(&o, "Expect"))))
        return hr_nomem(err);
    t->easy = take_easy(t->flow);

    struct curl_slist *const lines = header_lines(&o);
    bool ok = t->easy && lines && set_method(t, curl) && set_url(t, curl, o.url);

#define SET(option, value) ok = ok && curl->easy_setopt(t->easy, option, value) == CURLE_OK
    SET(CURLOPT_HTTPHEADER, lines);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->reason);
    /* libcurl sends again by itself on a connection that was closed meanwhile. */
    SET(CURLOPT_FRESH_CONNECT, hr_transfer_may_repeat(t) ? 0L : 1L);
    SET(CURLOPT_PIPEWAIT, strncmp(t->host->origin, "https:", 6) == 0 ? 1L : 0L);
#undef SET
    return ok ? HR_OK : hr_nomem(err);
}
