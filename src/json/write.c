/* The writer: values to bytes, as orjson writes them. Recursion is bounded by HR_JSON_DEPTH. */
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"
#include "json/json_int.h"

typedef struct writer {
    hr_buf *out;
    hr_error *err;
    bool sorted;
    const char *const *without;
    yyjson_mut_val **keys; /* a stack: the keys of the objects that are being written */
    size_t n, cap;
} writer;

static hr_status write_value(writer *w, yyjson_mut_val *v, int depth);

void hr_json_put_string(hr_buf *out, hr_str s)
{
    static const char escapes[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    size_t from = 0;

    hr_buf_addc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        hr_buf_add(out, (hr_str){s.p + from, i - from});
        from = i + 1;
        if (c >= 0x20)
            hr_buf_addf(out, "\\%c", c);
        else if (escapes[c])
            hr_buf_addf(out, "\\%c", escapes[c]);
        else
            hr_buf_addf(out, "\\u%04x", (unsigned)c);
    }
    hr_buf_add(out, (hr_str){s.p + from, s.n - from});
    hr_buf_addc(out, '"');
}

/* Decimal digits of a number and where its point stands: 0.d1d2d3... x 10^point. */
typedef struct digits {
    char d[32];
    int n;
    int point;
    bool negative;
} digits;

static digits digits_of(const char *text)
{
    digits x = {.negative = *text == '-'};
    bool after_point = false;

    for (text += x.negative; *text && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.') {
            after_point = true;
        } else if (*text == '0' && x.n == 0) {
            x.point -= after_point;
        } else {
            if (x.n < (int)sizeof(x.d))
                x.d[x.n++] = *text;
            x.point += !after_point;
        }
    }
    if (*text)
        x.point += (int)strtol(text + 1, NULL, 10);
    while (x.n && x.d[x.n - 1] == '0')
        x.n--;
    return x;
}

static void write_digits(hr_buf *out, const digits *x)
{
    const int exponent = x->point - 1;

    if (x->negative)
        hr_buf_addc(out, '-');
    if (x->n == 0) {
        hr_buf_addz(out, "0.0");
    } else if (exponent < -5 || exponent >= 16) {
        hr_buf_addc(out, x->d[0]);
        if (x->n > 1)
            hr_buf_addf(out, ".%.*s", x->n - 1, x->d + 1);
        hr_buf_addf(out, "e%+d", exponent);
    } else if (x->point <= 0) {
        hr_buf_addf(out, "0.%.*s%.*s", -x->point, "00000", x->n, x->d);
    } else if (x->n <= x->point) {
        hr_buf_addf(out, "%.*s%.*s.0", x->n, x->d, x->point - x->n, "0000000000000000");
    } else {
        hr_buf_addf(out, "%.*s.%.*s", x->point, x->d, x->n - x->point, x->d + x->point);
    }
}

void hr_json_put_real(hr_buf *out, const char *text)
{
    const digits x = digits_of(text);

    write_digits(out, &x);
}

/* yyjson finds the shortest digits, without regard to the locale; the layout is ours. */
static hr_status write_real(writer *w, yyjson_mut_val *v)
{
    yyjson_write_err bad;
    char *text = yyjson_mut_val_write_opts(v, YYJSON_WRITE_NOFLAG, &hr_json_alc, NULL, &bad);

    if (!text && bad.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(w->err);
    if (text)
        hr_json_put_real(w->out, text);
    else
        hr_buf_addz(w->out, "null"); /* NaN and infinity, as orjson does */
    hr_free(text);
    return HR_OK;
}

static hr_status write_array(writer *w, yyjson_mut_val *v, int depth)
{
    yyjson_mut_val *item;
    size_t i, n;

    hr_buf_addc(w->out, '[');
    yyjson_mut_arr_foreach(v, i, n, item)
    {
        if (i)
            hr_buf_addc(w->out, ',');
        HR_TRY(write_value(w, item, depth));
    }
    hr_buf_addc(w->out, ']');
    return HR_OK;
}

static bool left_out(const writer *w, yyjson_mut_val *key, int depth)
{
    for (const char *const *name = w->without; depth == 1 && name && *name; name++) {
        if (yyjson_mut_equals_str(key, *name))
            return true;
    }
    return false;
}

static bool push_key(writer *w, yyjson_mut_val *key)
{
    if (w->n == w->cap) {
        const size_t cap = w->cap ? w->cap * 2 : 64;
        yyjson_mut_val **keys = hr_realloc(w->keys, cap * sizeof(yyjson_mut_val *));

        if (!keys)
            return false;
        w->keys = keys;
        w->cap = cap;
    }
    w->keys[w->n++] = key;
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const hr_str x = hr_json_str(*(yyjson_mut_val *const *)a);
    const hr_str y = hr_json_str(*(yyjson_mut_val *const *)b);
    const int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);

    return order ? order : (x.n > y.n) - (x.n < y.n);
}

static hr_status write_object(writer *w, yyjson_mut_val *v, int depth)
{
    const size_t first = w->n;
    yyjson_mut_val *key, *val;
    size_t i, n;

    yyjson_mut_obj_foreach(v, i, n, key, val)
    {
        if (!left_out(w, key, depth) && !push_key(w, key))
            return hr_nomem(w->err);
    }
    const size_t end = w->n;
    if (w->sorted && end - first > 1)
        qsort(w->keys + first, end - first, sizeof(yyjson_mut_val *), compare_keys);
    hr_buf_addc(w->out, '{');
    for (i = first; i < end; i++) {
        if (i > first)
            hr_buf_addc(w->out, ',');
        key = w->keys[i];
        hr_json_put_string(w->out, hr_json_str(key));
        hr_buf_addc(w->out, ':');
        HR_TRY(write_value(w, yyjson_mut_obj_iter_get_val(key), depth));
    }
    hr_buf_addc(w->out, '}');
    w->n = first;
    return HR_OK;
}

static hr_status write_number(writer *w, yyjson_mut_val *v)
{
    if (yyjson_mut_is_real(v))
        return write_real(w, v);
    if (yyjson_mut_is_uint(v))
        hr_buf_addf(w->out, "%llu", (unsigned long long)yyjson_mut_get_uint(v));
    else
        hr_buf_addf(w->out, "%lld", (long long)yyjson_mut_get_sint(v));
    return HR_OK;
}

static hr_status write_value(writer *w, yyjson_mut_val *v, int depth)
{
    if (depth >= HR_JSON_DEPTH && yyjson_mut_is_ctn(v))
        return hr_fail(w->err, HR_E_UNSUPPORTED, "JSON is nested deeper than %d levels",
                       HR_JSON_DEPTH);
    switch (yyjson_mut_get_type(v)) {
    case YYJSON_TYPE_OBJ:
        return write_object(w, v, depth + 1);
    case YYJSON_TYPE_ARR:
        return write_array(w, v, depth + 1);
    case YYJSON_TYPE_STR:
        hr_json_put_string(w->out, hr_json_str(v));
        return HR_OK;
    case YYJSON_TYPE_NUM:
        return write_number(w, v);
    case YYJSON_TYPE_RAW:
        hr_buf_add(w->out, (hr_str){yyjson_mut_get_raw(v), yyjson_mut_get_len(v)});
        return HR_OK;
    case YYJSON_TYPE_BOOL:
        hr_buf_addz(w->out, yyjson_mut_get_bool(v) ? "true" : "false");
        return HR_OK;
    default:
        hr_buf_addz(w->out, "null");
        return HR_OK;
    }
}

hr_status hr_json_write(const yyjson_mut_val *v, bool sorted, const char *const *without,
                        hr_buf *out, hr_error *err)
{
    writer w = {.out = out, .err = err, .sorted = sorted, .without = without};
    union {
        const yyjson_mut_val *in;
        yyjson_mut_val *out; /* yyjson's accessors take it so, and only read */
    } u = {.in = v};

    const hr_status st = write_value(&w, u.out, 0);
    hr_free(w.keys);
    return st == HR_OK ? hr_buf_status(out, err) : st;
}
