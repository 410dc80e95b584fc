#include "schema/schema_file.h"

#include "base/mem.h"
#include "config/doc.h"
#include "config/yaml_write.h"
#include "headrace/headrace.h"
#include "schema/schema_int.h"

static const char imported[] = "imported_version_hash";

/* ---- reading ---- */

static void forget_rows(hr_schema *s)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        hr_table *t = s->tables[i];
        yyjson_mut_val *hints = hr_json_get(t->doc, "x-normalizer");

        t->seen_data = false;
        (void)yyjson_mut_obj_remove_key(hints, "seen-data");
        if (yyjson_mut_is_obj(hints) && !yyjson_mut_obj_size(hints))
            (void)yyjson_mut_obj_remove_key(t->doc, "x-normalizer");
    }
}

static hr_status parse_doc(hr_schema **out, const hr_doc *doc, hr_error *err)
{
    yyjson_mut_doc *copy = yyjson_mut_doc_new(&hr_json_alc);
    hr_buf json = {0};

    yyjson_mut_val *root = copy ? yyjson_val_mut_copy(copy, hr_doc_root(doc)) : NULL;
    hr_status st = root ? hr_json_write(root, false, NULL, &json, err) : hr_nomem(err);
    if (st == HR_OK)
        st = hr_schema_parse_edited(out, hr_buf_str(&json), err);
    hr_buf_release(&json);
    yyjson_mut_doc_free(copy);
    return st;
}

hr_status hr_schema_read_file(hr_schema **out, const char *path, char hash[HR_HASH_TEXT],
                              hr_error *err)
{
    hr_doc *doc = NULL;

    *out = NULL;
    HR_TRY(hr_doc_read(&doc, path, err));
    hr_status st = parse_doc(out, doc, err);
    hr_doc_free(doc);
    if (st == HR_OK)
        st = hr_schema_hash(*out, hash, err);
    if (st != HR_OK) {
        hr_schema_free(*out);
        *out = NULL;
        return hr_fail_in(err, st, "schema file %s", path);
    }
    forget_rows(*out);
    return HR_OK;
}

/* ---- writing ---- */

static void strip(yyjson_mut_val *o)
{
    (void)yyjson_mut_obj_remove_key(o, "x-normalizer");
}

static void each_table(yyjson_mut_val *tables, void (*do_it)(yyjson_mut_val *))
{
    yyjson_mut_val *key, *table, *column;
    size_t i, n, k, m;

    yyjson_mut_obj_foreach(tables, i, n, key, table)
    {
        do_it(table);
        yyjson_mut_obj_foreach(hr_json_get(table, "columns"), k, m, key, column)
        {
            do_it(column);
        }
    }
}

static void forget_name(yyjson_mut_val *o)
{
    (void)yyjson_mut_obj_remove_key(o, "name");
}

hr_status hr_schema_write_yaml(const hr_schema *s, bool stripped, char *hash, hr_buf *out,
                               hr_error *err)
{
    hr_schema *copy = NULL;

    HR_TRY(hr_schema_copy(&copy, s, err));
    yyjson_mut_val *root = yyjson_mut_doc_get_root(copy->doc);
    if (stripped)
        each_table(copy->tables_doc, strip);
    hr_status st = hr_schema_bump(copy, NULL, err);
    if (st == HR_OK && hash)
        memcpy(hash, copy->version_hash, HR_HASH_TEXT);
    each_table(copy->tables_doc, forget_name);
    (void)yyjson_mut_obj_remove_key(root, imported);
    if (st == HR_OK)
        st = hr_yaml_write(root, out, err);
    hr_schema_free(copy);
    return st;
}

/* ---- taking another's place ---- */

hr_status hr_schema_follow(hr_schema *s, const hr_schema *before, hr_error *err)
{
    for (size_t i = 0; i < before->n_tables; i++) {
        hr_table *t = hr_schema_table(s, hr_str_from(before->tables[i]->name));

        if (t && before->tables[i]->seen_data)
            HR_TRY(hr_table_set_seen_data(s, t, err));
    }
    return hr_schema_remember_hash(s, before->version_hash) ? HR_OK : hr_nomem(err);
}

const char *hr_schema_imported_hash(const hr_schema *s)
{
    return hr_json_str(hr_json_get(yyjson_mut_doc_get_root(s->doc), imported)).p;
}

hr_status hr_schema_set_imported_hash(hr_schema *s, const char *hash, hr_error *err)
{
    return hr_json_put(s->doc, yyjson_mut_doc_get_root(s->doc), imported,
                       yyjson_mut_strcpy(s->doc, hash))
               ? HR_OK
               : hr_nomem(err);
}
