/* The stored form of a schema: reading, the index over it, writing, and the hash. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/schema_int.h"

/* ---- The index ---- */

/* Names are C strings in the index. */
static hr_status check_name(hr_str name, hr_error *err)
{
    if (name.n == 0 || memchr(name.p, 0, name.n))
        return hr_fail(err, HR_E_PARSE, "a name is empty or holds a NUL");
    return HR_OK;
}

static hr_status index_column(hr_schema *s, hr_table *t, yyjson_mut_val *key, yyjson_mut_val *val,
                              hr_error *err)
{
    const hr_str name = hr_json_str(key);

    HR_TRY(check_name(name, err));
    if (!yyjson_mut_is_obj(val))
        return hr_fail(err, HR_E_PARSE, "column %s is not an object", name.p);
    if (hr_table_column(t, name))
        return hr_fail(err, HR_E_PARSE, "column %s is there twice", name.p);
    hr_column *c = hr_arena_zalloc(&s->arena, sizeof(*c));
    if (!c || !hr_json_put(s->doc, val, "name", yyjson_mut_strn(s->doc, name.p, name.n)))
        return hr_nomem(err);
    c->name = name.p;
    c->table = t;
    c->doc = val;
    const hr_status st = hr_column_read(c, err);
    if (st != HR_OK)
        return hr_fail_in(err, st, "column %s", name.p);
    return hr_schema_link_column(t, c) ? HR_OK : hr_nomem(err);
}

/* Old releases marked columns that had only nulls so far; dlt 1.31 drops these on reading. */
static bool is_null_placeholder(yyjson_mut_val *column)
{
    yyjson_mut_val *hints = hr_json_get(column, "x-normalizer");

    if (!yyjson_mut_get_bool(hr_json_get(hints, "seen-null-first")))
        return false;
    if (!hr_json_get(column, "data_type"))
        return true;
    (void)yyjson_mut_obj_remove_key(hints, "seen-null-first");
    if (yyjson_mut_obj_size(hints) == 0)
        (void)yyjson_mut_obj_remove_key(column, "x-normalizer");
    return false;
}

static hr_status index_columns(hr_schema *s, hr_table *t, hr_error *err)
{
    t->columns_doc = hr_json_get(t->doc, "columns");
    if (!yyjson_mut_is_obj(t->columns_doc))
        return hr_fail(err, HR_E_PARSE, "columns are missing, or not an object");

    yyjson_mut_val *key;
    yyjson_mut_obj_iter it = yyjson_mut_obj_iter_with(t->columns_doc);
    while ((key = yyjson_mut_obj_iter_next(&it)) != NULL) {
        yyjson_mut_val *val = yyjson_mut_obj_iter_get_val(key);

        if (is_null_placeholder(val))
            (void)yyjson_mut_obj_iter_remove(&it);
        else
            HR_TRY(index_column(s, t, key, val, err));
    }
    return HR_OK;
}

/* What dlt takes for granted in a root table. */
static bool root_defaults(hr_schema *s, hr_table *t, hr_str disposition, hr_str resource)
{
    if (!disposition.p &&
        !hr_json_put(s->doc, t->doc, "write_disposition", yyjson_mut_str(s->doc, "append")))
        return false;
    return resource.p || hr_json_put(s->doc, t->doc, "resource", yyjson_mut_str(s->doc, t->name));
}

static hr_status fill_table(hr_schema *s, hr_table *t, hr_error *err)
{
    hr_str disposition, resource;

    HR_TRY(hr_schema_text_prop(t->doc, "parent", &t->parent, err));
    if (t->parent.n == 0) /* dlt: an empty parent is none */
        t->parent = (hr_str){0};
    HR_TRY(hr_schema_text_prop(t->doc, "write_disposition", &disposition, err));
    HR_TRY(hr_schema_text_prop(t->doc, "resource", &resource, err));
    if (!t->parent.p && !root_defaults(s, t, disposition, resource))
        return hr_nomem(err);
    HR_TRY(hr_table_read(t, err));
    return index_columns(s, t, err);
}

hr_status hr_schema_index_table(hr_schema *s, hr_json_mval *key, hr_json_mval *val, hr_table **out,
                                hr_error *err)
{
    const hr_str name = hr_json_str(key);

    HR_TRY(check_name(name, err));
    if (!yyjson_mut_is_obj(val))
        return hr_fail(err, HR_E_PARSE, "table %s is not an object", name.p);
    if (hr_schema_table(s, name))
        return hr_fail(err, HR_E_PARSE, "table %s is there twice", name.p);
    hr_table *t = hr_arena_zalloc(&s->arena, sizeof(*t));
    if (!t || !hr_json_put(s->doc, val, "name", yyjson_mut_strn(s->doc, name.p, name.n)))
        return hr_nomem(err);
    t->name = name.p;
    t->doc = val;
    hr_status st = fill_table(s, t, err);
    if (st != HR_OK)
        st = hr_fail_in(err, st, "table %s", name.p);
    else if (!hr_schema_link_table(s, t))
        st = hr_nomem(err);
    if (st != HR_OK) {
        hr_map_release(&t->by_name);
        hr_free(t->columns);
        return st;
    }
    if (out)
        *out = t;
    return HR_OK;
}

/* Parents exist, and nobody is its own ancestor. */
static hr_status check_parents(const hr_schema *s, hr_error *err)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        const hr_table *t = s->tables[i];

        for (size_t steps = 0; t->parent.p; steps++) {
            const hr_table *parent = hr_schema_table(s, t->parent);

            if (!parent)
                return hr_fail(err, HR_E_PARSE, "the parent of table %s, %s, is missing", t->name,
                               t->parent.p);
            if (steps == s->n_tables)
                return hr_fail(err, HR_E_PARSE, "table %s is its own ancestor", t->name);
            t = parent;
        }
    }
    return HR_OK;
}

static hr_status index_head(hr_schema *s, yyjson_mut_val *root, hr_error *err)
{
    hr_str name, hash, naming;

    HR_TRY(hr_schema_text_prop(root, "name", &name, err));
    HR_TRY(check_name(name, err));
    s->name = name.p;
    HR_TRY(hr_schema_text_prop(hr_json_get(root, "normalizers"), "names", &naming, err));
    s->naming = naming.p ? naming.p : "snake_case";
    if (!hr_json_int(hr_json_get(root, "version"), &s->version) || s->version < 1 ||
        s->version == INT64_MAX)
        return hr_fail(err, HR_E_PARSE, "version is not a positive number");
    HR_TRY(hr_schema_text_prop(root, "version_hash", &hash, err));
    if (hash.n >= HR_HASH_TEXT || (hash.n && memchr(hash.p, 0, hash.n)))
        return hr_fail(err, HR_E_PARSE, "version_hash is not a hash");
    if (hash.n)
        memcpy(s->version_hash, hash.p, hash.n + 1);
    if (!yyjson_mut_is_arr(hr_json_get(root, "previous_hashes")))
        return hr_fail(err, HR_E_PARSE, "previous_hashes is not a list");
    return HR_OK;
}

hr_status hr_schema_index(hr_schema *s, hr_error *err)
{
    yyjson_mut_val *root = yyjson_mut_doc_get_root(s->doc);
    yyjson_mut_val *key, *val;
    size_t i, n;

    HR_TRY(index_head(s, root, err));
    s->tables_doc = hr_json_get(root, "tables");
    if (!yyjson_mut_is_obj(s->tables_doc))
        return hr_fail(err, HR_E_PARSE, "tables are missing, or not an object");
    yyjson_mut_obj_foreach(s->tables_doc, i, n, key, val)
    {
        HR_TRY(hr_schema_index_table(s, key, val, NULL, err));
    }
    if (!hr_schema_table(s, HR_STR("_dlt_version")) || !hr_schema_table(s, HR_STR("_dlt_loads")))
        return hr_fail(err, HR_E_PARSE, "table _dlt_version or _dlt_loads is missing");
    return check_parents(s, err);
}

/* ---- The hash ---- */

static int compare_keys(const void *a, const void *b)
{
    const hr_str x = hr_json_str(*(yyjson_mut_val *const *)a);
    const hr_str y = hr_json_str(*(yyjson_mut_val *const *)b);
    const int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);

    return order ? order : (x.n > y.n) - (x.n < y.n);
}

/* The order of columns counts for the hash, the order of tables does not. */
static bool add_names(yyjson_mut_val *tables, hr_buf *out)
{
    yyjson_mut_val *key, *val;
    size_t i, n;
    yyjson_mut_val **keys = hr_malloc(yyjson_mut_obj_size(tables) * sizeof(yyjson_mut_val *));

    if (!keys)
        return false;
    yyjson_mut_obj_foreach(tables, i, n, key, val)
    {
        keys[i] = key;
    }
    if (n > 1)
        qsort(keys, n, sizeof(yyjson_mut_val *), compare_keys);
    for (size_t t = 0; t < n; t++) {
        yyjson_mut_val *columns = hr_json_get(yyjson_mut_obj_iter_get_val(keys[t]), "columns");
        size_t c, n_columns;

        hr_buf_add(out, hr_json_str(keys[t]));
        yyjson_mut_obj_foreach(columns, c, n_columns, key, val)
        {
            hr_buf_add(out, hr_json_str(key));
        }
    }
    hr_free(keys);
    return true;
}

static hr_status hash_document(const hr_json_mdoc *doc, char out[HR_HASH_TEXT], hr_error *err)
{
    static const char *const not_hashed[] = {"version", "version_hash", "imported_version_hash",
                                             "previous_hashes", NULL};
    const yyjson_mut_val *root = doc->root;
    hr_buf content = {0};
    unsigned char digest[32];

    hr_status st = hr_json_write(root, true, not_hashed, &content, err);
    if (st == HR_OK && !add_names(hr_json_get(root, "tables"), &content))
        st = hr_nomem(err);
    if (st == HR_OK)
        st = hr_buf_status(&content, err);
    if (st == HR_OK)
        st = hr_sha3_256(content.data, content.len, digest, err);
    if (st == HR_OK)
        (void)hr_base64(digest, sizeof(digest), out);
    hr_buf_release(&content);
    return st;
}

hr_status hr_schema_hash(const hr_schema *s, char out[HR_HASH_TEXT], hr_error *err)
{
    return hash_document(s->doc, out, err);
}

/* ---- Reading and writing ---- */

static bool is_missing(const yyjson_mut_val *root, const char *key)
{
    yyjson_mut_val *val = hr_json_get(root, key);

    return !val || yyjson_mut_is_null(val);
}

/* Members that dlt always writes, and that do not count for the hash. */
static bool add_missing(yyjson_mut_doc *doc)
{
    yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);

    if (is_missing(root, "version_hash") &&
        !hr_json_put(doc, root, "version_hash", yyjson_mut_str(doc, "")))
        return false;
    return !is_missing(root, "previous_hashes") ||
           hr_json_put(doc, root, "previous_hashes", yyjson_mut_arr(doc));
}

/* Puts the members of the document into dlt's order; others follow. */
static bool order_members(yyjson_mut_doc *doc)
{
    static const char *const order[] = {"version",     "version_hash",    "engine_version",
                                        "name",        "tables",          "settings",
                                        "normalizers", "previous_hashes", "imported_version_hash",
                                        "description"};
    yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
    yyjson_mut_val *ordered = yyjson_mut_obj(doc);
    yyjson_mut_val *key;

    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        yyjson_mut_val *val = hr_json_get(root, order[i]);

        (void)yyjson_mut_obj_remove_key(root, order[i]);
        if (val && !hr_json_put(doc, ordered, order[i], val))
            return false;
    }
    yyjson_mut_obj_iter it = yyjson_mut_obj_iter_with(root);
    while ((key = yyjson_mut_obj_iter_next(&it)) != NULL) {
        yyjson_mut_val *val = yyjson_mut_obj_iter_remove(&it);

        if (!yyjson_mut_obj_add(ordered, key, val))
            return false;
    }
    yyjson_mut_doc_set_root(doc, ordered);
    return ordered != NULL;
}

static hr_status check_engine(const yyjson_mut_val *root, hr_error *err)
{
    int64_t engine;

    if (!hr_json_int(hr_json_get(root, "engine_version"), &engine))
        return hr_fail(err, HR_E_PARSE, "engine_version is not a number");
    if (engine != HR_SCHEMA_ENGINE)
        return hr_fail(err, HR_E_UNSUPPORTED,
                       "the schema has engine version %lld, and this build works with %d; load "
                       "once with dlt 1.26 to 1.31, which brings it to %d",
                       (long long)engine, HR_SCHEMA_ENGINE, HR_SCHEMA_ENGINE);
    return HR_OK;
}

/* The hash is that of the stored form, or, when names and defaults were left out for people
 * to read, of the form with them. */
static hr_status index_and_verify(hr_schema *s, hr_error *err)
{
    char stored[HR_HASH_TEXT], indexed[HR_HASH_TEXT];

    HR_TRY(hash_document(s->doc, stored, err));
    HR_TRY(hr_schema_index(s, err));
    if (!*s->version_hash || strcmp(stored, s->version_hash) == 0)
        return HR_OK;
    HR_TRY(hash_document(s->doc, indexed, err));
    if (strcmp(indexed, s->version_hash) == 0)
        return HR_OK;
    return hr_fail(err, HR_E_SCHEMA,
                   "schema %s was edited by hand or damaged: its version_hash is %s, but its "
                   "content has %s",
                   s->name, s->version_hash, stored);
}

static hr_status parse_into(hr_schema *s, hr_str json, bool edited, hr_error *err)
{
    HR_TRY(hr_json_parse(json, &s->doc, err));
    if (!yyjson_mut_is_obj(yyjson_mut_doc_get_root(s->doc)))
        return hr_fail(err, HR_E_PARSE, "the document is not an object");
    HR_TRY(check_engine(yyjson_mut_doc_get_root(s->doc), err));
    if (!add_missing(s->doc) || !order_members(s->doc))
        return hr_nomem(err);
    return edited ? hr_schema_index(s, err) : index_and_verify(s, err);
}

static hr_status parse(hr_schema **out, hr_str json, bool edited, hr_error *err)
{
    hr_schema *s = hr_calloc(1, sizeof(*s));

    *out = NULL;
    if (!s)
        return hr_nomem(err);
    const hr_status st = parse_into(s, json, edited, err);
    if (st != HR_OK) {
        hr_schema_free(s);
        if (st == HR_E_PARSE)
            (void)hr_fail_in(err, st, "not a stored schema");
        return st;
    }
    *out = s;
    return HR_OK;
}

hr_status hr_schema_parse(hr_schema **out, hr_str json, hr_error *err)
{
    return parse(out, json, false, err);
}

hr_status hr_schema_parse_edited(hr_schema **out, hr_str json, hr_error *err)
{
    return parse(out, json, true, err);
}

hr_status hr_schema_write(const hr_schema *s, hr_buf *out, hr_error *err)
{
    return hr_json_write(s->doc->root, false, NULL, out, err);
}
