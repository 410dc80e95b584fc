/* What lies between client and host: TLS, HTTP/2, proxies (all by nginx), packed bodies, silence.
 */
#include "support.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/file.h"
#include "support/http_client.h"
#include "support/local_server.h"

/* ---- nginx ---- */

typedef struct nginx {
    char *folder;
    pid_t pid;
    int tls, mutual, proxy, plain; /* ports */
} nginx;

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static void shell(const char *fmt, ...) HR_PRINTF(1, 2);
static void shell(const char *fmt, ...)
{
    char command[2048];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(command, sizeof(command), fmt, ap);
    va_end(ap);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static void make_certificates(const char *folder)
{
    shell("cd %s && (openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
          "-keyout ca.key -out ca.pem -subj /CN=test-ca -days 2 && "
          "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key "
          "-out server.csr -subj /CN=server && "
          "printf 'subjectAltName=IP:127.0.0.1' >ext && "
          "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
          "-extfile ext -out server.pem && "
          "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key "
          "-out client.csr -subj /CN=me && "
          "openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
          "-out client.crt && cat client.crt client.key >client.pem) >openssl.log 2>&1",
          folder);
}

static void write_config(const nginx *x)
{
    hr_buf text = {0};

    hr_buf_addf(&text,
                "daemon off; worker_processes 1; pid %s/pid; error_log %s/error.log;\n"
                "events { worker_connections 64; }\n"
                "http { access_log off; default_type application/json;\n"
                " client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path %s/f;\n"
                " uwsgi_temp_path %s/u; scgi_temp_path %s/s;\n"
                " gzip on; gzip_min_length 1; gzip_types application/json;\n"
                " ssl_certificate %s/server.pem; ssl_certificate_key %s/server.key;\n",
                x->folder, x->folder, x->folder, x->folder, x->folder, x->folder, x->folder,
                x->folder, x->folder);
    hr_buf_addf(
        &text,
        " server { listen 127.0.0.1:%d ssl http2; location / { return 200 $server_protocol; }\n"
        "  location /down { return 302 http://127.0.0.1:%d/; } }\n"
        " server { listen 127.0.0.1:%d ssl; ssl_verify_client on;\n"
        "  ssl_client_certificate %s/ca.pem; location / { return 200 $ssl_client_s_dn; } }\n"
        " server { listen 127.0.0.1:%d; location / { add_header X-Via proxy;\n"
        "  proxy_pass http://$http_host$request_uri; } }\n"
        " server { listen 127.0.0.1:%d; location / { return 200 \"plain\"; } }\n}\n",
        x->tls, x->plain, x->mutual, x->folder, x->proxy, x->plain);
    test_file(x->folder, "nginx.conf", text.data, text.len);
    hr_buf_release(&text);
}

static void wait_until_it_listens(int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                        .sin_port = htons((uint16_t)port)};

    for (int i = 0; i < 1000; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        const int failed = connect(fd, (const struct sockaddr *)&address, sizeof(address));

        (void)close(fd);
        if (!failed)
            return;
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    fail_msg("nginx does not listen");
}

static int nginx_start(void **state)
{
    static nginx x;
    char conf[512];

    if (access("/usr/sbin/nginx", X_OK) != 0) {
        (void)fprintf(stderr, "skipped: nginx is not on this machine\n");
        *state = NULL;
        return 0;
    }
    x = (nginx){.folder = test_folder(),
                .tls = free_port(),
                .mutual = free_port(),
                .proxy = free_port(),
                .plain = free_port()};
    make_certificates(x.folder);
    write_config(&x);
    (void)snprintf(conf, sizeof(conf), "%s/nginx.conf", x.folder);
    x.pid = fork();
    if (x.pid == 0) {
        (void)execl("/usr/sbin/nginx", "nginx", "-p", x.folder, "-c", conf, (char *)NULL);
        _exit(127);
    }
    wait_until_it_listens(x.plain);
    *state = &x;
    return 0;
}

static int nginx_stop(void **state)
{
    nginx *const x = *state;

    if (!x)
        return 0;
    (void)kill(x->pid, SIGTERM);
    (void)waitpid(x->pid, NULL, 0);
    test_folder_remove(x->folder);
    return 0;
}

static const char *local(const char *scheme, int port, const char *path)
{
    static char text[4][128];
    static unsigned next;
    char *const out = text[next++ % 4];

    (void)snprintf(out, sizeof(text[0]), "%s://127.0.0.1:%d%s", scheme, port, path);
    return out;
}

static void open_with(test_client *t, const char *fmt, ...) HR_PRINTF(2, 3);
static void open_with(test_client *t, const char *fmt, ...)
{
    char settings[2048];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(settings, sizeof(settings), fmt, ap);
    va_end(ap);
    test_client_open(t, settings);
}

static void assert_body(test_client *t, const char *url, const char *want)
{
    hr_http_response *const r = test_get(t, url);
    hr_error err = {0};
    size_t n = 0;

    assert_hr_ok(hr_http_response_check(r, &err), &err, url);
    assert_string_equal(hr_http_response_body(r, &n), want);
    hr_http_response_free(r);
}

static void certificates_are_verified(void **state)
{
    const nginx *const x = *state;
    char ca[512];
    test_client t;

    if (!x)
        skip();
    open_with(&t, "{\"concurrency\": 2}");
    assert_non_null(strstr(test_get_error(&t, local("https", x->tls, "/")), "certificate"));
    assert_true(test_client_seconds(&t) < 0.001); /* it is not tried again */
    test_client_close(&t);
    open_with(&t, "{\"tls\": {\"ca\": \"%s/ca.pem\"}}", x->folder);
    assert_body(&t, local("https", x->tls, "/"), "HTTP/2.0");
    test_client_close(&t);
    (void)unsetenv("REQUESTS_CA_BUNDLE");
    (void)unsetenv("CURL_CA_BUNDLE");
    assert_int_equal(setenv("SSL_CERT_FILE", "/dev/null", 1), 0);
    open_with(&t, "{\"tls\": {\"ca\": \"%s/ca.pem\"}}", x->folder);
    assert_body(&t, local("https", x->tls, "/"), "HTTP/2.0");
    test_client_close(&t);
    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", x->folder);
    assert_int_equal(setenv("SSL_CERT_FILE", ca, 1), 0);
    open_with(&t, "{}");
    assert_body(&t, local("https", x->tls, "/"), "HTTP/2.0");
    test_client_close(&t);
    (void)unsetenv("SSL_CERT_FILE");
    open_with(&t, "{\"tls\": {\"verify\": false}}");
    assert_body(&t, local("https", x->tls, "/"), "HTTP/2.0");
    test_client_close(&t);
}

static void we_have_a_certificate_too(void **state)
{
    const nginx *const x = *state;
    test_client t;

    if (!x)
        skip();
    open_with(&t, "{\"tls\": {\"ca\": \"%s/ca.pem\"}}", x->folder);
    assert_non_null(strstr(test_get_error(&t, local("https", x->mutual, "/")), "HTTP 400"));
    test_client_close(&t);
    open_with(&t, "{\"tls\": {\"ca\": \"%s/ca.pem\", \"cert\": \"%s/client.pem\"}}", x->folder,
              x->folder);
    assert_body(&t, local("https", x->mutual, "/"), "CN=me");
    test_client_close(&t);
    open_with(&t,
              "{\"tls\": {\"ca\": \"%s/ca.pem\", \"cert\": \"%s/client.crt\","
              " \"key\": \"%s/client.key\"}}",
              x->folder, x->folder, x->folder);
    assert_body(&t, local("https", x->mutual, "/"), "CN=me");
    test_client_close(&t);
}

static void many_requests_share_an_http2_connection(void **state)
{
    const nginx *const x = *state;
    hr_http_flow *f = NULL;
    hr_error err = {0};
    test_client t;

    if (!x)
        skip();
    open_with(&t, "{\"tls\": {\"ca\": \"%s/ca.pem\"}, \"concurrency\": 20}", x->folder);
    assert_hr_ok(hr_http_flow_new(t.client, &f, &err), &err, "flow");
    for (int i = 0; i < 100; i++) {
        const hr_http_request request = {.size = sizeof(request),
                                         .url = local("https", x->tls, "/")};

        assert_hr_ok(hr_http_submit(f, &request, &err), &err, "submit");
    }
    while (hr_http_outstanding(f)) {
        hr_http_response *r = NULL;

        assert_hr_ok(hr_http_next(f, &r, &err), &err, "next");
        assert_hr_ok(hr_http_response_check(r, &err), &err, "response");
        hr_http_response_free(r);
    }
    hr_http_flow_free(f);
    test_client_close(&t);
}

static void https_does_not_lead_to_http_with_credentials(void **state)
{
    const nginx *const x = *state;
    test_client t;

    if (!x)
        skip();
    open_with(&t, "{\"tls\": {\"ca\": \"%s/ca.pem\"}, \"auth\": {\"token\": \"abc123\"}}",
              x->folder);
    assert_non_null(strstr(test_get_error(&t, local("https", x->tls, "/down")),
                           "redirected from https to http://127.0.0.1"));
    test_client_close(&t);
    open_with(&t, "{\"tls\": {\"ca\": \"%s/ca.pem\"}}", x->folder);
    assert_body(&t, local("https", x->tls, "/down"), "plain");
    test_client_close(&t);
}

static void proxies_are_used(void **state)
{
    const nginx *const x = *state;
    test_client t;

    if (!x)
        skip();
    open_with(&t, "{\"proxy\": \"%s\"}", local("http", x->proxy, ""));

    hr_http_response *r = test_get(&t, local("http", x->plain, "/"));

    assert_string_equal(hr_http_response_header(r, "X-Via", 0), "proxy");
    hr_http_response_free(r);
    test_client_close(&t);
    assert_int_equal(setenv("http_proxy", local("http", x->proxy, ""), 1), 0);
    open_with(&t, "{\"proxy\": \"\"}");
    r = test_get(&t, local("http", x->plain, "/"));
    assert_null(hr_http_response_header(r, "X-Via", 0));
    hr_http_response_free(r);
    test_client_close(&t);
    open_with(&t, "{}");
    r = test_get(&t, local("http", x->plain, "/"));
    assert_string_equal(hr_http_response_header(r, "X-Via", 0), "proxy");
    hr_http_response_free(r);
    test_client_close(&t);
    (void)unsetenv("http_proxy");
}

/* ---- Packed bodies ---- */

enum { PACKED = 96 << 20 };

typedef struct packed {
    const char *encoding;
    char *bytes;
    size_t n;
} packed;

static void send_packed(void *ctx, const test_request *q, test_reply *r)
{
    const packed *const p = ctx;

    (void)q;
    test_reply_header(r, "Content-Encoding", "%s", p->encoding);
    r->body = p->bytes;
    r->body_size = p->n;
}

/* As gzip does it. */
static void pack_gzip(hr_str text, packed *out)
{
    z_stream z = {0};

    out->encoding = "gzip";
    out->n = text.n / 500 + 4096;
    out->bytes = malloc(out->n);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text.p;
    z.avail_in = (unsigned)text.n;
    z.next_out = (unsigned char *)out->bytes;
    z.avail_out = (unsigned)out->n;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n = z.total_out;
    (void)deflateEnd(&z);
}

static void pack_zstd(hr_str text, packed *out)
{
    out->encoding = "zstd";
    out->n = ZSTD_compressBound(text.n);
    out->bytes = malloc(out->n);
    out->n = ZSTD_compress(out->bytes, out->n, text.p, text.n, 3);
    assert_false(ZSTD_isError(out->n));
}

static void bodies_are_unpacked(void **state)
{
    /* printf 'brotli says hello' | brotli */
    static const char brotli[] = "\x0b\x08\x80\x62\x72\x6f\x74\x6c\x69\x20\x73\x61\x79\x73\x20\x68"
                                 "\x65\x6c\x6c\x6f\x03";
    packed packs[3] = {{.encoding = "br", .bytes = malloc(21), .n = 21}};
    static const char *const want[] = {"brotli says hello", "gzip says hello", "zstd says hello"};

    (void)state;
    memcpy(packs[0].bytes, brotli, 21);
    pack_gzip(hr_str_from(want[1]), &packs[1]);
    pack_zstd(hr_str_from(want[2]), &packs[2]);
    for (size_t i = 0; i < 3; i++) {
        test_server *const server = test_server_start(send_packed, &packs[i]);
        test_client t;

        test_client_open(&t, "{}");
        assert_body(&t, test_server_url(server, "/"), want[i]);
        test_client_close(&t);
        test_server_stop(server);
        free(packs[i].bytes);
    }
}

static void a_bomb_does_not_go_off(void **state)
{
    char *const zeros = calloc(PACKED, 1);
    packed packs[2];

    (void)state;
    pack_gzip((hr_str){zeros, PACKED}, &packs[0]);
    pack_zstd((hr_str){zeros, PACKED}, &packs[1]);
    free(zeros);
    for (size_t i = 0; i < 2; i++) {
        test_server *const server = test_server_start(send_packed, &packs[i]);
        test_client t;

        test_client_open(&t, "{}");
        assert_non_null(strstr(test_get_error(&t, test_server_url(server, "/")),
                               "unpacks to far more than was sent"));
        assert_int_equal(test_server_count(server), 1);
        test_client_close(&t);
        test_client_open(&t, "{\"max_response\": \"1M\"}");
        assert_non_null(strstr(test_get_error(&t, test_server_url(server, "/")),
                               "larger than client.max_response (1048576 bytes)"));
        test_client_close(&t);
        test_server_stop(server);
        free(packs[i].bytes);
    }
}

/* Those who parse a body know best. */
static hr_http_verdict reject_short(void *ctx, hr_http_response *r)
{
    size_t n = 0;

    (void)ctx;
    (void)hr_http_response_body(r, &n);
    return n < 20000 ? HR_HTTP_RETRY : HR_HTTP_DEFAULT;
}

/* The length is right, but the packed bytes end too soon: libcurl 7.88 does not mind. */
static void an_answer_that_is_no_good_can_be_refused(void **state)
{
    char text[20000];
    packed p;

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + (i * i / 7 + i) % 26);
    pack_gzip((hr_str){text, sizeof(text)}, &p);
    p.n /= 2;

    test_server *const server = test_server_start(send_packed, &p);
    const hr_http_request request = {
        .size = sizeof(request), .url = test_server_url(server, "/"), .judge = reject_short};
    test_client t;

    test_client_open(&t, "{\"retry\": {\"max_attempts\": 3}}");
    hr_http_response_free(test_send(&t, &request));
    assert_int_equal(test_server_count(server), 3);
    test_client_close(&t);
    test_server_stop(server);
    free(p.bytes);
}

/* ---- A host that takes connections and says nothing ---- */

static int silent_host(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void silence_is_not_waited_for_for_ever(void **state)
{
    static const char *const timeouts[] = {"{\"read\": 1}", "{\"total\": 0.2}"};
    int port = 0;
    const int fd = silent_host(&port);

    (void)state;
    for (size_t i = 0; i < N_OF(timeouts); i++) {
        test_client t;

        open_with(&t, "{\"retry\": {\"max_attempts\": 1}, \"timeout\": %s}", timeouts[i]);

        const char *const error = test_get_error(&t, local("http", port, "/"));

        if (!strstr(error, "too slow") && !strstr(error, "timed out"))
            fail_msg("%s: %s", timeouts[i], error);
        test_client_close(&t);
    }
    (void)close(fd);
}

static hr_http_client *to_cancel;

static void *cancel_soon(void *arg)
{
    (void)arg;
    (void)nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    hr_http_cancel(to_cancel);
    return NULL;
}

static void on_alarm(int number)
{
    (void)number;
    hr_http_cancel(to_cancel);
}

static void assert_cancelled(test_client *t, int port)
{
    const hr_http_request request = {.size = sizeof(request), .url = local("http", port, "/")};
    hr_http_response *r = NULL;
    hr_error err = {0};

    assert_int_equal(hr_http_send(t->client, &request, &r, &err), HR_E_CANCELLED);
    assert_int_equal(hr_http_send(t->client, &request, &r, &err), HR_E_CANCELLED);
    test_client_close(t);
}

static void waiting_can_be_ended(void **state)
{
    int port = 0;
    const int fd = silent_host(&port);
    const struct itimerval soon = {.it_value.tv_usec = 50000};
    pthread_t thread;
    test_client t;

    (void)state;
    test_client_open(&t, "{}");
    to_cancel = t.client;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
    assert_cancelled(&t, port);
    (void)pthread_join(thread, NULL);

    test_client_open(&t, "{}");
    to_cancel = t.client;
    (void)signal(SIGALRM, on_alarm);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_cancelled(&t, port);
    (void)signal(SIGALRM, SIG_DFL);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest with_nginx[] = {
        cmocka_unit_test(certificates_are_verified),
        cmocka_unit_test(we_have_a_certificate_too),
        cmocka_unit_test(many_requests_share_an_http2_connection),
        cmocka_unit_test(https_does_not_lead_to_http_with_credentials),
        cmocka_unit_test(proxies_are_used),
    };
    const struct CMUnitTest without[] = {
        cmocka_unit_test(bodies_are_unpacked),
        cmocka_unit_test(a_bomb_does_not_go_off),
        cmocka_unit_test(an_answer_that_is_no_good_can_be_refused),
        cmocka_unit_test(silence_is_not_waited_for_for_ever),
        cmocka_unit_test(waiting_can_be_ended),
    };

    return cmocka_run_group_tests(with_nginx, nginx_start, nginx_stop) +
           cmocka_run_group_tests(without, NULL, NULL);
}
