#include "net/clock.h"

#include <time.h>

#include "base/time.h"

static int64_t real_ticks(void *ctx)
{
    struct timespec now;

    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * HR_SECOND + now.tv_nsec / 1000;
}

static int64_t real_date(void *ctx)
{
    (void)ctx;
    return hr_now();
}

static bool never_skip(void *ctx, int64_t micros)
{
    (void)ctx;
    (void)micros;
    return false;
}

const hr_clock hr_real_clock = {.ticks = real_ticks, .date = real_date, .skip = never_skip};
