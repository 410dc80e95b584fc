#include "support.h"

#include "base/buf.h"
#include "headrace/headrace.h"

static void grows_and_stays_terminated(void **state)
{
    hr_buf b = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(hr_buf_addc(&b, (char)('a' + i % 26)));
        assert_int_equal(b.data[b.len], 0);
    }
    assert_int_equal(b.len, 1000);
    assert_int_equal(b.data[999], 'a' + 999 % 26);
    hr_buf_release(&b);
    assert_null(b.data);
    hr_buf_release(&b);
}

static void all_kinds_append(void **state)
{
    hr_buf b = {0};

    (void)state;
    hr_buf_add(&b, HR_STR("a\0b"));
    hr_buf_addz(&b, "-");
    hr_buf_addf(&b, "%d:%s", 42, "x");
    hr_buf_addf(&b, "%s", "");
    hr_buf_add(&b, (hr_str){0});
    assert_str_equal(hr_buf_str(&b), HR_STR("a\0b-42:x"), "all");
    assert_int_equal(hr_buf_status(&b, NULL), HR_OK);
    hr_buf_reset(&b);
    assert_int_equal(b.len, 0);
    assert_string_equal(b.data, "");
    hr_buf_addf(&b, "%0500d", 7);
    assert_int_equal(b.len, 500);
    assert_int_equal(b.data[499], '7');
    hr_buf_release(&b);
}

static void the_limit_is_sticky_until_reset(void **state)
{
    hr_buf b = {.limit = 10};
    hr_error err = {0};

    (void)state;
    assert_true(hr_buf_addz(&b, "0123456789"));
    assert_false(hr_buf_addc(&b, 'x'));
    assert_string_equal(b.data, "0123456789");
    assert_false(hr_buf_addz(&b, ""));
    assert_false(hr_buf_addf(&b, "%s", ""));
    assert_int_equal(hr_buf_status(&b, &err), HR_E_NOMEM);
    assert_int_equal(err.status, HR_E_NOMEM);
    assert_null(hr_buf_take(&b));
    hr_buf_reset(&b);
    assert_int_equal(hr_buf_status(&b, &err), HR_OK);
    assert_true(hr_buf_addf(&b, "%s", "0123456789"));
    assert_false(hr_buf_addf(&b, "%s", "x"));
    assert_string_equal(b.data, "0123456789");
    hr_buf_release(&b);
    assert_int_equal(b.limit, 10);
}

static void sizes_that_overflow_fail(void **state)
{
    hr_buf b = {0};

    (void)state;
    assert_true(hr_buf_addz(&b, "abc"));
    assert_false(hr_buf_reserve(&b, SIZE_MAX));
    assert_string_equal(b.data, "abc");
    hr_buf_reset(&b);
    assert_false(hr_buf_reserve(&b, SIZE_MAX - 3));
    hr_buf_release(&b);
}

static void take_hands_the_text_over(void **state)
{
    hr_buf b = {0};

    (void)state;
    char *empty = hr_buf_take(&b);
    assert_string_equal(empty, "");
    hr_free(empty);
    hr_buf_addz(&b, "text");
    char *text = hr_buf_take(&b);
    assert_string_equal(text, "text");
    assert_null(b.data);
    assert_int_equal(b.len + b.cap, 0);
    hr_buf_addz(&b, "next");
    assert_string_equal(text, "text");
    hr_free(text);
    hr_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(all_kinds_append),
        cmocka_unit_test(the_limit_is_sticky_until_reset),
        cmocka_unit_test(sizes_that_overflow_fail),
        cmocka_unit_test(take_hands_the_text_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
