/* source.files of a pipeline file: resources that are files of JSON. */
#include "base/mem.h"
#include "config/hints.h"
#include "headrace/headrace.h"
#include "pipeline/file_source.h"
#include "json/json.h"

typedef struct file_resource {
    const char *name;
    hr_texts path;
    yyjson_val *at;
} file_resource;

typedef struct files_options {
    yyjson_val *resource_defaults;
    hr_list resources;
} files_options;

static const hr_option resource_rows[] = {
    {"name", HR_OPTION_TEXT, HR_AT(file_resource, name), .flags = HR_OPTION_REQUIRED,
     .example = "events", .help = "Name of the resource, and of its table"},
    {"path", HR_OPTION_TEXTS, HR_AT(file_resource, path), .flags = HR_OPTION_REQUIRED,
     .example = "data/*.jsonl",
     .help = "Files, folders and patterns; JSON or NDJSON, plain, gzip or zstd"},
    {0},
};
static const hr_option_table resource_table = {
    "resource",
    resource_rows,
    sizeof(file_resource),
    .open = true,
    .at = HR_GIVEN(file_resource, at),
    .also = &hr_hint_table,
    .help = "A table from files; hints such as write_disposition stand here, too"};

static const hr_option files_rows[] = {
    {"resource_defaults", HR_OPTION_OBJECT, HR_AT(files_options, resource_defaults),
     .help = "Hints of all resources that do not say otherwise"},
    {"resources", HR_OPTION_LIST, HR_AT(files_options, resources), .flags = HR_OPTION_REQUIRED,
     .table = &resource_table, .help = "What is loaded"},
    {0},
};
const hr_option_table hr_files_table = {"files", files_rows, sizeof(files_options),
                                        .help = "Files of JSON"};

/* ---- hints ---- */

static bool is_own(yyjson_val *key)
{
    return hr_options_find(&resource_table, (hr_str){yyjson_get_str(key), yyjson_get_len(key)});
}

static bool copy_hints(yyjson_mut_doc *made, yyjson_mut_val *hints, yyjson_val *from)
{
    yyjson_val *key, *val;
    size_t i, n;

    yyjson_obj_foreach(from, i, n, key, val)
    {
        yyjson_mut_val *k = yyjson_val_mut_copy(made, key);
        yyjson_mut_val *v = yyjson_val_mut_copy(made, val);

        if (is_own(key))
            continue;
        (void)yyjson_mut_obj_remove(hints, k);
        if (!k || !v || !yyjson_mut_obj_add(hints, k, v))
            return false;
    }
    return true;
}

/* What stands at the resource, over the defaults. */
static hr_status write_hints(const files_options *all, yyjson_val *at, hr_buf *out, hr_error *err)
{
    yyjson_mut_doc *made = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *hints = made ? yyjson_mut_obj(made) : NULL;
    const bool ok =
        hints && copy_hints(made, hints, all->resource_defaults) && copy_hints(made, hints, at);
    hr_status st = ok ? hr_json_write(hints, false, NULL, out, err) : hr_nomem(err);

    if (st == HR_OK)
        st = hr_buf_status(out, err);
    yyjson_mut_doc_free(made);
    return st;
}

/* ---- adding ---- */

static hr_status add_file(hr_pipeline *p, hr_doc *doc, const files_options *all,
                          const file_resource *r, hr_error *err)
{
    hr_buf hints = {0};
    hr_error why = {0};
    hr_status st = write_hints(all, r->at, &hints, &why);
    const hr_resource_options o = {.size = sizeof(o), .table = r->name, .hints = hints.data};

    if (st == HR_OK)
        st = hr_pipeline_add_files(p, &o, r->path.items, r->path.n, &why);
    hr_buf_release(&hints);
    return st == HR_OK ? st : hr_doc_fail(doc, r->at, err, st, "%s", why.msg);
}

static const file_resource *find(const files_options *all, const char *name)
{
    const file_resource *r = all->resources.items;

    for (size_t i = 0; i < all->resources.n; i++)
        if (strcmp(r[i].name, name) == 0)
            return &r[i];
    return NULL;
}

static bool is_selected(const hr_texts *select, const char *name)
{
    for (size_t i = 0; i < select->n; i++)
        if (strcmp(select->items[i], name) == 0)
            return true;
    return select->n == 0;
}

static hr_status add_all(hr_pipeline *p, hr_doc *doc, yyjson_val *section, const hr_texts *select,
                         hr_error *err)
{
    files_options all = {0};

    HR_TRY(hr_options_read(doc, section, &hr_files_table, &all, err));
    for (size_t i = 0; i < select->n; i++)
        if (!find(&all, select->items[i]))
            return hr_fail(err, HR_E_CONFIG, "%s has no resource %s to select", doc->name,
                           select->items[i]);
    const file_resource *r = all.resources.items;
    for (size_t i = 0; i < all.resources.n; i++)
        if (is_selected(select, r[i].name))
            HR_TRY(add_file(p, doc, &all, &r[i], err));
    return HR_OK;
}

hr_status hr_file_add_files(hr_pipeline *p, hr_doc *doc, yyjson_val *section,
                            const hr_texts *select, hr_error *err)
{
    const hr_status st = add_all(p, doc, section, select, err);

    hr_doc_free(doc);
    return st;
}

bool hr_file_plan_files(const hr_pipeline *p, yyjson_mut_doc *doc, yyjson_mut_val *into)
{
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, into, "resources");
    bool ok = list;

    for (size_t i = 0; ok && i < p->n_resources; i++) {
        yyjson_mut_val *r = yyjson_mut_arr_add_obj(doc, list);

        ok = r && yyjson_mut_obj_add_strcpy(doc, r, "name", p->resources[i].table);
        yyjson_mut_val *paths = ok ? yyjson_mut_obj_add_arr(doc, r, "path") : NULL;
        ok = paths;
        for (size_t k = 0; ok && k < p->resources[i].n_paths; k++)
            ok = yyjson_mut_arr_add_strcpy(doc, paths, p->resources[i].paths[k]);
    }
    return ok;
}
