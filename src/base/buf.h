/* buf.h -- growing byte buffer with a hard limit and a sticky error.
 *
 * hr_buf_add and friends may be called in a row without a look at their result:
 * after the first failure the rest do nothing, and hr_buf_status tells at the end. */
#ifndef HR_BASE_BUF_H
#define HR_BASE_BUF_H

#include <stdarg.h>

#include "base/str.h"
#include "headrace/error.h"

typedef struct hr_buf {
    char *data; /* data[len] is always 0 once data != NULL */
    size_t len;
    size_t cap;
    size_t limit; /* 0: none */
    bool failed;
} hr_buf;

void hr_buf_release(hr_buf *b);
void hr_buf_reset(hr_buf *b); /* empty, memory kept, error forgotten */

/* True while nothing has failed. A failed call leaves what was there. */
bool hr_buf_reserve(hr_buf *b, size_t more);
bool hr_buf_add(hr_buf *b, hr_str s);
bool hr_buf_addc(hr_buf *b, char c);
bool hr_buf_addz(hr_buf *b, const char *cstr);
bool hr_buf_addf(hr_buf *b, const char *fmt, ...) HR_PRINTF(2, 3);
bool hr_buf_addv(hr_buf *b, const char *fmt, va_list ap) HR_PRINTF(2, 0);

/* HR_OK, or HR_E_NOMEM with a message. */
HR_NODISCARD hr_status hr_buf_status(const hr_buf *b, hr_error *err);

/* The text, NUL-terminated, which the caller then owns (hr_free); NULL after a failure. The buffer
 * is empty afterwards, either way. */
char *hr_buf_take(hr_buf *b);

static inline hr_str hr_buf_str(const hr_buf *b)
{
    return (hr_str){.p = b->data, .n = b->len};
}

#endif
