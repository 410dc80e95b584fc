/* str.h -- borrowed bytes. A hr_str never owns; it is passed by value. */
#ifndef HR_BASE_STR_H
#define HR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct hr_str {
    const char *p; /* not NUL-terminated; may be NULL when n == 0 */
    size_t n;
} hr_str;

#define HR_STR_INIT(lit)                      \
    {                                         \
        .p = "" lit, .n = sizeof("" lit) - 1, \
    } /* for static tables */
#define HR_STR(lit) ((hr_str)HR_STR_INIT(lit))
#define HR_STR_FMT "%.*s"
#define HR_STR_ARG(s) (int)(s).n, (s).p

static inline hr_str hr_str_from(const char *cstr)
{
    return (hr_str){.p = cstr, .n = strlen(cstr)};
}

static inline bool hr_str_eq(hr_str a, hr_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool hr_str_starts(hr_str s, hr_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

#endif
