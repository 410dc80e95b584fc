/* What responses may take of the memory. */
#include "support.h"

#include <stdlib.h>

#include "net/flow.h"
#include "support/http_client.h"
#include "support/local_server.h"

enum { BODY = 1 << 20, REQUESTS = 8 };

typedef struct api {
    char *body;
} api;

static void send_much(void *ctx, const test_request *q, test_reply *r)
{
    const api *a = ctx;

    (void)q;
    r->body = a->body;
    r->body_size = BODY;
}

static void submit(hr_http_flow *f, const test_server *server, int *tags, int n)
{
    hr_error err;

    for (int i = 0; i < n; i++) {
        const hr_http_request request = {
            .size = sizeof(request), .url = test_server_url(server, "/"), .tag = &tags[i]};

        assert_hr_ok(hr_http_submit(f, &request, &err), &err, "submit");
    }
}

/* Bodies for which there is no room do not come in, nor does any but the one that is needed. With
 * fewer requests at once than there are, the needed one has to get its turn first. */
static void what_is_needed_comes_first(void **state)
{
    static const char *const settings[] = {"{\"concurrency\": 8}", "{\"concurrency\": 3}",
                                           "{\"concurrency\": 1}"};
    api a = {.body = calloc(BODY, 1)};

    (void)state;
    for (size_t i = 0; i < N_OF(settings); i++) {
        test_server *const server = test_server_start(send_much, &a);
        hr_http_flow *f = NULL;
        hr_error err;
        test_client t;
        int tags[REQUESTS];
        bool came[REQUESTS] = {false};
        int strays = 0;

        test_client_open(&t, settings[i]);
        assert_hr_ok(hr_http_flow_new(t.client, &f, &err), &err, "flow");
        hr_http_flow_bound(f, &(hr_http_bounds){.room = BODY / 2, .first = &tags[REQUESTS - 1]});
        submit(f, server, tags, REQUESTS);
        for (int first = REQUESTS - 1; first >= 0; first--) {
            const hr_http_bounds bounds = {.room = BODY / 2, .first = &tags[first]};

            while (!came[first]) {
                hr_http_response *r = NULL;

                hr_http_flow_bound(f, &bounds);
                assert_hr_ok(hr_http_next(f, &r, &err), &err, "next");
                assert_hr_ok(hr_http_response_check(r, &err), &err, "response");
                const int which = (int)((int *)hr_http_response_tag(r) - tags);
                came[which] = true;
                strays += which != first;
                hr_http_response_free(r);
                assert_true(hr_http_flow_bytes(f) <= BODY / 2);
            }
        }
        assert_int_equal(hr_http_outstanding(f), 0);
        assert_int_equal(test_server_count(server), REQUESTS);
        if (i == 0)
            assert_int_equal(strays, 0);
        hr_http_flow_free(f);
        test_client_close(&t);
        test_server_stop(server);
    }
    free(a.body);
}

static void a_body_beyond_the_bounds_is_an_error(void **state)
{
    api a = {.body = calloc(BODY, 1)};
    test_server *const server = test_server_start(send_much, &a);
    const hr_http_bounds bounds = {.largest = BODY - 1, .option = "the memory limit (--mem)"};
    hr_http_response *r = NULL;
    hr_http_flow *f = NULL;
    hr_error err;
    test_client t;
    int tag;

    (void)state;
    test_client_open(&t, "{}");
    assert_hr_ok(hr_http_flow_new(t.client, &f, &err), &err, "flow");
    hr_http_flow_bound(f, &bounds);
    submit(f, server, &tag, 1);
    assert_hr_ok(hr_http_next(f, &r, &err), &err, "next");
    assert_int_equal(hr_http_response_check(r, &err), HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "the response is larger than the memory limit (--mem) allows "
                                    "(1048575 bytes); ask for smaller pages, or raise it"));
    assert_int_equal(test_server_count(server), 1);
    hr_http_response_free(r);
    hr_http_flow_free(f);
    test_client_close(&t);
    test_server_stop(server);
    free(a.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_needed_comes_first),
        cmocka_unit_test(a_body_beyond_the_bounds_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
