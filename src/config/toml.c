#include "config/toml.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "base/mem.h"
#include "config/doc_int.h"
#include "config/toml_face.h"
#include "headrace/headrace.h"
#include "json/json.h"

#ifndef HR_TOML_DIRS
#define HR_TOML_DIRS ""
#endif

/* ---- the module ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static hr_toml_walk_fn *walk;
static char why_not[256];

static void open_module(void)
{
    const char *dirs = HR_TOML_DIRS;
    void *module = NULL;

    while (*dirs && !module) {
        const size_t n = strcspn(dirs, ":");
        char path[4096];

        (void)snprintf(path, sizeof(path), "%.*s/libheadrace_toml.so", (int)n, dirs);
        module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        dirs += n + (dirs[n] == ':');
    }
    if (module)
        *(void **)(void *)&walk = dlsym(module, "hr_toml_walk");
    if (!walk) {
        const char *said = dlerror(); // NOLINT(concurrency-mt-unsafe): glibc's is a thread's own

        (void)snprintf(why_not, sizeof(why_not), "%s", said ? said : "it is not there");
    }
}

/* ---- events ---- */

typedef struct builder {
    hr_doc *doc;
    yyjson_mut_doc *json;
    yyjson_mut_val *stack[HR_DOC_DEPTH]; /* open containers */
    size_t depth;
    yyjson_mut_val *key; /* whose value comes next */
    hr_place *places;
    size_t n, cap;
    hr_error *err;
    hr_status status;
} builder;

static bool stop(builder *b, hr_status st)
{
    b->status = st;
    return false;
}

static yyjson_mut_val *value_of(yyjson_mut_doc *json, const hr_toml_event *e)
{
    switch (e->kind) {
    case HR_TOML_TABLE:
        return yyjson_mut_obj(json);
    case HR_TOML_ARRAY:
        return yyjson_mut_arr(json);
    case HR_TOML_INTEGER:
        return yyjson_mut_sint(json, e->integer);
    case HR_TOML_REAL: /* infinity is no JSON, so it is a text */
        return isfinite(e->real) ? yyjson_mut_real(json, e->real)
                                 : yyjson_mut_str(json, isnan(e->real) ? "nan" : "inf");
    case HR_TOML_BOOL:
        return yyjson_mut_bool(json, e->integer);
    default:
        return yyjson_mut_strncpy(json, e->n ? e->text : "", e->n);
    }
}

static bool put(builder *b, yyjson_mut_val *v)
{
    yyjson_mut_val *in = b->depth ? b->stack[b->depth - 1] : NULL;

    if (!in) {
        yyjson_mut_doc_set_root(b->json, v);
        return true;
    }
    return yyjson_mut_is_obj(in) ? yyjson_mut_obj_add(in, b->key, v) : yyjson_mut_arr_append(in, v);
}

static bool take(void *ctx, const hr_toml_event *e)
{
    builder *b = ctx;
    const hr_place place = {e->line, e->column};

    if (e->kind == HR_TOML_END) {
        b->depth--;
        return true;
    }
    yyjson_mut_val *v = value_of(b->json, e);
    if (!v || !HR_PUSH(b->places, b->n, b->cap, place))
        return stop(b, hr_nomem(b->err));
    if (e->kind == HR_TOML_KEY) {
        b->key = v;
        return true;
    }
    if (!put(b, v))
        return stop(b, hr_nomem(b->err));
    if (e->kind != HR_TOML_TABLE && e->kind != HR_TOML_ARRAY)
        return true;
    if (b->depth == HR_DOC_DEPTH)
        return stop(b, hr_fail(b->err, HR_E_CONFIG, "%s:%u:%u: nested deeper than %d levels",
                               b->doc->name, e->line, e->column, HR_DOC_DEPTH));
    b->stack[b->depth++] = v;
    return true;
}

static hr_status parse_toml(builder *b, hr_str text, hr_error *err)
{
    uint32_t line = 0, column = 0;
    char why[256];

    if (text.n > HR_TOML_BYTES)
        return hr_fail(err, HR_E_CONFIG, "%s: larger than %d MiB", b->doc->name,
                       HR_TOML_BYTES >> 20);
    (void)pthread_once(&once, open_module);
    if (!walk)
        return hr_fail(err, HR_E_UNSUPPORTED, "%s: cannot be read without libheadrace_toml.so: %s",
                       b->doc->name, why_not);
    if (!walk(text.n ? text.p : "", text.n, take, b, why, sizeof(why), &line, &column))
        return b->status != HR_OK ? b->status
                                  : hr_fail(err, HR_E_CONFIG, "%s:%u:%u: not TOML: %s",
                                            b->doc->name, line, column, why);
    return hr_doc_fill(b->doc, b->json, b->places, b->n, err);
}

hr_status hr_doc_parse_toml(hr_doc **out, hr_str text, const char *name, hr_error *err)
{
    builder b = {.doc = hr_doc_new(name), .json = yyjson_mut_doc_new(&hr_json_alc), .err = err};
    const hr_status st = b.doc && b.json ? parse_toml(&b, text, err) : hr_nomem(err);

    hr_free(b.places);
    yyjson_mut_doc_free(b.json);
    if (st != HR_OK)
        hr_doc_free(b.doc);
    else
        *out = b.doc;
    return st;
}
