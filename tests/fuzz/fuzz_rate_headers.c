/* Any lines as the headers of rate limits: what is read of them is in range. */
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/clock.h"
#include "net/rate_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "Retry-After",
    "RateLimit",
    "Date",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-RateLimit-Reset-After",
};

enum { N = sizeof(names) / sizeof(names[0]) };

/* The values, in the order of the names. */
static const char *find(const void *ctx, const char *name)
{
    const char *const *const values = ctx;

    for (size_t i = 0; i < N; i++) {
        if (strcmp(names[i], name) == 0)
            return values[i];
    }
    return NULL;
}

static void check(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t now = INT64_C(1700000000) * HR_SECOND;
    char *const text = hr_strndup((hr_str){(const char *)data, size});
    const char *values[N] = {NULL};
    hr_rate_told told;
    int64_t date = 0;

    if (!text)
        return 0;
    if (hr_http_date((hr_str){text, size}, &date))
        check(date > INT64_C(-62200000000) * HR_SECOND && date < INT64_C(253402300800) * HR_SECOND);

    char *line = text;

    for (size_t i = 0; i < N && line; i++) {
        char *const end = strchr(line, '\n');

        values[i] = *line && *line != '\n' ? line : NULL;
        if (end)
            *end = '\0';
        line = end ? end + 1 : NULL;
    }
    hr_rate_read(find, values, now, &told);
    check(told.remaining >= HR_RATE_UNKNOWN);
    check(told.reset >= HR_RATE_UNKNOWN && told.retry_after >= HR_RATE_UNKNOWN);
    hr_free(text);
    return 0;
}
