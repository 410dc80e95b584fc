#define ZLIB_CONST /* next_in is never written through */

#include <limits.h>
#include <zlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/filesystem/decoder.h"

typedef struct gzip {
    z_stream z;
    bool between; /* a member has ended, and the next has not begun */
} gzip;

static void *allocate(void *opaque, unsigned n, unsigned size)
{
    (void)opaque;
    return hr_calloc(n, size);
}

static void release(void *opaque, void *p)
{
    (void)opaque;
    hr_free(p);
}

static uInt at_most(size_t n)
{
    return n < UINT_MAX ? (uInt)n : UINT_MAX;
}

static hr_status fail(const gzip *g, int result, hr_error *err)
{
    if (result == Z_MEM_ERROR)
        return hr_nomem(err);
    return hr_fail(err, HR_E_PARSE, "%s", g->z.msg != NULL ? g->z.msg : "it is damaged");
}

static hr_status decode(void *self, hr_str *in, char *buf, size_t cap, size_t *n, bool *whole,
                        hr_error *err)
{
    gzip *g = self;
    if (g->between && in->n > 0) {
        if ((unsigned char)in->p[0] != 0x1F)
            return hr_fail(err, HR_E_PARSE, "what follows the compressed data is no gzip");
        (void)inflateReset(&g->z); /* fails only for a stream that was never opened */
        g->between = false;
    }
    g->z.next_in = (const Bytef *)in->p;
    g->z.avail_in = at_most(in->n);
    g->z.next_out = (Bytef *)buf;
    g->z.avail_out = at_most(cap);
    const int result = g->between ? Z_OK : inflate(&g->z, Z_NO_FLUSH);
    const size_t eaten = at_most(in->n) - g->z.avail_in;
    *n = at_most(cap) - g->z.avail_out;
    in->p += eaten;
    in->n -= eaten;
    g->between = g->between || result == Z_STREAM_END;
    *whole = g->between;
    /* Z_BUF_ERROR: there was nothing to do. */
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? HR_OK
                                                                             : fail(g, result, err);
}

static void close_gzip(void *self)
{
    gzip *g = self;
    (void)inflateEnd(&g->z);
    hr_free(g);
}

hr_status hr_gzip_open(hr_decoder *out, hr_error *err)
{
    gzip *g = hr_calloc(1, sizeof(*g));
    if (g == NULL)
        return hr_nomem(err);
    g->z.zalloc = allocate;
    g->z.zfree = release;
    const int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&g->z, gzip_only) != Z_OK) {
        hr_free(g);
        return hr_nomem(err);
    }
    *out = (hr_decoder){.self = g, .format = "gzip", .decode = decode, .close = close_gzip};
    return HR_OK;
}
