/* iso_time.h -- ISO 8601 text to numbers: the two grammars that dlt 1.31 tries.
 *
 * First the strict one: YYYY-MM-DD, YYYY-MM, YYYY-DDD, YYYYMMDD, YYYYDDD and week dates, then T
 * or one space, then hh, hh:mm, hh:mm:ss with a fraction, or the same without colons (colons in
 * the seconds and dashes in the date go together), then Z, +hh, +hhmm or +hh:mm. Then the
 * lenient one: YYYY, YYYYMMDD, YYYY/MM/DD or YYYY:MM:DD, a space or none, h:m, h:m:s with a
 * fraction, no zone. Nothing is trimmed; T and Z are capitals.
 *
 * Unlike dlt, this refuses what dlt accepts and then fails to store: offsets of 24 hours and
 * more, times that fall out of the years 1 to 9999 when shifted to UTC; and digits that are not
 * ASCII. Pure, thread-safe, allocation-free. */
#ifndef HR_VALUE_ISO_TIME_H
#define HR_VALUE_ISO_TIME_H

#include <stdint.h>

#include "base/str.h"

typedef enum hr_iso_kind {
    HR_ISO_NONE = 0,
    HR_ISO_DATE,     /* *days set */
    HR_ISO_TIME,     /* *micros since midnight, shifted to UTC when it has an offset */
    HR_ISO_DATETIME, /* *micros since the epoch, shifted to UTC when it has an offset */
} hr_iso_kind;

typedef struct hr_iso {
    int64_t micros; /* fraction digits after the sixth are dropped */
    int32_t days;   /* since 1970-01-01; set for DATE and DATETIME */
    bool has_zone;
} hr_iso;

/* *out is set unless the kind is HR_ISO_NONE; what the kind does not have is zero. */
hr_iso_kind hr_iso_parse(hr_str s, hr_iso *out);

/* The other way. Years 1 to 9999; micros of a time within a day. The text has no NUL. */
enum { HR_ISO_DATE_LEN = 10, HR_ISO_TEXT_MAX = 32 };
size_t hr_iso_date_text(int32_t days, char out[HR_ISO_TEXT_MAX]);       /* 2024-01-31 */
size_t hr_iso_time_text(int64_t micros, char out[HR_ISO_TEXT_MAX]);     /* 10:30:00[.000001] */
size_t hr_iso_datetime_text(int64_t micros, char out[HR_ISO_TEXT_MAX]); /* ...T...+00:00 */

/* Whether a time since the epoch lies in the years 1 to 9999. */
bool hr_iso_in_range(int64_t micros);

#endif
