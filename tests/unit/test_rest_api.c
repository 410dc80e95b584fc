/* REST APIs through a whole pipeline, into DuckDB: what tables come of a configuration. */
#include "support.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "support/library.h"
#include "support/local_server.h"

/* ---- the API: repos, their issues in pages of two, an issue's comments ---- */

typedef struct api {
    char text[64][2048];
    int next;
    _Atomic int fail_at; /* this request and those after it get, if it is not 0 ... */
    _Atomic int failure; /* ... this status; 0: 403 */
} api;

static void issues(const test_request *q, test_reply *r, char *body, int repo)
{
    const char *param = test_request_param(q, "page");
    const int page = param[0] ? (int)strtol(param, NULL, 10) : 1;
    const int first = (page - 1) * 2;

    (void)snprintf(body, 2048,
                   "[{\"number\":%d,\"title\":\"t\",\"user\":{\"login\":\"u%d\"},\"big\":"
                   "123456789012345678901234567890,\"email\":\"a@b\"},"
                   "{\"number\":%d,\"title\":null,\"user\":{\"login\":\"v\"}}]",
                   repo * 100 + first, first, repo * 100 + first + 1);
    if (page < 3)
        test_reply_header(r, "Link", "</repos/r%d/issues?page=%d>; rel=\"next\"", repo, page + 1);
}

static void answer(void *ctx, const test_request *q, test_reply *r)
{
    api *a = ctx;
    char *body = a->text[a->next++ % 64];
    int number = 0;

    r->body = body;
    if (a->fail_at && q->number >= a->fail_at) {
        r->status = a->failure ? a->failure : 403;
        (void)snprintf(body, 2048, "{\"message\":\"gone\"}");
    } else if (strcmp(q->path, "/repos") == 0) {
        (void)snprintf(body, 2048,
                       "{\"items\":[{\"name\":\"r1\",\"id\":1},{\"name\":\"r2\",\"id\":2}],"
                       "\"count\":2}");
    } else if (sscanf(q->path, "/repos/r%d/issues", &number) == 1 && strstr(q->path, "/issues")) {
        issues(q, r, body, number);
    } else if (sscanf(q->path, "/comments/%d", &number) == 1) {
        r->status = number % 2 ? 404 : 200;
        (void)snprintf(body, 2048,
                       number % 2 ? "{}" : "[{\"text\":\"c%d\",\"tags\":[\"x\",\"y\"]}]", number);
    } else {
        r->status = 404;
        (void)snprintf(body, 2048, "{}");
    }
}

/* ---- a pipeline ---- */

static hr_status run(hr_pipeline *p, const test_server *s, const char *resources, hr_error *err)
{
    hr_buf config = {0};

    hr_buf_addf(&config, "{\"client\":{\"base_url\":\"%s\",\"retry\":{\"max_attempts\":1}},%s}",
                test_server_url(s, ""), resources);
    hr_status st = hr_pipeline_add_rest_api(p, config.data, err);
    if (st == HR_OK)
        st = hr_pipeline_run(p, NULL, err);
    hr_buf_release(&config);
    return st;
}

static const char family[] =
    "\"resources\":[\"repos\","
    "{\"name\":\"issues\",\"include_from_parent\":[\"id\"],"
    "\"endpoint\":\"repos/{resources.repos.name}/issues\"},"
    "{\"name\":\"comments\",\"endpoint\":{\"path\":\"comments/{resources.issues.number}\","
    "\"response_actions\":[{\"status_code\":404,\"action\":\"ignore\"}]}}]";

static void children_follow_their_parents(void **state)
{
    api a = {.next = 0};
    test_server *s = test_server_start(answer, &a);
    hr_pipeline *p = lib_open_named("family");
    hr_error err = {0};

    (void)state;
    assert_hr_ok(run(p, s, family, &err), &err, "run");
    assert_asks(p, "select name from d.repos order by id", "r1 r2");
    assert_asks(p,
                "select number::text || '/' || _repos_id || '/' || "
                "coalesce(user__login, '') from d.issues order by number",
                "100/1/u0 101/1/v 102/1/u2 103/1/v 104/1/u4 105/1/v 200/2/u0 201/2/v "
                "202/2/u2 203/2/v 204/2/u4 205/2/v");
    assert_asks(p, "select distinct big::text from d.issues where big is not null",
                "123456789012345678901234567890");
    assert_asks(p, "select text from d.comments order by text", "c100 c102 c104 c200 c202 c204");
    assert_asks(p, "select count(*)::text from d.comments__tags", "12");
    assert_asks(p, "select schema_name from d._dlt_loads", "rest_api");
    assert_int_equal(test_server_count(s), 1 + 6 + 12);
    hr_pipeline_close(p);
    test_server_stop(s);
}

static void parents_may_stay_unloaded_and_rows_are_changed(void **state)
{
    static const char config[] =
        "\"select\":[\"issues\"],\"resources\":[\"repos\","
        "{\"name\":\"issues\",\"primary_key\":\"number\","
        "\"endpoint\":\"repos/{resources.repos.name}/issues\",\"processing_steps\":["
        "{\"filter\":\"@.number >= 102 && @.title != null\"},"
        "{\"map\":{\"author\":\"user.login\"}},{\"drop\":[\"user\"]},"
        "{\"rename\":{\"title\":\"name\"}},{\"hash\":[\"email\"]}]}]";
    api a = {.next = 0};
    test_server *s = test_server_start(answer, &a);
    hr_pipeline *p = lib_open_named("hidden");
    hr_error err = {0};

    (void)state;
    assert_hr_ok(run(p, s, config, &err), &err, "run");
    assert_asks(p,
                "select table_name::text from information_schema.tables where "
                "table_schema = 'd' and not starts_with(table_name, '_dlt')",
                "issues");
    assert_asks(p,
                "select column_name::text from information_schema.columns where "
                "table_schema = 'd' and table_name = 'issues' and not "
                "starts_with(column_name, '_dlt') order by ordinal_position",
                "number name big email author");
    assert_asks(p, "select author from d.issues order by number", "u2 u4 u0 u2 u4");
    assert_asks(p, "select distinct email from d.issues",
                "7508d8b5018ea640b85269861a101203f0c26900555268e930025dac844b0f35");
    assert_asks(p, "select distinct big::text from d.issues", "123456789012345678901234567890");
    hr_pipeline_close(p);
    test_server_stop(s);
}

static void a_failed_run_goes_on_from_its_answers(void **state)
{
    api a = {.fail_at = 11};
    test_server *s = test_server_start(answer, &a);
    hr_pipeline *p = lib_open_named("resumed");
    hr_error err = {0};

    (void)state;
    assert_int_equal(run(p, s, family, &err), HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "comments"));
    const int before = test_server_count(s);
    a.fail_at = 0;
    assert_hr_ok(run(p, s, family, &err), &err, "second run");
    assert_non_null(
        strstr(lib_heard(), "10 answers of an earlier run that ended early are used again"));
    assert_int_equal(test_server_count(s) - before, 1 + 6 + 12 - 10);
    assert_asks(p, "select count(*)::text from d.issues", "12");
    assert_asks(p, "select count(*)::text from d.comments", "6");
    /* What was used is gone: a third run asks for everything. */
    const int third = test_server_count(s);
    assert_hr_ok(run(p, s, family, &err), &err, "third run");
    assert_int_equal(test_server_count(s) - third, 19);
    assert_asks(p, "select count(*)::text from d.issues", "24");
    hr_pipeline_close(p);
    test_server_stop(s);
}

/* A cursor that has expired leads nowhere: the next run begins anew. */
static void answers_that_lead_nowhere_are_forgotten(void **state)
{
    static const struct {
        int first, second, hits;
    } cases[] = {{403, 410, 10}, {403, 403, 10}, {410, 0, 0}, {401, 0, 10}};

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        api a = {.fail_at = 11, .failure = cases[i].first};
        test_server *s = test_server_start(answer, &a);
        char name[16];
        hr_error err = {0};

        (void)snprintf(name, sizeof(name), "nowhere%zu", i);
        hr_pipeline *p = lib_open_named(name);
        assert_int_equal(run(p, s, family, &err), HR_E_REMOTE);
        assert_int_equal(err.http_status, cases[i].first);
        a.failure = cases[i].second;
        if (cases[i].second) {
            assert_int_equal(run(p, s, family, &err), HR_E_REMOTE);
            assert_non_null(strstr(lib_heard(), "10 answers of an earlier run"));
            assert_non_null(
                strstr(lib_heard(), "the answers that an earlier run left are thrown away"));
        }
        a.fail_at = 0;
        const int before = test_server_count(s);
        assert_hr_ok(run(p, s, family, &err), &err, "last run");
        assert_int_equal(test_server_count(s) - before, cases[i].second ? 19 : 19 - cases[i].hits);
        assert_asks(p, "select count(*)::text from d.comments", "6");
        hr_pipeline_close(p);
        test_server_stop(s);
    }
}

static void another_configuration_forgets_the_answers(void **state)
{
    api a = {.fail_at = 11};
    test_server *s = test_server_start(answer, &a);
    hr_pipeline *p = lib_open_named("changed");
    hr_error err = {0};

    (void)state;
    assert_int_equal(run(p, s, family, &err), HR_E_REMOTE);
    a.fail_at = 0;
    const int before = test_server_count(s);
    assert_hr_ok(run(p, s, "\"resources\":[\"repos\"]", &err), &err, "run");
    assert_non_null(strstr(lib_heard(), "thrown away: the configuration has changed since"));
    assert_int_equal(test_server_count(s) - before, 1);
    hr_pipeline_close(p);
    test_server_stop(s);
}

static void mistakes_are_errors_before_any_request(void **state)
{
    hr_pipeline *p = lib_open_named("wrong");
    hr_error err = {0};

    (void)state;
    assert_int_equal(hr_pipeline_add_rest_api(p, "{\"client\":{\"base_url\":\"http://h\"}}", &err),
                     HR_E_CONFIG);
    assert_int_equal(
        hr_pipeline_add_rest_api(p,
                                 "{\"client\":{\"base_url\":\"http://h\",\"concurency\":1},"
                                 "\"resources\":[\"a\"]}",
                                 &err),
        HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "did you mean concurrency?"));
    assert_int_equal(hr_pipeline_add_rest_api(
                         p,
                         "{\"client\":{\"base_url\":\"http://h\"},\"resources\":[{\"name\":\"a\","
                         "\"write_disposition\":\"apend\"}]}",
                         &err),
                     HR_E_CONFIG);
    hr_pipeline_close(p);
}

static void passwords_in_the_configuration_are_secrets(void **state)
{
    hr_pipeline *p = lib_open_named("secrets");
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_pipeline_add_rest_api(
                     p,
                     "{\"client\":{\"base_url\":\"http://me:user-info-1@h/\"},\"resources\":[{"
                     "\"name\":\"a\",\"endpoint\":{\"path\":\"a?token=in-the-path-1\","
                     "\"params\":{\"api_key\":\"in-the-params-1\"}}}]}",
                     &err),
                 &err, "");
    assert_true(hr_secret_in(HR_STR("me:user-info-1")));
    assert_true(hr_secret_in(HR_STR("in-the-path-1")));
    assert_true(hr_secret_in(HR_STR("in-the-params-1")));
    hr_pipeline_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_follow_their_parents),
        cmocka_unit_test(parents_may_stay_unloaded_and_rows_are_changed),
        cmocka_unit_test(a_failed_run_goes_on_from_its_answers),
        cmocka_unit_test(answers_that_lead_nowhere_are_forgotten),
        cmocka_unit_test(another_configuration_forgets_the_answers),
        cmocka_unit_test(mistakes_are_errors_before_any_request),
        cmocka_unit_test(passwords_in_the_configuration_are_secrets),
    };

    return cmocka_run_group_tests(tests, lib_setup, lib_teardown);
}
