/* cursors.c -- next references in the body or in a header, and how they end, or do not. */
#include "quirk.h"

#include <stdio.h>
#include <string.h>

/* Cursors are c2, c3, ...: the page that they lead to. */
static unsigned page_of(const char *cursor)
{
    unsigned page = 1;
    return cursor && sscanf(cursor, "c%u", &page) == 1 ? page : 1;
}

/* Three pages of two; `end` is what stands for the cursor at the end, NULL for no member. */
static void cursor_pages(const call *c, const char *end)
{
    unsigned page = page_of(hs_param(c->in, "cursor"));
    span s = page_span(page, 2, 6);
    hs_body(c->out, "{\"data\": ");
    put_rows(c, s.first, s.last);
    if (page < 3) {
        hs_body(c->out, ", \"cursors\": {\"next\": \"c%u\"}}", page + 1);
    } else if (end) {
        hs_body(c->out, ", \"cursors\": {\"next\": %s}}", end);
    } else {
        hs_body(c->out, ", \"cursors\": {}}");
    }
}

static void ends_with_null(const call *c)
{
    cursor_pages(c, "null");
}

static void ends_with_empty(const call *c)
{
    cursor_pages(c, "\"\"");
}

static void ends_with_absent(const call *c)
{
    cursor_pages(c, NULL);
}

static void ends_with_false(const call *c)
{
    cursor_pages(c, "false");
}

/* 1, 2, 3, 2, 3, ... */
static void loops(const call *c)
{
    cursor_pages(c, "\"c2\"");
}

static void same_cursor(const call *c)
{
    hs_body(c->out, "{\"data\": ");
    put_rows(c, 1, 2);
    hs_body(c->out, ", \"cursors\": {\"next\": \"again\"}}");
}

/* It takes too long for the cursor of page 3. */
static void expires(const call *c)
{
    if (page_of(hs_param(c->in, "cursor")) == 3)
        refuse(c, 410, "this cursor has expired");
    else
        cursor_pages(c, "null");
}

/* Cursors are of a session, which page 1 begins. The first one breaks down at page 4, and is over
 * when the client comes back. */
static void lapses(const call *c)
{
    unsigned session = c->visit;
    unsigned page = 1;
    const char *cursor = hs_param(c->in, "cursor");

    if (cursor && sscanf(cursor, "s%u.%u", &session, &page) != 2)
        refuse(c, 400, "this cursor was not given out");
    else if (session == 0 && page > 3)
        refuse(c, c->visit > 3 ? 410 : 500, c->visit > 3 ? "this session is over" : "not now");
    else {
        hs_body(c->out, "{\"data\": ");
        put_rows(c, page * 2 - 1, page * 2);
        page < 6 ? hs_body(c->out, ", \"cursors\": {\"next\": \"s%u.%u\"}}", session, page + 1)
                 : hs_body(c->out, ", \"cursors\": {\"next\": null}}");
    }
}

/* New cursors for ever, for the same rows: the server ignores them. */
static void same_page(const call *c)
{
    hs_body(c->out, "{\"data\": ");
    put_rows(c, 1, 2);
    hs_body(c->out, ", \"cursors\": {\"next\": \"c%u\"}}", c->visit + 2);
}

static void empty_in_the_middle(const call *c)
{
    unsigned page = page_of(hs_param(c->in, "cursor"));
    hs_body(c->out, "{\"data\": ");
    page == 2 ? put_rows(c, 1, 0) : put_rows(c, page * 2 - 1, page * 2);
    page < 3 ? hs_body(c->out, ", \"cursors\": {\"next\": \"c%u\"}}", page + 1)
             : hs_body(c->out, ", \"cursors\": {\"next\": null}}");
}

/* More to come, it says, but how to get there it does not. */
static void more_without_cursor(const call *c)
{
    unsigned page = page_of(hs_param(c->in, "cursor"));
    hs_body(c->out, "{\"data\": ");
    put_rows(c, page * 2 - 1, page * 2);
    page < 3 ? hs_body(c->out, ", \"cursors\": {\"next\": \"c%u\"}, \"more\": true}", page + 1)
             : hs_body(c->out, ", \"cursors\": {\"next\": null}, \"more\": true}");
}

/* As base64 and worse has it. */
static void needs_encoding(const call *c)
{
    static const char awkward[] = "a+b/c==&d=%20 #?é";
    const char *cursor = hs_param(c->in, "cursor");
    if (cursor && strcmp(cursor, awkward) != 0) {
        refuse(c, 400, "this cursor was not given out");
        return;
    }
    hs_body(c->out, "{\"data\": ");
    cursor ? put_rows(c, 3, 4) : put_rows(c, 1, 2);
    hs_body(c->out, ", \"cursors\": {\"next\": %s}}", cursor ? "null" : "\"a+b/c==&d=%20 #?é\"");
}

static void number_as_cursor(const call *c)
{
    unsigned after = hs_number(c->in, "cursor", 0);
    hs_body(c->out, "{\"data\": ");
    put_rows(c, after + 1, after + 2);
    after < 4 ? hs_body(c->out, ", \"cursors\": {\"next\": %u}}", after + 2)
              : hs_body(c->out, ", \"cursors\": {\"next\": 0}}");
}

static void in_a_header(const call *c, bool empty_at_end)
{
    unsigned page = page_of(hs_param(c->in, "after"));
    put_page(c, page * 2 - 1, page * 2);
    if (page < 3) {
        hs_head(c->out, "X-Next-Cursor", "c%u", page + 1);
    } else if (empty_at_end) {
        hs_head(c->out, "X-Next-Cursor", " "); /* libmicrohttpd sends none that are empty */
    }
}

static void header_cursor(const call *c)
{
    in_a_header(c, false);
}

static void header_cursor_empty(const call *c)
{
    in_a_header(c, true);
}

/* A search: POST only, the cursor in the body. */
static void post_cursor(const call *c)
{
    const char *at = strstr(c->in->body, "\"cursor\"");
    unsigned page = 1;
    if (strcmp(c->in->method, "POST") != 0 || !strstr(c->in->body, "\"mill\"")) {
        refuse(c, 400, "send a query");
        return;
    }
    if (at) {
        at = strchr(at, ':');
        page = page_of(at ? at + strspn(at, ": \"") : NULL);
    }
    hs_body(c->out, "{\"hits\": ");
    put_rows(c, page * 2 - 1, page * 2);
    page < 3 ? hs_body(c->out, ", \"page\": {\"next\": \"c%u\"}}", page + 1)
             : hs_body(c->out, ", \"page\": {\"next\": \"\"}}");
}

static void post_offset(const call *c)
{
    const char *at = strstr(c->in->body, "\"from\"");
    unsigned from = 0;
    if (at) {
        at = strchr(at, ':');
        (void)sscanf(at ? at : ":0", ": %u", &from);
    }
    hs_body(c->out, "{\"hits\": ");
    put_rows(c, from + 1, from + 2 < 6 ? from + 2 : 6);
    hs_body(c->out, ", \"total\": 6}");
}

const quirk cursor_quirks[] = {
    {"cursor-null", ends_with_null},
    {"cursor-empty", ends_with_empty},
    {"cursor-absent", ends_with_absent},
    {"cursor-false", ends_with_false},
    {"cursor-loops", loops},
    {"cursor-repeats", same_cursor},
    {"cursor-expired", expires},
    {"cursor-lapses", lapses},
    {"cursor-ignored", same_page},
    {"cursor-param-unknown", same_cursor},
    {"cursor-encoded", needs_encoding},
    {"cursor-number", number_as_cursor},
    {"empty-page-in-the-middle", empty_in_the_middle},
    {"more-without-cursor", more_without_cursor},
    {"header-cursor", header_cursor},
    {"header-cursor-empty", header_cursor_empty},
    {"post-cursor", post_cursor},
    {"post-offset", post_offset},
    {0},
};
