/* faults.c -- replies that do not come, or not whole, or not yet. */
#include "quirk.h"

#include <string.h>

static void three_rows(const call *c)
{
    put_page(c, 1, 3);
}

/* The first reply is the fault, the second one is right. */
static void bad_gateway(const call *c)
{
    c->visit == 0 ? refuse(c, 502, "upstream is away") : three_rows(c);
}

static void request_timeout(const call *c)
{
    c->visit == 0 ? refuse(c, 408, "you were slow") : three_rows(c);
}

static void always_500(const call *c)
{
    refuse(c, 500, "the database of this API is down");
}

static void not_found(const call *c)
{
    refuse(c, 404, "there are no items here");
}

static void badly_once(const call *c, hs_how how)
{
    three_rows(c);
    c->out->how = c->visit == 0 ? how : HS_WHOLE;
    c->out->cut = 20;
}

static void reset(const call *c)
{
    badly_once(c, HS_RESET);
}

static void closed_without_reply(const call *c)
{
    badly_once(c, HS_CLOSE);
}

static void content_length_too_long(const call *c)
{
    badly_once(c, HS_SHORT);
}

static void chunked_cut_off(const call *c)
{
    badly_once(c, HS_CUT);
}

static void stalls(const call *c)
{
    badly_once(c, HS_STALL);
}

static void always_cut_off(const call *c)
{
    three_rows(c);
    c->out->how = HS_CUT;
    c->out->cut = 20;
}

/* The second of three pages breaks off once. */
static void cut_off_in_the_middle(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    put_page(c, page * 2 - 1, page * 2);
    if (page < 3) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(0), c->name,
                page + 1);
    }
    c->out->how = c->visit == 1 ? HS_CUT : HS_WHOLE;
    c->out->cut = 20;
}

static void slow_drip(const call *c)
{
    three_rows(c);
    c->out->how = HS_DRIP;
    c->out->drip_ms = 10;
}

static void never_answers(const call *c)
{
    three_rows(c);
    c->out->how = HS_STALL;
    c->out->cut = 0;
}

/* Whether a POST that failed is sent again is the client's decision. */
static void post_fails_once(const call *c)
{
    c->visit == 0 ? refuse(c, 503, "busy") : three_rows(c);
}

static void http_1_0(const call *c)
{
    three_rows(c);
    c->out->http10 = true;
    c->out->how = HS_CHUNKED; /* of unknown length; in 1.0 the end of the connection ends it */
}

static void closes_each_connection(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    put_page(c, page, page);
    if (page < 5) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(0), c->name,
                page + 1);
    }
    hs_head(c->out, "Connection", "close");
}

const quirk fault_quirks[] = {
    {"bad-gateway", bad_gateway},
    {"request-timeout", request_timeout},
    {"always-500", always_500},
    {"not-found", not_found},
    {"connection-reset", reset},
    {"closed-without-reply", closed_without_reply},
    {"content-length-too-long", content_length_too_long},
    {"chunked-cut-off", chunked_cut_off},
    {"always-cut-off", always_cut_off},
    {"cut-off-in-the-middle", cut_off_in_the_middle},
    {"stalls", stalls},
    {"never-answers", never_answers},
    {"slow-drip", slow_drip},
    {"post-fails-once", post_fails_once},
    {"post-is-safe", post_fails_once},
    {"http-1.0", http_1_0},
    {"closes-each-connection", closes_each_connection},
    {0},
};
