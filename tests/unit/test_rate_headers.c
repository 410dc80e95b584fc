/* Dates, Retry-After and rate limits as APIs send them. */
#include "support.h"

#include "net/clock.h"
#include "net/rate_headers.h"

static const struct date_case {
    const char *text;
    int64_t want; /* seconds since 1970; -1: not a date */
} date_cases[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
    {"06 Nov 1994 08:49:37 UTC", 784111777},
    {"Wed, 01-Jan-69 00:00:00 GMT", 3124224000},
    {"Thu, 29 Feb 2023 23:59:59 GMT", -1},
    {"Sun, 06 Nov 1994 08:49 GMT", -1},
    {"Sun, 06 Nov 1994", -1},
    {"tomorrow", -1},
    {"", -1},
};

static void dates_have_three_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(date_cases); i++) {
        int64_t got = -HR_SECOND;
        const bool ok = hr_http_date(hr_str_from(date_cases[i].text), &got);

        if (ok != (date_cases[i].want >= 0) || (ok && got != date_cases[i].want * HR_SECOND))
            fail_msg("\"%s\": %lld", date_cases[i].text, (long long)got / HR_SECOND);
    }
}

#define NOW 784111777
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static const struct rate_case {
    const char *label;
    const char *headers[8]; /* name, value, ... */
    int64_t remaining;
    double reset; /* seconds; -1: unknown */
    double retry_after;
} rate_cases[] = {
    {"nothing", {NULL}, -1, -1, -1},
    {"seconds", {"Retry-After", "120"}, -1, -1, 120},
    {"now", {"Retry-After", "0"}, -1, -1, 0},
    {"a fraction", {"Retry-After", " 1.5 "}, -1, -1, 1.5},
    {"a date", {"Retry-After", "Sun, 06 Nov 1994 08:51:37 GMT"}, -1, -1, 120},
    {"a date in the past", {"Retry-After", "Sat, 05 Nov 1994 08:51:37 GMT"}, -1, -1, 0},
    {"a date by the server's clock, which is wrong",
     {"Retry-After", "Sun, 06 Nov 1994 09:49:47 GMT", "Date", "Sun, 06 Nov 1994 09:49:37 GMT"},
     -1,
     -1,
     10},
    {"a negative number", {"Retry-After", "-5"}, -1, -1, -1},
    {"far too much", {"Retry-After", "99999999999999999999"}, -1, -1, -1},
    {"GitHub",
     {"X-RateLimit-Remaining", "4999", "X-RateLimit-Reset", "784111800", "Date", DATE},
     4999,
     24,
     -1},
    {"milliseconds since 1970",
     {"X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "784111787000"},
     1,
     11,
     -1},
    {"seconds to go", {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "30"}, 0, 30, -1},
    {"Discord", {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset-After", "0.25"}, 0, 0.25, -1},
    {"with a dash", {"X-Rate-Limit-Remaining", "3", "X-Rate-Limit-Reset", "9"}, 3, 9, -1},
    {"an ISO date",
     {"X-RateLimit-Remaining", "3", "X-RateLimit-Reset", "1994-11-06T08:49:47Z"},
     3,
     11,
     -1},
    {"drafts 0 to 6", {"RateLimit-Remaining", "7", "RateLimit-Reset", "42"}, 7, 42, -1},
    {"draft 7", {"RateLimit", "limit=100, remaining=50, reset=5"}, 50, 5, -1},
    {"draft 8", {"RateLimit", "\"default\";r=50;t=30"}, 50, 30, -1},
    {"the policy that binds",
     {"RateLimit", "\"minute\";r=50;t=30, \"day\";r=0;t=3600, \"hour\";r=9;t=60"},
     0,
     3600,
     -1},
    {"several windows", {"RateLimit-Remaining", "9, 90", "RateLimit-Reset", "4"}, 9, 4, -1},
    {"no reset", {"X-RateLimit-Remaining", "12"}, 12, -1, -1},
    {"nonsense", {"X-RateLimit-Remaining", "many", "RateLimit", ";;,\"a\";r=;t"}, -1, -1, -1},
};

static const char *find(const void *ctx, const char *name)
{
    const struct rate_case *const k = ctx;

    for (size_t i = 0; i < 8 && k->headers[i]; i += 2) {
        if (strcmp(k->headers[i], name) == 0)
            return k->headers[i + 1];
    }
    return NULL;
}

static int64_t micros(double seconds)
{
    return seconds < 0 ? HR_RATE_UNKNOWN : (int64_t)(seconds * HR_SECOND);
}

static void limits_have_many_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rate_cases); i++) {
        const struct rate_case *const k = &rate_cases[i];
        hr_rate_told told;

        hr_rate_read(find, k, (int64_t)NOW * HR_SECOND, &told);
        if (told.remaining != k->remaining || told.reset != micros(k->reset) ||
            told.retry_after != micros(k->retry_after))
            fail_msg("%s: remaining %lld, reset %lld, retry after %lld", k->label,
                     (long long)told.remaining, (long long)told.reset, (long long)told.retry_after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_have_three_forms),
        cmocka_unit_test(limits_have_many_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
