/* The writer of parsed values. It runs once a row where row ids are hashes, so it copies nothing.
 */
#include <inttypes.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"
#include "json/json_int.h"

typedef struct writer {
    hr_buf *out;
    hr_json_keys *keys; /* a stack: those of the objects that are being written */
    bool sorted;
    hr_str without;
    hr_error *err;
} writer;

static hr_status write_value(writer *w, yyjson_val *v, int depth);

static hr_str text_of(yyjson_val *v)
{
    return (hr_str){unsafe_yyjson_get_str(v), unsafe_yyjson_get_len(v)};
}

static bool follows(yyjson_val *a, yyjson_val *b)
{
    const hr_str x = text_of(a), y = text_of(b);
    const int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);

    return order ? order > 0 : x.n > y.n;
}

/* Takes the key in behind those that it follows; objects are small, and often in order. */
static bool insert_key(writer *w, size_t first, yyjson_val *key)
{
    hr_json_keys *const k = w->keys;

    if (!HR_PUSH(k->items, k->n, k->cap, key))
        return false;
    size_t at = k->n - 1;
    for (; w->sorted && at > first && follows(k->items[at - 1], key); at--)
        k->items[at] = k->items[at - 1];
    k->items[at] = key;
    return true;
}

static hr_status write_object(writer *w, yyjson_val *v, int depth)
{
    const size_t first = w->keys->n;
    yyjson_val *key = unsafe_yyjson_get_first(v);

    for (size_t left = unsafe_yyjson_get_len(v); left > 0; left--) {
        const bool out = depth == 1 && w->without.n && hr_str_starts(text_of(key), w->without);

        if (!out && !insert_key(w, first, key))
            return hr_nomem(w->err);
        key = unsafe_yyjson_get_next(key + 1);
    }
    const size_t end = w->keys->n;
    hr_buf_addc(w->out, '{');
    for (size_t i = first; i < end; i++) {
        key = w->keys->items[i];
        if (i > first)
            hr_buf_addc(w->out, ',');
        hr_json_put_string(w->out, text_of(key));
        hr_buf_addc(w->out, ':');
        HR_TRY(write_value(w, key + 1, depth));
    }
    hr_buf_addc(w->out, '}');
    w->keys->n = first;
    return HR_OK;
}

static hr_status write_array(writer *w, yyjson_val *v, int depth)
{
    yyjson_val *item = unsafe_yyjson_get_first(v);
    const size_t n = unsafe_yyjson_get_len(v);

    hr_buf_addc(w->out, '[');
    for (size_t i = 0; i < n; i++, item = unsafe_yyjson_get_next(item)) {
        if (i)
            hr_buf_addc(w->out, ',');
        HR_TRY(write_value(w, item, depth));
    }
    hr_buf_addc(w->out, ']');
    return HR_OK;
}

static void write_real(writer *w, yyjson_val *v)
{
    char pool[512]; /* that one number takes */
    yyjson_alc alc;
    const char *text = NULL;

    if (yyjson_alc_pool_init(&alc, pool, sizeof(pool)))
        text = yyjson_val_write_opts(v, YYJSON_WRITE_NOFLAG, &alc, NULL, NULL);
    if (text)
        hr_json_put_real(w->out, text);
    else
        hr_buf_addz(w->out, "null"); /* NaN and infinity, as orjson does */
}

static hr_status write_value(writer *w, yyjson_val *v, int depth)
{
    if (depth >= HR_JSON_DEPTH && unsafe_yyjson_is_ctn(v))
        return hr_fail(w->err, HR_E_UNSUPPORTED, "JSON is nested deeper than %d levels",
                       HR_JSON_DEPTH);
    switch (unsafe_yyjson_get_tag(v) & YYJSON_TAG_MASK) {
    case YYJSON_TYPE_STR | YYJSON_SUBTYPE_NONE:
    case YYJSON_TYPE_STR | YYJSON_SUBTYPE_NOESC:
        hr_json_put_string(w->out, text_of(v));
        return HR_OK;
    case YYJSON_TYPE_NUM | YYJSON_SUBTYPE_UINT:
        hr_buf_addf(w->out, "%" PRIu64, unsafe_yyjson_get_uint(v));
        return HR_OK;
    case YYJSON_TYPE_NUM | YYJSON_SUBTYPE_SINT:
        hr_buf_addf(w->out, "%" PRId64, unsafe_yyjson_get_sint(v));
        return HR_OK;
    case YYJSON_TYPE_NUM | YYJSON_SUBTYPE_REAL:
        write_real(w, v);
        return HR_OK;
    case YYJSON_TYPE_BOOL | YYJSON_SUBTYPE_TRUE:
        hr_buf_addz(w->out, "true");
        return HR_OK;
    case YYJSON_TYPE_BOOL | YYJSON_SUBTYPE_FALSE:
        hr_buf_addz(w->out, "false");
        return HR_OK;
    case YYJSON_TYPE_OBJ:
        return write_object(w, v, depth + 1);
    case YYJSON_TYPE_ARR:
        return write_array(w, v, depth + 1);
    case YYJSON_TYPE_RAW:
        hr_buf_add(w->out, text_of(v));
        return HR_OK;
    default:
        hr_buf_addz(w->out, "null");
        return HR_OK;
    }
}

hr_status hr_json_write_item(const yyjson_val *v, bool sorted, hr_str without, hr_json_keys *keys,
                             hr_buf *out, hr_error *err)
{
    writer w = {.out = out, .keys = keys, .sorted = sorted, .without = without, .err = err};
    union {
        const yyjson_val *in;
        yyjson_val *out; /* yyjson's accessors take it so, and only read */
    } u = {.in = v};

    keys->n = 0;
    HR_TRY(write_value(&w, u.out, 0));
    return hr_buf_status(out, err);
}
