/* time.h -- instants: microseconds since 1970-01-01 UTC; and how long things take. Thread-safe,
 * free of locales and zones. */
#ifndef HR_BASE_TIME_H
#define HR_BASE_TIME_H

#include <stdint.h>

/* A day of the Gregorian calendar, taken as if it had been in use for ever. */
typedef struct hr_civil {
    int64_t year; /* 0 is the one before 1 */
    int month, day;
} hr_civil;

/* `days` since 1970-01-01. */
hr_civil hr_civil_of_days(int64_t days);

/* Rounded down, whatever the sign of `a`; b > 0. */
static inline int64_t hr_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

enum { HR_INSTANT_TEXT = 48 }; /* enough for any int64_t */

int64_t hr_now(void);

/* Microseconds, and seconds, that never go back, from any start: for differences. */
int64_t hr_ticks(void);
double hr_seconds(void);

/* "2024-01-01T10:00:00.250000+00:00"; the fraction only when it is not zero, as Python's
 * isoformat. Years beyond 9999 have more digits, those before year 0 a '-'. */
void hr_format_instant(int64_t micros, char out[HR_INSTANT_TEXT]);

#endif
