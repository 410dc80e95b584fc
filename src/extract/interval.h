/* interval.h -- the interval of time that a scheduler gives a run, as dlt takes it: from
 * DLT_INTERVAL_START and DLT_INTERVAL_END, when allow_external_schedulers of the options, or
 * DLT_ALLOW_EXTERNAL_SCHEDULERS where they do not say, lets it. */
#ifndef HR_EXTRACT_INTERVAL_H
#define HR_EXTRACT_INTERVAL_H

#include "extract/cursor.h"

typedef struct hr_interval {
    int64_t start, end; /* microseconds since the epoch */
} hr_interval;

/* `allowed`: the option; NULL: not given. *joined: there is an interval to keep to. HR_E_CONFIG:
 * one is asked for and there is none, or a variable says nothing that can be read. */
HR_NODISCARD hr_status hr_interval_find(hr_interval *out, yyjson_val *allowed, bool *joined,
                                        hr_error *err);

/* An instant as a cursor value of the kind of `like`: a number has seconds, with a fraction if
 * `like` has one; anything else, or nothing, an instant in ISO form, UTC. HR_E_CONFIG: `like` is a
 * text that is no instant. */
HR_NODISCARD hr_status hr_interval_value(int64_t micros, const hr_cursor *like, hr_cursor_copy *out,
                                         hr_error *err);

#endif
