/* Credentials that are a text: a bearer token, an API key, a user and password. */
#include "base/hash.h"
#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/auth.h"
#include "net/url.h"

/* What all of these come to: something to add to each request. */
typedef struct fixed {
    hr_http_auth base;
    int location;
    char *name;
    char *value;
} fixed;

enum { IN_HEADER, IN_QUERY, IN_PARAM, IN_COOKIE };

static bool add_to_query(const fixed *a, hr_outgoing *o)
{
    hr_buf url = {0};
    const char *const mark = strchr(o->url, '?');
    hr_str rest = hr_str_from(mark ? mark + 1 : "");
    const size_t n_name = strlen(a->name);

    hr_buf_add(&url, (hr_str){o->url, mark ? (size_t)(mark - o->url) : strlen(o->url)});
    hr_buf_addc(&url, '?');
    while (rest.n) { /* one that is there already, as in a link that came back, is replaced */
        const char *const end = memchr(rest.p, '&', rest.n);
        const size_t n = end ? (size_t)(end - rest.p) : rest.n;

        if (n <= n_name || memcmp(rest.p, a->name, n_name) != 0 || rest.p[n_name] != '=') {
            hr_buf_add(&url, (hr_str){rest.p, n});
            hr_buf_addc(&url, '&');
        }
        rest = (hr_str){rest.p + n + (end != NULL), rest.n - n - (end != NULL)};
    }
    hr_url_encode_fields(&(hr_http_field){a->name, a->value}, 1, &url);
    o->url = url.failed ? NULL : hr_arena_strndup(o->arena, hr_buf_str(&url));
    hr_buf_release(&url);
    return o->url != NULL;
}

static bool add_to_cookies(const fixed *a, hr_outgoing *o)
{
    const char *const others = hr_outgoing_get(o, "Cookie");
    hr_buf cookie = {0};

    if (others)
        hr_buf_addf(&cookie, "%s; ", others);
    hr_buf_addf(&cookie, "%s=%s", a->name, a->value);

    const char *const text = cookie.failed ? NULL : hr_arena_strndup(o->arena, hr_buf_str(&cookie));

    hr_buf_release(&cookie);
    return text && hr_outgoing_set(o, "Cookie", text);
}

static hr_status fixed_apply(hr_http_auth *base, hr_outgoing *o, hr_error *err)
{
    const fixed *const a = (const fixed *)base;
    bool ok = false;

    if (a->location == IN_HEADER)
        ok = hr_outgoing_set(o, a->name, a->value);
    else if (a->location == IN_COOKIE)
        ok = add_to_cookies(a, o);
    else
        ok = add_to_query(a, o);
    return ok ? HR_OK : hr_nomem(err);
}

static const char *fixed_parameter(const hr_http_auth *base)
{
    const fixed *const a = (const fixed *)base;

    return a->location == IN_QUERY || a->location == IN_PARAM ? a->name : NULL;
}

static void fixed_free(hr_http_auth *base)
{
    fixed *const a = (fixed *)base;

    hr_free(a->name);
    hr_free(a->value);
    hr_free(a);
}

static const hr_auth_ops fixed_ops = {
    .apply = fixed_apply, .parameter = fixed_parameter, .free = fixed_free};

/* Takes `value`. */
static hr_status open_fixed(int location, const char *name, char *value, hr_http_auth **out,
                            hr_error *err)
{
    fixed *const a = hr_calloc(1, sizeof(*a));

    if (a) {
        a->base.ops = &fixed_ops;
        a->location = location;
        a->name = hr_strdup(name);
        a->value = value;
    }
    if (a && a->name && value) {
        *out = &a->base;
        return HR_OK;
    }
    if (a)
        fixed_free(&a->base);
    else
        hr_free(value);
    return hr_nomem(err);
}

/* A line break in a token, as from a file, would end the header. */
static hr_status check_text(const char *kind, const char *option, const char *value, hr_error *err)
{
    if (!value || !*value)
        return hr_auth_need(kind, option, value, err);
    if (strpbrk(value, "\r\n"))
        return hr_fail(err, HR_E_CONFIG, "auth %s: \"%s\" has a line break in it", kind, option);
    return hr_secret_add(hr_str_from(value), err);
}

/* ---- Bearer ---- */

typedef struct bearer_options {
    const char *token;
} bearer_options;

static const hr_option bearer_rows[] = {
    {"token", HR_OPTION_SECRET, HR_AT(bearer_options, token), .flags = HR_OPTION_WANTED,
     .example = "${ACCESS_TOKEN}", .help = "Sent as \"Authorization: Bearer ...\""},
    {0},
};
const hr_option_table hr_bearer_table = {.what = "auth bearer",
                                         .rows = bearer_rows,
                                         .size = sizeof(bearer_options),
                                         .group = "credentials",
                                         .help = "A token"};

hr_status hr_bearer_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err)
{
    const bearer_options *const given = options;
    hr_buf value = {0};

    (void)c;
    if (given->token && !given->token[0])
        return hr_no_auth_open(out, err);
    HR_TRY(check_text("bearer", "token", given->token, err));
    hr_buf_addf(&value, "Bearer %s", given->token);
    return open_fixed(IN_HEADER, "Authorization", hr_buf_take(&value), out, err);
}

/* ---- API key ---- */

typedef struct api_key_options {
    const char *name;
    const char *api_key;
    int location;
} api_key_options;

static const char *const locations[] = {"header", "query", "param", "cookie", NULL};

static const hr_option api_key_rows[] = {
    {"name", HR_OPTION_TEXT, HR_AT(api_key_options, name), .by_default = "Authorization",
     .help = "Name of the header, parameter or cookie"},
    {"api_key", HR_OPTION_SECRET, HR_AT(api_key_options, api_key), .flags = HR_OPTION_WANTED,
     .example = "${API_KEY}", .help = "The key, sent as it is"},
    {"location", HR_OPTION_CHOICE, HR_AT(api_key_options, location), .by_default = "header",
     .choices = locations, .help = "Where it is sent; query and param are the same"},
    {0},
};
const hr_option_table hr_api_key_table = {.what = "auth api_key",
                                          .rows = api_key_rows,
                                          .size = sizeof(api_key_options),
                                          .group = "credentials",
                                          .help = "A key in a header, the query or a cookie"};

hr_status hr_api_key_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err)
{
    const api_key_options *const given = options;

    (void)c;
    HR_TRY(hr_auth_need("api_key", "name", given->name, err));
    HR_TRY(check_text("api_key", "api_key", given->api_key, err));
    return open_fixed(given->location, given->name, hr_strdup(given->api_key), out, err);
}

/* ---- HTTP Basic ---- */

typedef struct basic_options {
    const char *username;
    const char *password;
} basic_options;

static const hr_option basic_rows[] = {
    {"username", HR_OPTION_TEXT, HR_AT(basic_options, username), .help = "User name"},
    {"password", HR_OPTION_SECRET, HR_AT(basic_options, password), .example = "${PASSWORD}",
     .help = "Password; may be empty"},
    {0},
};
const hr_option_table hr_basic_table = {.what = "auth http_basic",
                                        .rows = basic_rows,
                                        .size = sizeof(basic_options),
                                        .group = "credentials",
                                        .help = "A user name and a password"};

/* Some APIs take a token as user name, and no password. */
static hr_status basic_value(const basic_options *given, hr_buf *out, hr_error *err)
{
    hr_buf pair = {0};

    hr_buf_addf(&pair, "%s:%s", given->username ? given->username : "",
                given->password ? given->password : "");
    hr_buf_addz(out, "Basic ");
    if (!pair.failed && hr_buf_reserve(out, 4 * ((pair.len + 2) / 3) + 1))
        out->len += hr_base64(pair.data, pair.len, out->data + out->len);
    out->failed |= pair.failed;
    hr_buf_release(&pair);
    HR_TRY(hr_buf_status(out, err));
    return hr_secret_add((hr_str){out->data + 6, out->len - 6}, err);
}

hr_status hr_basic_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err)
{
    const basic_options *const given = options;
    hr_buf value = {0};

    (void)c;
    if (!given->password || !*given->password) { /* the user name is the token then */
        HR_TRY(hr_auth_need("http_basic", "username", given->username, err));
        HR_TRY(hr_secret_add(hr_str_from(given->username), err));
    }

    const hr_status st = basic_value(given, &value, err);

    if (st != HR_OK) {
        hr_buf_release(&value);
        return st;
    }
    return open_fixed(IN_HEADER, "Authorization", hr_buf_take(&value), out, err);
}
