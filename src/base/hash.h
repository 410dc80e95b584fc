/* hash.h -- digests and base64, over OpenSSL. */
#ifndef HR_BASE_HASH_H
#define HR_BASE_HASH_H

#include "base/buf.h"
#include "base/str.h"

/* Standard alphabet. `out` has room for 4*((n+2)/3)+1 bytes; returns the length written
 * without the NUL. hr_base64_bare leaves out the padding. */
size_t hr_base64(const void *in, size_t n, char *out);
size_t hr_base64_bare(const void *in, size_t n, char *out);
/* Strict: padding required, nothing else. Appends to `out`; false: not base64. */
bool hr_base64_decode(hr_str in, hr_buf *out);

hr_status hr_shake128(const void *in, size_t n, void *out, size_t n_out, hr_error *err);
hr_status hr_sha256(const void *in, size_t n, unsigned char out[32], hr_error *err);
hr_status hr_sha3_256(const void *in, size_t n, unsigned char out[32], hr_error *err);

#endif
