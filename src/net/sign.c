#include "net/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "base/hash.h"
#include "base/mem.h"
#include "headrace/headrace.h"

static const EVP_MD *digest(hr_digest kind)
{
    switch (kind) {
    case HR_SHA1:
        return EVP_sha1();
    case HR_SHA512:
        return EVP_sha512();
    default:
        return EVP_sha256();
    }
}

size_t hr_digest_of(hr_digest kind, hr_str data, unsigned char out[HR_DIGEST_MOST])
{
    unsigned n = 0;

    return EVP_Digest(data.p ? data.p : "", data.n, out, &n, digest(kind), NULL) ? n : 0;
}

size_t hr_hmac(hr_digest kind, hr_str key, hr_str data, unsigned char out[HR_DIGEST_MOST])
{
    unsigned n = 0;
    const unsigned char *const bytes = (const unsigned char *)(data.p ? data.p : "");

    return HMAC(digest(kind), key.p ? key.p : "", (int)key.n, bytes, data.n, out, &n) ? n : 0;
}

void hr_add_hex(hr_buf *out, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++)
        hr_buf_add(out, (hr_str){(char[]){digits[bytes[i] >> 4], digits[bytes[i] & 15]}, 2});
}

void hr_add_base64(hr_buf *out, hr_str bytes)
{
    if (hr_buf_reserve(out, 4 * ((bytes.n + 2) / 3) + 1))
        out->len += hr_base64(bytes.p, bytes.n, out->data + out->len);
}

void hr_add_base64_url(hr_buf *out, hr_str bytes)
{
    const size_t start = out->len;

    if (!hr_buf_reserve(out, 4 * ((bytes.n + 2) / 3) + 1))
        return;
    out->len += hr_base64_bare(bytes.p, bytes.n, out->data + out->len);
    out->data[out->len] = '\0';
    for (char *p = out->data + start; *p; p++) {
        if (*p == '+')
            *p = '-';
        else if (*p == '/')
            *p = '_';
    }
}

/* OpenSSL asks here for the passphrase; without one it would ask at the terminal. */
static int give_passphrase(char *out, int size, int writing, void *passphrase)
{
    const char *const text = passphrase;
    const size_t n = text ? strlen(text) : 0;

    (void)writing;
    if (n == 0 || n > (size_t)size)
        return -1;
    memcpy(out, text, n); // NOLINT(bugprone-not-null-terminated-result): OpenSSL wants no end
    return (int)n;
}

static hr_status read_key(const char *pem, const char *passphrase, EVP_PKEY **out, hr_error *err)
{
    BIO *const bio = BIO_new_mem_buf(pem, -1);

    if (!bio)
        return hr_nomem(err);
    *out = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
    BIO_free(bio);
    if (*out && EVP_PKEY_base_id(*out) == EVP_PKEY_RSA)
        return HR_OK;
    EVP_PKEY_free(*out);
    *out = NULL;
    return hr_fail(err, HR_E_CONFIG,
                   "the private key cannot be read: it has to be an RSA key in PEM, with the right "
                   "passphrase if it is encrypted");
}

hr_status hr_sign_rs256(const char *pem, const char *passphrase, hr_str data, hr_buf *out,
                        hr_error *err)
{
    EVP_PKEY *key = NULL;
    size_t n = 0;

    HR_TRY(read_key(pem, passphrase, &key, err));

    EVP_MD_CTX *const ctx = EVP_MD_CTX_new();
    const unsigned char *const bytes = (const unsigned char *)data.p;
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(ctx, NULL, &n, bytes, data.n) == 1 && hr_buf_reserve(out, n) &&
              EVP_DigestSign(ctx, (unsigned char *)out->data + out->len, &n, bytes, data.n) == 1;

    if (ok)
        out->len += n;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok ? HR_OK : hr_nomem(err);
}
