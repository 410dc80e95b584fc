/* ranges.c -- page numbers, offsets and totals. */
#include "quirk.h"

#include <stdatomic.h>

enum { SIZE = 2, TOTAL = 6 };

static void put_span(const call *c, span s)
{
    hs_body(c->out, "{\"data\": ");
    put_rows(c, s.first, s.last);
}

/* {"data": [...], "total": whatever} by ?page= */
static void page_with_total(const call *c, const char *total)
{
    put_span(c, page_span(hs_number(c->in, "page", 1), SIZE, TOTAL));
    hs_body(c->out, ", \"total\": %s}", total);
}

static void total_pages(const call *c)
{
    page_with_total(c, "3");
}

static void total_as_text(const call *c)
{
    page_with_total(c, "\"3\"");
}

static void total_is_garbage(const call *c)
{
    page_with_total(c, "\"about three\"");
}

static void no_total(const call *c)
{
    put_page(c, page_span(hs_number(c->in, "page", 1), SIZE, TOTAL).first,
             page_span(hs_number(c->in, "page", 1), SIZE, TOTAL).last);
}

/* Beyond the last page there is nothing, and some APIs say so with 404. */
static void not_found_after_the_end(const call *c)
{
    span s = page_span(hs_number(c->in, "page", 1), SIZE, TOTAL);
    s.first > TOTAL ? refuse(c, 404, "no such page") : put_page(c, s.first, s.last);
}

/* Ask for more pages than there are, and the last one comes again. */
static void last_page_again(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    span s = page_span(page < 3 ? page : 3, SIZE, TOTAL);
    put_page(c, s.first, s.last);
}

static void counts_from_zero(const call *c)
{
    put_span(c, page_span(hs_number(c->in, "page", 0) + 1, SIZE, TOTAL));
    hs_body(c->out, ", \"total\": 3}");
}

/* What is found out without being told: pages count from 1, and the first request names none. */
static void total_pages_detected(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    put_span(c, page_span(page ? page : 1, SIZE, TOTAL));
    hs_body(c->out, ", \"page\": %u, \"total_pages\": 3}", page ? page : 1);
}

static void by_offset(const call *c, const char *more)
{
    unsigned offset = hs_number(c->in, "offset", 0);
    unsigned limit = hs_number(c->in, "limit", SIZE);
    unsigned last = offset + limit < TOTAL ? offset + limit : TOTAL;
    put_span(c, (span){.first = offset + 1, .last = last});
    hs_body(c->out, "%s}", more);
}

static void offset_total(const call *c)
{
    by_offset(c, ", \"total\": 6");
}

static void has_more_always(const call *c)
{
    by_offset(c, ", \"has_more\": true");
}

static void has_more_as_text(const call *c)
{
    by_offset(c, hs_number(c->in, "offset", 0) < 4 ? ", \"has_more\": \"yes\""
                                                   : ", \"has_more\": \"no\"");
}

/* The server gives fewer rows than the limit asks for: its own limit is smaller. */
static void limit_is_lowered(const call *c)
{
    unsigned offset = hs_number(c->in, "offset", 0);
    unsigned last = offset + SIZE < TOTAL ? offset + SIZE : TOTAL;
    put_span(c, (span){.first = offset + 1, .last = last});
    hs_body(c->out, ", \"total\": 6}");
}

/* Twenty pages that take a while, for those who read several at once. */
static void many_pages(const call *c)
{
    c->out->pause_ms = 30;
    put_span(c, page_span(hs_number(c->in, "page", 1), 5, 100));
    hs_body(c->out, ", \"total\": 20}");
}

static void many_pages_one_fails(const call *c)
{
    static atomic_uint tries;
    if (hs_number(c->in, "page", 1) == 13 && atomic_fetch_add(&tries, 1) < 2) {
        refuse(c, 503, "not this one, not now");
        return;
    }
    many_pages(c);
}

const quirk range_quirks[] = {
    {"total-pages", total_pages},
    {"total-as-text", total_as_text},
    {"total-is-garbage", total_is_garbage},
    {"no-total", no_total},
    {"maximum-page", no_total},
    {"not-found-after-the-end", not_found_after_the_end},
    {"last-page-again", last_page_again},
    {"page-zero", counts_from_zero},
    {"total-pages-detected", total_pages_detected},
    {"offset-total", offset_total},
    {"has-more-lies", has_more_always},
    {"has-more-as-text", has_more_as_text},
    {"limit-is-lowered", limit_is_lowered},
    {"many-pages", many_pages},
    {"many-pages-one-fails", many_pages_one_fails},
    {0},
};
