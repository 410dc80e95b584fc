/* Any bytes as a time: what is accepted is in range, and its text means the same. */
#include <stdlib.h>

#include "value/iso_time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_text(hr_iso_kind kind, const hr_iso *want)
{
    char text[HR_ISO_TEXT_MAX];
    hr_str s = {.p = text};
    hr_iso got;

    if (kind == HR_ISO_DATE)
        s.n = hr_iso_date_text(want->days, text);
    else if (kind == HR_ISO_TIME)
        s.n = hr_iso_time_text(want->micros, text);
    else
        s.n = hr_iso_datetime_text(want->micros, text);
    check(s.n <= HR_ISO_TEXT_MAX);
    check(hr_iso_parse(s, &got) == kind);
    check(got.micros == want->micros && got.days == want->days);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hr_iso got;
    const hr_iso_kind kind = hr_iso_parse((hr_str){(const char *)data, size}, &got);

    if (kind == HR_ISO_NONE)
        return 0;
    if (kind == HR_ISO_TIME)
        check(got.micros >= 0 && got.micros < INT64_C(86400000000) && got.days == 0);
    if (kind == HR_ISO_DATETIME)
        check(hr_iso_in_range(got.micros));
    check_text(kind, &got);
    return 0;
}
