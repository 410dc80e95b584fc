#include "cli/cell_time.h"

#include <inttypes.h>

enum { DAY = 86400, ERA_DAYS = 146097 };

static int64_t floor_div(int64_t a, int64_t b)
{
    const int64_t q = a / b;

    return a % b < 0 ? q - 1 : q;
}

/* Counts in years from March to February, so that the leap day comes last, in eras of 400. */
void cli_time_add_date(cli_text *out, int64_t days)
{
    const int64_t z = days + 719468;
    const int64_t era = floor_div(z, ERA_DAYS);
    const int64_t doe = z - era * ERA_DAYS;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int64_t month = mp < 10 ? mp + 3 : mp - 9;
    const int64_t year = yoe + era * 400 + (month <= 2);

    cli_text_addf(out, "%s%04" PRId64 "-%02d-%02d", year < 0 ? "-" : "", year < 0 ? -year : year,
                  (int)month, (int)(doy - (153 * mp + 2) / 5 + 1));
}

/* Nothing for a whole second, else as many groups of three digits as are needed. */
static void add_fraction(cli_text *out, int64_t ticks, int64_t per_second)
{
    if (ticks == 0)
        return;
    cli_text_addc(out, '.');
    while (ticks > 0) {
        per_second /= 1000;
        cli_text_addf(out, "%03d", (int)(ticks / per_second));
        ticks %= per_second;
    }
}

void cli_time_add_clock(cli_text *out, int64_t ticks, int64_t per_second)
{
    const int64_t s = floor_div(ticks, per_second);

    cli_text_addf(out, "%02" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
    add_fraction(out, ticks - s * per_second, per_second);
}

void cli_time_add_timestamp(cli_text *out, int64_t ticks, int64_t per_second, char sep)
{
    const int64_t days = floor_div(ticks, per_second * DAY);

    cli_time_add_date(out, days);
    cli_text_addc(out, sep);
    /* Not ticks - days * per_day: that product overflows at the lowest ticks. */
    const int64_t rest = ticks % (per_second * DAY);
    cli_time_add_clock(out, rest < 0 ? rest + per_second * DAY : rest, per_second);
}

void cli_time_add_duration(cli_text *out, int64_t ticks, int64_t per_second)
{
    /* Taken apart before the sign is dropped, so that INT64_MIN has no need of a negation. */
    const int64_t whole = ticks / per_second;
    const int64_t part = ticks % per_second;

    cli_text_addf(out, "%sPT%" PRIu64, ticks < 0 ? "-" : "",
                  whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole);
    add_fraction(out, part < 0 ? -part : part, per_second);
    cli_text_addc(out, 'S');
}

static void add_part(cli_text *out, size_t start, int64_t n, const char *unit)
{
    if (n == 0)
        return;
    cli_text_addf(out, "%s%" PRId64 " %s%s", out->n > start ? " " : "", n, unit,
                  n == 1 || n == -1 ? "" : "s");
}

void cli_time_add_interval(cli_text *out, int64_t months, int64_t days, int64_t nanoseconds)
{
    const int64_t per_second = 1000000000;
    const size_t start = out->n;

    add_part(out, start, months / 12, "year");
    add_part(out, start, months % 12, "month");
    add_part(out, start, days, "day");
    if (nanoseconds == 0 && out->n > start)
        return;
    if (out->n > start)
        cli_text_addc(out, ' ');
    if (nanoseconds < 0)
        cli_text_addc(out, '-');
    /* -INT64_MIN does not exist; the one nanosecond is not missed in 292 years. */
    if (nanoseconds == INT64_MIN)
        nanoseconds++;
    cli_time_add_clock(out, nanoseconds < 0 ? -nanoseconds : nanoseconds, per_second);
}
