#include "headrace/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

hr_status hr_fail(hr_error *err, hr_status status, const char *fmt, ...)
{
    if (err) {
        va_list ap;

        *err = (hr_error){.status = status};
        va_start(ap, fmt);
        (void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        va_end(ap);
    }
    return status;
}

hr_status hr_fail_errno(hr_error *err, int os_errno, const char *fmt, ...)
{
    if (err) {
        char reason[128];
        va_list ap;

        *err = (hr_error){.status = HR_E_IO, .os_errno = os_errno};
        va_start(ap, fmt);
        (void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        va_end(ap);
        const size_t n = strlen(err->msg);
        (void)snprintf(
            err->msg + n, sizeof(err->msg) - n, ": %s",
            strerror_r(os_errno, reason, sizeof(reason))); /* GNU's, which returns text */
    }
    return HR_E_IO;
}

hr_status hr_fail_in(hr_error *err, hr_status status, const char *fmt, ...)
{
    if (err) {
        char context[sizeof(err->msg)];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(context, sizeof(context), fmt, ap);
        va_end(ap);

        const size_t n = strlen(context);
        const size_t room = sizeof(err->msg) - 1 - n;
        const size_t keep = room > 2 ? strnlen(err->msg, room - 2) : 0;
        if (keep) {
            memmove(err->msg + n + 2, err->msg, keep);
            memcpy(err->msg + n, ": ", 2);
            err->msg[n + 2 + keep] = '\0';
        } else {
            err->msg[n] = '\0';
        }
        memcpy(err->msg, context, n);
        err->status = status;
    }
    return status;
}
