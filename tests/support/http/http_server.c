#include "http/http_server.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "http/request_log.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct server {
    hs_options options;
    hs_log log;
    struct MHD_Daemon *daemons[HS_LISTENERS];
    char origins[HS_LISTENERS][64];
} server;

/* One request under way. */
typedef struct exchange {
    hs_request in;
    hs_reply out;
    hr_buf body;
    char *target;
    bool counted;
} exchange;

/* A body on its way out. */
typedef struct outgoing {
    hs_reply reply;
    int fd;
} outgoing;

static server the_server;

const char *hs_origin(unsigned listener)
{
    return the_server.origins[listener];
}

const char *hs_param(const hs_request *in, const char *name)
{
    return MHD_lookup_connection_value(in->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *hs_header(const hs_request *in, const char *name)
{
    return MHD_lookup_connection_value(in->connection, MHD_HEADER_KIND, name);
}

unsigned hs_number(const hs_request *in, const char *name, unsigned otherwise)
{
    const char *text = hs_param(in, name);
    char *end = NULL;
    unsigned long value = text ? strtoul(text, &end, 10) : 0;
    return text && *text && *end == '\0' ? (unsigned)value : otherwise;
}

static void must(bool done)
{
    if (!done) {
        fputs("http_server: out of memory, or of room for headers\n", stderr);
        abort();
    }
}

void hs_head(hs_reply *out, const char *name, const char *fmt, ...)
{
    must(out->n_headers < HS_HEADERS);
    unsigned i = out->n_headers++;
    snprintf(out->headers[i].name, sizeof out->headers[i].name, "%s", name);
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(out->headers[i].value, sizeof out->headers[i].value, fmt, args);
    va_end(args);
    must(n >= 0 && (size_t)n < sizeof out->headers[i].value);
}

void hs_body(hs_reply *out, const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    must(n >= 0 && (size_t)n < sizeof text);
    must(hr_buf_add(&out->body, (hr_str){.p = text, .n = (size_t)n}));
}

void hs_sleep_ms(unsigned ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

/* ---- Bodies that end badly ---- */

static void wait_for_client_to_go(int fd)
{
    struct pollfd gone = {.fd = fd, .events = POLLRDHUP};
    while (poll(&gone, 1, 60000) < 0) {
    }
}

static ssize_t read_body(void *cls, uint64_t at, char *into, size_t max)
{
    outgoing *o = cls;
    const hs_reply *r = &o->reply;
    bool ends_badly = r->how == HS_SHORT || r->how == HS_CUT || r->how == HS_STALL;
    size_t end = ends_badly && r->cut < r->body.len ? r->cut : r->body.len;
    if (at >= end) {
        if (r->how == HS_STALL) {
            wait_for_client_to_go(o->fd);
        }
        return ends_badly ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t n = end - (size_t)at < max ? end - (size_t)at : max;
    if (r->how == HS_DRIP) {
        hs_sleep_ms(r->drip_ms);
        n = n < 3 ? n : 3;
    }
    memcpy(into, r->body.data + at, n);
    return (ssize_t)n;
}

static void free_outgoing(void *cls)
{
    outgoing *o = cls;
    hr_buf_release(&o->reply.body);
    hr_free(o);
}

static int socket_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static struct MHD_Response *make_response(exchange *e)
{
    hs_reply *r = &e->out;
    if (r->how == HS_WHOLE) {
        static char nothing[1];
        return MHD_create_response_from_buffer(r->body.len, r->body.len ? r->body.data : nothing,
                                               MHD_RESPMEM_MUST_COPY);
    }
    outgoing *o = hr_calloc(1, sizeof *o);
    must(o);
    o->reply = *r;
    o->fd = socket_of(e->in.connection);
    r->body = (hr_buf){0};
    bool chunked = r->how == HS_CHUNKED || r->how == HS_CUT;
    uint64_t length = r->how == HS_SHORT ? o->reply.body.len + 100 : o->reply.body.len;
    return MHD_create_response_from_callback(chunked ? MHD_SIZE_UNKNOWN : length, 4096, read_body,
                                             o, free_outgoing);
}

/* On Linux, connecting a connected socket to nowhere resets it. */
static void reset_connection(int fd)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    (void)connect(fd, &nowhere, sizeof nowhere);
}

static void count_out(exchange *e)
{
    if (e->counted) {
        hs_log_end(&the_server.log);
    }
    e->counted = false;
}

/* A whole reply counts as sent before it is: a client that has it may well be back with its next
 * request before this thread is told. */
static enum MHD_Result send_reply(exchange *e)
{
    hs_reply *r = &e->out;
    hs_sleep_ms(r->pause_ms);
    if (r->how == HS_RESET) {
        reset_connection(socket_of(e->in.connection));
    }
    if (r->how == HS_RESET || r->how == HS_CLOSE) {
        return MHD_NO;
    }
    bool typed = r->status == 204 || r->status == 304;
    struct MHD_Response *response = make_response(e);
    must(response);
    if (r->http10) {
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_SERVER, MHD_RO_END);
    }
    for (unsigned i = 0; i < r->n_headers; i++) {
        must(MHD_add_response_header(response, r->headers[i].name, r->headers[i].value));
        typed = typed || strcmp(r->headers[i].name, "Content-Type") == 0;
    }
    must(typed || MHD_add_response_header(response, "Content-Type", "application/json"));
    if (r->how == HS_WHOLE) {
        count_out(e);
    }
    enum MHD_Result queued = MHD_queue_response(e->in.connection, r->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* ---- Requests ---- */

static enum MHD_Result note_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    hs_log_header(cls, name, value);
    return MHD_YES;
}

static void note(exchange *e)
{
    hs_log *log = &the_server.log;
    e->in.n = hs_log_begin(log);
    e->counted = true;
    if (!the_server.options.forget) {
        hs_entry entry = hs_log_entry(&e->in);
        MHD_get_connection_values(e->in.connection, MHD_HEADER_KIND, note_header, &entry);
        hs_log_add(log, &entry);
    }
}

static void answer(exchange *e)
{
    e->out.status = 200;
    if (strcmp(e->in.path, "/-/requests") == 0) {
        hs_log_write_requests(&the_server.log, &e->out.body);
    } else if (strcmp(e->in.path, "/-/stats") == 0) {
        hs_log_write_stats(&the_server.log, &e->out.body);
    } else {
        note(e);
        the_server.options.handler(the_server.options.context, &e->in, &e->out);
    }
}

/* The first to see a request: it alone is given what was really sent. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *c)
{
    (void)cls;
    exchange *e = hr_calloc(1, sizeof *e);
    must(e);
    e->in.connection = c;
    e->target = hr_strdup(target);
    must(e->target);
    e->in.target = e->target;
    return e;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    (void)version;
    (void)c;
    exchange *e = *state;
    if (!e->in.path) {
        e->in.path = path;
        e->in.method = method;
        e->in.listener = (unsigned)(size_t)cls;
        return MHD_YES; /* the body comes in further calls */
    }
    if (*upload_size) {
        must(hr_buf_add(&e->body, (hr_str){.p = upload, .n = *upload_size}));
        *upload_size = 0;
        return MHD_YES;
    }
    e->in.body = e->body.len ? e->body.data : "";
    e->in.body_len = e->body.len;
    answer(e);
    return send_reply(e);
}

static void on_done(void *cls, struct MHD_Connection *c, void **state,
                    enum MHD_RequestTerminationCode why)
{
    (void)cls;
    (void)c;
    (void)why;
    exchange *e = *state;
    if (!e) {
        return;
    }
    count_out(e);
    hr_buf_release(&e->body);
    hr_buf_release(&e->out.body);
    hr_free(e->target);
    hr_free(e);
    *state = NULL;
}

/* ---- Life ---- */

static bool listen_on(unsigned i)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL,
        NULL, on_request, (void *)(size_t)i, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
        MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024U, MHD_OPTION_END);
    if (!d) {
        return false;
    }
    the_server.daemons[i] = d;
    snprintf(the_server.origins[i], sizeof the_server.origins[i], "http://127.0.0.1:%u",
             (unsigned)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
    return true;
}

static void wait_for_end_of_input(void)
{
    char c;
    ssize_t n;
    do {
        n = read(STDIN_FILENO, &c, 1);
    } while (n > 0);
}

int hs_serve(const hs_options *options)
{
    signal(SIGPIPE, SIG_IGN);
    the_server.options = *options;
    hs_log_start(&the_server.log);
    for (unsigned i = 0; i < HS_LISTENERS; i++) {
        if (!listen_on(i)) {
            fprintf(stderr, "http_server: cannot listen on 127.0.0.1\n");
            return 1;
        }
        printf("%s\n", hs_origin(i));
    }
    fflush(stdout);
    wait_for_end_of_input();
    for (unsigned i = 0; i < HS_LISTENERS; i++) {
        MHD_stop_daemon(the_server.daemons[i]);
    }
    hs_log_release(&the_server.log);
    return 0;
}
