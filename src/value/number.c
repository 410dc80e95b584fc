#include "value/number.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <yyjson.h>

enum {
    DIGITS_MAX = HR_DECIMAL_PRECISION, /* 10^38 is the last power of ten below 2^127 */
    DOUBLE_TEXT = 64,                  /* room for any double as yyjson writes it */
};

/* ---- from text ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Cuts the digits off the front. */
static hr_str take_digits(hr_str *s)
{
    hr_str digits = {s->p, 0};

    while (digits.n < s->n && is_digit(s->p[digits.n]))
        digits.n++;
    *s = (hr_str){s->p + digits.n, s->n - digits.n};
    return digits;
}

static bool take(hr_str *s, char a, char b)
{
    if (s->n == 0 || (s->p[0] != a && s->p[0] != b))
        return false;
    *s = (hr_str){s->p + 1, s->n - 1};
    return true;
}

/* Behind the 'e'. Exponents beyond any that matters are all the same. */
static bool take_exponent(hr_str *s, int64_t *out)
{
    enum { BEYOND = 1000000000 };
    const bool negative = s->n > 0 && s->p[0] == '-';
    int64_t v = 0;

    (void)take(s, '+', '-');
    const hr_str digits = take_digits(s);
    for (size_t i = 0; i < digits.n && v < BEYOND; i++)
        v = v * 10 + (digits.p[i] - '0');
    *out = negative ? -v : v;
    return digits.n > 0;
}

bool hr_number_parse(hr_str text, hr_number *out)
{
    hr_number n = {.integral = true, .fraction = {text.p, 0}};

    if (text.n == 0)
        return false;
    n.negative = text.p[0] == '-';
    (void)take(&text, '+', '-');
    n.whole = take_digits(&text);
    if (take(&text, '.', '.')) {
        n.integral = false;
        n.fraction = take_digits(&text);
    }
    if (n.whole.n + n.fraction.n == 0)
        return false;
    if (take(&text, 'e', 'E')) {
        n.integral = false;
        if (!take_exponent(&text, &n.exponent))
            return false;
    }
    *out = n;
    return text.n == 0;
}

bool hr_hex_parse(hr_str digits, hr_int128 *out)
{
    hr_int128 v = 0;

    for (size_t i = 0; i < digits.n; i++) {
        const char c = digits.p[i];
        int nibble;

        if (is_digit(c))
            nibble = c - '0';
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            nibble = (c | 0x20) - 'a' + 10;
        else
            return false;
        if (v >> 123 != 0)
            return false;
        v = v * 16 + nibble;
    }
    *out = v;
    return digits.n > 0;
}

/* ---- decimals ---- */

static hr_int128 power_of_ten(int n)
{
    hr_int128 v = 1;

    assert(n >= 0 && n <= DIGITS_MAX);
    while (n-- > 0)
        v *= 10;
    return v;
}

static bool has_at_most(hr_int128 v, int digits)
{
    const hr_int128 limit = power_of_ten(digits < DIGITS_MAX ? digits : DIGITS_MAX);

    return v < limit && v > -limit;
}

static int digit_at(const hr_number *n, size_t i)
{
    return (i < n->whole.n ? n->whole.p[i] : n->fraction.p[i - n->whole.n]) - '0';
}

/* The digits without zeros at both ends are [*first, *end); *place is the power of ten that the
 * last of them counts. False: the number is zero. */
static bool significant(const hr_number *n, size_t *first, size_t *end, int64_t *place)
{
    *first = 0;
    *end = n->whole.n + n->fraction.n;
    while (*first < *end && digit_at(n, *first) == 0)
        ++*first;
    while (*end > *first && digit_at(n, *end - 1) == 0)
        --*end;
    *place = n->exponent + (int64_t)n->whole.n - (int64_t)*end;
    return *first < *end;
}

bool hr_number_to_decimal(const hr_number *n, int precision, int scale, hr_int128 *out)
{
    size_t first, end;
    int64_t place;
    hr_int128 v = 0;

    if (significant(n, &first, &end, &place)) {
        const int64_t zeros = place + scale;

        if (zeros < 0 || zeros > DIGITS_MAX || end - first > DIGITS_MAX)
            return false;
        if ((int64_t)(end - first) + zeros > (precision < DIGITS_MAX ? precision : DIGITS_MAX))
            return false;
        for (size_t i = first; i < end; i++)
            v = v * 10 + digit_at(n, i);
        v *= power_of_ten((int)zeros);
    }
    *out = n->negative ? -v : v;
    return true;
}

bool hr_decimal_rescale(hr_int128 v, int from, int precision, int to, hr_int128 *out)
{
    if (from > to) {
        if (from - to > DIGITS_MAX)
            return v == 0;
        const hr_int128 unit = power_of_ten(from - to);
        if (v % unit != 0)
            return false;
        v /= unit;
    } else if (v != 0 && to > from) {
        if (to - from > DIGITS_MAX || !has_at_most(v, DIGITS_MAX - (to - from)))
            return false;
        v *= power_of_ten(to - from);
    }
    *out = v;
    return has_at_most(v, precision);
}

void hr_text_of_decimal(hr_int128 v, int scale, hr_buf *out)
{
    __extension__ unsigned __int128 rest = (unsigned __int128)v;
    char digits[HR_DECIMAL_PRECISION * 2 + 4];
    char *p = digits + sizeof(digits);

    assert(scale >= 0 && scale <= DIGITS_MAX);
    if (v < 0)
        rest = 0 - rest;
    for (int i = 0; i <= scale || rest != 0; i++) {
        if (i == scale && scale > 0)
            *--p = '.';
        *--p = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    if (v < 0)
        *--p = '-';
    (void)hr_buf_add(out, (hr_str){p, (size_t)(digits + sizeof(digits) - p)});
}

/* ---- doubles ---- */

/* strtod gets digits and an exponent only: the decimal point is what depends on the locale. */
bool hr_number_to_double(const hr_number *n, double *out, hr_buf *scratch)
{
    const size_t start = scratch->len;

    if (n->negative)
        (void)hr_buf_addc(scratch, '-');
    (void)hr_buf_add(scratch, n->whole);
    (void)hr_buf_add(scratch, n->fraction);
    (void)hr_buf_addf(scratch, "e%lld", (long long)(n->exponent - (int64_t)n->fraction.n));
    if (scratch->failed)
        return false;
    *out = strtod(scratch->data + start, NULL);
    scratch->len = start;
    return isfinite(*out);
}

bool hr_int_fits_double(int64_t i)
{
    const double d = (double)i;

    return d < 0x1p63 && (int64_t)d == i;
}

static void add_zeros(int64_t n, hr_buf *out)
{
    for (; n > 0; n--)
        (void)hr_buf_addc(out, '0');
}

/* The value is 0.<digits> times 10^point. */
static void add_fixed(hr_str digits, int64_t point, hr_buf *out)
{
    const size_t whole = point < 0 ? 0 : (size_t)point < digits.n ? (size_t)point : digits.n;

    (void)hr_buf_add(out, (hr_str){digits.p, whole});
    if (whole == 0)
        (void)hr_buf_addc(out, '0');
    add_zeros(point - (int64_t)digits.n, out);
    (void)hr_buf_addc(out, '.');
    add_zeros(-point, out);
    (void)hr_buf_add(out, (hr_str){digits.p + whole, digits.n - whole});
    if (whole == digits.n)
        (void)hr_buf_addc(out, '0');
}

static void add_scientific(hr_str digits, int64_t point, hr_buf *out)
{
    const long long exponent = (long long)point - 1;

    (void)hr_buf_addc(out, digits.p[0]);
    if (digits.n > 1)
        (void)hr_buf_addc(out, '.');
    (void)hr_buf_add(out, (hr_str){digits.p + 1, digits.n - 1});
    (void)hr_buf_addf(out, "e%c%02lld", exponent < 0 ? '-' : '+',
                      exponent < 0 ? -exponent : exponent);
}

/* Shortest digits, from yyjson's writer; only their layout differs from Python's. */
static void add_finite(double d, hr_buf *out)
{
    char memory[16 * DOUBLE_TEXT];
    char digits[DOUBLE_TEXT] = {0};
    yyjson_alc alc;
    yyjson_val val = {0};
    size_t len = 0, n = 0, first, end;
    int64_t place;
    hr_number number = {0};

    unsafe_yyjson_set_real(&val, d);
    (void)yyjson_alc_pool_init(&alc, memory, sizeof(memory));
    const char *text = yyjson_val_write_opts(&val, YYJSON_WRITE_NOFLAG, &alc, &len, NULL);
    if (!text || !hr_number_parse((hr_str){text, len}, &number)) {
        out->failed = true;
        return;
    }
    if (number.negative)
        (void)hr_buf_addc(out, '-');
    if (!significant(&number, &first, &end, &place)) {
        (void)hr_buf_addz(out, "0.0");
        return;
    }
    for (size_t i = first; i < end; i++)
        digits[n++] = (char)('0' + digit_at(&number, i));

    const int64_t point = place + (int64_t)n;
    if (point > -4 && point <= 16)
        add_fixed((hr_str){digits, n}, point, out);
    else
        add_scientific((hr_str){digits, n}, point, out);
}

void hr_text_of_double(double d, hr_buf *out)
{
    if (isnan(d))
        (void)hr_buf_addz(out, "nan");
    else if (isinf(d))
        (void)hr_buf_addz(out, d < 0 ? "-inf" : "inf");
    else
        add_finite(d, out);
}
