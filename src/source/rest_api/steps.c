#include "source/rest_api/steps.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"
#include "json/jsonpath.h"

typedef enum kind { FILTER, MAP, RENAME, DROP, HASH, N_KINDS } kind;

static const char *const kind_names[] = {"filter", "map", "rename", "drop", "hash", NULL};

typedef struct change {
    const char *key;
    const char *to;    /* rename */
    hr_jsonpath *path; /* map */
} change;

typedef struct stage {
    kind kind;
    hr_jsonpath *test; /* filter */
    change *changes;
    size_t n, cap;
    const char *salt; /* hash */
} stage;

struct hr_rest_steps {
    stage *stages;
    size_t n, cap;
    hr_arena arena;
};

typedef struct maker {
    hr_rest_steps *steps;
    const hr_doc *doc;
} maker;

/* ---- reading ---- */

static hr_status refuse(const maker *m, const yyjson_val *v, const char *what, hr_error *err)
{
    return hr_doc_fail(m->doc, v, err, HR_E_CONFIG, "%s", what);
}

static hr_status read_path(const maker *m, yyjson_val *v, bool test, hr_jsonpath **out,
                           hr_error *err)
{
    const hr_str text = {yyjson_get_str(v), yyjson_get_len(v)};
    hr_error why = {0};

    if (!text.p)
        return refuse(m, v,
                      test ? "filter takes a text such as \"@.state == 'open'\""
                           : "map takes a JSONPath for each key",
                      err);
    const hr_status st =
        test ? hr_jsonpath_compile_test(out, text, &why) : hr_jsonpath_compile(out, text, &why);
    return st == HR_OK ? st : hr_doc_fail(m->doc, v, err, st, "%s", why.msg);
}

static hr_status add_change(const maker *m, stage *s, yyjson_val *key, yyjson_val *v, hr_error *err)
{
    change c = {0};

    if (!yyjson_is_str(key))
        return refuse(m, key, "a key is a text", err);
    c.key = hr_arena_strndup(&m->steps->arena, hr_str_from(yyjson_get_str(key)));
    if (!c.key)
        return hr_nomem(err);
    if (s->kind == RENAME && !yyjson_is_str(v))
        return refuse(m, v, "rename takes a new name for each key", err);
    if (s->kind == RENAME)
        c.to = hr_arena_strndup(&m->steps->arena, hr_str_from(yyjson_get_str(v)));
    if (s->kind == RENAME && !c.to)
        return hr_nomem(err);
    if (s->kind == MAP)
        HR_TRY(read_path(m, v, false, &c.path, err));
    if (HR_PUSH(s->changes, s->n, s->cap, c))
        return HR_OK;
    hr_jsonpath_free(c.path);
    return hr_nomem(err);
}

static hr_status read_keys(const maker *m, stage *s, yyjson_val *v, hr_error *err)
{
    yyjson_val *item = NULL;
    size_t i = 0;
    size_t n = 0;

    if (yyjson_is_str(v))
        return add_change(m, s, v, NULL, err);
    if (!yyjson_is_arr(v))
        return refuse(m, v, "drop and hash take a list of keys", err);
    yyjson_arr_foreach(v, i, n, item) HR_TRY(add_change(m, s, item, NULL, err));
    return HR_OK;
}

static hr_status read_hash(const maker *m, stage *s, yyjson_val *v, hr_error *err)
{
    yyjson_val *salt = yyjson_obj_get(v, "salt");
    yyjson_val *keys = yyjson_obj_get(v, "keys");

    if (!yyjson_is_obj(v))
        return read_keys(m, s, v, err);
    if (!keys || yyjson_obj_size(v) != 1 + (size_t)(salt != NULL) || (salt && !yyjson_is_str(salt)))
        return refuse(m, v, "hash takes a list of keys, or {keys: [...], salt: text}", err);
    s->salt = salt ? hr_arena_strndup(&m->steps->arena, hr_str_from(yyjson_get_str(salt))) : NULL;
    if (salt && !s->salt)
        return hr_nomem(err);
    return read_keys(m, s, keys, err);
}

static hr_status read_stage(const maker *m, stage *s, yyjson_val *v, hr_error *err)
{
    yyjson_val *key = NULL;
    yyjson_val *member = NULL;
    size_t i = 0;
    size_t n = 0;

    if (s->kind == FILTER)
        return read_path(m, v, true, &s->test, err);
    if (s->kind == DROP)
        return read_keys(m, s, v, err);
    if (s->kind == HASH)
        return read_hash(m, s, v, err);
    if (!yyjson_is_obj(v))
        return refuse(m, v, "map and rename take an object", err);
    yyjson_obj_foreach(v, i, n, key, member) HR_TRY(add_change(m, s, key, member, err));
    return HR_OK;
}

static hr_status add_stage(const maker *m, yyjson_val *key, yyjson_val *v, hr_error *err)
{
    hr_rest_steps *s = m->steps;
    stage made = {.kind = N_KINDS};

    for (int k = 0; k < N_KINDS; k++) {
        if (yyjson_equals_str(key, kind_names[k]))
            made.kind = (kind)k;
    }
    if (yyjson_equals_str(key, "yield_map"))
        return refuse(m, key,
                      "yield_map is a function of Python; there are filter, map, rename, "
                      "drop and hash",
                      err);
    if (made.kind == N_KINDS) {
        const char *meant = hr_suggest(yyjson_get_str(key), kind_names);

        return hr_doc_fail(m->doc, key, err, HR_E_CONFIG,
                           "there is no processing step \"%s\"%s%s; there are filter, map, rename, "
                           "drop and hash",
                           yyjson_get_str(key), meant ? "; did you mean " : "", meant ? meant : "");
    }
    if (!HR_PUSH(s->stages, s->n, s->cap, made))
        return hr_nomem(err);
    return read_stage(m, &s->stages[s->n - 1], v, err);
}

/* Of several keys in one step, dlt's order is filter, then map; ours goes on. */
static hr_status read_step(const maker *m, yyjson_val *step, hr_error *err)
{
    yyjson_val *key = NULL;
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;

    if (!yyjson_is_obj(step) || !yyjson_obj_size(step))
        return refuse(m, step, "a processing step is an object such as {filter: ...}", err);
    for (int k = 0; k < N_KINDS; k++) {
        yyjson_obj_foreach(step, i, n, key, v)
        {
            if (yyjson_equals_str(key, kind_names[k]))
                HR_TRY(add_stage(m, key, v, err));
        }
    }
    yyjson_obj_foreach(step, i, n, key, v)
    {
        bool known = false;

        for (int k = 0; k < N_KINDS; k++)
            known = known || yyjson_equals_str(key, kind_names[k]);
        if (!known)
            return add_stage(m, key, v, err); /* which refuses it */
    }
    return HR_OK;
}

hr_status hr_rest_steps_new(hr_rest_steps **out, const hr_doc *doc, yyjson_val *list, hr_error *err)
{
    hr_rest_steps *s = hr_calloc(1, sizeof(*s));
    const maker m = {s, doc};
    yyjson_val *step = NULL;
    size_t i = 0;
    size_t n = 0;
    hr_status st = s ? HR_OK : hr_nomem(err);

    yyjson_arr_foreach(list, i, n, step)
    {
        if (st == HR_OK)
            st = read_step(&m, step, err);
    }
    if (st != HR_OK)
        hr_rest_steps_free(s);
    else
        *out = s;
    return st;
}

void hr_rest_steps_free(hr_rest_steps *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        hr_jsonpath_free(s->stages[i].test);
        for (size_t j = 0; j < s->stages[i].n; j++)
            hr_jsonpath_free(s->stages[i].changes[j].path);
        hr_free(s->stages[i].changes);
    }
    hr_free(s->stages);
    hr_arena_release(&s->arena);
    hr_free(s);
}

/* ---- doing ---- */

typedef struct worker {
    const hr_rest_steps *steps;
    yyjson_mut_doc *changed; /* the row as it becomes */
    yyjson_doc *doc;         /* the row as it was handed on */
    hr_buf text;
} worker;

static bool apply_map(const stage *s, yyjson_val *row, yyjson_mut_doc *doc, yyjson_mut_val *out)
{
    bool ok = true;

    for (size_t i = 0; i < s->n && ok; i++) {
        const change *c = &s->changes[i];
        yyjson_val *found = hr_jsonpath_first(c->path, row);

        (void)yyjson_mut_obj_remove_key(out, c->key);
        if (found) {
            yyjson_mut_val *copy = yyjson_val_mut_copy(doc, found);

            ok = copy && yyjson_mut_obj_add(out, yyjson_mut_str(doc, c->key), copy);
        }
    }
    return ok;
}

static bool apply_rename(const stage *s, yyjson_mut_doc *doc, yyjson_mut_val *row)
{
    bool ok = true;

    for (size_t i = 0; i < s->n && ok; i++) {
        const change *c = &s->changes[i];

        if (strcmp(c->key, c->to) == 0 || !yyjson_mut_obj_get(row, c->key))
            continue;
        (void)yyjson_mut_obj_remove_key(row, c->to);
        ok = yyjson_mut_obj_rename_key(doc, row, c->key, c->to);
    }
    return ok;
}

static hr_status hash_value(worker *w, const stage *s, yyjson_mut_val *v, char hex[65],
                            hr_error *err)
{
    unsigned char digest[32];

    hr_buf_reset(&w->text);
    if (s->salt)
        hr_buf_addz(&w->text, s->salt);
    if (yyjson_mut_is_str(v))
        hr_buf_add(&w->text, hr_json_str(v));
    else
        HR_TRY(hr_json_write(v, false, NULL, &w->text, err));
    HR_TRY(hr_buf_status(&w->text, err));
    HR_TRY(hr_sha256(w->text.data, w->text.len, digest, err));
    for (size_t i = 0; i < sizeof(digest); i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[64] = '\0';
    return HR_OK;
}

static hr_status apply_hash(worker *w, const stage *s, yyjson_mut_doc *doc, yyjson_mut_val *row,
                            hr_error *err)
{
    char hex[65];

    for (size_t i = 0; i < s->n; i++) {
        yyjson_mut_val *v = yyjson_mut_obj_get(row, s->changes[i].key);

        if (!v || yyjson_mut_is_null(v))
            continue;
        HR_TRY(hash_value(w, s, v, hex, err));
        const char *copy = yyjson_mut_get_str(yyjson_mut_strncpy(doc, hex, 64));
        if (!copy || !yyjson_mut_set_strn(v, copy, 64))
            return hr_nomem(err);
    }
    return HR_OK;
}

static hr_status apply(worker *w, const stage *s, yyjson_val *row, yyjson_mut_val *out,
                       hr_error *err)
{
    switch (s->kind) {
    case MAP:
        return apply_map(s, row, w->changed, out) ? HR_OK : hr_nomem(err);
    case RENAME:
        return apply_rename(s, w->changed, out) ? HR_OK : hr_nomem(err);
    case DROP:
        for (size_t i = 0; i < s->n; i++)
            (void)yyjson_mut_obj_remove_key(out, s->changes[i].key);
        return HR_OK;
    default:
        return apply_hash(w, s, w->changed, out, err);
    }
}

/* One change of the row: a copy that is changed, and the document of it. */
static hr_status change_row(worker *w, const stage *s, yyjson_val **row, hr_error *err)
{
    w->changed = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *copy = w->changed ? yyjson_val_mut_copy(w->changed, *row) : NULL;

    yyjson_mut_doc_set_root(w->changed, copy);
    hr_status st = copy ? apply(w, s, *row, copy, err) : hr_nomem(err);
    yyjson_doc *made = st == HR_OK ? yyjson_mut_doc_imut_copy(w->changed, &hr_json_alc) : NULL;
    if (st == HR_OK && !made)
        st = hr_nomem(err);
    yyjson_mut_doc_free(w->changed);
    w->changed = NULL;
    if (st == HR_OK) {
        yyjson_doc_free(w->doc);
        w->doc = made;
        *row = yyjson_doc_get_root(made);
    }
    return st;
}

static hr_status open_worker(void *self, void **instance, hr_error *err)
{
    worker *w = hr_calloc(1, sizeof(*w));

    if (!w)
        return hr_nomem(err);
    w->steps = self;
    *instance = w;
    return HR_OK;
}

static hr_status take_item(void *instance, yyjson_val **item, hr_error *err)
{
    worker *w = instance;

    for (size_t i = 0; i < w->steps->n && *item; i++) {
        const stage *s = &w->steps->stages[i];

        if (s->kind == FILTER && !hr_jsonpath_test(s->test, *item))
            *item = NULL;
        else if (s->kind != FILTER && yyjson_is_obj(*item))
            HR_TRY(change_row(w, s, item, err));
    }
    return HR_OK;
}

static hr_status close_worker(void *instance, bool failed, hr_error *err)
{
    worker *w = instance;

    (void)failed;
    (void)err;
    yyjson_doc_free(w->doc);
    hr_buf_release(&w->text);
    hr_free(w);
    return HR_OK;
}

hr_step hr_rest_steps_step(hr_rest_steps *s)
{
    return (hr_step){.self = s, .open = open_worker, .item = take_item, .close = close_worker};
}
