/* http_server.h -- what our test servers have in common: ports, replies good and bad, a memory of
 * what was asked.
 *
 * Each request is answered by the one handler, on a thread of its connection, several at once. The
 * handler fills in a reply; `how` says in which way the bytes go out, or do not. Paths below /-/
 * are the server's own:
 *
 *     /-/requests   a JSON list of the requests so far: n, listener, method, target, headers,
 *                   body, ms since the start of the server
 *     /-/stats      {"requests": N, "peak": most requests under way at once}
 *
 * Nothing of a request is ever printed. Out of memory ends the program: these are tests' servers.
 */
#ifndef HR_TESTS_HTTP_SERVER_H
#define HR_TESTS_HTTP_SERVER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { HS_LISTENERS = 2, HS_HEADERS = 32 };

struct MHD_Connection;

typedef struct hs_request {
    unsigned n;        /* from 1, in order of arrival */
    unsigned listener; /* which port it came in by */
    const char *method;
    const char *path;   /* unescaped, without the query */
    const char *target; /* as it was sent, with the query */
    const char *body;
    size_t body_len;
    struct MHD_Connection *connection;
} hs_request;

typedef enum hs_how {
    HS_WHOLE,   /* with Content-Length */
    HS_CHUNKED, /* the same bytes, without */
    HS_SHORT,   /* closes after `cut` bytes of the promised length */
    HS_CUT,     /* chunked, and closes after `cut` bytes, without the last chunk */
    HS_STALL,   /* sends `cut` bytes, then nothing until the client goes */
    HS_DRIP,    /* a byte or a few at a time, `drip_ms` apart */
    HS_RESET,   /* no reply: the connection is reset */
    HS_CLOSE    /* no reply: the connection is closed */
} hs_how;

typedef struct hs_reply {
    unsigned status; /* 200 */
    hs_how how;
    hr_buf body;
    size_t cut;
    unsigned pause_ms; /* before the reply */
    unsigned drip_ms;
    bool http10;
    struct {
        char name[48];
        char value[512];
    } headers[HS_HEADERS]; /* without a Content-Type, it is application/json */
    unsigned n_headers;
} hs_reply;

typedef void (*hs_handler)(void *context, const hs_request *in, hs_reply *out);

typedef struct hs_options {
    hs_handler handler;
    void *context;
    bool forget; /* keeps counts only: for servers that are asked a million times */
} hs_options;

/* Serves on free ports of 127.0.0.1 until its standard input ends, so that no server outlives the
 * test that started it. Prints the origins, one a line. Returns the exit status. */
int hs_serve(const hs_options *options);

/* "http://127.0.0.1:PORT" of a listener. */
const char *hs_origin(unsigned listener);

/* Of the query, unescaped, or of the headers; NULL when absent. */
const char *hs_param(const hs_request *in, const char *name);
const char *hs_header(const hs_request *in, const char *name);
/* A parameter as a number; `otherwise` when it is absent or none. */
unsigned hs_number(const hs_request *in, const char *name, unsigned otherwise);

void hs_head(hs_reply *out, const char *name, const char *fmt, ...) HR_PRINTF(3, 4);
void hs_body(hs_reply *out, const char *fmt, ...) HR_PRINTF(2, 3);

void hs_sleep_ms(unsigned ms);

#endif
