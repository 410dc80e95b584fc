#include "base/time.h"

#include <stdio.h>
#include <time.h>

enum { SECOND = 1000000 };

static int64_t read_clock(clockid_t clock)
{
    struct timespec ts;

    (void)clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

int64_t hr_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t hr_ticks(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double hr_seconds(void)
{
    return (double)hr_ticks() / SECOND;
}

/* Counts in eras of 400 years that begin on 1 March, so that a leap day ends its year. */
hr_civil hr_civil_of_days(int64_t days)
{
    const int64_t shifted = days + 719468; /* days from 0000-03-01 to 1970-01-01 */
    const int64_t era = hr_floor_div(shifted, 146097);
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    const hr_civil c = {
        .year = year_of_era + era * 400 + (month >= 10),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };

    return c;
}

void hr_format_instant(int64_t micros, char out[HR_INSTANT_TEXT])
{
    const int64_t seconds = hr_floor_div(micros, SECOND);
    const int fraction = (int)((micros % SECOND + SECOND) % SECOND);
    const int64_t days = hr_floor_div(seconds, 86400);
    const int of_day = (int)(seconds - days * 86400);
    const hr_civil c = hr_civil_of_days(days);
    int n = snprintf(out, HR_INSTANT_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)c.year,
                     c.month, c.day, of_day / 3600, of_day / 60 % 60, of_day % 60);

    if (fraction)
        n += snprintf(out + n, (size_t)(HR_INSTANT_TEXT - n), ".%06d", fraction);
    (void)snprintf(out + n, (size_t)(HR_INSTANT_TEXT - n), "+00:00");
}
