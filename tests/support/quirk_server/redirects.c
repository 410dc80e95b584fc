/* redirects.c -- elsewhere, please. */
#include "quirk.h"

#include <string.h>

static void to(const call *c, unsigned status, const char *origin, const char *rest)
{
    c->out->status = status;
    hs_head(c->out, "Location", "%s/%s/%s", origin, c->name, rest);
}

static void to_same_host(const call *c)
{
    if (strcmp(c->rest, "moved") != 0) {
        to(c, 301, "", "moved");
    } else if (!hs_header(c->in, "Authorization")) {
        refuse(c, 401, "the token was lost on the way");
    } else {
        put_page(c, 1, 3);
    }
}

/* Whoever comes here with a token has given it away; the test looks at the requests. */
static void to_other_port(const call *c)
{
    c->in->listener == 0 ? to(c, 302, hs_origin(1), "items") : put_page(c, 1, 3);
}

static void loop(const call *c)
{
    to(c, 302, "", strcmp(c->rest, "a") == 0 ? "b" : "a");
}

static void endless(const call *c)
{
    c->out->status = 302;
    hs_head(c->out, "Location", "/%s/%u", c->name, c->visit);
}

static void post_kept(const call *c)
{
    if (strcmp(c->rest, "moved") != 0) {
        to(c, 307, "", "moved");
    } else if (strcmp(c->in->method, "POST") != 0 || !strstr(c->in->body, "mill")) {
        refuse(c, 400, "the body was lost on the way");
    } else {
        put_page(c, 1, 3);
    }
}

static void to_file(const call *c)
{
    c->out->status = 302;
    hs_head(c->out, "Location", "file:///etc/hostname");
}

static void without_location(const call *c)
{
    c->out->status = 302;
}

const quirk redirect_quirks[] = {
    {"redirect-same-host", to_same_host},
    {"redirect-other-port", to_other_port},
    {"redirect-loop", loop},
    {"redirect-endless", endless},
    {"redirect-keeps-post", post_kept},
    {"redirect-to-file", to_file},
    {"redirect-without-location", without_location},
    {0},
};
