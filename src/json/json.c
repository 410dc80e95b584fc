#include "json/json.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"

static void *alc_malloc(void *ctx, size_t size)
{
    (void)ctx;
    return hr_malloc(size);
}

static void *alc_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
    (void)ctx;
    (void)old_size;
    return hr_realloc(p, size);
}

static void alc_free(void *ctx, void *p)
{
    (void)ctx;
    hr_free(p);
}

const yyjson_alc hr_json_alc = {.malloc = alc_malloc, .realloc = alc_realloc, .free = alc_free};

yyjson_doc *hr_json_read(hr_str text, yyjson_read_flag flags, yyjson_read_err *why)
{
    const yyjson_read_flag as_it_is = flags & ~YYJSON_READ_INSITU;

    return yyjson_read_opts((char *)(uintptr_t)text.p, text.n, as_it_is, &hr_json_alc, why);
}

char *hr_json_text(const yyjson_val *v, size_t *n)
{
    return yyjson_val_write_opts(v, YYJSON_WRITE_NOFLAG, &hr_json_alc, n, NULL);
}

char *hr_json_mut_text(const yyjson_mut_val *v, size_t *n)
{
    return yyjson_mut_val_write_opts(v, YYJSON_WRITE_NOFLAG, &hr_json_alc, n, NULL);
}

/* yyjson's accessors take pointers to non-const, and only read. */
static yyjson_mut_val *unconst(const yyjson_mut_val *v)
{
    union {
        const yyjson_mut_val *in;
        yyjson_mut_val *out;
    } u = {.in = v};

    return u.out;
}

/* The text is already known to be JSON, so brackets outside of strings match. */
static bool too_deep(hr_str text)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > HR_JSON_DEPTH)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

hr_status hr_json_parse(hr_str text, yyjson_mut_doc **out, hr_error *err)
{
    union {
        const char *in;
        char *out;
    } bytes = {.in = text.n ? text.p : ""}; /* only changed with YYJSON_READ_INSITU */
    yyjson_read_err bad;

    *out = NULL;
    yyjson_doc *doc =
        yyjson_read_opts(bytes.out, text.n, YYJSON_READ_NUMBER_AS_RAW, &hr_json_alc, &bad);
    if (!doc && bad.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    if (!doc)
        return hr_fail(err, HR_E_PARSE, "not JSON: %s at byte %zu", bad.msg, bad.pos);
    if (too_deep(text)) {
        yyjson_doc_free(doc);
        return hr_fail(err, HR_E_PARSE, "JSON is nested deeper than %d levels", HR_JSON_DEPTH);
    }
    *out = yyjson_doc_mut_copy(doc, &hr_json_alc);
    yyjson_doc_free(doc);
    return *out ? HR_OK : hr_nomem(err);
}

bool hr_json_int(const yyjson_mut_val *v, int64_t *out)
{
    yyjson_mut_val *val = unconst(v);

    if (yyjson_mut_is_int(val)) {
        *out = yyjson_mut_get_sint(val);
        return !yyjson_mut_is_uint(val) || yyjson_mut_get_uint(val) <= INT64_MAX;
    }
    const char *text = yyjson_mut_get_raw(val);
    if (!text)
        return false;
    char *end;
    errno = 0;
    const long long n = strtoll(text, &end, 10);
    if (errno || *end)
        return false;
    *out = n;
    return true;
}

hr_str hr_json_str(const yyjson_mut_val *v)
{
    yyjson_mut_val *val = unconst(v);

    return (hr_str){yyjson_mut_get_str(val), yyjson_mut_get_len(val)};
}

yyjson_mut_val *hr_json_get(const yyjson_mut_val *obj, const char *key)
{
    return yyjson_mut_obj_get(unconst(obj), key);
}

bool hr_json_put(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, yyjson_mut_val *val)
{
    if (!val)
        return false;
    yyjson_mut_val *k = yyjson_mut_str(doc, key);
    if (!k)
        return false;
    return hr_json_get(obj, key) ? yyjson_mut_obj_replace(obj, k, val)
                                 : yyjson_mut_obj_add(obj, k, val);
}
