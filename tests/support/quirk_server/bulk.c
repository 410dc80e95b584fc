/* bulk.c -- many pages, for measuring and for interrupting. /NAME/MS/...: each takes so long. */
#include "quirk.h"

#include <stdlib.h>

/* A list of `size` rows on each of 5,000 pages, by ?page= */
static void by_number(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    unsigned pages = hs_number(c->in, "pages", 5000);
    unsigned size = hs_number(c->in, "size", 10);
    c->out->pause_ms = (unsigned)strtoul(c->rest, NULL, 10);
    hs_body(c->out, "{\"data\": ");
    page <= pages ? put_rows(c, (page - 1) * size + 1, page * size) : put_rows(c, 1, 0);
    hs_body(c->out, ", \"total\": %u}", pages);
}

/* The same by a Link header, one after the other. */
static void by_link(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    unsigned pages = hs_number(c->in, "pages", 5000);
    unsigned size = hs_number(c->in, "size", 10);
    c->out->pause_ms = (unsigned)strtoul(c->rest, NULL, 10);
    put_page(c, (page - 1) * size + 1, page * size);
    if (page < pages) {
        hs_head(c->out, "Link", "<%s%s?pages=%u&size=%u&page=%u>; rel=\"next\"", hs_origin(0),
                c->in->path, pages, size, page + 1);
    }
}

const quirk bulk_quirks[] = {
    {"bulk-by-number", by_number},
    {"bulk-by-link", by_link},
    {0},
};
