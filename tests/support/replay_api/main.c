/* replay_api -- api.github.com's events of one repository, from a file, on loopback.
 *
 *     replay_api EVENTS.jsonl [TOKEN]     serves until its input ends; prints its origins
 *
 * What a client of the real API meets: pages of 30 (per_page: up to 100) with Link headers that
 * name the repository by number, ETags and 304, X-RateLimit headers, 60 requests an hour without a
 * token and 5,000 with one, JSON errors. And what it meets on a worse day: the second request is
 * answered by 429 with Retry-After, the fourth by 502 and a page of HTML. With REPLAY_TOKEN in the
 * environment, a request may come without a token or with that one; any other is refused. */
#include "http/http_server.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MOST_EVENTS = 300 }; /* what GitHub keeps */

static const char by_name[] = "/repos/DataTalksClub/data-engineering-zoomcamp/events";
static const char by_number[] = "/repositories/419661684/events";

typedef struct replay {
    hr_buf text;
    hr_str events[MOST_EVENTS];
    unsigned n_events;
    const char *token;
    time_t start;
    atomic_uint requests, counted;
} replay;

static bool read_events(replay *r, const char *path)
{
    FILE *f = fopen(path, "r");
    char piece[65536];
    size_t n = 0;
    while (f && (n = fread(piece, 1, sizeof piece, f)) > 0) {
        hr_buf_add(&r->text, (hr_str){.p = piece, .n = n});
    }
    bool read = f && !ferror(f) && !r->text.failed && r->text.len;
    if (f) {
        fclose(f);
    }
    char *line = r->text.data;
    while (read && *line && r->n_events < MOST_EVENTS) {
        size_t length = strcspn(line, "\n");
        r->events[r->n_events++] = (hr_str){.p = line, .n = length};
        line += length + (line[length] == '\n');
    }
    return read;
}

static void message(hs_reply *out, unsigned status, const char *text)
{
    out->status = status;
    hs_body(out, "{\"message\":\"%s\",\"documentation_url\":\"https://docs.github.com/rest\"}",
            text);
}

/* ---- Limits ---- */

static bool has_token(const hs_request *in)
{
    return hs_header(in, "Authorization") != NULL;
}

static bool token_is_right(const replay *r, const hs_request *in)
{
    const char *sent = hs_header(in, "Authorization");
    return !sent || !r->token ||
           (strncmp(sent, "Bearer ", 7) == 0 && strcmp(sent + 7, r->token) == 0);
}

static void put_limits(replay *r, const hs_request *in, hs_reply *out, unsigned used)
{
    unsigned limit = has_token(in) ? 5000 : 60;
    unsigned remaining = used < limit ? limit - used : 0;
    hs_head(out, "X-RateLimit-Limit", "%u", limit);
    hs_head(out, "X-RateLimit-Remaining", "%u", remaining);
    hs_head(out, "X-RateLimit-Used", "%u", used);
    hs_head(out, "X-RateLimit-Reset", "%lld", (long long)r->start + 3600);
    hs_head(out, "X-RateLimit-Resource", "core");
}

static void rate_limit(replay *r, const hs_request *in, hs_reply *out)
{
    unsigned limit = has_token(in) ? 5000 : 60;
    unsigned used = atomic_load(&r->counted);
    hs_body(out, "{\"rate\":{\"limit\":%u,\"remaining\":%u,\"reset\":%lld,\"used\":%u}}", limit,
            used < limit ? limit - used : 0, (long long)r->start + 3600, used);
}

/* ---- Pages ---- */

static void put_link(hs_reply *out, unsigned per_page, unsigned page, unsigned last)
{
    const char *names[] = {"prev", "next", "last", "first"};
    unsigned pages[] = {page - 1, page + 1, last, 1};
    char text[480] = "";
    size_t n = 0;
    for (unsigned i = page > 1 ? 0 : 1; i < 4; i++) {
        if ((page < last || i == 0 || i == 3) && (page > 1 || i != 3)) {
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "%s<%s%s?per_page=%u&page=%u>; rel=\"%s\"", n ? ", " : "",
                                  hs_origin(0), by_number, per_page, pages[i], names[i]);
        }
    }
    if (n) {
        hs_head(out, "Link", "%s", text);
    }
}

static void put_etag(hs_reply *out, char etag[24])
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < out->body.len; i++) {
        hash = (hash ^ (unsigned char)out->body.data[i]) * 1099511628211U;
    }
    snprintf(etag, 24, "W/\"%016" PRIx64 "\"", hash);
    hs_head(out, "ETag", "%s", etag);
}

static void events(replay *r, const hs_request *in, hs_reply *out)
{
    unsigned per_page = hs_number(in, "per_page", 30);
    unsigned page = hs_number(in, "page", 1);
    per_page = per_page < 1 ? 30 : per_page > 100 ? 100 : per_page;
    page = page < 1 ? 1 : page;
    unsigned last = (r->n_events + per_page - 1) / per_page;
    unsigned first = page <= last ? (page - 1) * per_page : r->n_events;
    hr_buf_addc(&out->body, '[');
    for (unsigned i = first; i < r->n_events && i < first + per_page; i++) {
        if (i > first) {
            hr_buf_addc(&out->body, ',');
        }
        hr_buf_add(&out->body, r->events[i]);
    }
    hr_buf_addc(&out->body, ']');
    put_link(out, per_page, page, last);

    char etag[24];
    const char *known = hs_header(in, "If-None-Match");
    put_etag(out, etag);
    if (known && strcmp(known, etag) == 0) {
        out->status = 304;
        hr_buf_reset(&out->body);
    }
}

static void answer(void *context, const hs_request *in, hs_reply *out)
{
    replay *r = context;
    unsigned n = atomic_fetch_add(&r->requests, 1) + 1;
    if (!token_is_right(r, in)) {
        message(out, 401, "Bad credentials");
    } else if (strcmp(in->path, "/rate_limit") == 0) {
        rate_limit(r, in, out);
    } else if (n == 2) {
        message(out, 429, "You have exceeded a secondary rate limit.");
        hs_head(out, "Retry-After", "1");
    } else if (n == 4) {
        out->status = 502;
        hs_body(out, "<html><body><h1>502 Bad Gateway</h1></body></html>\n");
        hs_head(out, "Content-Type", "text/html");
    } else if (strcmp(in->path, by_name) != 0 && strcmp(in->path, by_number) != 0) {
        message(out, 404, "Not Found");
    } else {
        unsigned used = atomic_fetch_add(&r->counted, 1) + 1;
        used > 60 && !has_token(in) ? message(out, 403, "API rate limit exceeded for 127.0.0.1.")
                                    : events(r, in, out);
        put_limits(r, in, out, used);
    }
}

int main(int argc, char **argv)
{
    static replay r;
    if (argc < 2 || argc > 3 || !read_events(&r, argv[1])) {
        fprintf(stderr,
                "usage: replay_api EVENTS.jsonl [TOKEN] (a file with events, one a line)\n");
        return 2;
    }
    r.token = argv[2];
    r.start = time(NULL);
    int status = hs_serve(&(hs_options){.handler = answer, .context = &r});
    hr_buf_release(&r.text);
    return status;
}
