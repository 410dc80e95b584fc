/* local_server.h -- an HTTP server on a free port of the loopback, in a thread of the test. */
#ifndef HR_TEST_LOCAL_SERVER_H
#define HR_TEST_LOCAL_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "headrace/error.h"

enum { TEST_REPLY_HEADERS = 16 };

typedef struct test_server test_server;

typedef struct test_request {
    const char *method;
    const char *path;
    const char *body;
    size_t body_size;
    int number; /* from 1, over the server's life */
    void *connection;
} test_request;

/* "" when absent. */
const char *test_request_header(const test_request *q, const char *name);
const char *test_request_param(const test_request *q, const char *name);

typedef struct test_reply {
    int status; /* 200 */
    const char *names[TEST_REPLY_HEADERS];
    const char *values[TEST_REPLY_HEADERS];
    char text[TEST_REPLY_HEADERS][256]; /* room for values */
    size_t n;
    const char *body; /* "" */
    size_t body_size; /* 0: strlen(body) */
} test_reply;

/* Adds a header; the value is printed. */
void test_reply_header(test_reply *r, const char *name, const char *fmt, ...) HR_PRINTF(3, 4);

typedef void (*test_handler)(void *ctx, const test_request *q, test_reply *r);

test_server *test_server_start(test_handler handler, void *ctx);
/* The same over TLS, with the server's certificate and key as PEM text. */
test_server *test_server_start_tls(test_handler handler, void *ctx, const char *cert,
                                   const char *key);
void test_server_stop(test_server *s);

/* "http://127.0.0.1:PORT" + path, in one of a few static buffers. */
const char *test_server_url(const test_server *s, const char *path);
int test_server_port(const test_server *s);

/* Requests answered so far. */
int test_server_count(test_server *s);

/* ---- A server that sends bytes as they are, one text a connection, and hangs up ---- */

typedef struct raw_server raw_server;

/* `answers` ends with NULL; the last one is repeated. Each is sent once the request's headers are
 * there. */
raw_server *raw_server_start(const char *const *answers);
void raw_server_stop(raw_server *s);
const char *raw_server_url(const raw_server *s, const char *path);
int raw_server_count(raw_server *s);

#endif
