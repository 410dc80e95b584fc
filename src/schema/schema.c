#include "schema/schema.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/apply.h"
#include "schema/schema_int.h"

hr_table *hr_schema_table(const hr_schema *s, hr_str name)
{
    return hr_map_get(&s->by_name, name);
}

hr_column *hr_table_column(const hr_table *t, hr_str name)
{
    return hr_map_get(&t->by_name, name);
}

/* ---- The index ---- */

bool hr_schema_link_column(hr_table *t, hr_column *c)
{
    if (t->n_columns == t->cap_columns) {
        const size_t cap = t->cap_columns ? t->cap_columns * 2 : 16;
        hr_column **columns = hr_realloc(t->columns, cap * sizeof(hr_column *));

        if (!columns)
            return false;
        t->columns = columns;
        t->cap_columns = cap;
    }
    if (!hr_map_put(&t->by_name, hr_str_from(c->name), c))
        return false;
    t->columns[t->n_columns++] = c;
    return true;
}

bool hr_schema_link_table(hr_schema *s, hr_table *t)
{
    if (s->n_tables == s->cap_tables) {
        const size_t cap = s->cap_tables ? s->cap_tables * 2 : 16;
        hr_table **tables = hr_realloc(s->tables, cap * sizeof(hr_table *));

        if (!tables)
            return false;
        s->tables = tables;
        s->cap_tables = cap;
    }
    if (!hr_map_put(&s->by_name, hr_str_from(t->name), t))
        return false;
    s->tables[s->n_tables++] = t;
    return true;
}

static void release_tables(hr_schema *s)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        hr_map_release(&s->tables[i]->by_name);
        hr_free(s->tables[i]->columns);
    }
    hr_free(s->tables);
    hr_map_release(&s->by_name);
}

void hr_schema_free(hr_schema *s)
{
    if (!s)
        return;
    release_tables(s);
    hr_arena_release(&s->arena);
    yyjson_mut_doc_free(s->doc);
    hr_free(s);
}

hr_status hr_schema_reindex(hr_schema *s, hr_error *err)
{
    const bool unsaved = s->unsaved;
    hr_json_mdoc *doc = s->doc;

    release_tables(s);
    hr_arena_release(&s->arena);
    *s = (hr_schema){.doc = doc, .unsaved = unsaved};
    return hr_schema_index(s, err);
}

hr_status hr_schema_copy(hr_schema **out, const hr_schema *s, hr_error *err)
{
    hr_schema *copy = hr_calloc(1, sizeof(*copy));

    *out = NULL;
    if (!copy)
        return hr_nomem(err);
    copy->doc = yyjson_mut_doc_mut_copy(s->doc, &hr_json_alc);
    const hr_status st = copy->doc ? hr_schema_index(copy, err) : hr_nomem(err);
    if (st != HR_OK) {
        hr_schema_free(copy);
        return st;
    }
    copy->unsaved = s->unsaved;
    *out = copy;
    return HR_OK;
}

/* ---- Versions ---- */

static bool holds(yyjson_mut_val *hashes, const char *hash)
{
    yyjson_mut_val *item;
    size_t i, n;

    yyjson_mut_arr_foreach(hashes, i, n, item)
    {
        if (yyjson_mut_equals_str(item, hash))
            return true;
    }
    return false;
}

bool hr_schema_remember_hash(hr_schema *s, const char *hash)
{
    yyjson_mut_val *hashes = hr_json_get(yyjson_mut_doc_get_root(s->doc), "previous_hashes");

    if (holds(hashes, hash))
        return true;
    if (!yyjson_mut_arr_prepend(hashes, yyjson_mut_strcpy(s->doc, hash)))
        return false;
    while (yyjson_mut_arr_size(hashes) > 10)
        (void)yyjson_mut_arr_remove_last(hashes);
    return true;
}

hr_str hr_schema_previous_hash(const hr_schema *s, size_t i)
{
    yyjson_mut_val *hashes = hr_json_get(yyjson_mut_doc_get_root(s->doc), "previous_hashes");

    return hr_json_str(yyjson_mut_arr_get(hashes, i));
}

/* In dlt's first run the state is extracted after the data, into a schema of its own that takes
 * the place of the one that the data made; a link to that one is kept. */
static hr_status remember_current(hr_schema *s, hr_error *err)
{
    char hash[HR_HASH_TEXT];

    HR_TRY(hr_schema_hash(s, hash, err));
    return hr_schema_remember_hash(s, hash) ? HR_OK : hr_nomem(err);
}

hr_status hr_schema_bump(hr_schema *s, bool *changed, hr_error *err)
{
    yyjson_mut_val *root = yyjson_mut_doc_get_root(s->doc);
    char hash[HR_HASH_TEXT];

    HR_TRY(hr_schema_hash(s, hash, err));
    const bool differs = strcmp(hash, s->version_hash) != 0;
    if (changed)
        *changed = differs;
    if (!differs)
        return HR_OK;
    const bool stored = *s->version_hash && !s->unsaved;
    const int64_t version = s->version + stored;
    if ((stored && !hr_schema_remember_hash(s, s->version_hash)) ||
        !hr_json_put(s->doc, root, "version", yyjson_mut_sint(s->doc, version)) ||
        !hr_json_put(s->doc, root, "version_hash", yyjson_mut_strcpy(s->doc, hash)))
        return hr_nomem(err);
    s->version = version;
    s->unsaved = false;
    memcpy(s->version_hash, hash, sizeof(hash));
    return HR_OK;
}

hr_status hr_schema_set_naming(hr_schema *s, const char *convention, hr_error *err)
{
    yyjson_mut_val *normalizers = hr_json_get(yyjson_mut_doc_get_root(s->doc), "normalizers");
    yyjson_mut_val *name = yyjson_mut_strcpy(s->doc, convention);

    if (!normalizers || !hr_json_put(s->doc, normalizers, "names", name))
        return hr_nomem(err);
    s->naming = yyjson_mut_get_str(name);
    return HR_OK;
}

/* ---- New schemas and tables ---- */

static hr_status fill_new(hr_schema *s, const char *name, hr_error *err)
{
    HR_TRY(hr_schema_std_document(name, &s->doc, err));
    HR_TRY(hr_schema_index(s, err));
    return hr_schema_bump(s, NULL, err);
}

hr_status hr_schema_new(hr_schema **out, const char *name, hr_error *err)
{
    hr_schema *s = hr_calloc(1, sizeof(*s));

    *out = NULL;
    if (!s)
        return hr_nomem(err);
    const hr_status st = fill_new(s, name, err);
    if (st != HR_OK) {
        hr_schema_free(s);
        return st;
    }
    s->unsaved = true;
    *out = s;
    return HR_OK;
}

static yyjson_mut_val *copied(yyjson_mut_doc *doc, hr_str s)
{
    return yyjson_mut_strncpy(doc, s.p, s.n);
}

/* Takes `val` in as table `name`; then only memory can be missing, and the caller gives up. */
static hr_status attach_table(hr_schema *s, hr_str name, yyjson_mut_val *val, hr_table **out,
                              hr_error *err)
{
    yyjson_mut_val *key = copied(s->doc, name);

    if (!key || !val)
        return hr_nomem(err);
    HR_TRY(hr_schema_index_table(s, key, val, out, err));
    return yyjson_mut_obj_add(s->tables_doc, key, val) ? HR_OK : hr_nomem(err);
}

/* The order of keys is that of tables which dlt makes from a resource or from nested data. */
static yyjson_mut_val *root_table(yyjson_mut_doc *doc, hr_str name, const char *resource,
                                  const char *disposition)
{
    yyjson_mut_val *t = yyjson_mut_obj(doc);
    const bool ok = hr_json_put(doc, t, "columns", yyjson_mut_obj(doc)) &&
                    hr_json_put(doc, t, "write_disposition", yyjson_mut_strcpy(doc, disposition)) &&
                    hr_json_put(doc, t, "name", copied(doc, name)) &&
                    hr_json_put(doc, t, "resource", yyjson_mut_strcpy(doc, resource));

    return ok ? t : NULL;
}

static yyjson_mut_val *nested_table(yyjson_mut_doc *doc, hr_str name, hr_str parent)
{
    yyjson_mut_val *t = yyjson_mut_obj(doc);
    const bool ok = hr_json_put(doc, t, "name", copied(doc, name)) &&
                    hr_json_put(doc, t, "columns", yyjson_mut_obj(doc)) &&
                    hr_json_put(doc, t, "parent", copied(doc, parent));

    return ok ? t : NULL;
}

hr_status hr_schema_add_table(hr_schema *s, hr_str name, hr_str parent, const char *resource,
                              const char *disposition, hr_table **out, hr_error *err)
{
    assert(!hr_schema_table(s, name));
    assert(parent.p ? hr_schema_table(s, parent) != NULL : resource && disposition);
    yyjson_mut_val *val = parent.p ? nested_table(s->doc, name, parent)
                                   : root_table(s->doc, name, resource, disposition);

    return attach_table(s, name, val, out, err);
}

hr_status hr_schema_add_state_table(hr_schema *s, hr_error *err)
{
    const hr_str name = HR_STR("_dlt_pipeline_state");

    if (hr_schema_table(s, name))
        return HR_OK;
    if (s->unsaved)
        HR_TRY(remember_current(s, err));
    return attach_table(s, name, hr_schema_std_state_table(s->doc), NULL, err);
}

hr_status hr_table_set_disposition(hr_schema *s, hr_table *t, const char *disposition,
                                   hr_error *err)
{
    yyjson_mut_val *val = yyjson_mut_strcpy(s->doc, disposition);

    if (!hr_json_put(s->doc, t->doc, "write_disposition", val))
        return hr_nomem(err);
    t->write_disposition = yyjson_mut_get_str(val);
    return HR_OK;
}

/* dlt writes it with the hints of the resource, before the name; later hints come last. */
static yyjson_mut_val *normalizer_hints(hr_schema *s, hr_table *t, bool with_resource)
{
    yyjson_mut_val *hints = hr_json_get(t->doc, "x-normalizer");

    if (yyjson_mut_is_obj(hints))
        return hints;
    hints = yyjson_mut_obj(s->doc);
    if (!with_resource || hr_json_get(t->doc, "x-normalizer"))
        return hr_json_put(s->doc, t->doc, "x-normalizer", hints) ? hints : NULL;
    yyjson_mut_val *key = yyjson_mut_str(s->doc, "x-normalizer");
    const size_t at = yyjson_mut_obj_size(t->doc) < 2 ? 0 : 2;
    return yyjson_mut_obj_insert(t->doc, key, hints, at) ? hints : NULL;
}

hr_status hr_table_set_max_nesting(hr_schema *s, hr_table *t, int levels, hr_error *err)
{
    yyjson_mut_val *hints = normalizer_hints(s, t, true);

    if (!hints || !yyjson_mut_obj_clear(hints) ||
        !hr_json_put(s->doc, hints, "max_nesting", yyjson_mut_int(s->doc, levels)))
        return hr_nomem(err);
    t->max_nesting = levels;
    t->seen_data = false;
    return HR_OK;
}

hr_status hr_table_set_seen_data(hr_schema *s, hr_table *t, hr_error *err)
{
    if (t->seen_data)
        return HR_OK;
    yyjson_mut_val *hints = normalizer_hints(s, t, false);
    if (!hints || !hr_json_put(s->doc, hints, "seen-data", yyjson_mut_true(s->doc)))
        return hr_nomem(err);
    t->seen_data = true;
    return HR_OK;
}

/* ---- Columns ---- */

/* Whether a pattern of settings means just this name. */
static bool pattern_is(hr_str pattern, hr_str name)
{
    if (hr_str_starts(pattern, HR_STR("re:^")) && pattern.p[pattern.n - 1] == '$')
        pattern = (hr_str){pattern.p + 4, pattern.n - 5};
    return hr_str_eq(pattern, name);
}

static bool hint_names(yyjson_mut_val *patterns, hr_str name)
{
    yyjson_mut_val *pattern;
    size_t i, n;

    yyjson_mut_arr_foreach(patterns, i, n, pattern)
    {
        if (yyjson_mut_is_str(pattern) && pattern_is(hr_json_str(pattern), name))
            return true;
    }
    return false;
}

static yyjson_mut_val *default_hints(const hr_schema *s)
{
    const yyjson_mut_val *settings = hr_json_get(yyjson_mut_doc_get_root(s->doc), "settings");

    return hr_json_get(settings, "default_hints");
}

static bool hint_flags(hr_schema *s, yyjson_mut_val *column, hr_str name)
{
    yyjson_mut_val *hint, *patterns;
    size_t i, n;

    yyjson_mut_obj_foreach(default_hints(s), i, n, hint, patterns)
    {
        const char *prop = hr_json_str(hint).p;

        if (strcmp(prop, "not_null") == 0 || !hint_names(patterns, name))
            continue;
        if (!hr_json_put(s->doc, column, prop, yyjson_mut_true(s->doc)))
            return false;
    }
    return true;
}

static bool variant_props(yyjson_mut_doc *doc, yyjson_mut_val *column, hr_str name)
{
    hr_buf text = {0};

    hr_buf_addf(&text, "Variant of column " HR_STR_FMT " generated by dlt", HR_STR_ARG(name));
    const bool ok = !text.failed && hr_json_put(doc, column, "variant", yyjson_mut_true(doc)) &&
                    hr_json_put(doc, column, "description", copied(doc, hr_buf_str(&text)));
    hr_buf_release(&text);
    return ok;
}

static yyjson_mut_val *column_doc(hr_schema *s, const hr_column_spec *spec, bool nullable)
{
    yyjson_mut_doc *doc = s->doc;
    yyjson_mut_val *c = yyjson_mut_obj(doc);
    bool ok = hr_json_put(doc, c, "name", copied(doc, spec->name));

    if (ok && spec->type)
        ok = hr_json_put(doc, c, "data_type", yyjson_mut_str(doc, hr_type_name(spec->type)));
    ok = ok && hr_json_put(doc, c, "nullable", yyjson_mut_bool(doc, nullable));
    if (ok && spec->has_precision)
        ok = hr_json_put(doc, c, "precision", yyjson_mut_int(doc, spec->precision));
    if (ok && spec->has_scale)
        ok = hr_json_put(doc, c, "scale", yyjson_mut_int(doc, spec->scale));
    ok = ok && hint_flags(s, c, spec->name);
    if (ok && spec->variant)
        ok = variant_props(doc, c, spec->name);
    return ok ? c : NULL;
}

hr_status hr_table_add_column(hr_schema *s, hr_table *t, const hr_column_spec *spec,
                              hr_column **out, hr_error *err)
{
    assert(!hr_table_column(t, spec->name));
    const bool nullable =
        !spec->not_null && !hint_names(hr_json_get(default_hints(s), "not_null"), spec->name);
    hr_column *c = hr_arena_zalloc(&s->arena, sizeof(*c));
    yyjson_mut_val *doc = column_doc(s, spec, nullable);
    yyjson_mut_val *key = copied(s->doc, spec->name);

    if (!c || !doc || !key)
        return hr_nomem(err);
    c->name = yyjson_mut_get_str(key);
    c->table = t;
    c->doc = doc;
    HR_TRY(hr_column_read(c, err));
    if (!hr_schema_link_column(t, c))
        return hr_nomem(err);
    (void)yyjson_mut_obj_add(t->columns_doc, key, doc);
    if (out)
        *out = c;
    return HR_OK;
}

static void move_to_end(hr_column *c)
{
    hr_table *t = c->table;
    size_t at = 0;

    while (t->columns[at] != c)
        at++;
    memmove(&t->columns[at], &t->columns[at + 1], (t->n_columns - at - 1) * sizeof(hr_column *));
    t->columns[t->n_columns - 1] = c;
    yyjson_mut_val *key;
    yyjson_mut_obj_iter it = yyjson_mut_obj_iter_with(t->columns_doc);
    while ((key = yyjson_mut_obj_iter_next(&it)) != NULL) {
        yyjson_mut_val *val = yyjson_mut_obj_iter_get_val(key);
        if (val == c->doc) {
            (void)yyjson_mut_obj_iter_remove(&it);
            (void)yyjson_mut_obj_add(t->columns_doc, key, val);
            return;
        }
    }
}

static bool put_size(hr_schema *s, hr_column *c, const char *prop, int value)
{
    if (value >= 0)
        return hr_json_put(s->doc, c->doc, prop, yyjson_mut_int(s->doc, value));
    (void)yyjson_mut_obj_remove_key(c->doc, prop);
    return true;
}

hr_status hr_column_set_type(hr_schema *s, hr_column *c, hr_type type, int precision, int scale,
                             hr_error *err)
{
    assert(type != HR_TYPE_NONE);
    yyjson_mut_val *name = yyjson_mut_str(s->doc, hr_type_name(type));

    if (!put_size(s, c, "precision", precision) || !put_size(s, c, "scale", scale) ||
        !hr_json_put(s->doc, c->doc, "data_type", name))
        return hr_nomem(err);
    if (c->type == HR_TYPE_NONE) {
        move_to_end(c);
        if (!hr_json_get(c->doc, "nullable") &&
            !hr_json_put(s->doc, c->doc, "nullable", yyjson_mut_true(s->doc)))
            return hr_nomem(err);
    }
    c->type = type;
    c->precision = precision;
    c->scale = scale;
    return HR_OK;
}
