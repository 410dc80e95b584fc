#include "net/auth.h"

#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/net_int.h"

hr_status hr_auth_need(const char *kind, const char *option, const char *value, hr_error *err)
{
    if (value && *value)
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG, "auth %s: \"%s\" is missing", kind, option);
}

enum { BEARER, API_KEY, BASIC, CLIENT_CREDENTIALS, REFRESH_TOKEN, JWT, SIGV4, HMAC };

static const hr_auth_open openers[] = {
    [BEARER] = hr_bearer_open,
    [API_KEY] = hr_api_key_open,
    [BASIC] = hr_basic_open,
    [CLIENT_CREDENTIALS] = hr_client_credentials_open,
    [REFRESH_TOKEN] = hr_refresh_token_open,
    [JWT] = hr_jwt_open,
    [SIGV4] = hr_sigv4_open,
    [HMAC] = hr_hmac_open,
};

static const hr_option_variant kinds[] = {
    {"bearer", &hr_bearer_table, BEARER},
    {"api_key", &hr_api_key_table, API_KEY},
    {"http_basic", &hr_basic_table, BASIC},
    {"oauth2_client_credentials", &hr_client_credentials_table, CLIENT_CREDENTIALS},
    {"oauth2_refresh_token", &hr_refresh_token_table, REFRESH_TOKEN},
    {"oauth2_jwt_bearer", &hr_jwt_table, JWT},
    {"aws_sigv4", &hr_sigv4_table, SIGV4},
    {"hmac", &hr_hmac_table, HMAC},
    {0},
};
const hr_option_variants hr_auth_variants = {.by = "type", .by_default = "bearer", .of = kinds};

/* ---- No credentials, for endpoints that say so, and tokens that are optional ---- */

static hr_status none_apply(hr_http_auth *a, hr_outgoing *o, hr_error *err)
{
    (void)a;
    (void)o;
    (void)err;
    return HR_OK;
}

static void none_free(hr_http_auth *a)
{
    hr_free(a);
}

static const hr_auth_ops none_ops = {.apply = none_apply, .free = none_free};

hr_status hr_no_auth_open(hr_http_auth **out, hr_error *err)
{
    hr_http_auth *const a = hr_calloc(1, sizeof(*a));

    if (!a)
        return hr_nomem(err);
    a->ops = &none_ops;
    *out = a;
    return HR_OK;
}

hr_status hr_http_auth_with(hr_http_client *c, const hr_variant *auth, const hr_http_auth **out,
                            hr_error *err)
{
    hr_http_auth *a = NULL;

    if (auth->which)
        HR_TRY(openers[auth->which->id](c, auth->options, &a, err));
    else
        HR_TRY(hr_no_auth_open(&a, err));
    a->client = c;
    (void)pthread_mutex_lock(&c->lock);
    a->next = c->auths;
    c->auths = a;
    (void)pthread_mutex_unlock(&c->lock);
    *out = a;
    return HR_OK;
}

hr_status hr_http_auth_new(hr_http_client *c, const char *settings, const hr_http_auth **out,
                           hr_error *err)
{
    static const hr_option row = {"auth", HR_OPTION_VARIANT, 0, .variants = &hr_auth_variants};
    static const hr_option_table table = {.what = "settings", .rows = &row};
    hr_variant auth = {0};
    hr_doc *doc = NULL;

    HR_TRY(hr_doc_parse_json(&doc, hr_str_from(settings), "auth", err));

    hr_status st = hr_option_read(doc, hr_doc_root(doc), &table, &row, &auth, err);

    if (st == HR_OK)
        st = hr_http_auth_with(c, &auth, out, err);
    hr_doc_free(doc);
    return st;
}
