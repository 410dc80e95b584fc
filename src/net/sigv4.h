/* sigv4.h -- AWS Signature Version 4: one request's Authorization header. */
#ifndef HR_NET_SIGV4_H
#define HR_NET_SIGV4_H

#include "net/auth.h"

typedef struct hr_sigv4 {
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token; /* NULL: none */
    const char *region;
    const char *service;
} hr_sigv4;

/* Adds X-Amz-Date, X-Amz-Content-Sha256 (of services that want it: s3 and those derived from it),
 * X-Amz-Security-Token and Authorization. Host, Content-Type and all X-Amz-* headers are signed. */
HR_NODISCARD hr_status hr_sigv4_sign(const hr_sigv4 *key, hr_outgoing *o, hr_error *err);

/* What is signed, for tests: the canonical request. */
HR_NODISCARD hr_status hr_sigv4_canonical(const hr_outgoing *o, const char *service, hr_buf *out,
                                          hr_buf *signed_headers, hr_error *err);

#endif
