#include "net/sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/clock.h"
#include "net/sign.h"
#include "net/url.h"

/* The parts of a URL, borrowed from it. */
typedef struct parts {
    hr_str host; /* with a port that was written */
    hr_str path; /* "/" at least */
    hr_str query;
} parts;

static parts split_url(const char *url)
{
    const char *const scheme = strstr(url, "://");
    const char *const start = scheme ? scheme + 3 : url;
    const size_t n_authority = strcspn(start, "/?#");
    const char *const path = start + n_authority;
    const size_t n_path = strcspn(path, "?#");
    parts p = {.host = {start, n_authority}, .path = {path, n_path}};

    for (size_t i = 0; i < n_authority; i++) { /* user info is no part of Host */
        if (start[i] == '@')
            p.host = (hr_str){start + i + 1, n_authority - i - 1};
    }
    if (!n_path)
        p.path = HR_STR("/");
    if (path[n_path] == '?')
        p.query = (hr_str){path + n_path + 1, strcspn(path + n_path + 1, "#")};
    return p;
}

/* Bytes but letters, digits and "-_.~" as %XX; `keep` too stays as it is. */
static void add_encoded(hr_buf *out, hr_str s, const char *keep)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        if ((c < 128 && isalnum(c)) || (c && strchr("-_.~", c)) || (c && strchr(keep, c)))
            hr_buf_addc(out, (char)c);
        else
            hr_buf_addf(out, "%%%02X", c);
    }
}

/* Encodes again what is encoded in one way or another. `plus`: what a '+' stands for. */
static void add_recoded(hr_buf *out, hr_str s, const char *keep, const char *plus)
{
    for (size_t i = 0; i < s.n; i++) {
        char hex[3] = {0};

        if (s.p[i] == '%' && i + 2 < s.n && isxdigit((unsigned char)s.p[i + 1]) &&
            isxdigit((unsigned char)s.p[i + 2])) {
            memcpy(hex, s.p + i + 1, 2);
            add_encoded(out, (hr_str){(char[]){(char)strtol(hex, NULL, 16)}, 1}, "");
            i += 2;
        } else {
            add_encoded(out, s.p[i] == '+' ? hr_str_from(plus) : (hr_str){s.p + i, 1}, keep);
        }
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_parameter(hr_arena *arena, hr_str param, const char **out)
{
    const char *const equals = memchr(param.p, '=', param.n);
    const size_t n = equals ? (size_t)(equals - param.p) : param.n;
    hr_buf text = {0};

    add_recoded(&text, (hr_str){param.p, n}, "", " ");
    hr_buf_addc(&text, '=');
    if (equals)
        add_recoded(&text, (hr_str){equals + 1, param.n - n - 1}, "", " ");
    *out = text.failed ? NULL : hr_arena_strndup(arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return *out != NULL;
}

/* Sorted by name, then value: '=' sorts before what names are made of, but for '-' and '.'. */
static int by_name(const void *a, const void *b)
{
    const char *const left = *(const char *const *)a;
    const char *const right = *(const char *const *)b;
    const size_t n_left = strcspn(left, "=");
    const size_t n_right = strcspn(right, "=");
    const int order = memcmp(left, right, n_left < n_right ? n_left : n_right);

    if (order || n_left != n_right)
        return order ? order : (n_left < n_right ? -1 : 1);
    return by_text(a, b);
}

static hr_status add_query(hr_arena *arena, hr_str query, hr_buf *out, hr_error *err)
{
    size_t n = 1;
    size_t used = 0;

    for (size_t i = 0; i < query.n; i++)
        n += query.p[i] == '&';

    const char **const sorted = hr_arena_alloc(arena, n * sizeof(sorted[0]));

    if (!sorted)
        return hr_nomem(err);
    while (query.n) {
        const char *const end = memchr(query.p, '&', query.n);
        const size_t len = end ? (size_t)(end - query.p) : query.n;

        if (len && !add_parameter(arena, (hr_str){query.p, len}, &sorted[used++]))
            return hr_nomem(err);
        query = (hr_str){query.p + len + (end != NULL), query.n - len - (end != NULL)};
    }
    qsort(sorted, used, sizeof(sorted[0]), by_name);
    for (size_t i = 0; i < used; i++)
        hr_buf_addf(out, "%s%s", i ? "&" : "", sorted[i]);
    return HR_OK;
}

static bool is_signed(const char *name)
{
    return strncasecmp(name, "x-amz-", 6) == 0 || strcasecmp(name, "content-type") == 0 ||
           strcasecmp(name, "host") == 0;
}

static void add_lower(hr_buf *out, const char *name)
{
    for (; *name; name++)
        hr_buf_addc(out, (char)tolower((unsigned char)*name));
}

/* Runs of spaces count as one. */
static void add_trimmed(hr_buf *out, const char *value)
{
    value += strspn(value, " \t");
    for (; *value; value++) {
        const bool space = *value == ' ' || *value == '\t';

        if (!space)
            hr_buf_addc(out, *value);
        else if (value[strspn(value, " \t")] && value[-1] != ' ' && value[-1] != '\t')
            hr_buf_addc(out, ' ');
    }
}

static bool header_line(hr_arena *arena, const char *name, const char *value, const char **out)
{
    hr_buf text = {0};

    add_lower(&text, name);
    hr_buf_addc(&text, ':');
    add_trimmed(&text, value);
    *out = text.failed ? NULL : hr_arena_strndup(arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return *out != NULL;
}

/* Lines and names of what is signed, sorted. */
static hr_status add_headers(const hr_outgoing *o, hr_str host, hr_buf *out, hr_buf *names,
                             hr_error *err)
{
    const char **const lines = hr_arena_alloc(o->arena, (o->n_headers + 1) * sizeof(lines[0]));
    const char *const host_text = hr_arena_strndup(o->arena, host);
    size_t n = 0;
    bool ok = lines && host_text;

    if (ok && !hr_outgoing_get(o, "Host"))
        ok = header_line(o->arena, "host", host_text, &lines[n++]);
    for (size_t i = 0; ok && i < o->n_headers; i++) {
        if (is_signed(o->headers[i].name))
            ok = header_line(o->arena, o->headers[i].name, o->headers[i].value, &lines[n++]);
    }
    if (!ok)
        return hr_nomem(err);
    qsort(lines, n, sizeof(lines[0]), by_name);
    for (size_t i = 0; i < n; i++) {
        hr_buf_addf(out, "%s\n", lines[i]);
        hr_buf_addf(names, "%s%.*s", i ? ";" : "", (int)strcspn(lines[i], ":"), lines[i]);
    }
    return HR_OK;
}

/* S3 signs the path encoded once; the others encode once more what goes out. */
static void add_path(hr_buf *out, hr_str path, const char *service)
{
    if (strcmp(service, "s3") == 0)
        add_recoded(out, path, "/", "+");
    else
        add_encoded(out, path, "/");
}

hr_status hr_sigv4_canonical(const hr_outgoing *o, const char *service, hr_buf *out,
                             hr_buf *signed_headers, hr_error *err)
{
    const parts p = split_url(o->url);
    unsigned char digest[HR_DIGEST_MOST];
    const size_t n = hr_digest_of(HR_SHA256, o->body, digest);

    hr_buf_addf(out, "%s\n", o->method);
    add_path(out, p.path, service);
    hr_buf_addc(out, '\n');
    HR_TRY(add_query(o->arena, p.query, out, err));
    hr_buf_addc(out, '\n');
    HR_TRY(add_headers(o, p.host, out, signed_headers, err));
    hr_buf_addf(out, "\n%s\n", signed_headers->failed ? "" : signed_headers->data);
    hr_add_hex(out, digest, n);
    HR_TRY(hr_buf_status(signed_headers, err));
    return hr_buf_status(out, err);
}

/* The key of a day, region and service. */
static size_t signing_key(const hr_sigv4 *key, hr_str day, unsigned char out[HR_DIGEST_MOST])
{
    const hr_str steps[] = {day, hr_str_from(key->region), hr_str_from(key->service),
                            HR_STR("aws4_request")};
    hr_buf secret = {0};
    unsigned char last[HR_DIGEST_MOST];
    size_t n = 0;

    hr_buf_addf(&secret, "AWS4%s", key->secret_access_key);
    for (size_t i = 0; !secret.failed && i < sizeof(steps) / sizeof(steps[0]); i++) {
        const hr_str from = i ? (hr_str){(const char *)last, n} : hr_buf_str(&secret);

        n = hr_hmac(HR_SHA256, from, steps[i], out);
        memcpy(last, out, HR_DIGEST_MOST);
    }
    hr_buf_release(&secret);
    return n;
}

static hr_status authorize(const hr_sigv4 *key, hr_outgoing *o, const char *date,
                           const hr_buf *canonical, const char *names, hr_error *err)
{
    const hr_str day = {date, 8};
    unsigned char digest[HR_DIGEST_MOST];
    unsigned char signer[HR_DIGEST_MOST];
    hr_buf text = {0};
    hr_buf header = {0};
    size_t n = hr_digest_of(HR_SHA256, hr_buf_str(canonical), digest);

    hr_buf_addf(&text, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/%s/aws4_request\n", date, date, key->region,
                key->service);
    hr_add_hex(&text, digest, n);
    n = signing_key(key, day, signer);
    n = hr_hmac(HR_SHA256, (hr_str){(const char *)signer, n}, hr_buf_str(&text), digest);
    hr_buf_addf(&header,
                "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/%s/aws4_request, SignedHeaders=%s, "
                "Signature=",
                key->access_key_id, date, key->region, key->service, names);
    hr_add_hex(&header, digest, n);

    const char *const value =
        text.failed || header.failed ? NULL : hr_arena_strndup(o->arena, hr_buf_str(&header));

    hr_buf_release(&text);
    hr_buf_release(&header);
    return value && hr_outgoing_set(o, "Authorization", value) ? HR_OK : hr_nomem(err);
}

static bool add_amz_headers(const hr_sigv4 *key, hr_outgoing *o, const char *date)
{
    unsigned char digest[HR_DIGEST_MOST];
    hr_buf hash = {0};
    bool ok = hr_outgoing_set(o, "X-Amz-Date", date);

    if (ok && key->session_token)
        ok = hr_outgoing_set(o, "X-Amz-Security-Token", key->session_token);
    if (ok && strncmp(key->service, "s3", 2) == 0) {
        const char *value = NULL;

        hr_add_hex(&hash, digest, hr_digest_of(HR_SHA256, o->body, digest));
        value = hash.failed ? NULL : hr_arena_strndup(o->arena, hr_buf_str(&hash));
        ok = value && hr_outgoing_set(o, "X-Amz-Content-Sha256", value);
        hr_buf_release(&hash);
    }
    return ok;
}

hr_status hr_sigv4_sign(const hr_sigv4 *key, hr_outgoing *o, hr_error *err)
{
    const time_t seconds = (time_t)(o->date / HR_SECOND);
    char text[32];
    struct tm utc;
    hr_buf canonical = {0};
    hr_buf names = {0};

    if (!gmtime_r(&seconds, &utc) || !strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &utc))
        return hr_fail(err, HR_E_CONFIG, "the machine's clock is out of range");

    const char *const date = hr_arena_strndup(o->arena, hr_str_from(text));

    if (!date || !add_amz_headers(key, o, date))
        return hr_nomem(err);

    hr_status st = hr_sigv4_canonical(o, key->service, &canonical, &names, err);

    if (st == HR_OK)
        st = authorize(key, o, date, &canonical, names.data, err);
    hr_buf_release(&canonical);
    hr_buf_release(&names);
    return st;
}
