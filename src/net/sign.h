/* sign.h -- digests and signatures over OpenSSL. Any thread. */
#ifndef HR_NET_SIGN_H
#define HR_NET_SIGN_H

#include "base/buf.h"

enum { HR_DIGEST_MOST = 64 }; /* bytes of the largest digest */

typedef enum hr_digest { HR_SHA256, HR_SHA1, HR_SHA512 } hr_digest;

/* Both return the number of bytes written; 0: OpenSSL refused. */
size_t hr_digest_of(hr_digest kind, hr_str data, unsigned char out[HR_DIGEST_MOST]);
size_t hr_hmac(hr_digest kind, hr_str key, hr_str data, unsigned char out[HR_DIGEST_MOST]);

void hr_add_hex(hr_buf *out, const unsigned char *bytes, size_t n); /* lower case */
void hr_add_base64(hr_buf *out, hr_str bytes);
void hr_add_base64_url(hr_buf *out, hr_str bytes); /* without padding */

/* Appends the RS256 signature of `data`. `pem` is a private key, encrypted if `passphrase` is not
 * NULL. HR_E_CONFIG: the key cannot be read. */
HR_NODISCARD hr_status hr_sign_rs256(const char *pem, const char *passphrase, hr_str data,
                                     hr_buf *out, hr_error *err);

#endif
