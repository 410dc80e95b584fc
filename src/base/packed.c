#include "base/packed.h"

#include <zlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "headrace/headrace.h"

hr_status hr_pack(hr_str json, hr_buf *out, hr_error *err)
{
    uLongf n = compressBound(json.n);
    unsigned char *packed = hr_malloc(n);
    hr_status st = HR_OK;

    if (!packed)
        return hr_nomem(err);
    if (compress2(packed, &n, (const Bytef *)json.p, json.n, 9) != Z_OK) {
        st = hr_nomem(err);
    } else if (!hr_buf_reserve(out, 4 * ((n + 2) / 3) + 1)) {
        st = hr_buf_status(out, err);
    } else {
        out->len += hr_base64(packed, n, out->data + out->len);
    }
    hr_free(packed);
    return st;
}

static voidpf z_alloc(voidpf ctx, uInt n, uInt size)
{
    (void)ctx;
    return hr_calloc(n, size);
}

static void z_free(voidpf ctx, voidpf p)
{
    (void)ctx;
    hr_free(p);
}

static hr_status inflate_all(z_stream *z, hr_buf *out, hr_error *err)
{
    int rc = Z_OK;

    while (rc == Z_OK) {
        if (!hr_buf_reserve(out, 16384))
            return hr_buf_status(out, err);
        const size_t room = out->cap - out->len - 1;
        const uInt step = room < UINT32_MAX ? (uInt)room : UINT32_MAX;
        z->next_out = (Bytef *)out->data + out->len;
        z->avail_out = step;
        rc = inflate(z, Z_NO_FLUSH);
        out->len += step - z->avail_out;
        out->data[out->len] = '\0';
    }
    if (rc == Z_STREAM_END)
        return HR_OK;
    return rc == Z_MEM_ERROR
               ? hr_nomem(err)
               : hr_fail(err, HR_E_PARSE, "what is stored is base64, but no zlib data: %s",
                         z->msg ? z->msg : "it is cut short");
}

static hr_status unzip(hr_buf *packed, hr_buf *out, hr_error *err)
{
    z_stream z = {.zalloc = z_alloc, .zfree = z_free};
    const size_t limit = out->limit;

    if (packed->len > UINT32_MAX)
        return hr_fail(err, HR_E_PARSE, "%zu bytes are too many", packed->len);
    if (inflateInit(&z) != Z_OK)
        return hr_nomem(err);
    z.next_in = (Bytef *)packed->data;
    z.avail_in = (uInt)packed->len;
    out->limit = HR_UNPACKED_MAX;
    const hr_status st = inflate_all(&z, out, err);
    out->limit = limit;
    (void)inflateEnd(&z);
    return st;
}

hr_status hr_unpack(hr_str stored, bool *packed, hr_buf *out, hr_error *err)
{
    hr_buf bytes = {0};

    *packed = hr_base64_decode(stored, &bytes);
    hr_status st = hr_buf_status(&bytes, err);
    if (st == HR_OK && *packed)
        st = unzip(&bytes, out, err);
    hr_buf_release(&bytes);
    return st;
}
