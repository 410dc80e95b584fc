/* OAuth 2: client credentials, and refresh tokens. */
#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/auth_token.h"
#include "net/url.h"
#include "json/json.h"

typedef struct oauth2_options {
    const char *access_token_url;
    const char *client_id;
    const char *client_secret;
    const char *refresh_token;
    const char *access_token;
    yyjson_val *access_token_request_data;
    double default_token_expiration;
} oauth2_options;

typedef struct oauth2 {
    hr_token_auth token;
    const char *grant_type;
    const char *client_id;
    const char *client_secret;
    const char *refresh_token;
    hr_http_field *extra; /* fields of the form, over ours */
    size_t n_extra;
} oauth2;

#define OAUTH2(member) HR_AT(oauth2_options, member)
#define OAUTH2_ROWS                                                                               \
    {"access_token_url", HR_OPTION_TEXT, OAUTH2(access_token_url),                                \
     .help = "URL that tokens are fetched from"},                                                 \
        {"client_id", HR_OPTION_TEXT, OAUTH2(client_id), .help = "Name of the client"},           \
        {"client_secret", HR_OPTION_SECRET, OAUTH2(client_secret), .example = "${CLIENT_SECRET}", \
         .help = "Secret of the client"},                                                         \
        {"access_token_request_data", HR_OPTION_OBJECT, OAUTH2(access_token_request_data),        \
         .schema = "{\"type\":\"object\"}",                                                       \
         .help = "More fields of the token request, such as scope"},                              \
        {"default_token_expiration", HR_OPTION_DURATION, OAUTH2(default_token_expiration),        \
         .by_default = "3600",                                                                    \
         .help = "How long a token is good for when its answer does not say"},                    \
    {                                                                                             \
        "access_token", HR_OPTION_SECRET, OAUTH2(access_token),                                   \
            .help = "A token to begin with; another is fetched when it is rejected"               \
    }

static const hr_option client_credentials_rows[] = {OAUTH2_ROWS, {0}};
const hr_option_table hr_client_credentials_table = {.what = "auth oauth2_client_credentials",
                                                     .rows = client_credentials_rows,
                                                     .size = sizeof(oauth2_options),
                                                     .group = "credentials",
                                                     .help = "Tokens for a client and its secret"};

static const hr_option refresh_token_rows[] = {
    OAUTH2_ROWS,
    {"refresh_token", HR_OPTION_SECRET, OAUTH2(refresh_token), .example = "${REFRESH_TOKEN}",
     .help = "Token that gets new tokens"},
    {0},
};
const hr_option_table hr_refresh_token_table = {.what = "auth oauth2_refresh_token",
                                                .rows = refresh_token_rows,
                                                .size = sizeof(oauth2_options),
                                                .group = "credentials",
                                                .help = "Tokens for a refresh token"};

static bool is_extra(const oauth2 *a, const char *name)
{
    for (size_t i = 0; i < a->n_extra; i++) {
        if (strcmp(a->extra[i].name, name) == 0)
            return true;
    }
    return false;
}

static void add(const oauth2 *a, hr_buf *form, const char *name, const char *value)
{
    if (value && !is_extra(a, name))
        hr_form_add(form, name, value);
}

static hr_status oauth2_form(hr_token_auth *token, int64_t date, hr_buf *form, hr_error *err)
{
    const oauth2 *const a = (const oauth2 *)token;
    const char *const newer = token->refresh_token;

    (void)date;
    (void)err;
    add(a, form, "grant_type", a->grant_type);
    add(a, form, "client_id", a->client_id);
    add(a, form, "client_secret", a->client_secret);
    if (a->refresh_token)
        add(a, form, "refresh_token", newer ? newer : a->refresh_token);
    for (size_t i = 0; i < a->n_extra; i++)
        hr_form_add(form, a->extra[i].name, a->extra[i].value);
    return HR_OK;
}

static hr_status keep_extra(oauth2 *a, yyjson_val *data, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;

    a->extra = hr_arena_zalloc(&a->token.arena, yyjson_obj_size(data) * sizeof(a->extra[0]));
    if (!a->extra)
        return hr_nomem(err);
    yyjson_obj_foreach(data, i, n, key, val)
    {
        char *const number =
            yyjson_is_str(val) || yyjson_is_null(val) ? NULL : hr_json_text(val, NULL);
        const char *const text = number ? number : yyjson_get_str(val);
        hr_http_field *const field = &a->extra[i];
        const bool ok = hr_token_keep(&a->token, yyjson_get_str(key), &field->name) &&
                        hr_token_keep(&a->token, text, &field->value);

        hr_free(number);
        if (!ok)
            return hr_nomem(err);
        a->n_extra++;
    }
    return HR_OK;
}

static hr_status fill(oauth2 *a, hr_http_client *c, const oauth2_options *given, hr_error *err)
{
    HR_TRY(hr_token_auth_init(&a->token, c, given->access_token_url, given->access_token, err));
    HR_TRY(hr_auth_need(a->token.kind, "access_token_url", given->access_token_url, err));
    if (!hr_token_keep(&a->token, given->client_id, &a->client_id) ||
        !hr_token_keep(&a->token, given->client_secret, &a->client_secret) ||
        !hr_token_keep(&a->token, given->refresh_token, &a->refresh_token))
        return hr_nomem(err);
    return keep_extra(a, given->access_token_request_data, err);
}

static hr_status open_oauth2(hr_http_client *c, const oauth2_options *given, const char *kind,
                             const char *grant_type, hr_http_auth **out, hr_error *err)
{
    oauth2 *const a = hr_calloc(1, sizeof(*a));

    if (!a)
        return hr_nomem(err);
    a->token.kind = kind;
    a->token.form = oauth2_form;
    a->token.lifetime = given->default_token_expiration;
    a->grant_type = grant_type;

    const hr_status st = fill(a, c, given, err);

    if (st == HR_OK)
        *out = &a->token.base;
    else
        a->token.base.ops->free(&a->token.base);
    return st;
}

hr_status hr_client_credentials_open(hr_http_client *c, const void *options, hr_http_auth **out,
                                     hr_error *err)
{
    static const char kind[] = "oauth2_client_credentials";
    const oauth2_options *const given = options;

    HR_TRY(hr_auth_need(kind, "client_id", given->client_id, err));
    HR_TRY(hr_auth_need(kind, "client_secret", given->client_secret, err));
    return open_oauth2(c, given, kind, "client_credentials", out, err);
}

hr_status hr_refresh_token_open(hr_http_client *c, const void *options, hr_http_auth **out,
                                hr_error *err)
{
    static const char kind[] = "oauth2_refresh_token";
    const oauth2_options *const given = options;

    HR_TRY(hr_auth_need(kind, "refresh_token", given->refresh_token, err));
    return open_oauth2(c, given, kind, "refresh_token", out, err);
}
