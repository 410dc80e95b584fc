/* The pages of a resource, against a server on the loopback. */
#include "support.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/fetch.h"
#include "support/local_server.h"
#include "json/json.h"

/* What a server of `total` items does, two a page. */
typedef struct api {
    pthread_mutex_t lock;
    const char *style;
    int total;
    char bodies[64][512];
    int next_body;
} api;

static int number(const test_request *q, const char *param, int otherwise)
{
    const char *v = test_request_param(q, param);

    return v[0] ? (int)strtol(v, NULL, 10) : otherwise;
}

static void items(char *out, size_t size, int first, int total)
{
    size_t n = 0;

    out[0] = '\0';
    for (int i = first; i < first + 2 && i < total; i++)
        n += (size_t)snprintf(out + n, size - n, "%s{\"id\":%d}", n ? "," : "", i);
}

static void answer(void *ctx, const test_request *q, test_reply *r)
{
    api *a = ctx;
    char rows[128];

    pthread_mutex_lock(&a->lock);
    char *body = a->bodies[a->next_body++ % 64];
    pthread_mutex_unlock(&a->lock);
    const int page = number(q, "page", 1);

    if (strcmp(a->style, "link") == 0) {
        items(rows, sizeof(rows), (page - 1) * 2, a->total);
        (void)snprintf(body, 512, "[%s]", rows);
        if (page * 2 < a->total)
            test_reply_header(r, "Link", "<?page=%d>; rel=\"next\", <?page=1>; rel=first",
                              page + 1);
    } else if (strcmp(a->style, "page") == 0) {
        items(rows, sizeof(rows), (page - 1) * 2, a->total);
        (void)snprintf(body, 512, "{\"data\":[%s],\"total\":%d}", rows, (a->total + 1) / 2);
    } else if (strcmp(a->style, "offset") == 0) {
        items(rows, sizeof(rows), number(q, "offset", 0), a->total);
        (void)snprintf(body, 512, "{\"data\":[%s],\"total\":%d}", rows, a->total);
    } else if (strcmp(a->style, "cursor") == 0) {
        const int at = number(q, "cursor", 0);

        items(rows, sizeof(rows), at, a->total);
        (void)snprintf(body, 512, "{\"data\":[%s],\"next_cursor\":%s%d%s}", rows,
                       at + 2 < a->total ? "\"" : "", at + 2 < a->total ? at + 2 : 0,
                       at + 2 < a->total ? "\"" : "");
    } else if (strcmp(a->style, "loop") == 0) {
        (void)snprintf(body, 512, "{\"data\":[{\"id\":1}],\"next_cursor\":\"x\"}");
    } else if (strcmp(a->style, "same") == 0) {
        (void)snprintf(body, 512, "{\"data\":[{\"id\":1}]}");
    } else if (strcmp(a->style, "missing") == 0) {
        r->status = 404;
        (void)snprintf(body, 512, "{\"message\":\"no such thing\"}");
    } else if (strcmp(a->style, "html") == 0) {
        test_reply_header(r, "Content-Type", "text/html");
        (void)snprintf(body, 512, "<html>");
    } else if (strcmp(a->style, "shrinks") == 0) {
        /* Says five pages, then has three: the third is the last that has rows. */
        items(rows, sizeof(rows), (page - 1) * 2, page == 1 ? 10 : 6);
        (void)snprintf(body, 512, "{\"data\":[%s],\"total\":%d}", rows, page == 1 ? 5 : 3);
    } else { /* grows */
        items(rows, sizeof(rows), (page - 1) * 2, 12);
        (void)snprintf(body, 512, "{\"data\":[%s],\"total\":%d}", rows, page == 1 ? 2 : 6);
    }
    r->body = body;
}

typedef struct run {
    char ids[1024];
    size_t pages;
    hr_error error;
    char said[4096];
    int requests;
} run;

static void hear(void *ctx, const hr_event *e)
{
    run *r = ctx;
    const size_t n = strlen(r->said);

    if (e->message)
        (void)snprintf(r->said + n, sizeof(r->said) - n, "%s\n", e->message);
}

static void collect(run *r, hr_page *page)
{
    size_t n = strlen(r->ids);

    for (size_t i = 0; i < page->n_values; i++)
        n += (size_t)snprintf(r->ids + n, sizeof(r->ids) - n, "%s%" PRId64, n ? " " : "",
                              yyjson_get_sint(yyjson_obj_get(page->values[i], "id")));
    r->pages++;
    hr_page_release(page);
}

static hr_status fetch_all(const hr_fetch_options *o, run *r, hr_error *err)
{
    hr_fetch *f = NULL;
    hr_page page;
    hr_status st = hr_fetch_new(&f, o, err);

    while (st == HR_OK) {
        st = hr_fetch_next(f, &page, err);
        if (st != HR_OK || !hr_page_there(&page))
            break;
        collect(r, &page);
    }
    hr_fetch_free(f);
    return st;
}

/* Runs the one resource of an endpoint against a style of API. */
static run run_api(api *a, const char *endpoint)
{
    hr_doc *doc = NULL;
    hr_rest_plan *plan = NULL;
    hr_http_client *client = NULL;
    run r = {.ids = ""};
    hr_error err = {0};
    hr_buf yaml = {0};

    pthread_mutex_init(&a->lock, NULL);
    test_server *server = test_server_start(answer, a);
    hr_buf_addf(&yaml,
                "client: {base_url: '%s', concurrency: 4}\nresources: [{name: r, endpoint: %s}]",
                test_server_url(server, "/api"), endpoint);
    assert_hr_ok(hr_doc_parse_yaml(&doc, hr_buf_str(&yaml), "t", &err), &err, endpoint);
    assert_hr_ok(hr_rest_plan_new(&plan, doc, hr_doc_root(doc), &err), &err, endpoint);
    const hr_http_options http = {.size = sizeof(http), .settings = plan->client};
    assert_hr_ok(hr_http_client_new(&http, &client, &err), &err, endpoint);
    const hr_fetch_options o = {.resource = &plan->resources[0],
                                .client = client,
                                .bytes = 1 << 20,
                                .on_event = hear,
                                .event_ctx = &r};
    r.error.status = fetch_all(&o, &r, &r.error);
    r.requests = test_server_count(server);
    hr_http_client_free(client);
    hr_rest_plan_free(plan);
    hr_doc_free(doc);
    hr_buf_release(&yaml);
    test_server_stop(server);
    pthread_mutex_destroy(&a->lock);
    return r;
}

static void pages_come_in_order_whatever_the_paginator(void **state)
{
    static const struct {
        const char *style;
        int total;
        const char *endpoint, *ids;
        int requests;
    } cases[] = {
        {"link", 5, "{paginator: header_link}", "0 1 2 3 4", 3},
        {"link", 5, "x", "0 1 2 3 4", 3},
        {"link", 1, "x", "0", 1},
        {"page", 7, "{paginator: {type: page_number, base_page: 1}}", "0 1 2 3 4 5 6", 4},
        {"page", 20, "{paginator: {type: page_number, base_page: 1}, params: {page: 7}}",
         "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19", 10},
        {"page", 7, "{paginator: {type: page_number, base_page: 1, maximum_page: 3}}", "0 1 2 3",
         2},
        {"page", 7, "{paginator: {type: page_number, base_page: 1, total_path: null}}",
         "0 1 2 3 4 5 6", 5},
        {"offset", 9, "{paginator: {type: offset, limit: 2}}", "0 1 2 3 4 5 6 7 8", 5},
        {"offset", 9, "{paginator: {type: offset, limit: 2, total_path: null}}",
         "0 1 2 3 4 5 6 7 8", 6},
        {"offset", 9, "{paginator: {type: offset, limit: 2, maximum_offset: 4}}", "0 1 2 3", 2},
        {"cursor", 5, "{paginator: {type: cursor, cursor_path: next_cursor}}", "0 1 2 3 4", 3},
        {"cursor", 5, "x", "0 1 2 3 4", 3},
        {"page", 7, "{paginator: single_page}", "0 1", 1},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        api a = {.style = cases[i].style, .total = cases[i].total};
        const run r = run_api(&a, cases[i].endpoint);

        if (r.error.status != HR_OK || strcmp(r.ids, cases[i].ids) != 0)
            fail_msg("%s %s: status %d %s, ids %s", cases[i].style, cases[i].endpoint,
                     (int)r.error.status, r.error.msg, r.ids);
        assert_true(r.requests >= cases[i].requests);
        if (strcmp(cases[i].style, "page") != 0 && strcmp(cases[i].style, "offset") != 0)
            assert_int_equal(r.requests, cases[i].requests);
    }
}

static void an_api_that_changes_loses_and_doubles_nothing(void **state)
{
    api shrinks = {.style = "shrinks"};
    api grows = {.style = "grows"};
    const char *endpoint = "{paginator: {type: page_number, base_page: 1}}";
    const run less = run_api(&shrinks, endpoint);
    const run more = run_api(&grows, endpoint);

    (void)state;
    assert_string_equal(less.ids, "0 1 2 3 4 5");
    assert_string_equal(more.ids, "0 1 2 3 4 5 6 7 8 9 10 11");
}

static void what_would_never_end_is_an_error(void **state)
{
    static const struct {
        const char *style, *endpoint, *want;
    } cases[] = {
        {"loop", "{paginator: {type: cursor, cursor_path: next_cursor}}",
         "r, page 2: page 2 refers to a page that was read before (the same cursor came twice), so "
         "it "
         "would go on for ever; does the API know the parameter cursor?"},
        {"same", "{paginator: {type: page_number, total_path: null}}",
         "r, page 2: page 2 has the same rows as page 1; the API seems to ignore the parameter "
         "page, "
         "and "
         "it would go on for ever"},
        {"same", "{paginator: {type: offset, limit: 1}}",
         "r, page 2: page 2 has the same rows as page 1; the API seems to ignore the parameter "
         "offset, "
         "and it would go on for ever"},
        {"same", "{paginator: {type: offset, limit: 1, total_path: count}}",
         "r, page 1: total_path count finds nothing in the answer; if the API gives no total, say "
         "total_path: null"},
        {"html", "x",
         "r, page 1: the answer (status 200, 6 bytes, text/html) is not JSON: byte 0: unexpected "
         "character"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        api a = {.style = cases[i].style};
        const run r = run_api(&a, cases[i].endpoint);

        assert_int_equal(r.error.status, HR_E_REMOTE);
        if (strncmp(r.error.msg, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("got %s", r.error.msg);
    }
}

static void response_actions_decide(void **state)
{
    api a = {.style = "missing"};
    const run ignored = run_api(&a, "{response_actions: [{status_code: 404, action: ignore}]}");
    const run by_content =
        run_api(&a, "{response_actions: [{content: 'no such', action: ignore}]}");
    const run failed = run_api(&a, "{response_actions: [{status_code: 410, action: ignore}]}");

    (void)state;
    assert_int_equal(ignored.error.status, HR_OK);
    assert_int_equal(by_content.error.status, HR_OK);
    assert_int_equal(failed.error.status, HR_E_REMOTE);
    assert_int_equal(failed.error.http_status, 404);
}

static void it_says_what_it_found_and_what_looks_wrong(void **state)
{
    api a = {.style = "cursor", .total = 5};
    const run found = run_api(&a, "x");
    const run wrong = run_api(&a, "{data_selector: rows, paginator: single_page}");
    api full = {.style = "same"};
    const run one = run_api(&full, "{params: {limit: 1}}");

    (void)state;
    assert_non_null(strstr(found.said, "r: found out from the first answer: rows at data "
                                       "(data_selector), pages by cursor at next_cursor, sent as "
                                       "?cursor= (paginator)"));
    assert_non_null(strstr(wrong.said, "data_selector rows finds nothing in the first answer"));
    assert_non_null(strstr(one.said, "the answer has 1 rows, as a full page has"));
}

static void limits_stop_requests(void **state)
{
    api a = {.style = "page", .total = 40};

    (void)state;
    const run r = run_api(&a, "{paginator: {type: page_number, base_page: 1}}, limit: {pages: 3}");
    assert_string_equal(r.ids, "0 1 2 3 4 5");
    assert_int_equal(r.requests, 3);
    const run rows =
        run_api(&a, "{paginator: {type: page_number, base_page: 1}}, limit: {rows: 5}");
    assert_string_equal(rows.ids, "0 1 2 3 4");
    const run none = run_api(&a, "x, limit: 0");
    assert_string_equal(none.ids, "");
    assert_int_equal(none.requests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_come_in_order_whatever_the_paginator),
        cmocka_unit_test(an_api_that_changes_loses_and_doubles_nothing),
        cmocka_unit_test(what_would_never_end_is_an_error),
        cmocka_unit_test(response_actions_decide),
        cmocka_unit_test(it_says_what_it_found_and_what_looks_wrong),
        cmocka_unit_test(limits_stop_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
