/* rate_headers.h -- what a response says about when the next request may come. Pure functions. */
#ifndef HR_NET_RATE_HEADERS_H
#define HR_NET_RATE_HEADERS_H

#include <stdint.h>

#include "base/str.h"

enum { HR_RATE_UNKNOWN = -1 };

typedef struct hr_rate_told {
    int64_t remaining;   /* requests, or HR_RATE_UNKNOWN */
    int64_t reset;       /* micros from now until there are more, or HR_RATE_UNKNOWN */
    int64_t retry_after; /* micros from now; 0: now or in the past; HR_RATE_UNKNOWN: not said */
} hr_rate_told;

/* A date of HTTP in any of its three forms, as micros since 1970. */
bool hr_http_date(hr_str text, int64_t *micros);

/* Seconds, or a date: micros from `now` (micros since 1970) on, never negative. */
bool hr_retry_after(hr_str text, int64_t now, int64_t *micros);

/* Reads Retry-After, RateLimit of all drafts, RateLimit-*, X-RateLimit-* and X-Rate-Limit-*;
 * `header` gives a header's value or NULL. Resets may be seconds, or dates in any form, of which
 * those of the server's clock are counted from its Date. `now`: micros since 1970. */
void hr_rate_read(const char *(*header)(const void *ctx, const char *name), const void *ctx,
                  int64_t now, hr_rate_told *out);

#endif
