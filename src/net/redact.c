#include "net/redact.h"

#include <string.h>

#include "base/secret.h"

static const hr_str blank = HR_STR_INIT("***");

static bool is_authority_end(char c)
{
    return c == '/' || c == '?' || c == '#';
}

/* Where the authority of a URL ends, and where its user info does (0: there is none). */
static size_t find_user_info(hr_str url, size_t *start)
{
    size_t at = 0;
    size_t i = 0;

    while (i + 2 < url.n && memcmp(url.p + i, "://", 3) != 0)
        i++;
    *start = i + 2 < url.n ? i + 3 : 0;
    for (i = *start; i < url.n && !is_authority_end(url.p[i]); i++) {
        if (url.p[i] == '@')
            at = i;
    }
    return *start ? at : 0;
}

static void redact_parameter(hr_str param, hr_buf *out)
{
    const char *const equals = memchr(param.p, '=', param.n);
    const hr_str name = {param.p, equals ? (size_t)(equals - param.p) : param.n};

    if (!equals || !hr_secret_is_sent(name)) {
        hr_buf_add(out, param);
        return;
    }
    hr_buf_add(out, (hr_str){param.p, name.n + 1});
    hr_buf_add(out, blank);
}

static void redact_query(hr_str query, hr_buf *out)
{
    while (query.n) {
        const char *const end = memchr(query.p, '&', query.n);
        const size_t n = end ? (size_t)(end - query.p) : query.n;

        redact_parameter((hr_str){query.p, n}, out);
        if (end)
            hr_buf_addc(out, '&');
        query = (hr_str){query.p + n + (end != NULL), query.n - n - (end != NULL)};
    }
}

void hr_redact_url(hr_str url, hr_buf *out)
{
    size_t start = 0;
    const size_t at = find_user_info(url, &start);

    if (at) {
        hr_buf_add(out, (hr_str){url.p, start});
        hr_buf_add(out, blank);
        url = (hr_str){url.p + at, url.n - at};
    }

    const char *const mark = url.n ? memchr(url.p, '?', url.n) : NULL;

    if (!mark) {
        hr_buf_add(out, url);
        return;
    }

    const size_t n = (size_t)(mark - url.p) + 1;

    hr_buf_add(out, (hr_str){url.p, n});
    redact_query((hr_str){url.p + n, url.n - n}, out);
}

/* The length of a string that begins with a quote at the front, with its quotes; one that is cut
 * off ends with the text. */
static size_t quoted_length(hr_str s)
{
    size_t i = 1;

    while (i < s.n && s.p[i] != '"')
        i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
    return i < s.n ? i + 1 : s.n;
}

/* How many bytes after a name come before the quote of its value; 0: no string follows. */
static size_t gap_before_string(hr_str s)
{
    size_t i = 0;

    while (i < s.n && strchr(" \t\r\n", s.p[i]))
        i++;
    if (i == s.n || s.p[i] != ':')
        return 0;
    i++;
    while (i < s.n && strchr(" \t\r\n", s.p[i]))
        i++;
    return i < s.n && s.p[i] == '"' ? i : 0;
}

void hr_redact_json(hr_str text, hr_buf *out)
{
    while (text.n) {
        const size_t n = *text.p == '"' ? quoted_length(text) : 1;
        const hr_str name = {text.p + 1, n > 2 ? n - 2 : 0};

        hr_buf_add(out, (hr_str){text.p, n});
        text = (hr_str){text.p + n, text.n - n};

        const size_t gap = n > 2 ? gap_before_string(text) : 0;

        if (gap && hr_secret_is_sent(name)) {
            const size_t value = quoted_length((hr_str){text.p + gap, text.n - gap});

            hr_buf_add(out, (hr_str){text.p, gap});
            hr_buf_addz(out, "\"***\"");
            text = (hr_str){text.p + gap + value, text.n - gap - value};
        }
    }
}
