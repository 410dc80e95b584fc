#include "schema/pattern.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"

static bool is_plain(hr_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): NUL is none of them */
        if (memchr("^$.[]|()*+?{}\\", text.p[i], 14))
            return false;
    }
    return true;
}

/* ---- from Python's form to that of POSIX ---- */

/* What stands for \d, \w and \s, within brackets. */
static const char *class_of(char c)
{
    switch (c) {
    case 'd':
        return "0-9";
    case 'w':
        return "[:alnum:]_";
    case 's':
        return "[:space:]";
    default:
        return NULL;
    }
}

static hr_status not_known(hr_str text, const char *what, hr_error *err)
{
    return hr_fail(err, HR_E_UNSUPPORTED, "the pattern re:" HR_STR_FMT ": %s is not understood",
                   HR_STR_ARG(text), what);
}

/* After a backslash. */
static hr_status translate_escape(hr_str text, char c, bool in_brackets, hr_buf *out, hr_error *err)
{
    const char *within = class_of((char)tolower((unsigned char)c));

    if (within && in_brackets && isupper((unsigned char)c))
        return not_known(text, "an upper-case class in brackets", err);
    if (within && in_brackets)
        hr_buf_addz(out, within);
    else if (within)
        hr_buf_addf(out, "[%s%s]", isupper((unsigned char)c) ? "^" : "", within);
    else if (isalnum((unsigned char)c))
        return not_known(text, "a backslash before a letter or digit, but for \\d, \\w and \\s,",
                         err);
    else if (in_brackets && strchr("]^-\\", c))
        return not_known(text, "a backslash in brackets", err);
    else
        hr_buf_addf(out, in_brackets ? "%c" : "\\%c", c);
    return HR_OK;
}

static hr_status translate(hr_str text, hr_buf *out, hr_error *err)
{
    bool in_brackets = false;

    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        const char next = i + 1 < text.n ? text.p[i + 1] : '\0';

        if (c == '\\' && next) {
            HR_TRY(translate_escape(text, next, in_brackets, out, err));
            i++;
        } else if (!in_brackets && c == '(' && next == '?') {
            if (i + 2 >= text.n || text.p[i + 2] != ':')
                return not_known(text, "a group that begins with (?", err);
            hr_buf_addc(out, '(');
            i += 2;
            /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): NUL is none of them */
        } else if (!in_brackets && memchr("*+?}", c, 4) && (next == '?' || next == '+')) {
            return not_known(text, "a lazy or possessive repetition", err);
        } else {
            in_brackets = in_brackets ? c != ']' : c == '[';
            hr_buf_addc(out, c);
        }
    }
    return hr_buf_status(out, err);
}

static hr_status compile(hr_pattern *p, hr_str text, hr_error *err)
{
    hr_buf posix = {0};
    char why[128];

    hr_status st =
        memchr(text.p, 0, text.n) ? not_known(text, "a NUL", err) : translate(text, &posix, err);
    const int failed =
        st == HR_OK ? regcomp(&p->regex, posix.len ? posix.data : "", REG_EXTENDED | REG_NOSUB) : 0;
    if (failed) {
        (void)regerror(failed, &p->regex, why, sizeof(why));
        st = hr_fail(err, HR_E_CONFIG, "the pattern re:" HR_STR_FMT ": %s", HR_STR_ARG(text), why);
    }
    hr_buf_release(&posix);
    return st;
}

/* ---- patterns ---- */

static hr_status plain(hr_pattern *p, hr_str name, const hr_naming *naming, hr_error *err)
{
    hr_buf normal = {0};

    const hr_status st = hr_naming_path(naming, name, &normal, err);
    p->name = st == HR_OK ? hr_buf_take(&normal) : NULL;
    hr_buf_release(&normal);
    return st == HR_OK && !p->name ? hr_nomem(err) : st;
}

hr_status hr_pattern_init(hr_pattern *out, hr_str text, const hr_naming *naming, hr_error *err)
{
    *out = (hr_pattern){0};
    if (!hr_str_starts(text, HR_STR("re:")))
        return plain(out, text, naming, err);
    text = (hr_str){text.p + 3, text.n - 3};
    const bool whole = text.n > 2 && text.p[0] == '^' && text.p[text.n - 1] == '$';
    const hr_str inner = {text.p + 1, text.n - 2};
    return whole && is_plain(inner) ? plain(out, inner, naming, err) : compile(out, text, err);
}

void hr_pattern_release(hr_pattern *p)
{
    if (!p->name)
        regfree(&p->regex);
    hr_free(p->name);
    *p = (hr_pattern){0};
}

bool hr_pattern_matches(const hr_pattern *p, const char *name)
{
    return p->name ? strcmp(p->name, name) == 0 : regexec(&p->regex, name, 0, NULL, 0) == 0;
}
