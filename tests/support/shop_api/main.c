/* shop_api -- a well-behaved API of a shop, on loopback, for examples/rest.
 *
 *     shop_api     serves until its input ends; prints its origins
 *
 * Each collection is paged in another way:
 *
 *     GET  /v1/orders?page=&per_page=     page numbers, total_pages
 *     GET  /v1/products?offset=&limit=    offset and limit, total
 *     GET  /v1/customers?cursor=          a cursor in the body
 *     GET  /v1/customers/ID/notes         one page; customer 3 has none: 404
 *     GET  /v1/invoices                   the next address in the body
 *     GET  /v1/events?page=               the next address in a Link header
 *     GET  /v1/shipments?after=           a cursor in the header X-Next
 *     GET  /v1/currencies                 one page
 *     POST /v1/search                     {"query", "from", "size"}: from and size in the body
 *     POST /oauth/token                   client shop, secret shop-secret
 *     GET  /v1/reports                    with a token of it
 *     GET  /v1/readings?page=&per_page=   many: 200,000
 *     POST /services/...                  an incoming webhook, as Slack's
 *
 * Prices are texts, times have a zone, order lines are a list: what one meets. */
#include "http/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*put_row)(hs_reply *out, unsigned id);

static void order(hs_reply *out, unsigned id)
{
    hs_body(out,
            "{\"id\": %u, \"customer_id\": %u, \"placed_at\": \"2026-03-%02uT09:%02u:00Z\", "
            "\"total\": %u.50, \"lines\": [",
            id, id % 7 + 1, id % 28 + 1, id % 60, id * 3);
    for (unsigned i = 0; i < id % 3; i++) {
        hs_body(out, "%s{\"sku\": \"W-%u\", \"quantity\": %u}", i ? ", " : "", id % 5 + i, i + 1);
    }
    hs_body(out, "]}");
}

static void product(hs_reply *out, unsigned id)
{
    hs_body(out,
            "{\"sku\": \"W-%u\", \"name\": \"Wheel %u\", \"price\": {\"amount\": \"%u.99\", "
            "\"currency\": \"EUR\"}, \"tags\": [\"wood\"%s]}",
            id, id, id * 10, id % 2 ? ", \"new\"" : "");
}

static void customer(hs_reply *out, unsigned id)
{
    hs_body(out, "{\"id\": %u, \"name\": \"Customer %u\", \"city\": %s}", id, id,
            id % 3 ? "\"Bath\"" : "null");
}

static void note(hs_reply *out, unsigned id)
{
    hs_body(out, "{\"id\": %u, \"text\": \"Note %u\"}", id, id);
}

static void invoice(hs_reply *out, unsigned id)
{
    hs_body(out, "{\"number\": \"2026-%04u\", \"order_id\": %u, \"paid\": %s}", id, id,
            id % 4 ? "true" : "false");
}

static void event(hs_reply *out, unsigned id)
{
    hs_body(out, "{\"id\": \"e%u\", \"type\": \"%s\", \"at\": \"2026-03-01T10:00:%02u+01:00\"}", id,
            id % 2 ? "visit" : "purchase", id);
}

static void shipment(hs_reply *out, unsigned id)
{
    hs_body(out, "{\"id\": %u, \"carrier\": \"%s\", \"weight\": %u.25}", id,
            id % 2 ? "barge" : "cart", id);
}

static void currency(hs_reply *out, unsigned id)
{
    static const char *const codes[] = {"EUR", "GBP", "SEK"};
    hs_body(out, "{\"code\": \"%s\"}", codes[(id - 1) % 3]);
}

static void report(hs_reply *out, unsigned id)
{
    hs_body(out, "{\"month\": \"2026-%02u\", \"revenue\": %u}", id, id * 1000);
}

static void reading(hs_reply *out, unsigned id)
{
    hs_body(out, "{\"id\": %u, \"at\": %u, \"level\": %u.%03u, \"gates\": [%u, %u]}", id,
            1700000000 + id, id % 97, id % 1000, id % 2, id % 3);
}

/* "name": [rows first..last], for members to follow */
static void put(hs_reply *out, const char *name, put_row row, unsigned first, unsigned last)
{
    hs_body(out, name ? "{\"%s\": [" : "[", name);
    for (unsigned i = first; i <= last; i++) {
        hs_body(out, "%s", i > first ? ", " : "");
        row(out, i);
    }
    hs_body(out, "]");
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static void fail(hs_reply *out, unsigned status, const char *message)
{
    out->status = status;
    hs_body(out, "{\"error\": \"%s\"}", message);
}

/* ---- Collections ---- */

static void orders(const hs_request *in, hs_reply *out)
{
    unsigned page = hs_number(in, "page", 1);
    unsigned size = hs_number(in, "per_page", 10);
    size = size ? least(size, 100) : 10;
    put(out, "orders", order, (page - 1) * size + 1, least(page * size, 50));
    hs_body(out, ", \"page\": %u, \"total_pages\": %u}", page, (50 + size - 1) / size);
}

static void products(const hs_request *in, hs_reply *out)
{
    unsigned offset = hs_number(in, "offset", 0);
    put(out, "products", product, offset + 1, least(offset + hs_number(in, "limit", 5), 12));
    hs_body(out, ", \"total\": 12}");
}

static void customers(const hs_request *in, hs_reply *out)
{
    unsigned after = hs_number(in, "cursor", 0);
    unsigned last = least(after + 3, 7);
    put(out, "customers", customer, after + 1, last);
    last < 7 ? hs_body(out, ", \"meta\": {\"next_cursor\": \"%u\"}}", last)
             : hs_body(out, ", \"meta\": {\"next_cursor\": null}}");
}

static void notes(const hs_request *in, hs_reply *out)
{
    unsigned id = 0;
    if (sscanf(in->path, "/v1/customers/%u/notes", &id) != 1 || id == 3 || id > 7) {
        fail(out, 404, "no notes");
        return;
    }
    put(out, "notes", note, id * 100 + 1, id * 100 + id % 3);
    hs_body(out, "}");
}

static void invoices(const hs_request *in, hs_reply *out)
{
    unsigned page = hs_number(in, "p", 1);
    put(out, "results", invoice, page * 4 - 3, least(page * 4, 10));
    page < 3 ? hs_body(out, ", \"next\": \"/v1/invoices?p=%u\"}", page + 1)
             : hs_body(out, ", \"next\": null}");
}

static void events(const hs_request *in, hs_reply *out)
{
    unsigned page = hs_number(in, "page", 1);
    put(out, NULL, event, page * 5 - 4, page * 5);
    if (page < 4) {
        hs_head(out, "Link", "<%s/v1/events?page=%u>; rel=\"next\"", hs_origin(0), page + 1);
    }
}

static void shipments(const hs_request *in, hs_reply *out)
{
    unsigned after = hs_number(in, "after", 0);
    unsigned last = least(after + 4, 9);
    put(out, NULL, shipment, after + 1, last);
    if (last < 9) {
        hs_head(out, "X-Next", "%u", last);
    }
}

static void currencies(const hs_request *in, hs_reply *out)
{
    (void)in;
    put(out, NULL, currency, 1, 3);
}

static unsigned in_body(const hs_request *in, const char *name, unsigned otherwise)
{
    const char *at = strstr(in->body, name);
    at = at ? strchr(at, ':') : NULL;
    return at ? (unsigned)strtoul(at + 1, NULL, 10) : otherwise;
}

static void search(const hs_request *in, hs_reply *out)
{
    unsigned from = in_body(in, "\"from\"", 0);
    if (strcmp(in->method, "POST") != 0 || !strstr(in->body, "\"query\"")) {
        fail(out, 400, "POST a query");
        return;
    }
    hs_body(out, "{\"hits\": ");
    put(out, "items", order, from + 1, least(from + in_body(in, "\"size\"", 10), 23));
    hs_body(out, ", \"total\": 23}}");
}

static void token(const hs_request *in, hs_reply *out)
{
    strstr(in->body, "client_secret=shop-secret")
        ? hs_body(out, "{\"access_token\": \"shop-token\", \"expires_in\": 600}")
        : fail(out, 401, "unknown client");
}

static void reports(const hs_request *in, hs_reply *out)
{
    const char *sent = hs_header(in, "Authorization");
    if (!sent || strcmp(sent, "Bearer shop-token") != 0) {
        fail(out, 401, "a token, please");
        return;
    }
    put(out, "reports", report, 1, 3);
    hs_body(out, "}");
}

static void webhook(const hs_request *in, hs_reply *out)
{
    if (strcmp(in->method, "POST") != 0 || !strstr(in->body, "\"text\"")) {
        fail(out, 400, "POST a text");
        return;
    }
    hs_body(out, "ok");
}

static void readings(const hs_request *in, hs_reply *out)
{
    unsigned page = hs_number(in, "page", 1);
    unsigned size = hs_number(in, "per_page", 1000);
    size = size ? least(size, 10000) : 1000;
    put(out, "readings", reading, (page - 1) * size + 1, least(page * size, 200000));
    hs_body(out, ", \"pages\": %u}", (200000 + size - 1) / size);
}

static const struct {
    const char *path; /* also of all below it when it ends in '/' */
    void (*answer)(const hs_request *in, hs_reply *out);
} routes[] = {
    {"/v1/orders", orders},       {"/v1/products", products},     {"/v1/customers", customers},
    {"/v1/customers/", notes},    {"/v1/invoices", invoices},     {"/v1/events", events},
    {"/v1/shipments", shipments}, {"/v1/currencies", currencies}, {"/v1/search", search},
    {"/oauth/token", token},      {"/v1/reports", reports},       {"/v1/readings", readings},
    {"/services/", webhook},
};

static void answer(void *context, const hs_request *in, hs_reply *out)
{
    (void)context;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        size_t n = strlen(routes[i].path);
        bool below = routes[i].path[n - 1] == '/' && strncmp(in->path, routes[i].path, n) == 0;
        if (below || strcmp(in->path, routes[i].path) == 0) {
            routes[i].answer(in, out);
            return;
        }
    }
    fail(out, 404, "no such thing");
}

int main(void)
{
    return hs_serve(&(hs_options){.handler = answer});
}
