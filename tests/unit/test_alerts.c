/* Who is told of a run, and of what: alerts by HTTP and through programs. */
#include "support.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/buf.h"
#include "base/file.h"
#include "headrace/headrace.h"
#include "support/local_server.h"

static char *folder;
static char warning[1024]; /* the last one */

static int make_folder(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

static void note_warning(void *ctx, const hr_event *event)
{
    (void)ctx;
    if (event->kind == HR_EVENT_WARNING)
        (void)snprintf(warning, sizeof(warning), "%s", event->message);
}

static hr_status open_pipeline(const char *settings, hr_pipeline **p, hr_error *err)
{
    char url[4200];
    char dir[4200];

    (void)snprintf(url, sizeof(url), "duckdb:///%s/alerts.duckdb", folder);
    (void)snprintf(dir, sizeof(dir), "%s/pipelines", folder);
    const hr_pipeline_options o = {.size = sizeof(o),
                                   .name = "alerting",
                                   .pipelines_dir = dir,
                                   .destination = url,
                                   .dataset = "d",
                                   .settings = settings,
                                   .on_event = note_warning};
    return hr_pipeline_open(p, &o, err);
}

typedef struct text_source {
    hr_str text;
} text_source;

static hr_status next_piece(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    text_source *s = ctx;

    (void)err;
    *bytes = s->text.p;
    *n = s->text.n;
    s->text.n = 0;
    return HR_OK;
}

/* One load of `json` into table t under these alerts. */
static hr_status load(const char *alerts, const char *json, char **info, hr_error *err)
{
    char settings[9000];
    hr_pipeline *p = NULL;
    text_source text = {hr_str_from(json)};
    const hr_json_source source = {.ctx = &text, .next = next_piece, .rereadable = true};
    const hr_resource_options o = {.size = sizeof(o), .table = "t"};

    warning[0] = '\0';
    (void)snprintf(settings, sizeof(settings), "{\"alerts\":%s}", alerts);
    HR_TRY(open_pipeline(settings, &p, err));
    hr_status st = hr_pipeline_add_json(p, &o, &source, err);
    if (st == HR_OK)
        st = hr_pipeline_run(p, info, err);
    hr_pipeline_close(p);
    return st;
}

/* What a program was given, one alert a line; "" when it was not run. */
static hr_buf told(void)
{
    char path[4200];
    hr_buf text = {0};

    (void)snprintf(path, sizeof(path), "%s/told", folder);
    if (hr_read_file(path, &text, NULL) != HR_OK)
        hr_buf_reset(&text);
    hr_buf_addz(&text, "");
    (void)remove(path);
    return text;
}

static const char *teller(const char *more)
{
    static char alert[9000];

    (void)snprintf(alert, sizeof(alert),
                   "{\"command\":[\"sh\",\"-c\",\"cat >> %s/told; echo >> %s/told\"]%s}", folder,
                   folder, more);
    return alert;
}

static void expect_text(const char *json, const char *event, const char *text)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_STOP_WHEN_DONE);
    yyjson_val *root = yyjson_doc_get_root(doc);

    assert_non_null(root);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "event")), event);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "text")), text);
    assert_true(yyjson_is_obj(yyjson_obj_get(root, "load_info")));
    yyjson_doc_free(doc);
}

static void test_schema_changes(void **state)
{
    const char *alert = teller(",\"text\":\"{pipeline}/{dataset} {{{rows}} {changes}\"");
    hr_error err = {0};

    (void)state;
    assert_hr_ok(load(alert, "{\"id\":1}", NULL, &err), &err, "first");
    hr_buf got = told();
    expect_text(got.data, "schema_change", "alerting/d {1} new table t, 3 columns");
    hr_buf_release(&got);

    assert_hr_ok(load(alert, "{\"id\":2}", NULL, &err), &err, "nothing new");
    got = told();
    assert_int_equal(got.len, 0);
    hr_buf_release(&got);

    char *info = NULL;
    assert_hr_ok(load(alert, "{\"id\":\"x\",\"a\":1.5}", &info, &err), &err, "more");
    got = told();
    expect_text(got.data, "schema_change",
                "alerting/d {1} t: new variant id__v_text (text)\nt: new column a (double)");
    assert_non_null(strstr(info, "{\"new\":\"variant\",\"table\":\"t\",\"column\":\"id__v_text\","
                                 "\"type\":\"text\"}"));
    hr_free(info);
    hr_buf_release(&got);
}

static void test_success_and_failure(void **state)
{
    const char *alert = teller(",\"on\":[\"success\",\"failure\"]");
    hr_error err = {0};

    (void)state;
    assert_hr_ok(load(alert, "{\"id\":3}", NULL, &err), &err, "load");
    hr_buf got = told();
    assert_non_null(strstr(got.data, "\"event\":\"success\""));
    hr_buf_release(&got);

    assert_int_equal(load(alert, "{\"id\":", NULL, &err), HR_E_PARSE);
    got = told();
    assert_non_null(strstr(got.data, "\"event\":\"failure\""));
    assert_non_null(strstr(got.data, "alerting failed: "));
    hr_buf_release(&got);
}

/* The rows are in, whatever becomes of the telling. */
static void test_alerts_that_fail(void **state)
{
    static const struct {
        const char *alert, *warning;
    } cases[] = {
        {"{\"command\":[\"sh\",\"-c\",\"exit 3\"],\"on\":\"success\"}",
         "sh was not told of success: sh ended with status 3"},
        {"{\"command\":\"no-such-program-anywhere\",\"on\":\"success\"}",
         "no-such-program-anywhere cannot be run"},
        {"{\"command\":[\"sleep\",\"60\"],\"on\":\"success\",\"timeout\":\"50ms\"}",
         "sleep had not ended after 0.05 s and was killed"},
        {"{\"webhook\":\"http://127.0.0.1:1/hidden-path\",\"on\":\"success\",\"timeout\":2}",
         "the webhook was not told of success"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_error err = {0};
        char *info = NULL;

        assert_hr_ok(load(cases[i].alert, "{\"id\":4}", &info, &err), &err, cases[i].alert);
        assert_non_null(strstr(warning, cases[i].warning));
        assert_null(strstr(warning, "hidden-path"));
        assert_non_null(strstr(info, "\"status\":\"loaded\""));
        assert_non_null(strstr(info, "was not told of success"));
        hr_free(info);
    }
}

static void test_refused_settings(void **state)
{
    static const struct {
        const char *alerts, *message;
    } cases[] = {
        {"[{\"command\":\"x\",\"text\":\"{nothing}\"}]", "alerts[0].text: {nothing} stands for "},
        {"{\"command\":\"x\",\"on\":\"sometimes\"}", "alerts.on: alerts tell of schema_change"},
        {"{\"on\":\"success\"}", "an alert has one of slack, webhook and command"},
        {"{\"slack\":\"http://a/b\",\"webhook\":\"http://a/b\"}", "one of slack, webhook and"},
        {"{\"comand\":\"x\"}", "command"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_error err = {0};

        assert_int_equal(load(cases[i].alerts, "{}", NULL, &err), HR_E_CONFIG);
        if (!strstr(err.msg, cases[i].message))
            fail_msg("%s: %s", cases[i].alerts, err.msg);
    }
}

/* ---- by HTTP ---- */

typedef struct inbox {
    char body[4096];
    char type[64];
} inbox;

static void receive(void *ctx, const test_request *q, test_reply *r)
{
    inbox *in = ctx;

    (void)r;
    (void)snprintf(in->body, sizeof(in->body), "%.*s", (int)q->body_size, q->body);
    (void)snprintf(in->type, sizeof(in->type), "%s", test_request_header(q, "Content-Type"));
}

static void test_slack(void **state)
{
    inbox in = {.body = ""};
    test_server *server = test_server_start(receive, &in);
    char alert[600];
    hr_error err = {0};

    (void)state;
    (void)snprintf(alert, sizeof(alert),
                   "[{\"slack\":\"%s\",\"on\":[\"success\"],\"text\":\"<{rows}> & done\"}]",
                   test_server_url(server, "/services/T0/B0/token"));
    assert_hr_ok(load(alert, "{\"id\":5}", NULL, &err), &err, "load");
    assert_string_equal(in.body, "{\"text\":\"&lt;1&gt; &amp; done\",\"mrkdwn\":true}");
    assert_string_equal(in.type, "application/json");
    assert_string_equal(warning, "");
    test_server_stop(server);
}

static void refuse(void *ctx, const test_request *q, test_reply *r)
{
    (void)ctx;
    (void)q;
    r->status = 403;
    r->body = "invalid_token";
}

static void test_slack_that_refuses(void **state)
{
    test_server *server = test_server_start(refuse, NULL);
    char alert[600];
    hr_error err = {0};

    (void)state;
    (void)snprintf(alert, sizeof(alert), "{\"slack\":\"%s\",\"on\":\"success\"}",
                   test_server_url(server, "/services/T0/B0/token"));
    assert_hr_ok(load(alert, "{\"id\":6}", NULL, &err), &err, "load");
    assert_non_null(strstr(warning, "Slack was not told of success"));
    assert_non_null(strstr(warning, "403"));
    assert_null(strstr(warning, "/services/T0")); /* who has the URL can post */
    assert_int_equal(test_server_count(server), 1);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_changes),
        cmocka_unit_test(test_success_and_failure),
        cmocka_unit_test(test_alerts_that_fail),
        cmocka_unit_test(test_refused_settings),
        cmocka_unit_test(test_slack),
        cmocka_unit_test(test_slack_that_refuses),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
