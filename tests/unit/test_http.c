/* The client against real servers on the loopback. */
#include "support.h"

#include "base/buf.h"
#include "base/file.h"
#include "headrace/headrace.h"
#include "support/local_server.h"

static void answer_pages(void *ctx, const test_request *q, test_reply *r)
{
    (void)ctx;
    if (strcmp(q->path, "/missing") == 0)
        r->status = 404;
    test_reply_header(r, "X-Page", "%s", test_request_param(q, "page"));
    test_reply_header(r, "X-Agent", "%s", test_request_header(q, "User-Agent"));
    r->body = "{\"rows\": [1, 2, 3]}";
}

static hr_http_client *new_client(void)
{
    hr_http_client *c = NULL;
    hr_error err = {0};

    assert_hr_ok(hr_http_client_new(NULL, &c, &err), &err, "client");
    return c;
}

static void a_get_has_status_headers_and_body(void **state)
{
    (void)state;
    test_server *const s = test_server_start(answer_pages, NULL);
    hr_http_client *const c = new_client();
    const hr_http_field params[] = {{"page", "a b&c"}, {"none", NULL}};
    const hr_http_request request = {.size = sizeof(request),
                                     .url = test_server_url(s, "/items"),
                                     .params = params,
                                     .n_params = 2};
    hr_http_response *r = NULL;
    hr_error err = {0};
    size_t n = 0;

    assert_hr_ok(hr_http_send(c, &request, &r, &err), &err, "send");
    assert_hr_ok(hr_http_response_check(r, &err), &err, "check");
    assert_int_equal(hr_http_response_status(r), 200);
    assert_string_equal(hr_http_response_header(r, "x-page", 0), "a b&c");
    assert_null(hr_http_response_header(r, "x-page", 1));
    assert_string_equal(hr_http_response_header(r, "X-Agent", 0), "headrace/" HR_VERSION);
    assert_string_equal(hr_http_response_body(r, &n), "{\"rows\": [1, 2, 3]}");
    assert_int_equal(n, 19);
    assert_int_equal(hr_http_response_attempts(r), 1);
    hr_http_response_free(r);
    hr_http_client_free(c);
    test_server_stop(s);
}

static void many_requests_come_back_with_their_tags(void **state)
{
    enum { MANY = 300 };
    static char seen[MANY];
    test_server *const s = test_server_start(answer_pages, NULL);
    hr_http_client *const c = new_client();
    hr_http_flow *f = NULL;
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_http_flow_new(c, &f, &err), &err, "flow");
    for (size_t i = 0; i < MANY; i++) {
        const hr_http_request request = {
            .size = sizeof(request), .url = test_server_url(s, "/x"), .tag = &seen[i]};

        assert_hr_ok(hr_http_submit(f, &request, &err), &err, "submit");
    }
    assert_int_equal(hr_http_outstanding(f), MANY);
    while (hr_http_outstanding(f)) {
        hr_http_response *r = NULL;

        assert_hr_ok(hr_http_next(f, &r, &err), &err, "next");
        assert_int_equal(hr_http_response_status(r), 200);
        ++*(char *)hr_http_response_tag(r);
        hr_http_response_free(r);
    }
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(seen[i], 1);
    hr_http_flow_free(f);
    hr_http_client_free(c);
    test_server_stop(s);
}

/* Every block of JSON in the document is taken as settings. */
static void the_settings_of_the_document_are_taken(void **state)
{
    hr_buf text = {0};
    hr_error err = {0};
    int blocks = 0;

    (void)state;
    assert_hr_ok(hr_read_file("docs/http-client.md", &text, &err), &err, "docs/http-client.md");
    for (char *at = strstr(text.data, "```json\n"); at; at = strstr(at, "```json\n")) {
        hr_http_client *c = NULL;
        char *const end = strstr(at + 8, "```");

        *end = '\0';

        const hr_http_options options = {.size = sizeof(options), .settings = at + 8};

        assert_hr_ok(hr_http_client_new(&options, &c, &err), &err, at + 8);
        hr_http_client_free(c);
        blocks++;
        at = end + 1;
    }
    assert_true(blocks >= 8);
    hr_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get_has_status_headers_and_body),
        cmocka_unit_test(many_requests_come_back_with_their_tags),
        cmocka_unit_test(the_settings_of_the_document_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
