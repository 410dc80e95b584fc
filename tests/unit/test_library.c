/* The public API as a program uses it: options, resources from callbacks, what a run tells, reading
 * back, and keys in the state. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <yyjson.h>

#include "headrace/headrace.h"
#include "support/library.h"

/* ---- options ---- */

static void pipeline_options_are_checked(void **state)
{
    static const struct {
        const char *label;
        hr_pipeline_options o;
        hr_status want;
        const char *says;
    } cases[] = {
        {"no size", {0}, HR_E_USAGE, "size"},
        {"a path as name",
         {.size = sizeof(hr_pipeline_options), .name = "a/b"},
         HR_E_CONFIG,
         "a/b"},
        {"a hidden folder", {.size = sizeof(hr_pipeline_options), .name = ".x"}, HR_E_CONFIG, ".x"},
        {"an unknown scheme",
         {.size = sizeof(hr_pipeline_options), .destination = "nosuch:///x"},
         HR_E_CONFIG,
         "nosuch"},
        {"no memory", {.size = sizeof(hr_pipeline_options), .memory_limit = 1}, HR_E_CONFIG, "MiB"},
        {"too many workers",
         {.size = sizeof(hr_pipeline_options), .workers = 100000},
         HR_E_CONFIG,
         "workers"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_pipeline *p = NULL;
        hr_error err = {0};

        if (hr_pipeline_open(&p, &cases[i].o, &err) != cases[i].want)
            fail_msg("%s: status %d", cases[i].label, (int)err.status);
        assert_null(p);
        assert_int_equal(err.status, cases[i].want);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].label, err.msg);
    }
    assert_int_equal(hr_pipeline_open(&(hr_pipeline *){NULL}, &cases[0].o, NULL), HR_E_USAGE);
    hr_pipeline_close(NULL);
    hr_free(NULL);
    assert_non_null(hr_version());
}

static void resource_options_are_checked(void **state)
{
    static const struct {
        const char *label;
        hr_resource_options o;
        hr_status want;
    } cases[] = {
        {"no size", {.table = "t"}, HR_E_USAGE},
        {"no table", {.size = sizeof(hr_resource_options)}, HR_E_CONFIG},
        {"an empty name", {.size = sizeof(hr_resource_options), .table = ""}, HR_E_CONFIG},
        {"a system table",
         {.size = sizeof(hr_resource_options), .table = "_dlt_loads"},
         HR_E_CONFIG},
        {"the same table again",
         {.size = sizeof(hr_resource_options), .table = "The Same"},
         HR_E_CONFIG},
        {"too deep",
         {.size = sizeof(hr_resource_options),
          .table = "t",
          .hints = "{\"max_table_nesting\": 1001}"},
         HR_E_CONFIG},
        {"a disposition that is none",
         {.size = sizeof(hr_resource_options),
          .table = "t",
          .hints = "{\"write_disposition\": \"upend\"}"},
         HR_E_CONFIG},
        {"a hint that is none",
         {.size = sizeof(hr_resource_options), .table = "t", .hints = "{\"primary_keys\": \"a\"}"},
         HR_E_CONFIG},
        {"hints that are not JSON",
         {.size = sizeof(hr_resource_options), .table = "t", .hints = "replace"},
         HR_E_CONFIG},
    };
    hr_pipeline *p = lib_open();
    lib_actor same = {.text = "", .step = 1};

    (void)state;
    lib_add(p, "the_same", &same);
    for (size_t i = 0; i < N_OF(cases); i++) {
        lib_actor a = {.text = "", .step = 1};
        const hr_json_source source = lib_plays(&a);
        hr_error err = {0};

        if (hr_pipeline_add_json(p, &cases[i].o, &source, &err) != cases[i].want)
            fail_msg("%s: status %d: %s", cases[i].label, (int)err.status, err.msg);
        if (a.closed != 1 || a.calls != 0)
            fail_msg("%s: closed %d times after %zu calls", cases[i].label, a.closed, a.calls);
    }
    const hr_resource_options o = lib_into("files");
    assert_int_equal(hr_pipeline_add_files(p, &o, NULL, 0, NULL), HR_E_CONFIG);
    assert_int_equal(same.closed, 0);
    hr_pipeline_close(p);
    assert_int_equal(same.closed, 1);
    assert_int_equal(same.calls, 0);
}

/* ---- JSON ---- */

static const char doc[] = "\xef\xbb\xbf[{\"id\": 1, \"name\": \"Gr\\u00fc\xc3\x9f"
                          "e\", \"tags\": [\"a\", \"b\"]},\n"
                          " {\"id\": 9007199254740993, \"name\": null, \"deep\": {\"x\": 1.5}}]\n";

static void pieces_may_be_cut_anywhere(void **state)
{
    lib_actor one = {.text = doc, .step = 1};
    lib_actor three = {.text = doc, .step = 3};
    lib_actor all = {.text = doc, .step = 1000};
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    char *info = NULL;

    (void)state;
    lib_add(p, "one", &one);
    lib_add(p, "three", &three);
    lib_add(p, "whole", &all);
    assert_hr_ok(hr_pipeline_run(p, &info, &err), &err, "run");
    yyjson_doc *d = lib_parse(info);
    assert_string_equal(lib_member(d, "/status"), "loaded");
    assert_int_equal(yyjson_get_uint(yyjson_doc_ptr_get(d, "/values/in")), 18);
    assert_int_equal(yyjson_get_uint(yyjson_doc_ptr_get(d, "/values/loaded")), 18);
    yyjson_doc_free(d);
    for (size_t i = 0; i < 3; i++) {
        static const char *const tables[] = {"one", "three", "whole"};
        char sql[300];

        (void)snprintf(
            sql, sizeof(sql),
            "select string_agg(concat_ws('|', id, name, deep__x, (select string_agg(value, ',' "
            "order by _dlt_list_idx) from %s__tags c where c._dlt_parent_id = p._dlt_id)), "
            "';' order by id) from %s p",
            tables[i], tables[i]);
        assert_asks(p, sql,
                    "1|Gr\xc3\xbc\xc3\x9f"
                    "e|a,b;9007199254740993|1.5");
    }
    assert_int_equal(one.closed, 1);
    assert_int_equal(three.closed, 1);
    assert_int_equal(all.closed, 1);
    assert_int_equal(one.calls, strlen(doc) + 1);
    hr_pipeline_close(p);
    assert_int_equal(one.closed, 1);
}

static void errors_of_callbacks_reach_the_caller(void **state)
{
    lib_actor good = {.text = "[{\"id\": 1}]", .step = 100};
    lib_actor bad = {.text = "[{\"id\": 1}, {\"id\": 2}]", .step = 5, .fail_at = 3};
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    char *info = NULL;

    (void)state;
    lib_add(p, "good", &good);
    lib_add(p, "bad", &bad);
    assert_int_equal(hr_pipeline_run(p, &info, &err), HR_E_REMOTE);
    assert_int_equal(err.status, HR_E_REMOTE);
    assert_int_equal(err.http_status, 502);
    assert_non_null(strstr(err.msg, "the server hung up on call 3"));
    assert_int_equal(bad.closed, 1);
    assert_int_equal(good.closed, 1);
    yyjson_doc *d = lib_parse(info);
    assert_string_equal(lib_member(d, "/status"), "failed");
    assert_string_equal(lib_member(d, "/error/status"), "remote");
    assert_non_null(strstr(lib_member(d, "/error/message"), "hung up"));
    yyjson_doc_free(d);

    /* Nothing of it is there, and the handle goes on. */
    char *tables = NULL;
    assert_int_equal(hr_pipeline_tables(p, &tables, &err), HR_E_USAGE);
    lib_load(p, "good", "[{\"id\": 7}]");
    assert_asks(p, "select string_agg(id::varchar, ',') from good", "7");
    hr_pipeline_close(p);
}

static void bad_json_is_placed(void **state)
{
    lib_actor a = {.text = "{\"id\": 1}\n{\"id\": 2,}\n", .step = 4};
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    lib_add(p, "t", &a);
    assert_int_equal(hr_pipeline_run(p, NULL, &err), HR_E_PARSE);
    assert_non_null(strstr(err.msg, "line 2"));
    assert_int_equal(a.closed, 1);
    hr_pipeline_close(p);
}

static void no_rows_are_no_failure(void **state)
{
    lib_actor a = {.text = " [ ] ", .step = 1};
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    char *info = NULL;

    (void)state;
    lib_add(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, &info, &err), &err, "run");
    yyjson_doc *d = lib_parse(info);
    assert_string_equal(lib_member(d, "/status"), "nothing");
    yyjson_doc_free(d);
    hr_pipeline_close(p);
}

static void a_run_can_be_cancelled(void **state)
{
    hr_pipeline *p = lib_open();
    lib_actor a = {.text = "{\"id\": 1}\n{\"id\": 2}\n", .step = 10, .stop = p};
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    lib_add(p, "t", &a);
    assert_int_equal(hr_pipeline_run(p, &json, &err), HR_E_CANCELLED);
    assert_int_equal(a.closed, 1);
    yyjson_doc *d = lib_parse(json);
    assert_string_equal(lib_member(d, "/error/status"), "cancelled");
    yyjson_doc_free(d);
    assert_int_equal(hr_pipeline_tables(p, &json, &err), HR_E_USAGE);

    /* It was that run that was to stop, not those that follow. */
    lib_load(p, "t", "{\"id\": 3}");
    assert_asks(p, "select string_agg(id::varchar, ',') from t", "3");
    hr_pipeline_close(p);
}

/* ---- two handles ---- */

/* Runs the same pipeline through another handle, from inside the first one's run. */
static void run_it_too(lib_actor *a)
{
    lib_actor other = {.text = "[{\"id\": 1}]", .step = 100};
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)a;
    lib_add(p, "t", &other);
    assert_int_equal(hr_pipeline_run(p, NULL, &err), HR_E_BUSY);
    assert_true(err.retryable);
    assert_int_equal(other.calls, 0);
    assert_int_equal(other.closed, 1);
    hr_pipeline_close(p);
}

/* Runs another pipeline, from inside the first one's run. */
static void run_another(lib_actor *a)
{
    hr_pipeline *p = lib_open_named("other");

    (void)a;
    lib_load(p, "t", "[{\"id\": 5}]");
    assert_asks(p, "select id::varchar from t", "5");
    hr_pipeline_close(p);
}

static void one_pipeline_runs_once_at_a_time(void **state)
{
    lib_actor a = {.text = "[{\"id\": 1}]", .step = 100, .act = run_it_too};
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    lib_add(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, NULL, &err), &err, "run");
    assert_asks(p, "select count(*)::varchar from t", "1");
    hr_pipeline_close(p);
}

static void pipelines_are_independent(void **state)
{
    lib_actor a = {.text = "[{\"id\": 1}]", .step = 100, .act = run_another};
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    lib_add(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, NULL, &err), &err, "run");
    assert_asks(p, "select id::varchar from t", "1");
    hr_pipeline_close(p);
}

/* ---- reading back ---- */

static void nothing_there_is_said(void **state)
{
    hr_pipeline *p = lib_open();
    struct ArrowArrayStream stream = {0};
    char *json = NULL;
    hr_error err = {0};

    (void)state;
    assert_int_equal(hr_pipeline_tables(p, &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_schema(p, &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_trace(p, &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_package(p, "1.2", &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_package_abort(p, "1.2", &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_query(p, "select 1", &stream, &err), HR_E_USAGE);
    assert_null(stream.release);
    assert_null(json);
    assert_hr_ok(hr_pipeline_packages(p, &json, &err), &err, "packages");
    assert_string_equal(json, "[]");
    hr_free(json);
    hr_pipeline_close(p);
}

static void what_a_run_left_can_be_read(void **state)
{
    lib_actor a = {.text = "{\"id\": 1, \"l\": [1, 2]}", .step = 100};
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    char load_id[64];
    char *json = NULL;

    (void)state;
    lib_add(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, &json, &err), &err, "run");
    yyjson_doc *d = lib_parse(json);
    (void)snprintf(load_id, sizeof(load_id), "%s", lib_member(d, "/load_id"));
    assert_string_equal(lib_member(d, "/dataset"), "d");
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_describe(p, &json, &err), &err, "describe");
    d = lib_parse(json);
    assert_string_equal(lib_member(d, "/pipeline"), "lib");
    assert_non_null(strstr(lib_member(d, "/destination"), "/lib.duckdb"));
    assert_non_null(strstr(lib_member(d, "/working_dir"), "/pipelines/lib"));
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_tables(p, &json, &err), &err, "tables");
    d = lib_parse(json);
    yyjson_val *table;
    size_t i, n, seen = 0;
    yyjson_arr_foreach(yyjson_doc_get_root(d), i, n, table)
    {
        if (strcmp(yyjson_get_str(yyjson_obj_get(table, "name")), "t__l") != 0)
            continue;
        seen++;
        assert_string_equal(yyjson_get_str(yyjson_obj_get(table, "parent")), "t");
        assert_int_equal(yyjson_get_uint(yyjson_obj_get(table, "rows")), 2);
    }
    assert_int_equal(seen, 1);
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_schema(p, &json, &err), &err, "schema");
    d = lib_parse(json);
    assert_string_equal(lib_member(d, "/tables/t/columns/id/data_type"), "bigint");
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_trace(p, &json, &err), &err, "trace");
    d = lib_parse(json);
    assert_string_equal(lib_member(d, "/load_info/load_id"), load_id);
    assert_int_equal(yyjson_get_uint(yyjson_doc_ptr_get(d, "/config/workers")), 2);
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_packages(p, &json, &err), &err, "packages");
    d = lib_parse(json);
    assert_string_equal(lib_member(d, "/0/load_id"), load_id);
    assert_string_equal(lib_member(d, "/0/state"), "loaded");
    yyjson_doc_free(d);
    assert_hr_ok(hr_pipeline_package(p, load_id, &json, &err), &err, "package");
    d = lib_parse(json);
    assert_string_equal(lib_member(d, "/load_id"), load_id);
    yyjson_doc_free(d);
    assert_int_equal(hr_pipeline_package_abort(p, load_id, &err), HR_E_USAGE);
    hr_pipeline_close(p);

    /* A new handle without settings knows where the pipeline went. */
    char dir[4200];
    (void)snprintf(dir, sizeof(dir), "%s/pipelines", lib_folder());
    const hr_pipeline_options o = {.size = sizeof(o), .name = "lib", .pipelines_dir = dir};
    assert_hr_ok(hr_pipeline_open(&p, &o, &err), &err, "open");
    assert_asks(p, "select count(*)::varchar from d.t", "1");
    hr_pipeline_close(p);
}

static void failed_queries_leave_nothing_open(void **state)
{
    hr_pipeline *p = lib_open();
    struct ArrowArrayStream stream = {0};
    struct ArrowArray array = {0};
    hr_error err = {0};
    int code = 0;

    (void)state;
    lib_load(p, "t", "{\"id\": 1}");
    assert_int_not_equal(hr_pipeline_query(p, "select nosuch from t", &stream, &err), HR_OK);
    assert_null(stream.release);
    assert_non_null(strstr(err.msg, "nosuch"));

    /* It fails while its result is read, or before: both leave the stream to be released. */
    const char *late =
        "select case when i > 100000 then error('late')::bigint else i end from range(200000) x(i)";
    if (hr_pipeline_query(p, late, &stream, &err) == HR_OK) {
        do {
            code = stream.get_next(&stream, &array);
            if (code == 0 && array.release)
                array.release(&array);
            else
                break;
        } while (code == 0);
        assert_int_not_equal(code, 0);
        assert_non_null(strstr(stream.get_last_error(&stream), "late"));
        stream.release(&stream);
    }

    /* Reading does not write, and a run can have the file to itself again. */
    assert_int_not_equal(hr_pipeline_query(p, "drop table t", &stream, &err), HR_OK);
    lib_load(p, "t", "{\"id\": 2}");
    assert_asks(p, "select count(*)::varchar from t", "2");
    hr_pipeline_close(p);
}

/* ---- state ---- */

static void programs_have_keys_in_the_state(void **state)
{
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    assert_int_equal(hr_pipeline_set_state(p, "t", "incremental", "1", NULL), HR_E_USAGE);
    assert_int_equal(hr_pipeline_set_state(p, NULL, "k", "nonsense", NULL), HR_E_USAGE);
    assert_hr_ok(hr_pipeline_set_state(p, "t", "token", "{\"a\": [1.50]}", &err), &err, "set");
    assert_hr_ok(hr_pipeline_set_state(p, NULL, "seen", "7", &err), &err, "set");
    lib_load(p, "t", "{\"id\":1}");
    assert_hr_ok(hr_pipeline_state(p, &json, &err), &err, "state");
    assert_non_null(strstr(json, "\"token\":{\"a\":[1.50]}"));
    assert_non_null(strstr(json, "\"seen\":7"));
    hr_free(json);
    /* Without rows the keys are stored alone. */
    assert_hr_ok(hr_pipeline_set_state(p, NULL, "seen", NULL, &err), &err, "set");
    lib_load(p, "t", "");
    assert_hr_ok(hr_pipeline_state(p, &json, &err), &err, "state");
    assert_null(strstr(json, "\"seen\""));
    hr_free(json);
    assert_string_equal(lib_ask(p, "SELECT CAST(count(*) AS VARCHAR) FROM _dlt_pipeline_state"),
                        "2");
    lib_load(p, "t", "");
    assert_string_equal(lib_ask(p, "SELECT CAST(count(*) AS VARCHAR) FROM _dlt_loads"), "2");
    hr_pipeline_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        lib_test(pipeline_options_are_checked),
        lib_test(resource_options_are_checked),
        lib_test(pieces_may_be_cut_anywhere),
        lib_test(errors_of_callbacks_reach_the_caller),
        lib_test(bad_json_is_placed),
        lib_test(no_rows_are_no_failure),
        lib_test(a_run_can_be_cancelled),
        lib_test(one_pipeline_runs_once_at_a_time),
        lib_test(pipelines_are_independent),
        lib_test(nothing_there_is_said),
        lib_test(what_a_run_left_can_be_read),
        lib_test(failed_queries_leave_nothing_open),
        lib_test(programs_have_keys_in_the_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
