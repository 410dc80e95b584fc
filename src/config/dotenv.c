#include "config/dotenv.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/mem.h"

typedef struct reader {
    hr_str text;
    size_t at;
    unsigned line;
    const char *name;
    hr_arena *arena;
    hr_map *out;
} reader;

static bool more(const reader *r)
{
    return r->at < r->text.n;
}

static char peek(const reader *r)
{
    return more(r) ? r->text.p[r->at] : '\0';
}

static void skip_blanks(reader *r)
{
    while (more(r) && (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r'))
        r->at++;
}

static void skip_line(reader *r)
{
    while (more(r) && peek(r) != '\n')
        r->at++;
}

static hr_str take_name(reader *r)
{
    const size_t begin = r->at;

    while (more(r) && (isalnum((unsigned char)peek(r)) || peek(r) == '_' || peek(r) == '.'))
        r->at++;
    return (hr_str){r->text.p + begin, r->at - begin};
}

static hr_status fail_here(const reader *r, const char *why, hr_error *err)
{
    return hr_fail(err, HR_E_CONFIG, "%s:%u: %s", r->name, r->line, why);
}

static char unescaped(char c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static hr_status take_quoted(reader *r, hr_buf *value, hr_error *err)
{
    const char quote = r->text.p[r->at++];

    for (; more(r) && peek(r) != quote; r->at++) {
        char c = peek(r);

        if (c == '\n')
            r->line++;
        if (c == '\\' && quote == '"' && r->at + 1 < r->text.n)
            c = unescaped(r->text.p[++r->at]);
        hr_buf_addc(value, c);
    }
    if (!more(r))
        return fail_here(r, "a quote is not closed", err);
    r->at++;
    skip_blanks(r);
    return !more(r) || peek(r) == '\n' || peek(r) == '#'
               ? HR_OK
               : fail_here(r, "something stands behind the closing quote", err);
}

static void take_bare(reader *r, hr_buf *value)
{
    const size_t begin = r->at;
    size_t n = 0;

    for (; more(r) && peek(r) != '\n'; r->at++) {
        const char c = peek(r);

        if (c == '#' && r->at > begin && isspace((unsigned char)r->text.p[r->at - 1]))
            break;
        if (!isspace((unsigned char)c))
            n = r->at + 1 - begin;
    }
    hr_buf_add(value, (hr_str){r->text.p + begin, n});
}

static hr_status keep(reader *r, hr_str name, const hr_buf *value, hr_error *err)
{
    const hr_str key = hr_arena_str(r->arena, name);
    char *copy = hr_arena_alloc(r->arena, value->len + 1);

    HR_TRY(hr_buf_status(value, err));
    if (!key.p || !copy)
        return hr_nomem(err);
    if (value->len)
        memcpy(copy, value->data, value->len);
    copy[value->len] = '\0';
    return hr_map_put(r->out, key, copy) ? HR_OK : hr_nomem(err);
}

static hr_status take_assignment(reader *r, hr_error *err)
{
    hr_buf value = {0};
    hr_str name = take_name(r);

    skip_blanks(r);
    if (hr_str_eq(name, HR_STR("export")) && peek(r) != '=') {
        name = take_name(r);
        skip_blanks(r);
    }
    if (!name.n || peek(r) != '=')
        return fail_here(r, "a line is NAME=value, or a comment behind #", err);
    r->at++;
    skip_blanks(r);
    hr_status st = HR_OK;
    if (peek(r) == '"' || peek(r) == '\'')
        st = take_quoted(r, &value, err);
    else if (peek(r) != '#')
        take_bare(r, &value);
    if (st == HR_OK)
        st = keep(r, name, &value, err);
    hr_buf_release(&value);
    return st;
}

hr_status hr_dotenv_parse(hr_map *out, hr_arena *arena, hr_str text, const char *name,
                          hr_error *err)
{
    reader r = {.text = text, .line = 1, .name = name, .arena = arena, .out = out};

    if (hr_str_starts(text, HR_STR("\xEF\xBB\xBF")))
        r.at = 3;
    for (; more(&r); r.at++, r.line++) {
        skip_blanks(&r);
        if (more(&r) && peek(&r) != '\n' && peek(&r) != '#')
            HR_TRY(take_assignment(&r, err));
        skip_line(&r);
        if (!more(&r))
            break;
    }
    return HR_OK;
}
