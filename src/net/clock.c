#include "net/clock.h"

#include "base/time.h"

static int64_t real_ticks(void *ctx)
{
    (void)ctx;
    return hr_ticks();
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
