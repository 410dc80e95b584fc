/* http_client.h -- clients for tests: a clock that jumps over waits, and a log of what was told. */
#ifndef HR_TEST_HTTP_CLIENT_H
#define HR_TEST_HTTP_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "headrace/headrace.h"
#include "net/settings.h"

typedef struct test_clock {
    _Atomic int64_t ticks;
    int64_t epoch; /* micros since 1970 at tick 0 */
} test_clock;

typedef struct test_client {
    hr_http_client *client;
    test_clock clock;
    char said[4096]; /* messages of events, one a line */
} test_client;

/* With the settings as JSON. Fails the test when that fails. */
void test_client_open(test_client *t, const char *settings);
void test_client_close(test_client *t);

double test_client_seconds(test_client *t); /* that have passed on its clock */

/* One GET; the caller owes hr_http_response_free(). */
hr_http_response *test_get(test_client *t, const char *url);
hr_http_response *test_send(test_client *t, const hr_http_request *request);

/* GET, then the message of hr_http_response_check; "" when it is fine. In a static buffer. */
const char *test_get_error(test_client *t, const char *url);

#endif
