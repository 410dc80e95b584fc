/* A service account: a signed assertion (RFC 7523) is exchanged for a token. */
#include <inttypes.h>

#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/auth_token.h"
#include "net/clock.h"
#include "net/sign.h"
#include "json/json.h"

enum { ASSERTION_LIFE = 3600 }; /* seconds */

typedef struct jwt_options {
    const char *client_id;
    const char *private_key;
    const char *private_key_passphrase;
    const char *auth_endpoint;
    hr_texts scopes;
    double default_token_expiration;
} jwt_options;

typedef struct jwt {
    hr_token_auth token;
    const char *client_id;
    const char *private_key;
    const char *passphrase;
    const char *scope; /* joined by spaces; NULL: none */
} jwt;

#define JWT(member) HR_AT(jwt_options, member)
static const hr_option jwt_rows[] = {
    {"client_id", HR_OPTION_TEXT, JWT(client_id),
     .help = "Who signs: for a Google service account its client_email"},
    {"private_key", HR_OPTION_SECRET, JWT(private_key), .example = "${PRIVATE_KEY}",
     .help = "RSA private key, PEM"},
    {"private_key_passphrase", HR_OPTION_SECRET, JWT(private_key_passphrase),
     .help = "Passphrase of the key, if it is encrypted"},
    {"auth_endpoint", HR_OPTION_TEXT, JWT(auth_endpoint),
     .help = "URL that tokens are fetched from, such as https://oauth2.googleapis.com/token"},
    {"scopes", HR_OPTION_TEXTS, JWT(scopes), .help = "What the token is to be good for"},
    {"default_token_expiration", HR_OPTION_DURATION, JWT(default_token_expiration),
     .by_default = "3600", .help = "How long a token is good for when its answer does not say"},
    {0},
};
const hr_option_table hr_jwt_table = {.what = "auth oauth2_jwt_bearer",
                                      .rows = jwt_rows,
                                      .size = sizeof(jwt_options),
                                      .group = "credentials",
                                      .help = "Tokens for a service account and its key"};

/* The claims, in the order of dlt's. */
static hr_status write_claims(const jwt *a, int64_t now, hr_buf *out, hr_error *err)
{
    yyjson_mut_doc *const doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *const root = doc ? yyjson_mut_obj(doc) : NULL;
    bool ok = root && yyjson_mut_obj_add_str(doc, root, "iss", a->client_id) &&
              yyjson_mut_obj_add_str(doc, root, "sub", a->client_id) &&
              yyjson_mut_obj_add_str(doc, root, "aud", a->token.url) &&
              yyjson_mut_obj_add_int(doc, root, "iat", now) &&
              yyjson_mut_obj_add_int(doc, root, "exp", now + ASSERTION_LIFE) &&
              (!a->scope || yyjson_mut_obj_add_str(doc, root, "scope", a->scope));
    const hr_status st = ok ? hr_json_write(root, false, NULL, out, err) : hr_nomem(err);

    yyjson_mut_doc_free(doc);
    return st;
}

static hr_status write_assertion(const jwt *a, int64_t now, hr_buf *out, hr_error *err)
{
    hr_buf part = {0};
    hr_status st = write_claims(a, now, &part, err);

    if (st == HR_OK) {
        hr_add_base64_url(out, HR_STR("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"));
        hr_buf_addc(out, '.');
        hr_add_base64_url(out, hr_buf_str(&part));
        hr_buf_reset(&part);
        st = hr_buf_status(out, err);
    }
    if (st == HR_OK)
        st = hr_sign_rs256(a->private_key, a->passphrase, hr_buf_str(out), &part, err);
    if (st == HR_OK) {
        hr_buf_addc(out, '.');
        hr_add_base64_url(out, hr_buf_str(&part));
        st = hr_buf_status(out, err);
    }
    hr_buf_release(&part);
    return st;
}

static hr_status jwt_form(hr_token_auth *token, int64_t date, hr_buf *form, hr_error *err)
{
    const jwt *const a = (const jwt *)token;
    hr_buf assertion = {0};
    const hr_status st = write_assertion(a, date / HR_SECOND, &assertion, err);

    if (st == HR_OK) {
        hr_form_add(form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        hr_form_add(form, "assertion", assertion.data);
    }
    hr_buf_release(&assertion);
    return st;
}

static hr_status keep_scopes(jwt *a, const hr_texts *scopes, hr_error *err)
{
    hr_buf joined = {0};

    for (size_t i = 0; i < scopes->n; i++)
        hr_buf_addf(&joined, "%s%s", i ? " " : "", scopes->items[i]);

    const bool ok = !joined.failed && hr_token_keep(&a->token, joined.data, &a->scope);

    hr_buf_release(&joined);
    return ok ? HR_OK : hr_nomem(err);
}

static hr_status fill(jwt *a, hr_http_client *c, const jwt_options *given, hr_error *err)
{
    HR_TRY(hr_token_auth_init(&a->token, c, given->auth_endpoint, NULL, err));
    if (!hr_token_keep(&a->token, given->client_id, &a->client_id) ||
        !hr_token_keep(&a->token, given->private_key, &a->private_key) ||
        !hr_token_keep(&a->token, given->private_key_passphrase, &a->passphrase))
        return hr_nomem(err);
    HR_TRY(keep_scopes(a, &given->scopes, err));

    hr_buf tried = {0}; /* a key that cannot sign is better known now */
    const hr_status st = hr_sign_rs256(a->private_key, a->passphrase, HR_STR("x"), &tried, err);

    hr_buf_release(&tried);
    return st == HR_OK ? st : hr_fail_in(err, st, "auth %s", a->token.kind);
}

hr_status hr_jwt_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err)
{
    static const char kind[] = "oauth2_jwt_bearer";
    const jwt_options *const given = options;

    HR_TRY(hr_auth_need(kind, "client_id", given->client_id, err));
    HR_TRY(hr_auth_need(kind, "private_key", given->private_key, err));
    HR_TRY(hr_auth_need(kind, "auth_endpoint", given->auth_endpoint, err));

    jwt *const a = hr_calloc(1, sizeof(*a));

    if (!a)
        return hr_nomem(err);
    a->token.kind = kind;
    a->token.form = jwt_form;
    a->token.lifetime = given->default_token_expiration;

    const hr_status st = fill(a, c, given, err);

    if (st == HR_OK)
        *out = &a->token.base;
    else
        a->token.base.ops->free(&a->token.base);
    return st;
}
