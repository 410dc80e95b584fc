#include "base/hash.h"

#include <openssl/evp.h>
#include <pthread.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t hr_base64_bare(const void *in, size_t n, char *out)
{
    const unsigned char *p = in;
    char *o = out;

    for (; n >= 3; n -= 3, p += 3) {
        *o++ = alphabet[p[0] >> 2];
        *o++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
        *o++ = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
        *o++ = alphabet[p[2] & 63];
    }
    if (n > 0) {
        const unsigned second = n == 2 ? p[1] : 0;

        *o++ = alphabet[p[0] >> 2];
        *o++ = alphabet[(p[0] & 3U) << 4 | second >> 4];
        if (n == 2)
            *o++ = alphabet[(second & 15) << 2];
    }
    *o = '\0';
    return (size_t)(o - out);
}

size_t hr_base64(const void *in, size_t n, char *out)
{
    size_t len = hr_base64_bare(in, n, out);

    while (len % 4 != 0)
        out[len++] = '=';
    out[len] = '\0';
    return len;
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* One group of four characters, of which `pad` at the end are '='. Bits that the bytes leave
 * over must be zero: two texts never stand for the same bytes. */
static bool decode_group(const char *p, size_t pad, hr_buf *out)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        const int v = i < 4 - pad ? sextet(p[i]) : 0;
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
    }
    if ((bits & ((1U << (8 * pad)) - 1)) != 0)
        return false;

    const char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    return hr_buf_add(out, (hr_str){bytes, 3 - pad});
}

bool hr_base64_decode(hr_str in, hr_buf *out)
{
    const size_t start = out->len;
    size_t pad = 0;

    if (in.n % 4 != 0)
        return false;
    while (pad < 2 && pad < in.n && in.p[in.n - 1 - pad] == '=')
        pad++;
    for (size_t i = 0; i < in.n; i += 4) {
        if (!decode_group(in.p + i, i + 4 == in.n ? pad : 0, out)) {
            if (out->data) {
                out->len = start;
                out->data[start] = '\0';
            }
            return false;
        }
    }
    return true;
}

/* Looking an algorithm up by name costs more than hashing a short text, so it is done once. */
static EVP_MD *shake128;
static EVP_MD *sha3_256;
static EVP_MD *sha256;

static void fetch_algorithms(void)
{
    shake128 = EVP_MD_fetch(NULL, "SHAKE128", NULL);
    sha3_256 = EVP_MD_fetch(NULL, "SHA3-256", NULL);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void fetch_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, fetch_algorithms);
}

static bool digest(const EVP_MD *md, const void *in, size_t n, void *out, size_t n_out, bool xof)
{
    EVP_MD_CTX *ctx = md ? EVP_MD_CTX_new() : NULL;
    bool ok = ctx && EVP_DigestInit_ex2(ctx, md, NULL) && EVP_DigestUpdate(ctx, in, n);

    if (ok)
        ok = xof ? EVP_DigestFinalXOF(ctx, out, n_out) : EVP_DigestFinal_ex(ctx, out, NULL);
    EVP_MD_CTX_free(ctx);
    return ok;
}

hr_status hr_shake128(const void *in, size_t n, void *out, size_t n_out, hr_error *err)
{
    fetch_once();
    if (!digest(shake128, in, n, out, n_out, true))
        return hr_fail(err, HR_E_UNSUPPORTED, "libcrypto does not compute SHAKE-128");
    return HR_OK;
}

hr_status hr_sha3_256(const void *in, size_t n, unsigned char out[32], hr_error *err)
{
    fetch_once();
    if (!digest(sha3_256, in, n, out, 32, false))
        return hr_fail(err, HR_E_UNSUPPORTED, "libcrypto does not compute SHA3-256");
    return HR_OK;
}

hr_status hr_sha256(const void *in, size_t n, unsigned char out[32], hr_error *err)
{
    fetch_once();
    if (!digest(sha256, in, n, out, 32, false))
        return hr_fail(err, HR_E_UNSUPPORTED, "libcrypto does not compute SHA-256");
    return HR_OK;
}
