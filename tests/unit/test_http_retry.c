/* When the client tries again, and how long it waits: by a clock that jumps. */
#include "support.h"

#include "support/http_client.h"
#include "support/local_server.h"

/* Answers by the number of the request. */
typedef struct script {
    int status[8];
    const char *header[8]; /* Retry-After */
    int remaining;         /* X-RateLimit-Remaining of the first; -1: none */
} script;

static void follow_script(void *ctx, const test_request *q, test_reply *r)
{
    const script *const s = ctx;
    const int i = q->number - 1;

    r->status = i < 8 && s->status[i] ? s->status[i] : 200;
    if (i < 8 && s->header[i])
        test_reply_header(r, "Retry-After", "%s", s->header[i]);
    r->body = r->status == 200 ? "{\"ok\": true}" : "{\"message\": \"not now\"}";
}

static const struct retry_case {
    const char *label;
    const char *settings;
    script script;
    int want_status;
    int want_requests;
    double least, most; /* seconds */
} retry_cases[] = {
    {"a 503 is tried again", "{}", {.status = {503}}, 200, 2, 0.5, 1},
    {"waits double", "{}", {.status = {503, 503, 503}}, 200, 4, 3.5, 7},
    {"the last answer is given", "{}", {.status = {500, 500, 500, 500, 502}}, 502, 5, 7.5, 15},
    {"as often as said",
     "{\"retry\":{\"max_attempts\":2}}",
     {.status = {500, 500}},
     500,
     2,
     0.5,
     1},
    {"0 is no retry", "{\"retry\":{\"max_attempts\":0}}", {.status = {500}}, 500, 1, 0, 0},
    {"a delay has an end",
     "{\"retry\":{\"max_delay\":0.5,\"backoff_factor\":100}}",
     {.status = {500}},
     200,
     2,
     0.25,
     0.5},
    {"404 is final", "{}", {.status = {404}}, 404, 1, 0, 0},
    {"408 and 425 are not", "{}", {.status = {408, 425}}, 200, 3, 1.5, 3},
    {"statuses that are said",
     "{\"retry\":{\"on\":[404]}}",
     {.status = {404, 500}},
     500,
     2,
     0.5,
     1},
    {"5xx is said", "{\"retry\":{\"on\":[\"5xx\"]}}", {.status = {599, 429}}, 429, 2, 0.5, 1},
    {"Retry-After in seconds", "{}", {.status = {429}, .header = {"7"}}, 200, 2, 7, 7.1},
    {"beyond max_delay", "{}", {.status = {503}, .header = {"1000"}}, 200, 2, 1000, 1001},
    {"Retry-After of 0", "{}", {.status = {503}, .header = {"0"}}, 200, 2, 0.5, 1},
    {"a date to come is counted from the server's Date",
     "{}",
     {.status = {503}, .header = {"Fri, 31 Dec 2100 23:59:59 GMT"}},
     503,
     1,
     0,
     0},
    {"a date in the past",
     "{}",
     {.status = {503}, .header = {"Sun, 06 Nov 1994 08:49:37 GMT"}},
     200,
     2,
     0.5,
     1},
    {"nonsense counts as nothing", "{}", {.status = {429}, .header = {"soon"}}, 200, 2, 0.5, 1},
    {"403 with Retry-After is a limit", "{}", {.status = {403}, .header = {"30"}}, 200, 2, 30, 31},
    {"403 is final", "{}", {.status = {403}}, 403, 1, 0, 0},
    {"the deadline",
     "{\"retry\":{\"deadline\":5}}",
     {.status = {503}, .header = {"6"}},
     503,
     1,
     0,
     0},
};

static void waits_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(retry_cases); i++) {
        const struct retry_case *const k = &retry_cases[i];
        script s = k->script;
        test_server *const server = test_server_start(follow_script, &s);
        test_client t;

        test_client_open(&t, k->settings);

        hr_http_response *const r = test_get(&t, test_server_url(server, "/"));

        if (hr_http_response_status(r) != k->want_status)
            fail_msg("%s: status %d", k->label, hr_http_response_status(r));
        if (test_server_count(server) != k->want_requests)
            fail_msg("%s: %d requests", k->label, test_server_count(server));
        if (test_client_seconds(&t) < k->least || test_client_seconds(&t) > k->most + 0.001)
            fail_msg("%s: %.3f s", k->label, test_client_seconds(&t));
        assert_int_equal(hr_http_response_attempts(r), k->want_requests);
        hr_http_response_free(r);
        test_client_close(&t);
        test_server_stop(server);
    }
}

static void a_post_is_not_tried_again_unless_that_is_safe(void **state)
{
    static const struct {
        const char *settings;
        bool idempotent;
        int want;
    } cases[] = {
        {"{}", false, 1}, {"{}", true, 2}, {"{\"retry\":{\"methods\":[\"POST\"]}}", false, 2}};

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        script s = {.status = {503}};
        test_server *const server = test_server_start(follow_script, &s);
        const hr_http_request request = {.size = sizeof(request),
                                         .method = "POST",
                                         .url = test_server_url(server, "/"),
                                         .body = "{}",
                                         .body_size = 2,
                                         .idempotent = cases[i].idempotent};
        test_client t;

        test_client_open(&t, cases[i].settings);
        hr_http_response_free(test_send(&t, &request));
        assert_int_equal(test_server_count(server), cases[i].want);
        test_client_close(&t);
        test_server_stop(server);
    }
}

static void waits_are_announced(void **state)
{
    script s = {.status = {429, 503}, .header = {"12", "3"}};
    test_server *const server = test_server_start(follow_script, &s);
    test_client t;

    (void)state;
    test_client_open(&t, "{}");
    hr_http_response_free(test_get(&t, test_server_url(server, "/")));
    assert_string_equal(t.said, "waiting 12 s: rate limit of 127.0.0.1\n"
                                "waiting 3 s: rate limit of 127.0.0.1\n");
    test_client_close(&t);
    test_server_stop(server);
}

static void errors_say_what_to_do(void **state)
{
    script s = {.status = {401, 503}, .header = {NULL, "7200"}};
    test_server *const server = test_server_start(follow_script, &s);
    test_client t;
    char want[256];

    (void)state;
    test_client_open(&t, "{}");
    (void)snprintf(want, sizeof(want),
                   "GET %s: HTTP 401; look at auth: the credentials are missing, wrong or expired. "
                   "It says: {\"message\": \"not now\"}",
                   test_server_url(server, "/a?api_key=***&page=2"));
    assert_string_equal(test_get_error(&t, test_server_url(server, "/a?api_key=hidden&page=2")),
                        want);
    assert_non_null(
        strstr(test_get_error(&t, test_server_url(server, "/")),
               "the API asks to wait 7200 s, longer than client.retry.deadline allows"));
    test_client_close(&t);
    test_server_stop(server);
}

/* ---- Faults ---- */

static const struct fault_case {
    const char *label;
    const char *answers[3];
    const char *want_body;  /* NULL: an error ... */
    const char *want_error; /* ... with these words */
} fault_cases[] = {
    {"closed without an answer",
     {"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL},
     "ok",
     NULL},
    {"cut off body",
     {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
      "HTTP/1.1 200 OK\r\n"
      "Content-Length: 2\r\n\r\nok",
      NULL},
     "ok",
     NULL},
    {"cut off chunks",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", NULL},
     "ok",
     NULL},
    {"always cut off",
     {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", NULL},
     NULL,
     "the response was cut off"},
    {"not HTTP", {"SSH-2.0-OpenSSH_9\r\n", NULL}, NULL, "HTTP/0.9"},
    {"too large",
     {"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", NULL},
     NULL,
     "larger than client.max_response (100000 bytes)"},
};

static void faults_are_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(fault_cases); i++) {
        const struct fault_case *const k = &fault_cases[i];
        raw_server *const server = raw_server_start(k->answers);
        test_client t;
        hr_error err = {0};
        size_t n = 0;

        test_client_open(&t, "{\"max_response\": 100000}");

        hr_http_response *const r = test_get(&t, raw_server_url(server, "/"));
        const hr_status st = hr_http_response_check(r, &err);

        if (k->want_body && (st != HR_OK || strcmp(hr_http_response_body(r, &n), k->want_body)))
            fail_msg("%s: %s", k->label, err.msg);
        if (k->want_error && (st == HR_OK || !strstr(err.msg, k->want_error)))
            fail_msg("%s: \"%s\"", k->label, err.msg);
        hr_http_response_free(r);
        test_client_close(&t);
        raw_server_stop(server);
    }
}

static void nobody_listens(void **state)
{
    static const char *const none[] = {"", NULL};
    raw_server *const server = raw_server_start(none);
    const char *const url = raw_server_url(server, "/x?token=hidden");
    test_client t;

    (void)state;
    raw_server_stop(server);
    test_client_open(&t, "{}");

    const char *const error = test_get_error(&t, url);

    assert_non_null(strstr(error, "token=***"));
    assert_non_null(strstr(error, "tried again"));
    assert_true(test_client_seconds(&t) >= 7.5);
    test_client_close(&t);
}

/* ---- One budget for all ---- */

static void answer_with_limit(void *ctx, const test_request *q, test_reply *r)
{
    test_clock *const clock = ctx;
    const int64_t seconds = atomic_load(&clock->ticks) / HR_SECOND;
    const int64_t left = 10 - (q->number - 1) % 10 - 1;

    test_reply_header(r, "X-RateLimit-Limit", "10");
    test_reply_header(r, "X-RateLimit-Remaining", "%d", (int)left);
    test_reply_header(r, "X-RateLimit-Reset-After", "%d", (int)(60 - seconds % 60));
    r->body = "{}";
}

/* 30 requests of which 10 may go a minute: never more, whatever is under way at once. */
static void the_hosts_count_is_kept(void **state)
{
    test_client t;
    hr_http_flow *f = NULL;
    hr_error err = {0};

    (void)state;
    test_client_open(&t, "{\"concurrency\": 4}");

    test_server *const server = test_server_start(answer_with_limit, &t.clock);

    assert_hr_ok(hr_http_flow_new(t.client, &f, &err), &err, "flow");
    for (int i = 0; i < 30; i++) {
        const hr_http_request request = {.size = sizeof(request),
                                         .url = test_server_url(server, "/")};

        assert_hr_ok(hr_http_submit(f, &request, &err), &err, "submit");
    }
    for (int i = 0; i < 30; i++) {
        hr_http_response *r = NULL;

        assert_hr_ok(hr_http_next(f, &r, &err), &err, "next");
        hr_http_response_free(r);
    }
    assert_true(test_client_seconds(&t) >= 119 && test_client_seconds(&t) < 122);
    hr_http_flow_free(f);
    test_client_close(&t);
    test_server_stop(server);
}

static void configured_windows_are_kept(void **state)
{
    script s = {.status = {200}};
    test_server *const server = test_server_start(follow_script, &s);
    test_client t;

    (void)state;
    test_client_open(&t, "{\"rate_limit\": [{\"requests\": 5, \"per\": \"10s\"},"
                         " {\"requests\": 12, \"per\": \"1m\"}]}");
    for (int i = 0; i < 13; i++)
        hr_http_response_free(test_get(&t, test_server_url(server, "/")));
    assert_true(test_client_seconds(&t) >= 60 && test_client_seconds(&t) < 61);
    assert_non_null(strstr(t.said, "rate limit of 127.0.0.1"));
    test_client_close(&t);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_are_right),
        cmocka_unit_test(a_post_is_not_tried_again_unless_that_is_safe),
        cmocka_unit_test(waits_are_announced),
        cmocka_unit_test(errors_say_what_to_do),
        cmocka_unit_test(faults_are_tried_again),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(the_hosts_count_is_kept),
        cmocka_unit_test(configured_windows_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
