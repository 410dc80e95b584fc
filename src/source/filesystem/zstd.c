#include <zstd.h>

#include "base/mem.h"
#include "source/filesystem/decoder.h"

static hr_status decode(void *self, hr_str *in, char *buf, size_t cap, size_t *n, bool *whole,
                        hr_error *err)
{
    ZSTD_inBuffer input = {.src = in->p, .size = in->n};
    ZSTD_outBuffer output = {.dst = buf, .size = cap};
    const size_t result = ZSTD_decompressStream(self, &output, &input);
    *n = output.pos;
    in->p += input.pos;
    in->n -= input.pos;
    if (ZSTD_isError(result))
        return hr_fail(err, HR_E_PARSE, "%s", ZSTD_getErrorName(result));
    /* Without progress the result is that of a frame not begun: it says nothing. */
    if (input.pos > 0 || output.pos > 0)
        *whole = result == 0;
    return HR_OK;
}

static void close_zstd(void *self)
{
    (void)ZSTD_freeDCtx(self);
}

hr_status hr_zstd_open(hr_decoder *out, hr_error *err)
{
    ZSTD_DCtx *d = ZSTD_createDCtx();
    if (d == NULL)
        return hr_nomem(err);
    *out = (hr_decoder){.self = d, .format = "zstd", .decode = decode, .close = close_zstd};
    return HR_OK;
}
