/* cell_time.h -- dates, times, durations and intervals as text. */
#ifndef HR_CLI_CELL_TIME_H
#define HR_CLI_CELL_TIME_H

#include <stdint.h>

#include "cli/text.h"

/* `days` since 1970-01-01 in the Gregorian calendar, which is taken back for ever. */
void cli_time_add_date(cli_text *out, int64_t days);

/* Since midnight; `per_second` ticks make a second: 1, 1000, 1000000 or 1000000000. */
void cli_time_add_clock(cli_text *out, int64_t ticks, int64_t per_second);

void cli_time_add_timestamp(cli_text *out, int64_t ticks, int64_t per_second, char sep);

/* ISO 8601: PT1.5S */
void cli_time_add_duration(cli_text *out, int64_t ticks, int64_t per_second);

/* "1 year 2 months 3 days 04:05:06.5" */
void cli_time_add_interval(cli_text *out, int64_t months, int64_t days, int64_t nanoseconds);

#endif
