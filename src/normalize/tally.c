#include "normalize/tally.h"

#include <string.h>

bool hr_better_example(const char *candidate, const char *kept)
{
    return candidate && (!kept || strcmp(candidate, kept) < 0);
}

void hr_tally_add(hr_tally *sum, const hr_tally *more)
{
    sum->items += more->items;
    sum->values += more->values;
    for (int i = 0; i < HR_N_DISCARDS; i++) {
        sum->discarded[i] += more->discarded[i];
        if (hr_better_example(more->example[i], sum->example[i]))
            sum->example[i] = more->example[i];
    }
    sum->rows_discarded += more->rows_discarded;
}

/* All values of a container lie in one run of memory; keys are strings too, one for each member. */
uint64_t hr_count_scalars(yyjson_val *val)
{
    const yyjson_val *end = unsafe_yyjson_get_next(val);
    uint64_t n = 0;

    for (yyjson_val *v = val; v < end; v++) {
        const yyjson_type type = unsafe_yyjson_get_type(v);

        if (type == YYJSON_TYPE_OBJ)
            n -= unsafe_yyjson_get_len(v);
        else if (type != YYJSON_TYPE_ARR && type != YYJSON_TYPE_NULL)
            n++;
    }
    return n;
}

void hr_tally_discard(hr_tally *t, hr_discard why, uint64_t n, const char *name)
{
    t->discarded[why] += n;
    if (n && hr_better_example(name, t->example[why]))
        t->example[why] = name;
}

void hr_tally_discard_in(hr_tally *t, hr_discard why, yyjson_val *val, const char *name)
{
    const uint64_t n = hr_count_scalars(val);

    t->values += n;
    hr_tally_discard(t, why, n, name);
}
