/* links.c -- addresses of the next page, in Link headers (RFC 8288) and in bodies. */
#include "quirk.h"

#include <string.h>

static unsigned page_of(const call *c)
{
    return hs_number(c->in, "page", 1);
}

static void rows_of(const call *c)
{
    span s = page_span(page_of(c), 2, 6);
    put_page(c, s.first, s.last);
}

static void without_next(const call *c)
{
    rows_of(c);
    hs_head(c->out, "Link",
            "<%s/%s/items?page=1>; rel=\"first\", <%s/%s/items?page=3>; rel=\"last\"", hs_origin(0),
            c->name, hs_origin(0), c->name);
}

static void relative(const call *c)
{
    rows_of(c);
    if (page_of(c) < 3) {
        hs_head(c->out, "Link", "<?page=%u>; rel=\"next\"", page_of(c) + 1);
    }
}

static void several_headers(const call *c)
{
    rows_of(c);
    hs_head(c->out, "Link", "<%s/%s/items?page=1>; rel=\"first\"", hs_origin(0), c->name);
    if (page_of(c) < 3) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(0), c->name,
                page_of(c) + 1);
    }
}

/* All that the grammar allows: commas and semicolons in the address, no quotes, other parameters,
 * several relations, another case. */
static void odd_grammar(const call *c)
{
    rows_of(c);
    if (page_of(c) < 3) {
        hs_head(c->out, "link",
                "<%s/%s/style.css>; rel=preload; title=\"a, b; rel=next\" , "
                "<%s/%s/items?ids=1,2;3&page=%u>; title=\"next, please\"; REL=\"prefetch Next\"",
                hs_origin(0), c->name, hs_origin(0), c->name, page_of(c) + 1);
    }
}

static void already_encoded(const call *c)
{
    const char *q = hs_param(c->in, "q");
    if (page_of(c) > 1 && (!q || strcmp(q, "a b+c/é") != 0)) {
        refuse(c, 400, "this address was changed on the way");
        return;
    }
    rows_of(c);
    if (page_of(c) < 3) {
        hs_head(c->out, "Link", "<%s/%s/items?q=a%%20b%%2Bc%%2F%%C3%%A9&page=%u>; rel=\"next\"",
                hs_origin(0), c->name, page_of(c) + 1);
    }
}

static void link_loops(const call *c)
{
    rows_of(c);
    hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(0), c->name,
            page_of(c) % 3 + 1);
}

static void json_page(const call *c, const char *prefix, const char *end)
{
    span s = page_span(page_of(c), 2, 6);
    hs_body(c->out, "{\"data\": ");
    put_rows(c, s.first, s.last);
    page_of(c) < 3 ? hs_body(c->out, ", \"next\": \"%s?page=%u\"}", prefix, page_of(c) + 1)
                   : hs_body(c->out, ", \"next\": %s}", end);
}

static void json_relative(const call *c)
{
    json_page(c, "/json-link-relative/items", "null");
}

static void json_ends_with_empty(const call *c)
{
    json_page(c, "/json-link-empty/items", "\"\"");
}

static void json_detected(const call *c)
{
    json_page(c, "/json-link-detected/items", "null");
}

static void odata(const call *c)
{
    span s = page_span(page_of(c), 2, 6);
    hs_body(c->out, "{\"@odata.context\": \"$metadata#items\", \"value\": ");
    put_rows(c, s.first, s.last);
    page_of(c) < 3 ? hs_body(c->out, ", \"@odata.nextLink\": \"%s/odata/items?page=%u\"}",
                             hs_origin(0), page_of(c) + 1)
                   : hs_body(c->out, "}");
}

/* The next page is at another host, which must not be shown the token. */
static void next_elsewhere(const call *c)
{
    rows_of(c);
    if (page_of(c) < 3) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(1), c->name,
                page_of(c) + 1);
    }
}

static void next_is_a_file(const call *c)
{
    put_rows(c, 1, 2);
    hs_head(c->out, "Link", "<file:///etc/hostname>; rel=\"next\"");
}

const quirk link_quirks[] = {
    {"link-without-next", without_next},
    {"link-relative", relative},
    {"link-several-headers", several_headers},
    {"link-odd-grammar", odd_grammar},
    {"link-already-encoded", already_encoded},
    {"link-loops", link_loops},
    {"json-link-relative", json_relative},
    {"json-link-empty", json_ends_with_empty},
    {"json-link-detected", json_detected},
    {"odata", odata},
    {"next-link-elsewhere", next_elsewhere},
    {"next-link-is-a-file", next_is_a_file},
    {0},
};
