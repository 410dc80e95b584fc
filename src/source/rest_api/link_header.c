#include "source/rest_api/link_header.h"

#include <ctype.h>
#include <strings.h>

static void skip_space(hr_str *s)
{
    while (s->n && (*s->p == ' ' || *s->p == '\t')) {
        s->p++;
        s->n--;
    }
}

static bool take(hr_str *s, char c)
{
    skip_space(s);
    if (!s->n || *s->p != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

/* Up to one of `ends`, which stays. */
static hr_str take_until(hr_str *s, const char *ends)
{
    hr_str out = {s->p, 0};

    while (s->n && !strchr(ends, *s->p)) {
        s->p++;
        s->n--;
        out.n++;
    }
    while (out.n && (out.p[out.n - 1] == ' ' || out.p[out.n - 1] == '\t'))
        out.n--;
    return out;
}

/* A quoted text, without its quotes; escapes stay, since no relation type has any. */
static hr_str take_quoted(hr_str *s)
{
    hr_str out;

    s->p++;
    s->n--;
    out = (hr_str){s->p, 0};
    while (s->n && *s->p != '"') {
        const size_t step = *s->p == '\\' && s->n > 1 ? 2 : 1;

        s->p += step;
        s->n -= step;
        out.n += step;
    }
    (void)take(s, '"');
    return out;
}

static bool same(hr_str a, hr_str b)
{
    return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* Whether one of the words is `rel`. */
static bool has_word(hr_str words, hr_str rel)
{
    while (words.n) {
        skip_space(&words);
        const hr_str word = take_until(&words, " \t");

        if (word.n && same(word, rel))
            return true;
    }
    return false;
}

/* The parameters of one link; whether one of them is the rel. Only the first rel counts. */
static bool take_params(hr_str *s, hr_str rel)
{
    bool seen = false;
    bool found = false;

    while (take(s, ';')) {
        skip_space(s);
        const hr_str name = take_until(s, "=;,");
        hr_str value = {0};

        if (take(s, '=')) {
            skip_space(s);
            value = s->n && *s->p == '"' ? take_quoted(s) : take_until(s, ";,");
        }
        if (same(name, HR_STR("rel")) && !seen) {
            seen = true;
            found = has_word(value, rel);
        }
    }
    return found;
}

hr_str hr_link_header_find(hr_str header, hr_str rel)
{
    hr_str s = header;

    while (s.n) {
        (void)take_until(&s, "<");
        if (!take(&s, '<'))
            break;
        const hr_str target = take_until(&s, ">");

        if (!take(&s, '>'))
            break;
        if (take_params(&s, rel))
            return target;
    }
    return (hr_str){0};
}
