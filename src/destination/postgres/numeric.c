#include "destination/postgres/numeric.h"

#include <string.h>

#include "destination/postgres/wire.h"

enum { BASE = 10000, BASE_DIGITS = 4, MOST_GROUPS = 24, NEGATIVE = 0x4000, HEADER = 8 };

__extension__ typedef unsigned __int128 u128;

/* Decimal digits of v, lowest first; how many. */
static int digits_of(u128 v, unsigned char *out)
{
    int n = 0;

    while (v > UINT64_MAX) {
        const u128 rest = v / 1000000000000000000U;
        uint64_t low = (uint64_t)(v - rest * 1000000000000000000U);

        for (int i = 0; i < 18; i++, low /= 10)
            out[n++] = (unsigned char)(low % 10);
        v = rest;
    }
    for (uint64_t low = (uint64_t)v; low; low /= 10)
        out[n++] = (unsigned char)(low % 10);
    return n;
}

/* Groups of four digits, lowest first, so that the point lies between two groups; *below: how
 * many of them are behind the point. */
static int groups_of(u128 v, int scale, int16_t *out, int *below)
{
    unsigned char digits[MOST_GROUPS * BASE_DIGITS] = {0};
    const int pad = (BASE_DIGITS - scale % BASE_DIGITS) % BASE_DIGITS;
    const int n = pad + digits_of(v, digits + pad);
    int groups = 0;

    for (int i = 0; i < n; i += BASE_DIGITS)
        out[groups++] =
            (int16_t)(digits[i] + 10 * digits[i + 1] + 100 * digits[i + 2] + 1000 * digits[i + 3]);
    *below = (scale + pad) / BASE_DIGITS;
    return groups;
}

bool pg_add_numeric(hr_buf *out, hr_int128 v, int scale)
{
    const u128 magnitude = v < 0 ? -(u128)v : (u128)v;
    int16_t groups[MOST_GROUPS];
    int below = 0, low = 0;
    const int n = groups_of(magnitude, scale, groups, &below);
    int high = n;

    while (high > 0 && groups[high - 1] == 0)
        high--;
    while (low < high && groups[low] == 0)
        low++;
    pg_add_i32(out, HEADER + 2 * (high - low));
    pg_add_i16(out, (int16_t)(high - low));
    pg_add_i16(out, (int16_t)(high > low ? high - 1 - below : 0));
    pg_add_i16(out, v < 0 ? NEGATIVE : 0);
    pg_add_i16(out, (int16_t)scale);
    for (int i = high; i-- > low;)
        pg_add_i16(out, groups[i]);
    return !out->failed;
}

static const unsigned powers[] = {1, 10, 100, 1000, 10000};

/* *v * factor + more, within 38 digits. */
static bool push(u128 *v, unsigned factor, unsigned more)
{
    const u128 most = ((u128)UINT64_C(5421010862427522170) << 64) | UINT64_C(687399551400673279);

    if (*v > (most - more) / factor)
        return false;
    *v = *v * factor + more;
    return true;
}

/* The next group, whose last digit stands for 10^place; digits below 10^0 have to be zeros. */
static bool push_group(u128 *v, int group, int place)
{
    const int cut = place < -BASE_DIGITS ? BASE_DIGITS : place < 0 ? -place : 0;

    const unsigned digits = (unsigned)group;

    return group >= 0 && group < BASE && digits % powers[cut] == 0 &&
           push(v, powers[BASE_DIGITS - cut], digits / powers[cut]);
}

bool pg_get_numeric(hr_str field, int scale, hr_int128 *out)
{
    const int n = field.n >= HEADER ? pg_get_i16(field.p) : -1;
    u128 v = 0;

    if (n < 0 || field.n != HEADER + 2 * (size_t)n)
        return false;

    const int weight = pg_get_i16(field.p + 2);
    const int sign = pg_get_i16(field.p + 4) & 0xFFFF;

    if (sign != 0 && sign != NEGATIVE)
        return false;
    for (int i = 0; i < n; i++) {
        if (!push_group(&v, pg_get_i16(field.p + HEADER + 2 * (size_t)i),
                        (weight - i) * BASE_DIGITS + scale))
            return false;
    }
    for (int place = (weight - n + 1) * BASE_DIGITS + scale; v && place > 0; place--) {
        if (!push(&v, 10, 0))
            return false;
    }
    *out = sign == NEGATIVE ? -(hr_int128)v : (hr_int128)v;
    return true;
}
