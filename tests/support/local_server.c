#include "support/local_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct test_server {
    struct MHD_Daemon *daemon;
    test_handler handler;
    void *ctx;
    atomic_int count;
    bool tls;
    int port;
};

/* What MHD has collected of a request's body. */
typedef struct upload {
    char *data;
    size_t n;
} upload;

const char *test_request_header(const test_request *q, const char *name)
{
    const char *const value = MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);

    return value ? value : "";
}

const char *test_request_param(const test_request *q, const char *name)
{
    const char *const value =
        MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);

    return value ? value : "";
}

void test_reply_header(test_reply *r, const char *name, const char *fmt, ...)
{
    va_list ap;

    if (r->n == TEST_REPLY_HEADERS)
        abort();
    va_start(ap, fmt);
    (void)vsnprintf(r->text[r->n], sizeof(r->text[0]), fmt, ap);
    va_end(ap);
    r->names[r->n] = name;
    r->values[r->n] = r->text[r->n];
    r->n++;
}

static enum MHD_Result reply(test_server *s, struct MHD_Connection *connection,
                             const test_request *q)
{
    test_reply *const r = calloc(1, sizeof(*r));

    r->status = 200;
    r->body = "";
    s->handler(s->ctx, q, r);

    const size_t n = r->body_size ? r->body_size : strlen(r->body);
    struct MHD_Response *const response =
        MHD_create_response_from_buffer(n, (void *)(uintptr_t)r->body, MHD_RESPMEM_MUST_COPY);

    for (size_t i = 0; i < r->n; i++)
        (void)MHD_add_response_header(response, r->names[i], r->values[i]);

    const enum MHD_Result queued = MHD_queue_response(connection, (unsigned)r->status, response);

    MHD_destroy_response(response);
    free(r);
    return queued;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **state)
{
    test_server *const s = cls;
    upload *u = *state;

    (void)version;
    if (!u) {
        *state = calloc(1, sizeof(*u));
        return MHD_YES;
    }
    if (*n) {
        u->data = realloc(u->data, u->n + *n + 1);
        memcpy(u->data + u->n, data, *n);
        u->n += *n;
        u->data[u->n] = '\0';
        *n = 0;
        return MHD_YES;
    }

    const test_request q = {.method = method,
                            .path = url,
                            .body = u->data ? u->data : "",
                            .body_size = u->n,
                            .number = atomic_fetch_add(&s->count, 1) + 1,
                            .connection = connection};

    return reply(s, connection, &q);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    upload *const u = *state;

    (void)cls;
    (void)connection;
    (void)code;
    if (u)
        free(u->data);
    free(u);
    *state = NULL;
}

static struct sockaddr_in loopback(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

test_server *test_server_start_tls(test_handler handler, void *ctx, const char *cert,
                                   const char *key)
{
    test_server *const s = calloc(1, sizeof(*s));
    struct sockaddr_in address = loopback();
    const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | (cert ? MHD_USE_TLS : 0);

    s->handler = handler;
    s->ctx = ctx;
    s->tls = cert != NULL;

    struct MHD_OptionItem options[] = {
        {MHD_OPTION_SOCK_ADDR, 0, &address},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, NULL},
        {cert ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, (void *)(uintptr_t)cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_END, 0, NULL},
    };

    s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_ARRAY, options,
                                 MHD_OPTION_END);
    if (!s->daemon)
        abort();
    s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return s;
}

test_server *test_server_start(test_handler handler, void *ctx)
{
    return test_server_start_tls(handler, ctx, NULL, NULL);
}

void test_server_stop(test_server *s)
{
    if (!s)
        return;
    MHD_stop_daemon(s->daemon);
    free(s);
}

static const char *url_of(const char *scheme, int port, const char *path)
{
    static char texts[8][512];
    static unsigned next;
    char *const text = texts[next++ % 8];

    (void)snprintf(text, sizeof(texts[0]), "%s://127.0.0.1:%d%s", scheme, port, path);
    return text;
}

const char *test_server_url(const test_server *s, const char *path)
{
    return url_of(s->tls ? "https" : "http", s->port, path);
}

int test_server_port(const test_server *s)
{
    return s->port;
}

int test_server_count(test_server *s)
{
    return atomic_load(&s->count);
}

/* ---- Bytes as they are ---- */

struct raw_server {
    pthread_t thread;
    int listener;
    int port;
    const char *const *answers;
    atomic_int count;
    atomic_bool stopping;
};

static bool read_headers(int fd)
{
    char text[8192];
    size_t n = 0;

    while (n + 1 < sizeof(text)) {
        const ssize_t got = recv(fd, text + n, sizeof(text) - 1 - n, 0);

        if (got <= 0)
            return false;
        n += (size_t)got;
        text[n] = '\0';
        if (strstr(text, "\r\n\r\n"))
            return true;
    }
    return false;
}

static void *serve_raw(void *arg)
{
    raw_server *const s = arg;
    size_t at = 0;

    for (;;) {
        const int fd = accept(s->listener, NULL, NULL);

        if (fd < 0 || atomic_load(&s->stopping)) {
            if (fd >= 0)
                (void)close(fd);
            return NULL;
        }
        if (read_headers(fd)) {
            atomic_fetch_add(&s->count, 1);
            (void)!send(fd, s->answers[at], strlen(s->answers[at]), MSG_NOSIGNAL);
            if (s->answers[at + 1])
                at++;
        }
        (void)shutdown(fd, SHUT_WR);
        (void)close(fd);
    }
}

raw_server *raw_server_start(const char *const *answers)
{
    raw_server *const s = calloc(1, sizeof(*s));
    struct sockaddr_in address = loopback();
    socklen_t n = sizeof(address);

    s->answers = answers;
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s->listener, (struct sockaddr *)&address, n) != 0 || listen(s->listener, 64) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &n) != 0)
        abort();
    s->port = ntohs(address.sin_port);
    if (pthread_create(&s->thread, NULL, serve_raw, s) != 0)
        abort();
    return s;
}

void raw_server_stop(raw_server *s)
{
    atomic_store(&s->stopping, true);
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
    free(s);
}

const char *raw_server_url(const raw_server *s, const char *path)
{
    return url_of("http", s->port, path);
}

int raw_server_count(raw_server *s)
{
    return atomic_load(&s->count);
}
