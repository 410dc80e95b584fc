#include "net/url.h"

#include <ctype.h>
#include <strings.h>

#include "base/mem.h"
#include "net/redact.h"

static hr_status fail_url(hr_error *err, const char *url, const char *why)
{
    hr_buf shown = {0};

    hr_redact_url(hr_str_from(url), &shown);

    const hr_status st = hr_fail(err, HR_E_CONFIG, "\"%s\" is not a URL that can be fetched: %s",
                                 shown.data ? shown.data : "", why);

    hr_buf_release(&shown);
    return st;
}

/* APIs give links with spaces and letters of all languages, which libcurl does not take. */
static bool needs_encoding(const char *url)
{
    for (; *url; url++) {
        if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 127)
            return true;
    }
    return false;
}

static CURLUcode set_encoded(const hr_curl *curl, CURLU *u, const char *url)
{
    hr_buf encoded = {0};
    CURLUcode code = CURLUE_OUT_OF_MEMORY;

    for (; *url; url++) {
        if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 127)
            hr_buf_addf(&encoded, "%%%02X", (unsigned char)*url);
        else
            hr_buf_addc(&encoded, *url);
    }
    if (!encoded.failed)
        code = curl->url_set(u, CURLUPART_URL, encoded.data, 0);
    hr_buf_release(&encoded);
    return code;
}

static hr_status set_url(const hr_curl *curl, CURLU *u, const char *url, hr_error *err)
{
    char *scheme = NULL;
    CURLUcode code =
        needs_encoding(url) ? set_encoded(curl, u, url) : curl->url_set(u, CURLUPART_URL, url, 0);

    if (code == CURLUE_OK)
        code = curl->url_get(u, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OUT_OF_MEMORY)
        return hr_nomem(err);
    if (code != CURLUE_OK)
        return fail_url(err, url, curl->url_strerror(code));

    const bool http = strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0;

    curl->free(scheme);
    return http ? HR_OK : fail_url(err, url, "only http and https are");
}

hr_status hr_url_parse(const hr_curl *curl, const char *url, CURLU **out, hr_error *err)
{
    CURLU *const u = curl->url();

    if (!u)
        return hr_nomem(err);

    const hr_status st = set_url(curl, u, url, err);

    if (st == HR_OK)
        *out = u;
    else
        curl->url_cleanup(u);
    return st;
}

static void add_part(const hr_curl *curl, const CURLU *url, CURLUPart part, unsigned int flags,
                     hr_buf *out)
{
    char *text = NULL;

    if (curl->url_get(url, part, &text, flags) != CURLUE_OK) {
        out->failed = true;
        return;
    }
    for (const char *p = text; *p; p++)
        hr_buf_addc(out, (char)tolower((unsigned char)*p));
    curl->free(text);
}

hr_status hr_url_origin(const hr_curl *curl, const CURLU *url, hr_buf *out, hr_error *err)
{
    add_part(curl, url, CURLUPART_SCHEME, 0, out);
    hr_buf_addz(out, "://");
    add_part(curl, url, CURLUPART_HOST, 0, out);
    hr_buf_addc(out, ':');
    add_part(curl, url, CURLUPART_PORT, CURLU_DEFAULT_PORT, out);
    return hr_buf_status(out, err);
}

static bool is_absolute(const char *path)
{
    return strncasecmp(path, "http://", 7) == 0 || strncasecmp(path, "https://", 8) == 0;
}

hr_status hr_url_join(const char *base, const char *path, char **out, hr_error *err)
{
    hr_buf joined = {0};
    size_t n = strlen(base);

    if (n == 0 || is_absolute(path)) {
        hr_buf_addz(&joined, path);
    } else if (!*path) {
        hr_buf_addz(&joined, base);
    } else {
        while (n && base[n - 1] == '/')
            n--;
        path += strspn(path, "/");
        hr_buf_add(&joined, (hr_str){base, n});
        hr_buf_addc(&joined, '/');
        hr_buf_addz(&joined, path);
    }
    HR_TRY(hr_buf_status(&joined, err));
    *out = hr_buf_take(&joined);
    return *out ? HR_OK : hr_nomem(err);
}

hr_status hr_url_resolve(const char *base, const char *reference, char **out, hr_error *err)
{
    const hr_curl *curl = NULL;
    CURLU *u = NULL;
    char *text = NULL;

    HR_TRY(hr_curl_get(&curl, err));
    HR_TRY(hr_url_parse(curl, base, &u, err));

    hr_status st = set_url(curl, u, reference, err);

    if (st == HR_OK && curl->url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK)
        st = hr_nomem(err);
    if (st == HR_OK) {
        *out = hr_strdup(text);
        st = *out ? HR_OK : hr_nomem(err);
    }
    curl->free(text);
    curl->url_cleanup(u);
    return st;
}

void hr_url_encode(hr_str s, hr_buf *out)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        if ((c < 128 && isalnum(c)) || c == '_' || c == '.' || c == '-' || c == '~')
            hr_buf_addc(out, (char)c);
        else if (c == ' ')
            hr_buf_addc(out, '+');
        else
            hr_buf_add(out, (hr_str){(char[]){'%', hex[c >> 4], hex[c & 15]}, 3});
    }
}

void hr_url_encode_fields(const hr_http_field *fields, size_t n, hr_buf *out)
{
    bool first = true;

    for (size_t i = 0; i < n; i++) {
        if (!fields[i].value)
            continue;
        if (!first)
            hr_buf_addc(out, '&');
        hr_url_encode(hr_str_from(fields[i].name), out);
        hr_buf_addc(out, '=');
        hr_url_encode(hr_str_from(fields[i].value), out);
        first = false;
    }
}

hr_status hr_url_with_params(const char *url, const hr_http_field *fields, size_t n, char **out,
                             hr_error *err)
{
    hr_buf full = {0};
    hr_buf query = {0};

    hr_buf_add(&full, (hr_str){url, strcspn(url, "#")});
    hr_url_encode_fields(fields, n, &query);
    if (query.len) {
        const hr_str before = hr_buf_str(&full);
        const char *const mark = before.n ? memchr(before.p, '?', before.n) : NULL;

        if (!mark)
            hr_buf_addc(&full, '?');
        else if (mark + 1 < before.p + before.n && before.p[before.n - 1] != '&')
            hr_buf_addc(&full, '&');
        hr_buf_add(&full, hr_buf_str(&query));
    }
    full.failed |= query.failed;
    hr_buf_release(&query);
    *out = hr_buf_take(&full);
    return *out ? HR_OK : hr_nomem(err);
}
