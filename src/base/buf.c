#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "headrace/headrace.h"

void hr_buf_release(hr_buf *b)
{
    hr_free(b->data);
    *b = (hr_buf){.limit = b->limit};
}

void hr_buf_reset(hr_buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

bool hr_buf_reserve(hr_buf *b, size_t more)
{
    assert(b->len <= b->cap);
    const size_t limit = b->limit ? b->limit : SIZE_MAX / 4;

    if (b->failed)
        return false;
    if (more > limit - b->len) {
        b->failed = true;
        return false;
    }
    const size_t need = b->len + more + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap < need)
            cap *= 2;
        char *data = hr_realloc(b->data, cap);
        if (!data) {
            b->failed = true;
            return false;
        }
        b->data = data;
        b->cap = cap;
        b->data[b->len] = '\0';
    }
    return true;
}

bool hr_buf_add(hr_buf *b, hr_str s)
{
    if (!hr_buf_reserve(b, s.n))
        return false;
    if (s.n)
        memcpy(b->data + b->len, s.p, s.n);
    b->len += s.n;
    b->data[b->len] = '\0';
    return true;
}

bool hr_buf_addc(hr_buf *b, char c)
{
    return hr_buf_add(b, (hr_str){&c, 1});
}

bool hr_buf_addz(hr_buf *b, const char *cstr)
{
    return hr_buf_add(b, hr_str_from(cstr));
}

bool hr_buf_addv(hr_buf *b, const char *fmt, va_list ap)
{
    va_list again;

    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0 || !hr_buf_reserve(b, (size_t)n))
        return false;
    (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    b->len += (size_t)n;
    return true;
}

bool hr_buf_addf(hr_buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const bool ok = hr_buf_addv(b, fmt, ap);
    va_end(ap);
    return ok;
}

hr_status hr_buf_status(const hr_buf *b, hr_error *err)
{
    if (!b->failed)
        return HR_OK;
    return hr_fail(err, HR_E_NOMEM, "cannot grow a buffer of %zu bytes", b->len);
}

char *hr_buf_take(hr_buf *b)
{
    char *data = NULL;

    if (hr_buf_reserve(b, 0)) {
        data = b->data;
        *b = (hr_buf){.limit = b->limit};
    } else {
        hr_buf_release(b);
    }
    return data;
}
