#include "schema/naming.h"

#include <string.h>

#include "base/hash.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "headrace/headrace.h"

static const char *const conventions[] = {
    [HR_NAMES_SNAKE_CASE] = "snake_case",
    [HR_NAMES_DIRECT] = "direct",
    [HR_NAMES_SQL_CS] = "sql_cs_v1",
    [HR_NAMES_SQL_CI] = "sql_ci_v1",
    NULL,
};

hr_status hr_convention_find(const char *name, hr_convention *out, hr_error *err)
{
    for (int i = 0; conventions[i]; i++) {
        if (strcmp(name, conventions[i]) == 0) {
            *out = (hr_convention)i;
            return HR_OK;
        }
    }
    const char *meant = hr_suggest(name, conventions);
    return hr_fail(
        err, HR_E_CONFIG,
        "naming takes snake_case, direct, sql_cs_v1 or sql_ci_v1, not \"%s\"" HR_MEANT_FMT, name,
        HR_MEANT_ARG(meant));
}

const char *hr_convention_name(hr_convention c)
{
    return conventions[c];
}

hr_str hr_naming_separator(const hr_naming *n)
{
    return n->convention == HR_NAMES_DIRECT ? HR_STR("\u25b6") : HR_STR("__");
}

enum { TAG_BYTES = 4, TAG_LENGTH = 6, SCHEMA_NAME_MAX = 64 };

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Steps 2 and 3 of the convention for one ASCII character; 0: not of the alphabet. */
static char reduce(uint32_t c)
{
    switch (c) {
    case '+':
    case '*':
        return 'x';
    case '-':
    case '_':
        return '_';
    case '@':
        return 'a';
    case '|':
        return 'l';
    default:
        break;
    }
    if (c < 0x80 && (is_lower((char)c) || is_upper((char)c) || is_ascii_digit((char)c)))
        return (char)c;
    return 0;
}

/* Letters, decimal digits of any script and underscores; each run of other characters becomes
 * one underscore. */
static void reduce_alphabet(hr_str raw, hr_buf *out)
{
    bool in_run = false;

    for (size_t at = 0; at < raw.n;) {
        const size_t start = at;
        const uint32_t c = hr_utf8_next(raw, &at);
        const char plain = reduce(c);

        if (plain)
            (void)hr_buf_addc(out, plain);
        else if (hr_utf8_is_digit(c))
            (void)hr_buf_add(out, (hr_str){raw.p + start, at - start});
        else if (!in_run)
            (void)hr_buf_addc(out, '_');
        in_run = !plain && !hr_utf8_is_digit(c);
    }
}

/* Whether a new word begins at s.p[i]: "userId", "HTTPServer", "a1B". */
static bool word_begins(hr_str s, size_t i)
{
    if (i == 0 || !is_upper(s.p[i]) || s.p[i - 1] == '_')
        return false;
    if (is_lower(s.p[i - 1]) || is_ascii_digit(s.p[i - 1]))
        return true;
    return i + 1 < s.n && is_lower(s.p[i + 1]);
}

static void add_words_lower(hr_str s, hr_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        if (word_begins(s, i))
            (void)hr_buf_addc(out, '_');
        (void)hr_buf_addc(out, is_upper(s.p[i]) ? (char)(s.p[i] - 'A' + 'a') : s.p[i]);
    }
}

/* Each underscore at the end becomes an x; elsewhere a run of them becomes one. */
static void add_underscores_tamed(hr_str s, hr_buf *out)
{
    size_t end = s.n;

    while (end > 0 && s.p[end - 1] == '_')
        end--;
    for (size_t i = 0; i < end; i++) {
        if (s.p[i] != '_' || i == 0 || s.p[i - 1] != '_')
            (void)hr_buf_addc(out, s.p[i]);
    }
    for (size_t i = end; i < s.n; i++)
        (void)hr_buf_addc(out, 'x');
}

static bool starts_with_digit(hr_str s)
{
    size_t at = 0;

    return s.n > 0 && hr_utf8_is_digit(hr_utf8_next(s, &at));
}

/* The convention without shortening; `trimmed` is not empty. */
static void add_snake_case(hr_str trimmed, hr_buf *out)
{
    hr_buf reduced = {0};
    hr_buf words = {0};

    reduce_alphabet(trimmed, &reduced);
    if (starts_with_digit(hr_buf_str(&reduced)))
        (void)hr_buf_addc(&words, '_');
    add_words_lower(hr_buf_str(&reduced), &words);
    add_underscores_tamed(hr_buf_str(&words), out);
    out->failed |= reduced.failed || words.failed;
    hr_buf_release(&reduced);
    hr_buf_release(&words);
}

static hr_str without_end(hr_str s)
{
    while (s.n > 0 && s.p[s.n - 1] == '_')
        s.n--;
    return s;
}

/* The same alphabet as snake_case, but words and capitals stay, and nothing stands for a sign. */
static void add_sql(hr_str trimmed, bool lower, hr_buf *out)
{
    hr_buf reduced = {0};
    bool in_run = false;

    if (starts_with_digit(trimmed))
        (void)hr_buf_addc(&reduced, '_');
    for (size_t at = 0; at < trimmed.n;) {
        const size_t start = at;
        const uint32_t c = hr_utf8_next(trimmed, &at);
        const bool kept = c == '_' || (c < 0x80 && (is_lower((char)c) || is_upper((char)c))) ||
                          hr_utf8_is_digit(c);

        if (kept && c < 0x80)
            (void)hr_buf_addc(&reduced,
                              lower && is_upper((char)c) ? (char)(c - 'A' + 'a') : (char)c);
        else if (kept)
            (void)hr_buf_add(&reduced, (hr_str){trimmed.p + start, at - start});
        else if (!in_run)
            (void)hr_buf_addc(&reduced, '_');
        in_run = !kept;
    }
    if (reduced.len == 1 && reduced.data[0] == '_')
        (void)hr_buf_addc(out, '_');
    else
        add_underscores_tamed(without_end(hr_buf_str(&reduced)), out);
    out->failed |= reduced.failed;
    hr_buf_release(&reduced);
}

/* What would end a quoted name or a line, and the separator, become underscores. */
static void add_direct(hr_str trimmed, hr_buf *out)
{
    enum { SEPARATOR = 0x25b6 };

    for (size_t at = 0; at < trimmed.n;) {
        const size_t start = at;
        const uint32_t c = hr_utf8_next(trimmed, &at);

        if (c == '\n' || c == '\r' || c == '\'' || c == '"' || c == SEPARATOR)
            (void)hr_buf_addc(out, '_');
        else
            (void)hr_buf_add(out, (hr_str){trimmed.p + start, at - start});
    }
}

static void add_by_convention(hr_convention c, hr_str trimmed, hr_buf *out)
{
    if (c == HR_NAMES_DIRECT)
        add_direct(trimmed, out);
    else if (c == HR_NAMES_SNAKE_CASE)
        add_snake_case(trimmed, out);
    else
        add_sql(trimmed, c == HR_NAMES_SQL_CI, out);
}

static hr_status make_tag(hr_str source, char tag[TAG_LENGTH + 1], hr_error *err)
{
    unsigned char bytes[TAG_BYTES];

    HR_TRY(hr_shake128(source.p, source.n, bytes, sizeof(bytes), err));
    (void)hr_base64_bare(bytes, sizeof(bytes), tag);
    for (char *c = tag; *c; c++) {
        if (*c == '/')
            *c = 'a';
        else if (*c == '+')
            *c = 'b';
        else if (is_upper(*c))
            *c = (char)(*c - 'A' + 'a');
    }
    return HR_OK;
}

hr_status hr_naming_shorten(const hr_naming *n, hr_str name, hr_str source, hr_buf *out,
                            hr_error *err)
{
    const size_t max = n->max_length;
    const size_t length = max > 0 && name.n > max ? hr_utf8_count(name) : 0;

    if (length <= max) {
        (void)hr_buf_add(out, name);
        return hr_buf_status(out, err);
    }

    char tag[TAG_LENGTH + 1];
    HR_TRY(make_tag(source, tag, err));
    const size_t tag_length = max < TAG_LENGTH ? max : TAG_LENGTH;
    const size_t rest = max - tag_length;
    const size_t head = hr_utf8_prefix(name, rest - rest / 2);
    const size_t tail = hr_utf8_prefix(name, length - rest / 2);
    (void)hr_buf_add(out, (hr_str){name.p, head});
    (void)hr_buf_add(out, (hr_str){tag, tag_length});
    (void)hr_buf_add(out, (hr_str){name.p + tail, name.n - tail});
    return hr_buf_status(out, err);
}

hr_status hr_naming_identifier(const hr_naming *n, hr_str raw, hr_buf *out, hr_error *err)
{
    const hr_str trimmed = hr_utf8_trim(raw);
    hr_buf name = {0};
    hr_status st;

    if (trimmed.n == 0)
        return hr_fail(err, HR_E_SCHEMA, "a name is empty");
    add_by_convention(n->convention, trimmed, &name);
    st = hr_buf_status(&name, err);
    if (st == HR_OK)
        st = hr_naming_shorten(n, hr_buf_str(&name), trimmed, out, err);
    hr_buf_release(&name);
    return st;
}

/* Cuts the text before the first separator off the front of *rest, and the separator with it. */
static hr_str next_part(hr_str separator, hr_str *rest)
{
    hr_str part = *rest;

    for (size_t i = 0; i + separator.n <= rest->n; i++) {
        if (memcmp(rest->p + i, separator.p, separator.n) == 0) {
            part.n = i;
            *rest = (hr_str){rest->p + i + separator.n, rest->n - i - separator.n};
            return part;
        }
    }
    *rest = (hr_str){NULL, 0};
    return part;
}

static hr_status join_parts(const hr_naming *n, hr_str raw, hr_buf *out, hr_error *err)
{
    const hr_str separator = hr_naming_separator(n);

    while (raw.n > 0) {
        const hr_str part = next_part(separator, &raw);
        const size_t before = out->len;

        if (hr_utf8_trim(part).n == 0)
            continue;
        if (before > 0)
            (void)hr_buf_add(out, separator);
        const size_t from = out->len;
        HR_TRY(hr_naming_identifier(n, part, out, err));
        if (out->len == from)
            out->len = before; /* nothing is left of it */
    }
    if (out->len == 0)
        (void)hr_buf_addc(out, n->convention == HR_NAMES_SNAKE_CASE ? 'x' : '_');
    return hr_buf_status(out, err);
}

hr_status hr_naming_path(const hr_naming *n, hr_str raw, hr_buf *out, hr_error *err)
{
    hr_buf joined = {0};
    hr_status st;

    if (hr_utf8_trim(raw).n == 0)
        raw = HR_STR("_empty");
    st = join_parts(n, raw, &joined, err);
    if (st == HR_OK)
        st = hr_naming_shorten(n, hr_buf_str(&joined), raw, out, err);
    hr_buf_release(&joined);
    return st;
}

hr_status hr_naming_join(const hr_naming *n, hr_str parent, hr_str child, hr_buf *out,
                         hr_error *err)
{
    hr_buf joined = {0};
    hr_status st;

    (void)hr_buf_add(&joined, parent);
    if (parent.n > 0)
        (void)hr_buf_add(&joined, hr_naming_separator(n));
    (void)hr_buf_add(&joined, child);
    st = hr_buf_status(&joined, err);
    if (st == HR_OK)
        st = hr_naming_shorten(n, hr_buf_str(&joined), hr_buf_str(&joined), out, err);
    hr_buf_release(&joined);
    return st;
}

hr_status hr_naming_schema_name(hr_str pipeline, hr_buf *out, hr_error *err)
{
    const hr_str suffix = HR_STR("_pipeline");
    const hr_naming limit = {.max_length = SCHEMA_NAME_MAX};

    if (pipeline.n >= suffix.n &&
        memcmp(pipeline.p + pipeline.n - suffix.n, suffix.p, suffix.n) == 0)
        pipeline.n -= suffix.n;
    return hr_naming_identifier(&limit, pipeline, out, err);
}
