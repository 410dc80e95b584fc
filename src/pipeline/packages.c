/* The load packages in the working folder: what they hold, and getting rid of one. */
#include <yyjson.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "load/load.h"
#include "package/package.h"
#include "pipeline/pipeline_int.h"
#include "pipeline/writer.h"
#include "json/json.h"

static const char *status_name(hr_package_status s)
{
    static const char *const names[] = {
        [HR_PACKAGE_BEGUN] = "extracting",
        [HR_PACKAGE_COMPLETE] = "complete",
        [HR_PACKAGE_LOADED] = "loaded",
        [HR_PACKAGE_BROKEN] = "broken",
    };

    return names[s];
}

/* begun.json or loaded.json of a package, as far as it can be read. */
static yyjson_doc *record_of(const hr_pipeline *p, const hr_package_entry *e)
{
    hr_buf path = {0};
    hr_buf text = {0};
    yyjson_doc *doc = NULL;

    hr_buf_addf(&path, "%s/%s/%s.json", p->packages, e->load_id,
                e->status == HR_PACKAGE_LOADED ? "loaded" : "begun");
    if (!path.failed && hr_read_file(path.data, &text, NULL) == HR_OK)
        doc = hr_json_read(hr_buf_str(&text), 0, NULL);
    hr_buf_release(&path);
    hr_buf_release(&text);
    return doc;
}

static void add_table(hr_writer *w, yyjson_mut_val *tables, const char *name, uint64_t rows,
                      uint64_t bytes, uint64_t files)
{
    yyjson_mut_val *t = hr_add_object(w, tables);

    hr_put_text(w, t, "name", name);
    hr_put_count(w, t, "rows", rows);
    hr_put_count(w, t, "bytes", bytes);
    hr_put_count(w, t, "files", files);
}

static bool first_of_table(const hr_package *pkg, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(pkg->files[k]->table, pkg->files[i]->table) == 0)
            return false;
    }
    return true;
}

/* Gives the bytes of all of them. */
static uint64_t add_complete_tables(hr_writer *w, yyjson_mut_val *tables, const hr_package *pkg)
{
    uint64_t all_bytes = 0;

    for (size_t i = 0; i < pkg->n_files; i++) {
        const char *name = pkg->files[i]->table;
        uint64_t bytes = 0;
        uint64_t files = 0;

        all_bytes += pkg->files[i]->bytes;
        if (!first_of_table(pkg, i))
            continue;
        for (size_t k = i; k < pkg->n_files; k++) {
            if (strcmp(pkg->files[k]->table, name) == 0) {
                bytes += pkg->files[k]->bytes;
                files++;
            }
        }
        add_table(w, tables, name, hr_package_rows(pkg, hr_str_from(name)), bytes, files);
    }
    return all_bytes;
}

static void add_loaded_tables(hr_writer *w, yyjson_mut_val *tables, yyjson_val *record)
{
    yyjson_val *key, *val;
    size_t i, max;

    yyjson_obj_foreach(yyjson_obj_get(record, "tables"), i, max, key, val)
    {
        add_table(w, tables, yyjson_get_str(key), yyjson_get_uint(val), 0, 0);
    }
}

static void describe_package(hr_writer *w, yyjson_mut_val *o, const hr_pipeline *p,
                             const hr_package_entry *e)
{
    yyjson_doc *record = record_of(p, e);
    yyjson_val *root = yyjson_doc_get_root(record);
    hr_package *pkg = NULL;
    uint64_t bytes = 0;
    const bool damaged = e->status == HR_PACKAGE_COMPLETE &&
                         hr_package_open(&pkg, p->packages, e->load_id, NULL) != HR_OK;

    hr_put_text(w, o, "load_id", e->load_id);
    hr_put_text(w, o, "state", damaged ? "broken" : status_name(e->status));
    hr_put_copy(w, o, "created_at", yyjson_obj_get(root, "created_at"));
    hr_put_copy(w, o, "resources", yyjson_obj_get(root, "resources"));
    hr_put_bool(w, o, "rereadable", e->rereadable);
    yyjson_mut_val *tables = hr_put_array(w, o, "tables");
    if (pkg)
        bytes = add_complete_tables(w, tables, pkg);
    else if (e->status == HR_PACKAGE_LOADED)
        add_loaded_tables(w, tables, root);
    hr_put_count(w, o, "bytes", bytes);
    hr_package_free(pkg);
    yyjson_doc_free(record);
}

hr_status hr_pipeline_packages(hr_pipeline *p, char **json, hr_error *err)
{
    hr_writer w;
    hr_package_entry *entries = NULL;
    size_t n = 0;

    HR_TRY(hr_package_list(p->packages, &entries, &n, err));
    hr_writer_begin_list(&w);
    for (size_t i = n; i-- > 0;)
        describe_package(&w, hr_add_object(&w, w.root), p, &entries[i]);
    hr_free(entries);
    return hr_writer_finish(&w, HR_OK, json, err);
}

static hr_status find_package(hr_pipeline *p, const char *load_id, hr_package_entry *out,
                              hr_error *err)
{
    hr_package_entry *entries = NULL;
    size_t n = 0;
    bool found = false;

    HR_TRY(hr_package_list(p->packages, &entries, &n, err));
    for (size_t i = 0; i < n && !found; i++) {
        found = strcmp(entries[i].load_id, load_id) == 0;
        if (found)
            *out = entries[i];
    }
    hr_free(entries);
    return found ? HR_OK
                 : hr_fail(err, HR_E_USAGE,
                           "pipeline %s has no package %s; `headrace packages` lists them", p->name,
                           load_id);
}

hr_status hr_pipeline_package(hr_pipeline *p, const char *load_id, char **json, hr_error *err)
{
    hr_package_entry entry;
    hr_writer w;

    HR_TRY(find_package(p, load_id, &entry, err));
    hr_writer_begin(&w);
    describe_package(&w, w.root, p, &entry);
    return hr_writer_finish(&w, HR_OK, json, err);
}

static hr_status abort_package(hr_pipeline *p, const hr_package_entry *e, hr_error *err)
{
    const hr_destination_settings settings = hr_pipeline_settings(p, true);
    hr_destination *d = NULL;
    hr_arena arena = {0};
    const char *inserted_at = NULL;

    if (e->status == HR_PACKAGE_LOADED)
        return hr_fail(err, HR_E_USAGE, "package %s is loaded; nothing is left to abort",
                       e->load_id);
    HR_TRY(p->ops->open(&d, &settings, err));
    hr_status st = d ? hr_load_find(d, e->load_id, &arena, &inserted_at, err) : HR_OK;
    p->ops->close(d);
    if (st == HR_OK && inserted_at)
        st = hr_fail(err, HR_E_USAGE, "package %s was committed at %s; the next run tidies it up",
                     e->load_id, inserted_at);
    if (st == HR_OK)
        st = hr_package_discard(p->packages, e->load_id, err);
    hr_arena_release(&arena);
    return st;
}

hr_status hr_pipeline_package_abort(hr_pipeline *p, const char *load_id, hr_error *err)
{
    hr_package_entry entry;
    int lock = -1;

    HR_TRY(find_package(p, load_id, &entry, err));
    HR_TRY(hr_pipeline_lock(p, &lock, err));
    const hr_status st = abort_package(p, &entry, err);
    hr_pipeline_unlock(lock);
    return st;
}
