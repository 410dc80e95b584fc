/* Requests signed with a shared secret, each API in its own way: what is signed is a template. */
#include <inttypes.h>

#include "base/mem.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "net/auth.h"
#include "net/clock.h"
#include "net/sign.h"

typedef struct hmac_options {
    const char *secret;
    int algorithm;
    int encoding;
    const char *message;
    const char *header;
    const char *prefix;
    const char *key;
    const char *key_header;
    const char *timestamp_header;
    int timestamp;
} hmac_options;

typedef struct hmac_auth {
    hr_http_auth base;
    hr_arena arena;
    hmac_options options;
} hmac_auth;

enum { AS_HEX, AS_BASE64 };
enum { UNIX, UNIX_MS, ISO };
static const char *const algorithms[] = {"sha256", "sha1", "sha512", NULL}; /* hr_digest */
static const char *const encodings[] = {"hex", "base64", NULL};
static const char *const timestamps[] = {"unix", "unix_ms", "iso", NULL};

#define OF(member) HR_AT(hmac_options, member)
static const hr_option hmac_rows[] = {
    {"secret", HR_OPTION_SECRET, OF(secret), .example = "${SIGNING_SECRET}",
     .help = "What both sides know"},
    {"algorithm", HR_OPTION_CHOICE, OF(algorithm), .choices = algorithms, .by_default = "sha256",
     .help = "Digest"},
    {"message", HR_OPTION_TEXT, OF(message),
     .by_default = "\"{timestamp}{method}{path_and_query}{body}\"",
     .help = "What is signed: text with {timestamp}, {method}, {path}, {query}, "
             "{path_and_query}, {url}, {body}, {body_sha256} and {key}"},
    {"header", HR_OPTION_TEXT, OF(header), .by_default = "X-Signature",
     .help = "Header that the signature is sent in"},
    {"encoding", HR_OPTION_CHOICE, OF(encoding), .choices = encodings, .by_default = "hex",
     .help = "How the signature is written"},
    {"prefix", HR_OPTION_TEXT, OF(prefix), .help = "Text before the signature, such as sha256="},
    {"key", HR_OPTION_TEXT, OF(key), .help = "Public name of the secret"},
    {"key_header", HR_OPTION_TEXT, OF(key_header), .by_default = "X-Api-Key",
     .help = "Header that `key` is sent in"},
    {"timestamp_header", HR_OPTION_TEXT, OF(timestamp_header), .by_default = "X-Timestamp",
     .help = "Header that the time is sent in"},
    {"timestamp", HR_OPTION_CHOICE, OF(timestamp), .choices = timestamps, .by_default = "unix",
     .help = "How the time is written"},
    {0},
};
const hr_option_table hr_hmac_table = {.what = "auth hmac",
                                       .rows = hmac_rows,
                                       .size = sizeof(hmac_options),
                                       .group = "credentials",
                                       .help = "Requests signed with a shared secret"};

static const char *write_time(const hmac_options *h, hr_outgoing *o)
{
    char text[HR_INSTANT_TEXT];

    if (h->timestamp == ISO)
        hr_format_instant(o->date / HR_SECOND * HR_SECOND, text);
    else
        (void)snprintf(text, sizeof(text), "%" PRId64,
                       h->timestamp == UNIX_MS ? o->date / 1000 : o->date / HR_SECOND);
    return hr_arena_strndup(o->arena, hr_str_from(text));
}

static void add_body_digest(const hr_outgoing *o, hr_buf *out)
{
    unsigned char digest[HR_DIGEST_MOST];

    hr_add_hex(out, digest, hr_digest_of(HR_SHA256, o->body, digest));
}

/* One {name}; false: there is no such thing. */
static bool add_value(const hmac_options *h, const hr_outgoing *o, const char *time, hr_str name,
                      hr_buf *out)
{
    const char *const scheme = strstr(o->url, "://");
    const char *const path = scheme ? scheme + 3 + strcspn(scheme + 3, "/?") : "";
    const size_t n_path = strcspn(path, "?");

    if (hr_str_eq(name, HR_STR("timestamp")))
        hr_buf_addz(out, time);
    else if (hr_str_eq(name, HR_STR("method")))
        hr_buf_addz(out, o->method);
    else if (hr_str_eq(name, HR_STR("path")))
        hr_buf_add(out, (hr_str){path, n_path});
    else if (hr_str_eq(name, HR_STR("query")))
        hr_buf_addz(out, path[n_path] ? path + n_path + 1 : "");
    else if (hr_str_eq(name, HR_STR("path_and_query")))
        hr_buf_addz(out, path);
    else if (hr_str_eq(name, HR_STR("url")))
        hr_buf_addz(out, o->url);
    else if (hr_str_eq(name, HR_STR("body")))
        hr_buf_add(out, o->body);
    else if (hr_str_eq(name, HR_STR("body_sha256")))
        add_body_digest(o, out);
    else if (hr_str_eq(name, HR_STR("key")))
        hr_buf_addz(out, h->key ? h->key : "");
    else
        return false;
    return true;
}

static hr_status write_message(const hmac_options *h, const hr_outgoing *o, const char *time,
                               hr_buf *out, hr_error *err)
{
    for (const char *p = h->message; *p;) {
        const char *const end = *p == '{' ? strchr(p, '}') : NULL;

        if (!end) {
            hr_buf_addc(out, *p++);
            continue;
        }

        const hr_str name = {p + 1, (size_t)(end - p) - 1};

        if (!add_value(h, o, time, name, out))
            return hr_fail(err, HR_E_CONFIG,
                           "auth hmac: message has {" HR_STR_FMT "}, which is none of timestamp, "
                           "method, path, query, path_and_query, url, body, body_sha256, key",
                           HR_STR_ARG(name));
        p = end + 1;
    }
    return hr_buf_status(out, err);
}

static const char *sign(const hmac_options *h, hr_outgoing *o, hr_str message)
{
    unsigned char digest[HR_DIGEST_MOST];
    const size_t n = hr_hmac((hr_digest)h->algorithm, hr_str_from(h->secret), message, digest);
    hr_buf text = {0};

    hr_buf_addz(&text, h->prefix ? h->prefix : "");
    if (h->encoding == AS_HEX)
        hr_add_hex(&text, digest, n);
    else
        hr_add_base64(&text, (hr_str){(const char *)digest, n});

    const char *const signature =
        text.failed || !n ? NULL : hr_arena_strndup(o->arena, hr_buf_str(&text));

    hr_buf_release(&text);
    return signature;
}

static hr_status hmac_apply(hr_http_auth *base, hr_outgoing *o, hr_error *err)
{
    const hmac_options *const h = &((const hmac_auth *)base)->options;
    const char *const time = write_time(h, o);
    hr_buf message = {0};

    if (!time)
        return hr_nomem(err);

    const hr_status st = write_message(h, o, time, &message, err);
    const char *const signature = st == HR_OK ? sign(h, o, hr_buf_str(&message)) : NULL;

    hr_buf_release(&message);
    HR_TRY(st);
    if (signature && hr_outgoing_set(o, h->header, signature) &&
        hr_outgoing_set(o, h->timestamp_header, time) &&
        (!h->key || hr_outgoing_set(o, h->key_header, h->key)))
        return HR_OK;
    return hr_nomem(err);
}

static void hmac_free(hr_http_auth *base)
{
    hmac_auth *const a = (hmac_auth *)base;

    hr_arena_release(&a->arena);
    hr_free(a);
}

static const hr_auth_ops hmac_ops = {.apply = hmac_apply, .free = hmac_free};

hr_status hr_hmac_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err)
{
    const hmac_options *const given = options;
    bool ok = true;

    (void)c;
    HR_TRY(hr_auth_need("hmac", "secret", given->secret, err));

    hmac_auth *const a = hr_calloc(1, sizeof(*a));

    if (!a)
        return hr_nomem(err);
    a->base.ops = &hmac_ops;
    a->options = *given;

    const char **const texts[] = {
        &a->options.secret, &a->options.message,    &a->options.header,          &a->options.prefix,
        &a->options.key,    &a->options.key_header, &a->options.timestamp_header};

    for (size_t i = 0; ok && i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (*texts[i])
            ok = (*texts[i] = hr_arena_strndup(&a->arena, hr_str_from(*texts[i]))) != NULL;
    }
    if (ok) {
        *out = &a->base;
        return HR_OK;
    }
    hmac_free(&a->base);
    return hr_nomem(err);
}
