/* Texts that say numbers: times and sizes with units. */
#include <strings.h>

#include "config/option.h"

typedef struct unit {
    const char *name;
    double factor;
} unit;

static const unit durations[] = {{"ms", 0.001}, {"s", 1},     {"m", 60},     {"min", 60},
                                 {"h", 3600},   {"d", 86400}, {"w", 604800}, {NULL, 0}};
static const unit sizes[] = {
    {"", 1},       {"b", 1},        {"k", 0x1p10},   {"kib", 0x1p10}, {"kb", 1e3},
    {"m", 0x1p20}, {"mib", 0x1p20}, {"mb", 1e6},     {"g", 0x1p30},   {"gib", 0x1p30},
    {"gb", 1e9},   {"t", 0x1p40},   {"tib", 0x1p40}, {"tb", 1e12},    {NULL, 0},
};

static const unit *find_unit(const unit *units, hr_str name)
{
    for (; units->name; units++)
        if (strlen(units->name) == name.n && strncasecmp(units->name, name.p, name.n) == 0)
            return units;
    return NULL;
}

/* A number and a unit at the front of `*s`, which moves behind them. */
static bool take_quantity(hr_str *s, const unit *units, double *out)
{
    double v = 0, scale = 1;
    size_t i = 0, n = 0;
    bool point = false;

    for (; i < s->n && (s->p[i] == '.' || (s->p[i] >= '0' && s->p[i] <= '9')); i++) {
        if (s->p[i] == '.' && point)
            return false;
        if (s->p[i] == '.') {
            point = true;
            continue;
        }
        v = v * 10 + (s->p[i] - '0');
        scale *= point ? 10 : 1;
        n++;
    }
    size_t end = i;
    while (end < s->n && ((s->p[end] | 32) >= 'a' && (s->p[end] | 32) <= 'z'))
        end++;
    const unit *u = find_unit(units, (hr_str){s->p + i, end - i});
    if (!n || n > 18 || !u)
        return false;
    *out += v / scale * u->factor;
    *s = (hr_str){s->p + end, s->n - end};
    return true;
}

bool hr_read_duration(hr_str text, double *seconds)
{
    static const unit plain[] = {{"", 1}, {NULL, 0}};
    hr_str rest = text;
    double v = 0;

    *seconds = 0;
    if (take_quantity(&rest, plain, seconds) && !rest.n)
        return true;
    rest = text;
    while (rest.n && take_quantity(&rest, durations, &v))
        ;
    *seconds = v;
    return text.n && !rest.n;
}

bool hr_read_size(hr_str text, uint64_t *bytes)
{
    double v = 0;

    if (!text.n || !take_quantity(&text, sizes, &v) || text.n || v >= 0x1p62)
        return false;
    *bytes = (uint64_t)v;
    return true;
}
