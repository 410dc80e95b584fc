#include "json/jsonpath_tokens.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"

hr_status hr_jp_refuse(const hr_jp_parser *p, size_t pos, const char *what)
{
    return hr_fail(p->err, HR_E_CONFIG, "JSONPath " HR_STR_FMT ": at character %zu: %s",
                   HR_STR_ARG(p->text), pos + 1, what);
}

static char at(const hr_jp_parser *p, size_t pos)
{
    return pos < p->text.n ? p->text.p[pos] : '\0';
}

static bool begins_name(unsigned char c)
{
    return isalpha(c) || c == '_' || c >= 0x80;
}

static bool in_name(unsigned char c)
{
    return begins_name(c) || isdigit(c) || c == '@' || c == '-';
}

static hr_status take_quoted(hr_jp_parser *p, char quote)
{
    char *out = hr_arena_alloc(p->arena, p->text.n + 1);
    size_t n = 0;

    if (!out)
        return hr_nomem(p->err);
    for (p->pos++; p->pos < p->text.n && at(p, p->pos) != quote; p->pos++) {
        if (at(p, p->pos) == '\\' && ++p->pos == p->text.n)
            break;
        out[n++] = at(p, p->pos);
    }
    if (p->pos >= p->text.n)
        return hr_jp_refuse(p, p->t.pos, "this quote is never closed");
    p->pos++;
    p->t.text = (hr_str){out, n};
    p->t.quoted = true;
    p->t.kind = quote == '`' ? HR_JPT_THIS : HR_JPT_NAME;
    if (quote == '`' && !hr_str_eq(p->t.text, HR_STR("this")))
        return hr_jp_refuse(p, p->t.pos, "of the operators in backquotes only `this` is known");
    return HR_OK;
}

static hr_status take_number(hr_jp_parser *p)
{
    char text[40];
    size_t n = 0;
    char *end = NULL;

    for (; p->pos < p->text.n && n < sizeof(text) - 1; p->pos++) {
        const char c = at(p, p->pos);
        const bool point = c == '.' && !p->t.is_real && isdigit((unsigned char)at(p, p->pos + 1));

        if (!isdigit((unsigned char)c) && !(n == 0 && c == '-') && !point)
            break;
        p->t.is_real = p->t.is_real || point;
        text[n++] = c;
    }
    text[n] = '\0';
    errno = 0;
    p->t.real = strtod(text, &end);
    if (!p->t.is_real)
        p->t.number = strtoll(text, &end, 10);
    if (errno || *end || isdigit((unsigned char)at(p, p->pos)))
        return hr_jp_refuse(p, p->t.pos, "this number is too large");
    p->t.kind = HR_JPT_NUMBER;
    p->t.text = (hr_str){p->text.p + p->t.pos, p->pos - p->t.pos};
    return HR_OK;
}

static bool take_operator(hr_jp_parser *p)
{
    static const struct {
        hr_str text;
        hr_jp_token_kind kind;
        hr_jp_op op;
    } operators[] = {
        {HR_STR_INIT(".."), HR_JPT_DOTS, HR_JP_EQ}, {HR_STR_INIT("&&"), HR_JPT_AND, HR_JP_EQ},
        {HR_STR_INIT("||"), HR_JPT_OR, HR_JP_EQ},   {HR_STR_INIT("=="), HR_JPT_OP, HR_JP_EQ},
        {HR_STR_INIT("!="), HR_JPT_OP, HR_JP_NE},   {HR_STR_INIT("<="), HR_JPT_OP, HR_JP_LE},
        {HR_STR_INIT(">="), HR_JPT_OP, HR_JP_GE},   {HR_STR_INIT("="), HR_JPT_OP, HR_JP_EQ},
        {HR_STR_INIT("<"), HR_JPT_OP, HR_JP_LT},    {HR_STR_INIT(">"), HR_JPT_OP, HR_JP_GT},
    };
    const hr_str rest = {p->text.p + p->pos, p->text.n - p->pos};

    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (hr_str_starts(rest, operators[i].text)) {
            p->t.kind = operators[i].kind;
            p->t.op = operators[i].op;
            p->pos += operators[i].text.n;
            return true;
        }
    }
    return false;
}

hr_status hr_jp_next(hr_jp_parser *p)
{
    while (strchr(" \t\n", at(p, p->pos)) && p->pos < p->text.n)
        p->pos++;
    p->t = (hr_jp_token){.pos = p->pos};
    const char c = at(p, p->pos);
    const char after = at(p, p->pos + (p->pos < p->text.n));

    if (p->pos == p->text.n)
        return HR_OK;
    if (c == '\'' || c == '"' || c == '`')
        return take_quoted(p, c);
    if (c == '=' && after == '~')
        return hr_jp_refuse(p, p->pos, "the operator =~ is not known");
    if (isdigit((unsigned char)c) || (c == '-' && isdigit((unsigned char)after)))
        return take_number(p);
    if (begins_name((unsigned char)c) || (c == '@' && begins_name((unsigned char)after))) {
        p->t.kind = HR_JPT_NAME;
        do
            p->pos++;
        while (p->pos < p->text.n && in_name((unsigned char)at(p, p->pos)));
        p->t.text = (hr_str){p->text.p + p->t.pos, p->pos - p->t.pos};
        return HR_OK;
    }
    if (take_operator(p))
        return HR_OK;
    p->t.kind = HR_JPT_CHAR;
    p->t.c = c;
    p->pos++;
    return HR_OK;
}
