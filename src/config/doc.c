#include "config/doc.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "config/doc_int.h"
#include "headrace/headrace.h"
#include "json/json.h"

hr_doc *hr_doc_new(const char *name)
{
    hr_doc *doc = hr_calloc(1, sizeof(*doc));

    if (doc)
        doc->name = hr_arena_strndup(&doc->arena, hr_str_from(name));
    if (doc && !doc->name) {
        hr_doc_free(doc);
        return NULL;
    }
    return doc;
}

hr_status hr_doc_fill(hr_doc *doc, yyjson_mut_doc *json, const hr_place *places, size_t n,
                      hr_error *err)
{
    hr_place *const kept = hr_arena_alloc(&doc->arena, n * sizeof(*kept));

    doc->json = yyjson_mut_doc_imut_copy(json, &hr_json_alc);
    if (!doc->json || !kept)
        return hr_nomem(err);
    memcpy(kept, places, n * sizeof(*kept));
    doc->places = kept;
    return HR_OK;
}

void hr_doc_free(hr_doc *doc)
{
    if (!doc)
        return;
    yyjson_doc_free(doc->json);
    hr_arena_release(&doc->arena);
    hr_free(doc);
}

yyjson_val *hr_doc_root(const hr_doc *doc)
{
    return yyjson_doc_get_root(doc->json);
}

/* ---- places ---- */

/* Values lie in the order in which they were written, a container before what is in it. */
static size_t index_of(const hr_doc *doc, const yyjson_val *val)
{
    return (size_t)(val - yyjson_doc_get_root(doc->json));
}

bool hr_doc_is_expanded(const hr_doc *doc, const yyjson_val *val)
{
    return doc->expanded && doc->expanded[index_of(doc, val)];
}

static void add_member(hr_buf *out, yyjson_val *key, bool first)
{
    if (!first)
        hr_buf_addc(out, '.');
    hr_buf_add(out, (hr_str){yyjson_get_str(key), yyjson_get_len(key)});
}

/* The child of `parent` that is `val` or holds it; its name is appended. NULL: none. */
static yyjson_val *step_to(yyjson_val *parent, const yyjson_val *val, hr_buf *path, bool first)
{
    size_t i, n;
    yyjson_val *key, *child, *found = NULL, *found_key = NULL;
    size_t found_at = 0;

    if (yyjson_is_obj(parent)) {
        yyjson_obj_foreach(parent, i, n, key, child)
        {
            if (key > val)
                break;
            found = child;
            found_key = key;
        }
        if (found)
            add_member(path, found_key, first);
        return found_key == val ? NULL : found;
    }
    yyjson_arr_foreach(parent, i, n, child)
    {
        if (child > val)
            break;
        found = child;
        found_at = i;
    }
    if (found)
        hr_buf_addf(path, "[%zu]", found_at);
    return found;
}

void hr_doc_add_place(const hr_doc *doc, const yyjson_val *val, hr_buf *out)
{
    yyjson_val *at = hr_doc_root(doc);

    hr_buf_addz(out, doc->name);
    if (doc->places) {
        const hr_place *p = &doc->places[index_of(doc, val)];

        hr_buf_addf(out, ":%u:%u", p->line, p->column);
        return;
    }
    for (bool first = true; at && at != val; first = false) {
        if (first)
            hr_buf_addz(out, ": ");
        at = step_to(at, val, out, first);
    }
}

hr_status hr_doc_fail(const hr_doc *doc, const yyjson_val *val, hr_error *err, hr_status status,
                      const char *fmt, ...)
{
    hr_buf place = {0};
    va_list ap;
    char message[sizeof(err->msg)];

    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    hr_doc_add_place(doc, val, &place);
    (void)hr_fail(err, status, "%s: %s", place.failed ? doc->name : place.data, message);
    hr_buf_release(&place);
    return status;
}

/* ---- JSON ---- */

/* Each object has its keys once; looked for from the values' order alone. */
static hr_status check_keys(const hr_doc *doc, yyjson_val *obj, hr_error *err)
{
    hr_map seen = {0};
    size_t i, n;
    yyjson_val *key, *val;
    hr_status st = HR_OK;

    yyjson_obj_foreach(obj, i, n, key, val)
    {
        const hr_str name = {yyjson_get_str(key), yyjson_get_len(key)};

        if (hr_map_get(&seen, name))
            st = hr_doc_fail(doc, key, err, HR_E_CONFIG, "this key stands here twice");
        else if (!hr_map_put(&seen, name, key))
            st = hr_nomem(err);
        if (st != HR_OK)
            break;
    }
    hr_map_release(&seen);
    return st;
}

static hr_status check_depth(const hr_doc *doc, yyjson_val *val, unsigned depth, hr_error *err)
{
    yyjson_arr_iter items;
    yyjson_obj_iter members;
    yyjson_val *child;

    if (!yyjson_is_ctn(val))
        return HR_OK;
    if (depth > HR_DOC_DEPTH)
        return hr_doc_fail(doc, val, err, HR_E_CONFIG, "nested deeper than %d levels",
                           HR_DOC_DEPTH);
    if (yyjson_arr_iter_init(val, &items)) {
        while ((child = yyjson_arr_iter_next(&items)))
            HR_TRY(check_depth(doc, child, depth + 1, err));
        return HR_OK;
    }
    (void)yyjson_obj_iter_init(val, &members);
    while ((child = yyjson_obj_iter_next(&members)))
        HR_TRY(check_depth(doc, yyjson_obj_iter_get_val(child), depth + 1, err));
    return check_keys(doc, val, err);
}

static hr_status parse_json(hr_doc *doc, hr_str text, hr_error *err)
{
    union {
        const char *in;
        char *out;
    } bytes = {.in = text.n ? text.p : ""}; /* only changed with YYJSON_READ_INSITU */
    yyjson_read_err bad;
    size_t line, column, at;

    if (text.n > HR_DOC_BYTES)
        return hr_fail(err, HR_E_CONFIG, "%s: larger than %d MiB", doc->name, HR_DOC_BYTES >> 20);
    doc->json = yyjson_read_opts(bytes.out, text.n, YYJSON_READ_BIGNUM_AS_RAW, &hr_json_alc, &bad);
    if (doc->json)
        return check_depth(doc, hr_doc_root(doc), 1, err);
    if (bad.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    if (!text.n || !yyjson_locate_pos(bytes.in, text.n, bad.pos, &line, &column, &at))
        line = column = 1;
    return hr_fail(err, HR_E_CONFIG, "%s:%zu:%zu: not JSON: %s", doc->name, line, column, bad.msg);
}

hr_status hr_doc_parse_json(hr_doc **out, hr_str text, const char *name, hr_error *err)
{
    hr_doc *doc = hr_doc_new(name);
    const hr_status st = doc ? parse_json(doc, text, err) : hr_nomem(err);

    if (st != HR_OK)
        hr_doc_free(doc);
    else
        *out = doc;
    return st;
}

hr_status hr_doc_read(hr_doc **out, const char *path, hr_error *err)
{
    static const char json[] = ".json";
    const size_t n = strlen(path);
    const bool is_json = n >= sizeof(json) && strcmp(path + n - sizeof(json) + 1, json) == 0;
    hr_buf text = {.limit = HR_DOC_BYTES + 4096};
    hr_status st = hr_read_file(path, &text, err);

    if (st == HR_OK)
        st = is_json ? hr_doc_parse_json(out, hr_buf_str(&text), path, err)
                     : hr_doc_parse_yaml(out, hr_buf_str(&text), path, err);
    hr_buf_release(&text);
    return st;
}
