#include "support.h"

#include <errno.h>
#include <stdlib.h>

static void failing_records_and_returns(void **state)
{
    hr_error err = {.status = HR_E_IO, .os_errno = 5, .retryable = true, .sqlstate = "12345"};

    (void)state;
    assert_int_equal(hr_fail(&err, HR_E_PARSE, "%s at %d", "bad", 7), HR_E_PARSE);
    assert_int_equal(err.status, HR_E_PARSE);
    assert_string_equal(err.msg, "bad at 7");
    assert_int_equal(err.os_errno, 0);
    assert_false(err.retryable);
    assert_string_equal(err.sqlstate, "");
    assert_int_equal(hr_fail(NULL, HR_E_PARSE, "x"), HR_E_PARSE);
    assert_int_equal(hr_fail_errno(NULL, ENOENT, "x"), HR_E_IO);
    assert_int_equal(hr_fail_in(NULL, HR_E_PARSE, "x"), HR_E_PARSE);
}

static void the_system_says_why(void **state)
{
    hr_error err = {0};

    (void)state;
    assert_int_equal(hr_fail_errno(&err, ENOENT, "cannot open %s", "f"), HR_E_IO);
    assert_string_equal(err.msg, "cannot open f: No such file or directory");
    assert_int_equal(err.os_errno, ENOENT);
}

static void context_comes_first(void **state)
{
    hr_error err = {0};

    (void)state;
    (void)hr_fail_errno(&err, ENOSPC, "cannot write");
    assert_int_equal(hr_fail_in(&err, HR_E_IO, "page %d", 3), HR_E_IO);
    assert_string_equal(err.msg, "page 3: cannot write: No space left on device");
    assert_int_equal(err.os_errno, ENOSPC);
    (void)hr_fail_in(&err, HR_E_REMOTE, "%s", "");
    assert_string_equal(err.msg, ": page 3: cannot write: No space left on device");
    assert_int_equal(err.status, HR_E_REMOTE);
}

/* However long they are, context and message fit, and the context is kept. */
static void long_messages_are_cut(void **state)
{
    char text[3000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (size_t n = 0; n < sizeof(text); n += 7) {
        hr_error err = {0};

        (void)hr_fail(&err, HR_E_PARSE, "%s", text);
        assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
        (void)hr_fail_in(&err, HR_E_PARSE, "%.*s", (int)n, text);
        assert_true(strnlen(err.msg, sizeof(err.msg)) < sizeof(err.msg));
        if (n < sizeof(err.msg) - 10)
            assert_memory_equal(err.msg + n, ": xx", 4);
        (void)hr_fail_errno(&err, ENOENT, "%.*s", (int)n, text);
        assert_true(strnlen(err.msg, sizeof(err.msg)) < sizeof(err.msg));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_records_and_returns),
        cmocka_unit_test(the_system_says_why),
        cmocka_unit_test(context_comes_first),
        cmocka_unit_test(long_messages_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
