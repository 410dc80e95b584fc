#include "support.h"

#include <time.h>

#include "base/time.h"

static void formats_like_isoformat(void **state)
{
    static const struct {
        int64_t micros;
        const char *want;
    } cases[] = {
        {0, "1970-01-01T00:00:00+00:00"},
        {1, "1970-01-01T00:00:00.000001+00:00"},
        {-1, "1969-12-31T23:59:59.999999+00:00"},
        {1704103200000005, "2024-01-01T10:00:00.000005+00:00"},
        {951782400000000, "2000-02-29T00:00:00+00:00"},
        {4107542399000000, "2100-02-28T23:59:59+00:00"},
        {4107542400000000, "2100-03-01T00:00:00+00:00"},
        {1735603200000000, "2024-12-31T00:00:00+00:00"},
        {-62135596800000000, "0001-01-01T00:00:00+00:00"},
        {253402300799999999, "9999-12-31T23:59:59.999999+00:00"},
        {-62198755200000000, "-001-01-01T00:00:00+00:00"},
        {INT64_MAX, "294247-01-10T04:00:54.775807+00:00"},
        {INT64_MIN, "-290308-12-21T19:59:05.224192+00:00"},
    };
    char text[HR_INSTANT_TEXT];

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_format_instant(cases[i].micros, text);
        assert_string_equal(text, cases[i].want);
    }
}

/* Every day of 800 years against the C library. */
static void agrees_with_gmtime(void **state)
{
    char text[HR_INSTANT_TEXT], want[HR_INSTANT_TEXT];

    (void)state;
    for (int64_t day = -140000; day < 153000; day++) {
        const time_t seconds = (time_t)(day * 86400 + 12345);
        struct tm tm;

        assert_non_null(gmtime_r(&seconds, &tm));
        assert_true(strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S+00:00", &tm) > 0);
        hr_format_instant((int64_t)seconds * 1000000, text);
        assert_string_equal(text, want);
    }
}

static void now_is_now(void **state)
{
    const int64_t before = (int64_t)time(NULL);
    const int64_t now = hr_now() / 1000000;

    (void)state;
    assert_in_range(now, before - 1, before + 60);
}

static void ticks_never_go_back(void **state)
{
    int64_t last = hr_ticks();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        const int64_t next = hr_ticks();

        assert_true(next >= last);
        last = next;
    }
    assert_true(hr_seconds() * 1e6 >= (double)last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_like_isoformat),
        cmocka_unit_test(agrees_with_gmtime),
        cmocka_unit_test(now_is_now),
        cmocka_unit_test(ticks_never_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
