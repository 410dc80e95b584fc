/* AWS: requests signed with an access key. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/auth.h"
#include "net/sigv4.h"

typedef struct sigv4_auth {
    hr_http_auth base;
    hr_arena arena;
    hr_sigv4 key;
} sigv4_auth;

#define SIGV4(member) HR_AT(hr_sigv4, member)
static const hr_option sigv4_rows[] = {
    {"access_key_id", HR_OPTION_TEXT, SIGV4(access_key_id), .help = "Name of the access key"},
    {"secret_access_key", HR_OPTION_SECRET, SIGV4(secret_access_key),
     .example = "${AWS_SECRET_ACCESS_KEY}", .help = "The access key itself"},
    {"session_token", HR_OPTION_SECRET, SIGV4(session_token), .help = "Of temporary keys"},
    {"region", HR_OPTION_TEXT, SIGV4(region), .by_default = "us-east-1", .help = "AWS region"},
    {"service", HR_OPTION_TEXT, SIGV4(service), .by_default = "execute-api",
     .help = "AWS service: execute-api, s3, es ..."},
    {0},
};
const hr_option_table hr_sigv4_table = {.what = "auth aws_sigv4",
                                        .rows = sigv4_rows,
                                        .size = sizeof(hr_sigv4),
                                        .group = "credentials",
                                        .help = "Requests signed for AWS"};

static hr_status sigv4_apply(hr_http_auth *base, hr_outgoing *o, hr_error *err)
{
    return hr_sigv4_sign(&((const sigv4_auth *)base)->key, o, err);
}

static void sigv4_free(hr_http_auth *base)
{
    sigv4_auth *const a = (sigv4_auth *)base;

    hr_arena_release(&a->arena);
    hr_free(a);
}

static const hr_auth_ops sigv4_ops = {.apply = sigv4_apply, .free = sigv4_free};

hr_status hr_sigv4_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err)
{
    const hr_sigv4 *const given = options;
    bool ok = true;

    (void)c;
    HR_TRY(hr_auth_need("aws_sigv4", "access_key_id", given->access_key_id, err));
    HR_TRY(hr_auth_need("aws_sigv4", "secret_access_key", given->secret_access_key, err));

    sigv4_auth *const a = hr_calloc(1, sizeof(*a));

    if (!a)
        return hr_nomem(err);
    a->base.ops = &sigv4_ops;
    a->key = *given;

    const char **const texts[] = {&a->key.access_key_id, &a->key.secret_access_key,
                                  &a->key.session_token, &a->key.region, &a->key.service};

    for (size_t i = 0; ok && i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (*texts[i])
            ok = (*texts[i] = hr_arena_strndup(&a->arena, hr_str_from(*texts[i]))) != NULL;
    }
    if (ok) {
        *out = &a->base;
        return HR_OK;
    }
    sigv4_free(&a->base);
    return hr_nomem(err);
}
