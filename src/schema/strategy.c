#include "schema/strategy.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

static const char root_id[] = "_dlt_root_id";

/* ---- strategies ---- */

static bool is_merged(const hr_table *t)
{
    return t->write_disposition && strcmp(t->write_disposition, "merge") == 0;
}

static hr_status find_strategy(const hr_table *t, hr_merge *out, hr_error *err)
{
    *out = is_merged(t) ? HR_MERGE_DELETE_INSERT : HR_MERGE_NONE;
    return is_merged(t) && t->merge_strategy ? hr_merge_by_name(t->merge_strategy, out, err)
                                             : HR_OK;
}

hr_status hr_table_merge(const hr_table *root, hr_merge *out, hr_error *err)
{
    const hr_status st = find_strategy(root, out, err);

    return st == HR_OK ? st : hr_fail_in(err, st, "table %s", root->name);
}

/* NONE also where the table asks for a strategy that is not there; hr_table_merge() tells. */
static hr_merge merge_of(const hr_table *root)
{
    hr_merge merge = HR_MERGE_NONE;

    (void)!find_strategy(root, &merge, NULL);
    return merge;
}

hr_row_ids hr_table_row_ids(const hr_table *root)
{
    const hr_column *version = hr_table_first(root, hr_is_row_version);

    switch (merge_of(root)) {
    case HR_MERGE_UPSERT:
    case HR_MERGE_INSERT_ONLY:
        return HR_ROW_IDS_KEY;
    case HR_MERGE_SCD2:
        return version && strcmp(version->name, "_dlt_id") == 0 ? HR_ROW_IDS_ROW : HR_ROW_IDS_NEW;
    default:
        return HR_ROW_IDS_NEW;
    }
}

/* ---- tables and columns ---- */

const hr_table *hr_table_root(const hr_schema *s, const hr_table *t)
{
    while (t->parent.p)
        t = hr_schema_table(s, t->parent);
    return t;
}

bool hr_table_is_cut_from(const hr_table *t, const hr_table *root)
{
    const size_t n = strlen(root->name);

    return !t->parent.p && t->resource && root->resource &&
           strcmp(t->resource, root->resource) == 0 && strncmp(t->name, root->name, n) == 0 &&
           t->name[n] != '\0';
}

hr_column *hr_table_first(const hr_table *t, hr_column_test test)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (test(t->columns[i]))
            return t->columns[i];
    }
    return NULL;
}

bool hr_is_primary_key(const hr_column *c)
{
    return c->primary_key;
}

bool hr_is_merge_key(const hr_column *c)
{
    return c->merge_key;
}

bool hr_is_row_key(const hr_column *c)
{
    return c->row_key;
}

bool hr_is_root_key(const hr_column *c)
{
    return c->root_key;
}

bool hr_is_row_version(const hr_column *c)
{
    return c->row_version;
}

bool hr_is_hard_delete(const hr_column *c)
{
    return c->hard_delete;
}

bool hr_is_dedup_sort(const hr_column *c)
{
    return c->dedup_sort != HR_DEDUP_NONE;
}

bool hr_is_valid_from(const hr_column *c)
{
    return c->valid_from;
}

bool hr_is_valid_to(const hr_column *c)
{
    return c->valid_to;
}

/* ---- root keys ---- */

static yyjson_mut_val *json_config(const hr_schema *s)
{
    const yyjson_mut_val *normalizers = hr_json_get(yyjson_mut_doc_get_root(s->doc), "normalizers");

    return hr_json_get(hr_json_get(normalizers, "json"), "config");
}

static bool chain_has_root_key(const hr_schema *s, const hr_table *root)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        const hr_table *t = s->tables[i];

        if (t != root && hr_table_root(s, t) == root && hr_table_first(t, hr_is_root_key))
            return true;
    }
    return false;
}

static bool wants_root_key(const hr_schema *s, const hr_table *root)
{
    yyjson_mut_val *said = hr_json_get(json_config(s), "root_key_propagation");
    const hr_merge merge = merge_of(root);
    const bool ours = strncmp(root->name, "_dlt", 4) == 0;
    const bool asked = yyjson_mut_is_bool(said) ? yyjson_mut_get_bool(said)
                                                : merge != HR_MERGE_NONE && merge != HR_MERGE_SCD2;

    return (asked && !ours) || chain_has_root_key(s, root);
}

static yyjson_mut_val *mapping_of(const hr_schema *s, const hr_table *root)
{
    const yyjson_mut_val *propagation = hr_json_get(json_config(s), "propagation");

    return hr_json_get(hr_json_get(propagation, "tables"), root->name);
}

bool hr_schema_has_root_key(const hr_schema *s, const hr_table *root)
{
    yyjson_mut_val *key, *val;
    size_t i, n;

    yyjson_mut_obj_foreach(mapping_of(s, root), i, n, key, val)
    {
        if (yyjson_mut_equals_str(val, root_id))
            return true;
    }
    return false;
}

/* Member `key` of an object, made when it is missing; NULL: out of memory. */
static yyjson_mut_val *member(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key)
{
    yyjson_mut_val *there = hr_json_get(obj, key);

    if (there || !obj)
        return there;
    there = yyjson_mut_obj(doc);
    yyjson_mut_val *name = yyjson_mut_strcpy(doc, key);
    return there && name && yyjson_mut_obj_add(obj, name, there) ? there : NULL;
}

hr_status hr_schema_ask_root_key(hr_schema *s, bool wanted, hr_error *err)
{
    static const char *const path[] = {"normalizers", "json", "config"};
    yyjson_mut_val *at = yyjson_mut_doc_get_root(s->doc);

    for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
        at = member(s->doc, at, path[i]);
    return at && hr_json_put(s->doc, at, "root_key_propagation", yyjson_mut_bool(s->doc, wanted))
               ? HR_OK
               : hr_nomem(err);
}

hr_status hr_schema_settle_root_key(hr_schema *s, const hr_table *root, hr_error *err)
{
    static const char *const path[] = {"normalizers", "json", "config", "propagation", "tables"};
    const hr_column *row_key = hr_table_first(root, hr_is_row_key);
    yyjson_mut_val *at = yyjson_mut_doc_get_root(s->doc);

    if (hr_schema_has_root_key(s, root) || !wants_root_key(s, root))
        return HR_OK;
    for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
        at = member(s->doc, at, path[i]);
    at = member(s->doc, at, root->name);
    if (!at || !hr_json_put(s->doc, at, row_key ? row_key->name : "_dlt_id",
                            yyjson_mut_str(s->doc, root_id)))
        return hr_nomem(err);
    return HR_OK;
}
