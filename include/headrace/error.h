/* headrace/error.h -- how every headrace call reports failure. */
#ifndef HEADRACE_ERROR_H
#define HEADRACE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define HR_API __attribute__((visibility("default")))
#define HR_NODISCARD __attribute__((warn_unused_result))
#define HR_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define HR_API
#define HR_NODISCARD
#define HR_PRINTF(f, a)
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hr_status {
    HR_OK = 0,
    HR_E_USAGE,       /* caller broke the contract: a bug in the caller */
    HR_E_CONFIG,      /* the user's settings are wrong */
    HR_E_NOMEM,       /* allocation failed or a limit was reached */
    HR_E_IO,          /* local file or socket */
    HR_E_REMOTE,      /* the peer answered, and said no */
    HR_E_PARSE,       /* bytes are not what they claim to be */
    HR_E_SCHEMA,      /* value does not fit the column, or column drifted */
    HR_E_BUSY,        /* somebody else holds the pipeline or the database */
    HR_E_CANCELLED,   /* the caller asked to stop */
    HR_E_UNSUPPORTED, /* right request, but this build or peer cannot do it */
} hr_status;

typedef struct hr_error {
    hr_status status;
    bool retryable;   /* the same call may succeed later */
    int os_errno;     /* 0 if none */
    int http_status;  /* 0 if none */
    char sqlstate[6]; /* "" if none */
    char msg[1024];   /* always NUL-terminated; never holds secrets */
} hr_error;

/* Records a failure and returns `status`, so a call reads `return hr_fail(...)`.
 * `err` may be NULL: the message is dropped, the status is not. */
HR_API hr_status hr_fail(hr_error *err, hr_status status, const char *fmt, ...) HR_PRINTF(3, 4);

/* As hr_fail with HR_E_IO; appends the text of `os_errno` and records it. */
HR_API hr_status hr_fail_errno(hr_error *err, int os_errno, const char *fmt, ...) HR_PRINTF(3, 4);

/* Puts "context: " before the message already in `err`; keeps everything else. Returns `status`. */
HR_API hr_status hr_fail_in(hr_error *err, hr_status status, const char *fmt, ...) HR_PRINTF(3, 4);

#define HR_TRY(call)                          \
    do {                                      \
        const hr_status try_status_ = (call); \
        if (try_status_ != HR_OK)             \
            return try_status_;               \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
