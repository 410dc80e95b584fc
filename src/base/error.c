#include "headrace/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

/* Longer than a message, so that most are whole when secrets are looked for. */
enum { FULL_MESSAGE = 4096 };

/* The message with its secrets blanked, as far as `size` reaches. */
__attribute__((format(printf, 3, 0))) static void set_message(char *out, size_t size,
                                                              const char *fmt, va_list ap)
{
    char full[FULL_MESSAGE];
    const int wanted = vsnprintf(full, sizeof(full), fmt, ap);
    const bool cut = wanted >= (int)sizeof(full);
    size_t n = wanted < 0 ? 0 : cut ? sizeof(full) - 1 : (size_t)wanted;

    n = hr_secret_blank(full, n, cut);
    if (n > size - 1)
        n = size - 1;
    memcpy(out, full, n);
    out[n] = '\0';
}

hr_status hr_fail(hr_error *err, hr_status status, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        char msg[sizeof(err->msg)]; /* what is formatted may be the message before */

        va_start(ap, fmt);
        set_message(msg, sizeof(msg), fmt, ap);
        va_end(ap);
        *err = (hr_error){.status = status};
        memcpy(err->msg, msg, strlen(msg) + 1);
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
        set_message(err->msg, sizeof(err->msg), fmt, ap);
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
        set_message(context, sizeof(context), fmt, ap);
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
