/* iso_time.h -- ISO 8601 text to numbers: the two grammars that dlt 1.31 tries.
 *
 * Grammar: shared facts of dlt's detection ("parser A", then "parser B"). Pure, thread-safe,
 * allocation-free. */
#ifndef HR_NORMALIZE_ISO_TIME_H
#define HR_NORMALIZE_ISO_TIME_H

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

hr_iso_kind hr_iso_parse(hr_str s, hr_iso *out);

#endif
