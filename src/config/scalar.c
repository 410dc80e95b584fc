#include "config/scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static bool is_one_of(hr_str text, const char *const *words)
{
    for (; *words; words++)
        if (hr_str_eq(text, hr_str_from(*words)))
            return true;
    return false;
}

static size_t digits(hr_str s, size_t at, const char *set)
{
    size_t n = 0;

    while (at + n < s.n && s.p[at + n] && strchr(set, s.p[at + n]))
        n++;
    return n;
}

static const char decimal[] = "0123456789";

static size_t sign(hr_str s)
{
    return s.n && (s.p[0] == '-' || s.p[0] == '+');
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?  */
static bool is_float(hr_str s)
{
    size_t at = sign(s);
    const size_t whole = digits(s, at, decimal);
    size_t part = 0;

    at += whole;
    if (at < s.n && s.p[at] == '.') {
        part = digits(s, ++at, decimal);
        at += part;
    }
    if (!whole && !part)
        return false;
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
        at++;
        if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
            at++;
        const size_t exponent = digits(s, at, decimal);
        if (!exponent)
            return false;
        at += exponent;
    }
    return at == s.n;
}

/* JSON's numbers have no sign +, no leading zeros. */
static yyjson_mut_val *big_integer(yyjson_mut_doc *doc, hr_str text)
{
    const bool minus = text.p[0] == '-';
    char *digit;

    text = (hr_str){text.p + sign(text), text.n - sign(text)};
    while (text.n > 1 && text.p[0] == '0')
        text = (hr_str){text.p + 1, text.n - 1};
    yyjson_mut_val *v = yyjson_mut_rawncpy(doc, text.p - minus, text.n + minus);
    if (v && minus) { /* what stood before the first digit may have been a zero */
        digit = (char *)(uintptr_t)v->uni.str;
        digit[0] = '-';
    }
    return v;
}

static yyjson_mut_val *integer(yyjson_mut_doc *doc, hr_str text, const char *from, int base,
                               const char **why)
{
    errno = 0;
    if (from[0] == '-') {
        const long long n = strtoll(from, NULL, base);

        return errno ? big_integer(doc, text) : yyjson_mut_sint(doc, n);
    }
    const unsigned long long n = strtoull(from, NULL, base);
    if (!errno)
        return n <= INT64_MAX ? yyjson_mut_sint(doc, (int64_t)n) : yyjson_mut_uint(doc, n);
    if (base == 10)
        return big_integer(doc, text);
    *why = "a number in 0x or 0o has at most 64 bits";
    return NULL;
}

static yyjson_mut_val *real(yyjson_mut_doc *doc, hr_str text, const char **why)
{
    const double v = strtod(text.p, NULL);

    if (isfinite(v))
        return yyjson_mut_real(doc, v);
    *why = "this number is larger than a double can be";
    return NULL;
}

static bool is_prefixed(hr_str s, const char *prefix, const char *set)
{
    return hr_str_starts(s, hr_str_from(prefix)) && s.n > 2 && digits(s, 2, set) == s.n - 2;
}

yyjson_mut_val *hr_scalar_core(yyjson_mut_doc *doc, hr_str text, const char **why)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    static const char *const no_numbers[] = {".inf",  ".Inf",  ".INF",  "-.inf", "-.Inf",
                                             "-.INF", "+.inf", "+.Inf", "+.INF", ".nan",
                                             ".NaN",  ".NAN",  NULL};

    if (is_one_of(text, nulls))
        return yyjson_mut_null(doc);
    if (is_one_of(text, trues))
        return yyjson_mut_true(doc);
    if (is_one_of(text, falses))
        return yyjson_mut_false(doc);
    if (is_one_of(text, no_numbers)) {
        *why = "infinity and \"not a number\" cannot be used here";
        return NULL;
    }
    if (is_prefixed(text, "0x", "0123456789abcdefABCDEF"))
        return integer(doc, text, text.p + 2, 16, why);
    if (is_prefixed(text, "0o", "01234567"))
        return integer(doc, text, text.p + 2, 8, why);
    if (text.n > sign(text) && digits(text, sign(text), decimal) == text.n - sign(text))
        return integer(doc, text, text.p[0] == '+' ? text.p + 1 : text.p, 10, why);
    if (is_float(text))
        return real(doc, text, why);
    return yyjson_mut_strncpy(doc, text.p, text.n);
}
