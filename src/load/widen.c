#include "load/widen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool matches(const char *pattern, const char *type)
{
    const char *const star = strchr(pattern, '*');

    if (!star)
        return strcmp(pattern, type) == 0;

    const size_t before = (size_t)(star - pattern), after = strlen(star + 1), n = strlen(type);

    return n >= before + after && strncmp(pattern, type, before) == 0 &&
           strcmp(type + n - after, star + 1) == 0;
}

static void expand(const char *text, const char *quoted, hr_buf *out)
{
    for (; *text; text++) {
        if (*text == '$')
            hr_buf_addz(out, quoted);
        else
            hr_buf_addc(out, *text);
    }
}

/* Digits before the point and behind it; of integers, too. */
static bool digits_of(const char *decimal, const char *type, long *whole, long *fraction)
{
    static const struct {
        const char *name;
        long digits;
    } integers[] = {{"smallint", 5}, {"integer", 10}, {"bigint", 19}};
    char *end = NULL;

    *fraction = 0;
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        if (strcasecmp(type, integers[i].name) == 0) {
            *whole = integers[i].digits;
            return true;
        }
    }
    if (strncmp(type, decimal, strlen(decimal)) != 0)
        return false;

    const long precision = strtol(type + strlen(decimal), &end, 10);

    *fraction = *end == ',' ? strtol(end + 1, NULL, 10) : 0;
    *whole = precision - *fraction;
    return true;
}

static bool decimal_grows(const char *decimal, const char *from, const char *to)
{
    long whole_before = 0, fraction_before = 0, whole = 0, fraction = 0;

    return strncmp(to, decimal, strlen(decimal)) == 0 &&
           digits_of(decimal, from, &whole_before, &fraction_before) &&
           digits_of(decimal, to, &whole, &fraction) && whole >= whole_before &&
           fraction >= fraction_before;
}

bool hr_widen(const hr_widenings *all, const char *from, const char *to, const char *quoted,
              hr_buf *cast, hr_buf *lossy)
{
    for (size_t i = 0; i < all->n; i++) {
        const hr_widening *const w = &all->rows[i];

        if (matches(w->from, from) && matches(w->to, to)) {
            expand(w->cast, quoted, cast);
            expand(w->lossy, quoted, lossy);
            return true;
        }
    }
    if (!decimal_grows(all->decimal, from, to))
        return false;
    hr_buf_addf(cast, "CAST(%s AS %s)", quoted, to);
    return true;
}
