/* Dates and times as text. */
#include "base/time.h"
#include "value/iso_time.h"

static const int64_t day_us = INT64_C(86400) * 1000000;

static char *put_digits(char *p, int n, uint64_t v)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        p[i] = (char)('0' + v % 10);
    return p + n;
}

size_t hr_iso_date_text(int32_t days, char out[HR_ISO_TEXT_MAX])
{
    const hr_civil c = hr_civil_of_days(days);
    char *p = put_digits(out, 4, (uint64_t)c.year);

    *p++ = '-';
    p = put_digits(p, 2, (uint64_t)c.month);
    *p++ = '-';
    p = put_digits(p, 2, (uint64_t)c.day);
    return (size_t)(p - out);
}

size_t hr_iso_time_text(int64_t micros, char out[HR_ISO_TEXT_MAX])
{
    const uint64_t us = (uint64_t)micros;
    char *p = put_digits(out, 2, us / 3600000000U);

    *p++ = ':';
    p = put_digits(p, 2, us / 60000000U % 60);
    *p++ = ':';
    p = put_digits(p, 2, us / 1000000U % 60);
    if (us % 1000000U != 0) {
        *p++ = '.';
        p = put_digits(p, 6, us % 1000000U);
    }
    return (size_t)(p - out);
}

size_t hr_iso_datetime_text(int64_t micros, char out[HR_ISO_TEXT_MAX])
{
    static const char utc[] = {'+', '0', '0', ':', '0', '0'};
    const int64_t days = hr_floor_div(micros, day_us);
    char time[HR_ISO_TEXT_MAX];
    const size_t time_len = hr_iso_time_text(micros - days * day_us, time);
    size_t n = hr_iso_date_text((int32_t)days, out);

    out[n++] = 'T';
    memcpy(out + n, time, time_len);
    memcpy(out + n + time_len, utc, sizeof(utc));
    return n + time_len + sizeof(utc);
}
