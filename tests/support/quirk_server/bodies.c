/* bodies.c -- bytes: packed, torn, of another kind than they say. */
#include "quirk.h"

#include "base/mem.h"
#include "headrace/headrace.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static void three_rows(const call *c)
{
    put_page(c, 1, 3);
}

/* Puts other bytes in place of the body. */
static void replace_body(const call *c, const void *bytes, size_t n)
{
    c->out->body.len = 0;
    if (!hr_buf_add(&c->out->body, (hr_str){.p = bytes, .n = n})) {
        abort();
    }
}

/* `window` as zlib has it: 31 for gzip, 15 for zlib, -15 for bare deflate. */
static void pack(const call *c, int window)
{
    unsigned char packed[4096];
    z_stream z = {.next_in = (unsigned char *)c->out->body.data,
                  .avail_in = (unsigned)c->out->body.len,
                  .next_out = packed,
                  .avail_out = sizeof packed};
    if (deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&z, Z_FINISH) != Z_STREAM_END) {
        abort();
    }
    replace_body(c, packed, sizeof packed - z.avail_out);
    deflateEnd(&z);
}

static void gzip(const call *c)
{
    three_rows(c);
    pack(c, 31);
    hs_head(c->out, "Content-Encoding", "gzip");
}

static void deflated(const call *c)
{
    three_rows(c);
    pack(c, 15);
    hs_head(c->out, "Content-Encoding", "deflate");
}

static void zstd(const call *c)
{
    char packed[4096];
    const char *accepted = hs_header(c->in, "Accept-Encoding");
    three_rows(c);
    if (accepted && strstr(accepted, "zstd")) {
        size_t n = ZSTD_compress(packed, sizeof packed, c->out->body.data, c->out->body.len, 3);
        replace_body(c, packed, n);
        hs_head(c->out, "Content-Encoding", "zstd");
    }
}

/* The three rows in brotli, for which there is no library here. */
static void brotli(const call *c)
{
    static const unsigned char packed[] = {
        0x1b, 0x5d, 0x00, 0xf8, 0x1d, 0x07, 0x6e, 0xac, 0xc6, 0x4e, 0x23, 0x70, 0x94,
        0x13, 0xc4, 0xec, 0x48, 0xdb, 0x71, 0x52, 0x19, 0xb6, 0x2c, 0x79, 0xfa, 0xed,
        0xe5, 0xa1, 0x15, 0x3a, 0x01, 0x02, 0x0e, 0x39, 0x8d, 0xb1, 0xdd, 0xf1, 0x80,
        0x9e, 0x94, 0x18, 0xac, 0x20, 0x86, 0x83, 0x47, 0x0e, 0xa7, 0x31, 0xe5, 0x0d,
        0xef, 0x7e, 0x31, 0x56, 0x23, 0x6f, 0xa7, 0x48, 0x58, 0x0b};
    const char *accepted = hs_header(c->in, "Accept-Encoding");
    if (!accepted || !strstr(accepted, "br")) {
        three_rows(c);
        return;
    }
    replace_body(c, packed, sizeof packed);
    hs_head(c->out, "Content-Encoding", "br");
}

/* Whole as HTTP goes, but the gzip inside ends early. */
static void gzip_truncated_once(const call *c)
{
    gzip(c);
    c->out->body.len = c->visit == 0 ? 40 : c->out->body.len;
}

static void gzip_truncated(const call *c)
{
    gzip(c);
    c->out->body.len = 40;
}

static void gzip_without_saying(const call *c)
{
    three_rows(c);
    pack(c, 31);
}

static void plain_said_to_be_gzip(const call *c)
{
    three_rows(c);
    hs_head(c->out, "Content-Encoding", "gzip");
}

static void bom(const call *c)
{
    hs_body(c->out, "\xEF\xBB\xBF");
    three_rows(c);
}

static void wrong_content_type(const call *c)
{
    three_rows(c);
    hs_head(c->out, "Content-Type", "text/html; charset=iso-8859-1");
}

static void no_utf8(const call *c)
{
    hs_body(c->out, "{\"data\": [{\"id\": 1, \"name\": \"caf\xE9\"}]}");
}

static void html_page(const call *c)
{
    hs_body(c->out, "<!DOCTYPE html>\n<html><head><title>Please sign in</title></head>"
                    "<body>Our cookies are delicious.</body></html>\n");
    hs_head(c->out, "Content-Type", "text/html");
}

static void html_in_the_middle(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    if (page == 2) {
        html_page(c);
        return;
    }
    put_page(c, page * 2 - 1, page * 2);
    if (page < 3) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(0), c->name,
                page + 1);
    }
}

static void nothing(const call *c)
{
    (void)c;
}

static void no_content(const call *c)
{
    c->out->status = 204;
}

/* Two pages, and then no third one. */
static void no_content_at_the_end(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    page < 3 ? put_page(c, page * 2 - 1, page * 2) : no_content(c);
}

static void not_modified(const call *c)
{
    c->out->status = 304;
}

static void json_torn(const call *c)
{
    three_rows(c);
    c->out->body.len -= 9;
}

static void something_after(const call *c)
{
    three_rows(c);
    hs_body(c->out, "\n<!-- served in 3 ms -->\n");
}

static void lines(const call *c)
{
    for (unsigned i = 1; i <= 3; i++) {
        hs_body(c->out, "{\"id\": %u, \"name\": \"row %u\"}\n", i, i);
    }
    hs_head(c->out, "Content-Type", "application/x-ndjson");
}

/* 20,000 rows of some 500 bytes. */
static void huge_page(const call *c)
{
    char filling[480];
    memset(filling, 'x', sizeof filling - 1);
    filling[sizeof filling - 1] = '\0';
    hs_body(c->out, "{\"data\": [");
    for (unsigned i = 1; i <= 20000; i++) {
        hs_body(c->out, "%s{\"id\": %u, \"text\": \"%s\"}", i > 1 ? ", " : "", i, filling);
    }
    hs_body(c->out, "]}");
}

static void too_deep(const call *c)
{
    hs_body(c->out, "{\"data\": [{\"id\": 1}], \"more\": ");
    for (int i = 0; i < 20000; i++) {
        hs_body(c->out, "[");
    }
    for (int i = 0; i < 20000; i++) {
        hs_body(c->out, "]");
    }
    hs_body(c->out, "}");
}

/* A megabyte of gzip that becomes a gigabyte of spaces, in many members. */
static void bomb(const call *c)
{
    static const size_t step = (size_t)1 << 20;
    unsigned char *spaces = hr_malloc(step);
    unsigned char packed[4096];
    if (!spaces) {
        abort();
    }
    memset(spaces, ' ', step);
    z_stream z = {.next_in = spaces,
                  .avail_in = (unsigned)step,
                  .next_out = packed,
                  .avail_out = sizeof packed};
    if (deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&z, Z_FINISH) != Z_STREAM_END) {
        abort();
    }
    for (int i = 0; i < 1000; i++) {
        hr_buf_add(&c->out->body, (hr_str){.p = (char *)packed, .n = sizeof packed - z.avail_out});
    }
    deflateEnd(&z);
    hr_free(spaces);
    hs_head(c->out, "Content-Encoding", "gzip");
}

const quirk body_quirks[] = {
    {"gzip", gzip},
    {"deflate", deflated},
    {"zstd", zstd},
    {"brotli", brotli},
    {"gzip-truncated-once", gzip_truncated_once},
    {"gzip-truncated", gzip_truncated},
    {"gzip-without-saying", gzip_without_saying},
    {"plain-said-to-be-gzip", plain_said_to_be_gzip},
    {"gzip-bomb", bomb},
    {"bom", bom},
    {"wrong-content-type", wrong_content_type},
    {"no-utf-8", no_utf8},
    {"html-page", html_page},
    {"html-in-the-middle", html_in_the_middle},
    {"empty-body", nothing},
    {"no-content", no_content},
    {"no-content-at-the-end", no_content_at_the_end},
    {"not-modified", not_modified},
    {"json-torn", json_torn},
    {"something-after", something_after},
    {"json-lines", lines},
    {"huge-page", huge_page},
    {"too-deep", too_deep},
    {0},
};
