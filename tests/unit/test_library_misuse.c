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

int main(void)
{
    const struct CMUnitTest tests[] = {
        lib_test(failures_without_a_reason_are_failures),
        lib_test(pieces_of_nothing_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
