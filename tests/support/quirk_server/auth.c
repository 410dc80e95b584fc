/* auth.c -- tokens that end, keys in odd places. */
#include "quirk.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static bool sent(const call *c, const char *header, const char *wanted)
{
    const char *value = hs_header(c->in, header);
    return value && strcmp(value, wanted) == 0;
}

/* A token endpoint: token-1, token-2, ... for whoever knows the secret. */
static void put_token(const call *c, atomic_uint *issued, const char *lifetime)
{
    if (!strstr(c->in->body, "client_secret=quirk-secret")) {
        refuse(c, 401, "unknown client");
        return;
    }
    hs_body(c->out,
            "{\"access_token\": \"token-%u\", \"token_type\": \"Bearer\", \"expires_in\": %s}",
            atomic_fetch_add(issued, 1) + 1, lifetime);
}

static void linked_page(const call *c, unsigned pages)
{
    unsigned page = hs_number(c->in, "page", 1);
    put_page(c, page * 2 - 1, page * 2);
    if (page < pages) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u>; rel=\"next\"", hs_origin(0), c->name,
                page + 1);
    }
}

/* The first token is withdrawn before the second page, long before it should end. */
static void token_ends_mid_run(const call *c)
{
    static atomic_uint issued;
    char wanted[32];
    if (strcmp(c->rest, "token") == 0) {
        put_token(c, &issued, "3600");
        return;
    }
    snprintf(wanted, sizeof wanted, "Bearer token-%u", hs_number(c->in, "page", 1) < 2 ? 1 : 2);
    sent(c, "Authorization", wanted) ? linked_page(c, 4) : refuse(c, 401, "token expired");
}

static void lifetime_as_text(const call *c)
{
    static atomic_uint issued;
    if (strcmp(c->rest, "token") == 0) {
        put_token(c, &issued, "\"3600\"");
        return;
    }
    sent(c, "Authorization", "Bearer token-1") ? linked_page(c, 2) : refuse(c, 401, "no token");
}

/* Tokens that no page accepts: a client may refresh, but not for ever. */
static void token_never_accepted(const call *c)
{
    static atomic_uint issued;
    strcmp(c->rest, "token") == 0 ? put_token(c, &issued, "3600") : refuse(c, 401, "token expired");
}

static void token_endpoint_busy(const call *c)
{
    static atomic_uint issued, asked;
    if (strcmp(c->rest, "token") == 0 && atomic_fetch_add(&asked, 1) == 0) {
        refuse(c, 503, "busy");
    } else if (strcmp(c->rest, "token") == 0) {
        put_token(c, &issued, "3600");
    } else {
        sent(c, "Authorization", "Bearer token-1") ? linked_page(c, 2) : refuse(c, 401, "no token");
    }
}

static void token_reply_without_token(const call *c)
{
    if (strcmp(c->rest, "token") == 0) {
        hs_body(c->out, "{\"error\": \"invalid_scope\"}");
    } else {
        hs_header(c->in, "Authorization") ? put_page(c, 1, 2) : refuse(c, 401, "no token");
    }
}

/* The reply to a wrong token repeats it. */
static void wrong_token_echoed(const call *c)
{
    const char *value = hs_header(c->in, "Authorization");
    c->out->status = 401;
    hs_body(c->out, "{\"message\": \"Bad credentials: %s\"}", value ? value : "none");
}

/* Next links repeat the key of the first request. */
static void key_in_next_link(const call *c)
{
    const char *key = hs_param(c->in, "api_key");
    unsigned page = hs_number(c->in, "page", 1);
    const char *first = strstr(c->in->target, "api_key=");
    if (!key || strcmp(key, "quirk-key") != 0) {
        refuse(c, 401, "no key");
        return;
    }
    if (strstr(first + 1, "api_key=")) {
        refuse(c, 400, "the key came twice");
        return;
    }
    put_page(c, page * 2 - 1, page * 2);
    if (page < 3) {
        hs_head(c->out, "Link", "<%s/%s/items?page=%u&api_key=quirk-key>; rel=\"next\"",
                hs_origin(0), c->name, page + 1);
    }
}

/* Anonymous readers are welcome; an empty "Bearer " is not. */
static void token_optional(const call *c)
{
    hs_header(c->in, "Authorization") ? refuse(c, 401, "bad credentials") : put_page(c, 1, 3);
}

static void key_in_cookie(const call *c)
{
    const char *cookie = hs_header(c->in, "Cookie");
    cookie &&strstr(cookie, "session=quirk-key") ? put_page(c, 1, 3) : refuse(c, 401, "no cookie");
}

static void key_in_header(const call *c)
{
    sent(c, "X-Api-Key", "quirk-key") ? put_page(c, 1, 3) : refuse(c, 401, "no key");
}

/* "ada:p:w é", in base64 */
static void basic(const call *c)
{
    sent(c, "Authorization", "Basic YWRhOnA6dyDDqQ==") ? put_page(c, 1, 3)
                                                       : refuse(c, 401, "who are you?");
}

const quirk auth_quirks[] = {
    {"token-ends-mid-run", token_ends_mid_run},
    {"token-lifetime-as-text", lifetime_as_text},
    {"token-never-accepted", token_never_accepted},
    {"token-endpoint-busy", token_endpoint_busy},
    {"token-reply-without-token", token_reply_without_token},
    {"wrong-token-echoed", wrong_token_echoed},
    {"key-in-next-link", key_in_next_link},
    {"token-optional", token_optional},
    {"token-optional", token_optional},
    {"key-in-cookie", key_in_cookie},
    {"key-in-header", key_in_header},
    {"basic-auth", basic},
    {0},
};
