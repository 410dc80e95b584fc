/* Programs that break the contract of the public API: no crash, and nothing lost without a word. */
#include "support.h"

#include <stdlib.h>

#include "headrace/headrace.h"
#include "support/library.h"

/* ---- callbacks ---- */

/* Gives one row, then fails with a status, and says nothing of it. */
typedef struct mute {
    hr_status status;
    int calls;
} mute;

static hr_status mute_next(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    static const char row[] = "{\"id\": 1}\n";
    mute *m = ctx;

    (void)err;
    if (m->calls++)
        return m->status;
    *bytes = row;
    *n = strlen(row);
    return HR_OK;
}

static void failures_without_a_reason_are_failures(void **state)
{
    static const struct {
        hr_status status, want;
    } cases[] = {
        {HR_E_IO, HR_E_IO},
        {HR_E_CANCELLED, HR_E_CANCELLED},
        {(hr_status)99, HR_E_REMOTE},
        {(hr_status)-1, HR_E_REMOTE},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        mute m = {.status = cases[i].status};
        const hr_json_source source = {.ctx = &m, .next = mute_next};
        const hr_resource_options o = lib_into("t");
        hr_pipeline *p = lib_open();
        hr_error err = {0};
        char *json = NULL;

        assert_hr_ok(hr_pipeline_add_json(p, &o, &source, &err), &err, "add");
        assert_int_equal(hr_pipeline_run(p, NULL, &err), cases[i].want);
        assert_int_equal(err.status, cases[i].want);
        assert_non_null(strstr(err.msg, "gave no reason"));
        assert_int_equal(hr_pipeline_tables(p, &json, &err), HR_E_USAGE);
        hr_pipeline_close(p);
    }
}

static hr_status next_of_nothing(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    (void)ctx;
    (void)err;
    *bytes = NULL;
    *n = 5;
    return HR_OK;
}

static void pieces_of_nothing_are_refused(void **state)
{
    const hr_json_source source = {.next = next_of_nothing};
    const hr_resource_options o = lib_into("t");
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_pipeline_add_json(p, &o, &source, &err), &err, "add");
    assert_int_equal(hr_pipeline_run(p, NULL, &err), HR_E_USAGE);
    assert_non_null(strstr(err.msg, "NULL"));
    hr_pipeline_close(p);
}

/* ---- calls from inside a run ---- */

static hr_pipeline *running;

static void change_it(lib_actor *a)
{
    const hr_resource_options o = lib_into("late");
    const char *const paths[] = {"late.json"};
    hr_error err = {0};

    (void)a;
    assert_int_equal(hr_pipeline_run(running, NULL, &err), HR_E_USAGE);
    assert_non_null(strstr(err.msg, "runs"));
    assert_int_equal(hr_pipeline_add_files(running, &o, paths, 1, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_drop(running, NULL, 0, false, NULL, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_sync(running, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_set_state(running, NULL, "k", "1", &err), HR_E_USAGE);
}

static void what_runs_is_not_changed(void **state)
{
    lib_actor a = {.text = "{\"id\": 1}", .step = 100, .act = change_it};
    hr_error err = {0};

    (void)state;
    running = lib_open();
    lib_add(running, "t", &a);
    assert_hr_ok(hr_pipeline_run(running, NULL, &err), &err, "run");
    assert_asks(running, "select count(*)::varchar from t", "1");
    lib_load(running, "t", "{\"id\": 2}"); /* and then it may be used again */
    hr_pipeline_close(running);
}

/* A cancel stops one call, not those after it. */
static void a_cancel_is_used_up(void **state)
{
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    lib_load(p, "t", "{\"id\": 1}");
    hr_pipeline_cancel(p);
    assert_int_not_equal(hr_pipeline_drop(p, (const char *const[]){"nope"}, 1, false, NULL, &err),
                         HR_OK);
    lib_load(p, "t", "{\"id\": 2}");
    hr_pipeline_cancel(p);
    if (hr_pipeline_sync(p, &err) != HR_OK)
        assert_int_equal(err.status, HR_E_CANCELLED);
    lib_load(p, "t", "{\"id\": 3}");
    assert_asks(p, "select count(*)::varchar from t", "3");
    hr_pipeline_close(p);
}

/* ---- nothing where something belongs ---- */

static void nothing_in_place_of_a_source(hr_pipeline *p)
{
    const hr_resource_options o = lib_into("t");
    const char *const paths[] = {"a.json", NULL};
    struct ArrowArrayStream released = {0};
    lib_actor a = {.text = ""};
    hr_json_source source = lib_plays(&a);
    hr_error err = {0};

    source.next = NULL;
    assert_int_equal(hr_pipeline_add_json(p, &o, NULL, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_add_json(p, &o, &source, &err), HR_E_USAGE);
    assert_int_equal(a.closed, 1);
    assert_int_equal(hr_pipeline_add_files(p, &o, NULL, 2, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_add_files(p, &o, paths, 2, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_add_arrow(p, &o, NULL, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_add_arrow(p, &o, &released, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_add_rest_api(p, NULL, &err), HR_E_USAGE);
}

static void nothing_is_refused(void **state)
{
    const hr_resource_options o = lib_into("t");
    const char *const paths[] = {"a.json"};
    struct ArrowArrayStream stream;
    hr_pipeline *p = lib_open();
    char *text = NULL;
    hr_error err = {0};

    (void)state;
    nothing_in_place_of_a_source(p);
    assert_int_equal(hr_pipeline_query(p, NULL, &stream, &err), HR_E_USAGE);
    hr_pipeline_close(p);
    p = (hr_pipeline *)&stream; /* as a variable that nobody has set */
    assert_int_equal(hr_pipeline_open(&p, &(hr_pipeline_options){0}, &err), HR_E_USAGE);
    assert_null(p);
    assert_int_equal(hr_pipeline_open(NULL, NULL, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_open_file(&p, NULL, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_run(NULL, NULL, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_add_files(NULL, &o, paths, 1, &err), HR_E_USAGE);
    assert_int_equal(hr_file_template(NULL, NULL, &text, &err), HR_E_USAGE);
    assert_int_equal(hr_config_explain(NULL, NULL, &text, &err), HR_E_USAGE);
    hr_pipeline_cancel(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        lib_test(failures_without_a_reason_are_failures),
        lib_test(pieces_of_nothing_are_refused),
        lib_test(what_runs_is_not_changed),
        lib_test(a_cancel_is_used_up),
        lib_test(nothing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
