/* waits.c -- servers that say when to come back, in all the ways they have. */
#include "quirk.h"

#include <stdatomic.h>
#include <time.h>

static void put_date(char *into, size_t size, int from_now)
{
    time_t at = time(NULL) + from_now;
    struct tm parts;
    gmtime_r(&at, &parts);
    strftime(into, size, "%a, %d %b %Y %H:%M:%S GMT", &parts);
}

static void once(const call *c, unsigned status, const char *retry_after)
{
    if (c->visit > 0) {
        put_page(c, 1, 3);
        return;
    }
    refuse(c, status, "too many requests");
    if (retry_after) {
        hs_head(c->out, "Retry-After", "%s", retry_after);
    }
}

static void no_retry_after(const call *c)
{
    once(c, 429, NULL);
}

static void zero(const call *c)
{
    once(c, 429, "0");
}

static void seconds(const call *c)
{
    once(c, 429, "2");
}

static void past(const call *c)
{
    char date[64];
    put_date(date, sizeof date, -3600);
    once(c, 429, date);
}

static void future(const call *c)
{
    char date[64];
    put_date(date, sizeof date, 3);
    once(c, 429, date);
}

static void garbage(const call *c)
{
    once(c, 429, "in a while");
}

static void negative(const call *c)
{
    once(c, 429, "-5");
}

static void in_a_year(const call *c)
{
    refuse(c, 429, "your plan allows no more this year");
    hs_head(c->out, "Retry-After", "31536000");
}

static void unavailable(const call *c)
{
    once(c, 503, "2");
}

/* GitHub: 403, not 429, and only the body says that it is about a rate. */
static void github_secondary(const call *c)
{
    once(c, 403, "2");
    if (c->visit == 0) {
        c->out->body.len = 0;
        hs_body(c->out, "{\"message\": \"You have exceeded a secondary rate limit. "
                        "Please wait a few minutes before you try again.\"}");
    }
}

/* GitHub's primary limit: 403, nothing remaining, and the second at which it begins anew. */
static void github_primary(const call *c)
{
    if (c->visit > 0) {
        put_page(c, 1, 3);
        return;
    }
    refuse(c, 403, "API rate limit exceeded for 127.0.0.1.");
    hs_head(c->out, "X-RateLimit-Limit", "60");
    hs_head(c->out, "X-RateLimit-Remaining", "0");
    hs_head(c->out, "X-RateLimit-Reset", "%lld", (long long)time(NULL) + 3);
}

/* Two requests, then nothing until the reset; who comes earlier is refused. */
static void budget(const call *c, bool draft)
{
    static _Atomic(time_t) reset;
    unsigned page = hs_number(c->in, "page", 1);
    time_t now = time(NULL);
    if (page == 3 && now < reset) {
        refuse(c, 429, "you were told to wait");
        return;
    }
    if (page == 2) {
        reset = now + 3;
    }
    long long remaining = page < 2 ? 1 : page == 2 ? 0 : 100;
    hs_head(c->out, draft ? "RateLimit-Remaining" : "X-RateLimit-Remaining", "%lld", remaining);
    hs_head(c->out, draft ? "RateLimit-Reset" : "X-RateLimit-Reset", "%lld",
            draft ? 3 : (long long)now + 3);
    put_page(c, page * 2 - 1, page * 2);
    if (page < 3) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(0), c->name,
                page + 1);
    }
}

static void budget_epoch(const call *c)
{
    budget(c, false);
}

static void budget_draft(const call *c)
{
    budget(c, true);
}

const quirk wait_quirks[] = {
    {"too-many-requests", no_retry_after},
    {"retry-after-zero", zero},
    {"retry-after-seconds", seconds},
    {"retry-after-past", past},
    {"retry-after-future", future},
    {"retry-after-garbage", garbage},
    {"retry-after-negative", negative},
    {"retry-after-a-year", in_a_year},
    {"service-unavailable", unavailable},
    {"github-secondary-limit", github_secondary},
    {"github-primary-limit", github_primary},
    {"budget-epoch-reset", budget_epoch},
    {"budget-ratelimit-fields", budget_draft},
    {0},
};
