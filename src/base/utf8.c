#include "base/utf8.h"

/* Number of continuation bytes that a lead byte asks for; -1: not a lead byte. */
static int continuations(unsigned char lead)
{
    if (lead < 0x80)
        return 0;
    if (lead >= 0xC2 && lead < 0xE0)
        return 1;
    if (lead >= 0xE0 && lead < 0xF0)
        return 2;
    if (lead >= 0xF0 && lead < 0xF5)
        return 3;
    return -1;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

uint32_t hr_utf8_next(hr_str s, size_t *at)
{
    static const unsigned char lead_bits[4] = {0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t smallest[4] = {0, 0x80, 0x800, 0x10000};
    const unsigned char lead = (unsigned char)s.p[*at];
    const int more = continuations(lead);

    if (more < 0 || (size_t)more >= s.n - *at) {
        ++*at;
        return HR_UTF8_BAD;
    }

    uint32_t c = lead & lead_bits[more];
    for (size_t i = 1; i <= (size_t)more; i++) {
        const char next = s.p[*at + i];
        if (!is_continuation(next)) {
            ++*at;
            return HR_UTF8_BAD;
        }
        c = c << 6 | ((unsigned char)next & 0x3FU);
    }
    if (c < smallest[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) {
        ++*at;
        return HR_UTF8_BAD;
    }
    *at += (size_t)more + 1;
    return c;
}

bool hr_utf8_valid(hr_str s)
{
    for (size_t at = 0; at < s.n;) {
        const size_t start = at;

        if ((unsigned char)s.p[at] < 0x80)
            at++;
        else if (hr_utf8_next(s, &at) == HR_UTF8_BAD && at == start + 1)
            return false; /* U+FFFD itself takes three bytes */
    }
    return true;
}

size_t hr_utf8_count(hr_str s)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n; n++)
        (void)hr_utf8_next(s, &at);
    return n;
}

size_t hr_utf8_prefix(hr_str s, size_t n)
{
    size_t at = 0;

    for (; n > 0 && at < s.n; n--)
        (void)hr_utf8_next(s, &at);
    return at;
}

bool hr_utf8_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Zeros of the Nd blocks of ten outside ASCII. Made with Python 3.11 (Unicode 14), whose \d
 * dlt's convention uses:
 *   cps = [c for c in range(0x80, 0x110000) if unicodedata.category(chr(c)) == "Nd"]
 *   print(cps[::10]) */
static const uint32_t digit_zeros[] = {
    0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,   0xC66,
    0xCE6,   0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,  0x1810,
    0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,
    0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC,
    0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
};

bool hr_utf8_is_digit(uint32_t c)
{
    if (c < 0x80)
        return c >= '0' && c <= '9';
    for (size_t i = 0; i < sizeof(digit_zeros) / sizeof(digit_zeros[0]); i++) {
        if (c >= digit_zeros[i] && c < digit_zeros[i] + 10)
            return true;
    }
    return false;
}

/* Where the last code point of a non-empty text begins. */
static size_t last_start(hr_str s)
{
    size_t at = s.n - 1;

    for (int back = 0; back < 3 && at > 0 && is_continuation(s.p[at]); back++)
        at--;

    size_t end = at;
    (void)hr_utf8_next(s, &end);
    return end == s.n ? at : s.n - 1;
}

hr_str hr_utf8_trim(hr_str s)
{
    for (size_t at = 0; s.n > 0; at = 0) {
        if (!hr_utf8_is_space(hr_utf8_next(s, &at)))
            break;
        s = (hr_str){s.p + at, s.n - at};
    }
    while (s.n > 0) {
        const size_t start = last_start(s);
        size_t at = start;
        if (!hr_utf8_is_space(hr_utf8_next(s, &at)))
            break;
        s.n = start;
    }
    return s;
}
