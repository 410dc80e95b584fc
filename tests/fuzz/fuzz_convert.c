/* Any text into every type: a value that was made goes through text without a change, and into
 * another type only if it comes back the same. */
#include <math.h>
#include <stdlib.h>

#include "value/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static hr_target target_of(hr_type type)
{
    return (hr_target){type, -1, -1};
}

static bool same_double(double a, double b)
{
    return a >= b && a <= b && !signbit(a) == !signbit(b);
}

static bool same(const hr_value *a, const hr_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case HR_TYPE_TEXT:
    case HR_TYPE_JSON:
    case HR_TYPE_BINARY:
        return hr_str_eq(a->text, b->text);
    case HR_TYPE_DOUBLE:
        return same_double(a->d, b->d);
    case HR_TYPE_BOOL:
        return a->b == b->b;
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return a->dec == b->dec && a->scale == b->scale;
    default:
        return a->i == b->i;
    }
}

static void check_through_text(const hr_value *v)
{
    hr_buf forth = {0}, back = {0};
    hr_value text, again;

    check(hr_convert(v, target_of(HR_TYPE_TEXT), &text, &forth));
    check(hr_convert(&text, target_of(v->type), &again, &back));
    check(same(v, &again));
    hr_buf_release(&forth);
    hr_buf_release(&back);
}

static bool is_number(hr_type t)
{
    return t == HR_TYPE_BIGINT || t == HR_TYPE_DOUBLE || t == HR_TYPE_DECIMAL || t == HR_TYPE_WEI;
}

/* Between types of numbers nothing is lost, but for a decimal fraction in a double, and the
 * decimals that its shortest text has not. */
static void check_number(const hr_value *v, hr_type to)
{
    hr_buf forth = {0}, back = {0};
    hr_value other, again;

    if (hr_convert(v, target_of(to), &other, &forth) && v->type != HR_TYPE_DECIMAL &&
        to != HR_TYPE_DOUBLE && v->type != HR_TYPE_DOUBLE) {
        check(hr_convert(&other, target_of(v->type), &again, &back));
        check(same(v, &again));
    }
    if (v->type == HR_TYPE_DOUBLE && hr_convert(v, target_of(to), &other, &forth) &&
        hr_convert(&other, target_of(HR_TYPE_DOUBLE), &again, &back))
        check(same(v, &again));
    hr_buf_release(&forth);
    hr_buf_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hr_value in = {.type = HR_TYPE_TEXT, .text = {(const char *)data, size}};
    hr_buf scratch = {0};

    for (hr_type to = HR_TYPE_TEXT; to < HR_N_TYPES; to++) {
        hr_value v;

        if (!hr_convert(&in, target_of(to), &v, &scratch)) {
            check(!scratch.failed);
            continue;
        }
        check(v.type == to);
        check_through_text(&v);
        for (hr_type other = HR_TYPE_TEXT; is_number(to) && other < HR_N_TYPES; other++) {
            if (is_number(other))
                check_number(&v, other);
        }
    }
    (void)hr_value_of_raw_number(in.text);
    hr_buf_release(&scratch);
    return 0;
}
