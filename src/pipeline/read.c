/* Reading back: what the destination and the working folder hold. */
#include <errno.h>
#include <stdio.h>
#include <yyjson.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "load/load.h"
#include "package/package.h"
#include "pipeline/pipeline_int.h"
#include "schema/diff.h"
#include "schema/schema.h"
#include "state/state.h"
#include "json/json.h"

/* ---- the destination ---- */

static hr_status nothing_there(const hr_pipeline *p, hr_error *err)
{
    return hr_fail(err, HR_E_USAGE,
                   "there is nothing at %s yet; load something, or say --to and --pipeline",
                   p->shown_url);
}

static hr_status take_schema_name(hr_pipeline *p, hr_str stored, hr_error *err)
{
    hr_state *state = NULL;

    HR_TRY(hr_state_decode(&state, stored, err));
    const char *name = hr_state_get(state, HR_STATE_DEFAULT_SCHEMA_NAME);
    char *copy = name ? hr_strdup(name) : NULL;
    hr_state_free(state);
    if (name && !copy)
        return hr_nomem(err);
    if (copy) {
        hr_free(p->schema_name);
        p->schema_name = copy;
    }
    return HR_OK;
}

hr_status hr_pipeline_settle_schema(hr_pipeline *p, hr_destination *d, hr_error *err)
{
    hr_load_state stored = {0};
    hr_arena arena = {0};

    if (p->schema_settled)
        return HR_OK;
    hr_status st = hr_load_stored_state(d, p->name, &arena, &stored, err);
    if (st == HR_OK && stored.state.p)
        st = take_schema_name(p, stored.state, err);
    hr_arena_release(&arena);
    p->schema_settled = st == HR_OK;
    return st;
}

static hr_status open_to_read(hr_pipeline *p, hr_destination **d, hr_error *err)
{
    const hr_destination_settings settings = hr_pipeline_settings(p, true);

    HR_TRY(p->ops->open(d, &settings, err));
    return *d ? HR_OK : nothing_there(p, err);
}

static hr_status stored_schema(hr_pipeline *p, hr_destination *d, hr_schema **out, hr_error *err)
{
    hr_arena arena = {0};
    hr_str json = {0};
    hr_status st = hr_pipeline_settle_schema(p, d, err);

    if (st == HR_OK)
        st = hr_load_stored_schema(d, p->schema_name, &arena, &json, err);
    if (st == HR_OK && !json.p)
        st = hr_fail(err, HR_E_USAGE,
                     "dataset %s at %s holds no schema %s: another --pipeline or --dataset?",
                     p->dataset, p->shown_url, p->schema_name);
    if (st == HR_OK)
        st = hr_schema_parse(out, json, err);
    hr_arena_release(&arena);
    return st;
}

hr_status hr_pipeline_schema(hr_pipeline *p, char **json, hr_error *err)
{
    hr_destination *d = NULL;
    hr_schema *schema = NULL;
    hr_buf text = {0};

    HR_TRY(open_to_read(p, &d, err));
    hr_status st = stored_schema(p, d, &schema, err);
    p->ops->close(d);
    if (st == HR_OK)
        st = hr_schema_write(schema, &text, err);
    hr_schema_free(schema);
    if (st == HR_OK) {
        *json = hr_buf_take(&text);
        st = *json ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&text);
    return st;
}

static hr_status add_table(yyjson_mut_doc *doc, yyjson_mut_val *list, hr_destination *d,
                           const hr_table *t, hr_error *err)
{
    int64_t rows = -1;

    HR_TRY(hr_load_count_rows(d, t->name, &rows, err));
    if (rows < 0) /* known, but no row of it ever came */
        return HR_OK;
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);
    const bool ok = o && yyjson_mut_obj_add_strcpy(doc, o, "name", t->name) &&
                    (t->parent.p ? yyjson_mut_obj_add_strcpy(doc, o, "parent", t->parent.p)
                                 : yyjson_mut_obj_add_null(doc, o, "parent")) &&
                    yyjson_mut_obj_add_uint(doc, o, "columns", t->n_columns) &&
                    yyjson_mut_obj_add_int(doc, o, "rows", rows);
    return ok ? HR_OK : hr_nomem(err);
}

static hr_status take_text(yyjson_mut_doc *doc, char **json, hr_error *err)
{
    *json = hr_json_mut_text(yyjson_mut_doc_get_root(doc), NULL);
    return *json ? HR_OK : hr_nomem(err);
}

hr_status hr_pipeline_tables(hr_pipeline *p, char **json, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    hr_destination *d = NULL;
    hr_schema *schema = NULL;
    hr_status st = list ? open_to_read(p, &d, err) : hr_nomem(err);

    yyjson_mut_doc_set_root(doc, list);
    if (st == HR_OK)
        st = stored_schema(p, d, &schema, err);
    for (size_t i = 0; st == HR_OK && i < schema->n_tables; i++)
        st = add_table(doc, list, d, schema->tables[i], err);
    if (st == HR_OK)
        st = take_text(doc, json, err);
    p->ops->close(d);
    hr_schema_free(schema);
    yyjson_mut_doc_free(doc);
    return st;
}

/* ---- which load brought what ---- */

static bool add_change(yyjson_mut_doc *doc, yyjson_mut_val *list, const hr_schema_change *c)
{
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);

    return o && yyjson_mut_obj_add_str(doc, o, "kind", hr_schema_change_name(c->kind)) &&
           yyjson_mut_obj_add_strcpy(doc, o, "table", c->table) &&
           (!c->column || (yyjson_mut_obj_add_strcpy(doc, o, "column", c->column) &&
                           yyjson_mut_obj_add_str(doc, o, "type", hr_type_name(c->type))));
}

static bool put_cell(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *key, const char *text)
{
    return text ? yyjson_mut_obj_add_strcpy(doc, o, key, text)
                : yyjson_mut_obj_add_null(doc, o, key);
}

/* `cells` are those of hr_load_stored_versions; *before becomes the version they hold. */
static hr_status add_version(yyjson_mut_doc *doc, yyjson_mut_val *list, const char *const *cells,
                             hr_schema **before, hr_error *err)
{
    hr_schema_changes changes = {0};
    hr_schema *after = NULL;

    HR_TRY(hr_schema_parse(&after, hr_str_from(cells[2] ? cells[2] : ""), err));
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);
    hr_status st = hr_schema_diff(*before, after, &changes, err);
    bool ok = o && yyjson_mut_obj_add_int(doc, o, "version", after->version) &&
              put_cell(doc, o, "inserted_at", cells[1]) && put_cell(doc, o, "load_id", cells[3]);
    yyjson_mut_val *what = ok ? yyjson_mut_obj_add_arr(doc, o, "changes") : NULL;
    for (size_t i = 0; i < changes.n && what && ok; i++)
        ok = add_change(doc, what, &changes.items[i]);
    if (st == HR_OK && (!ok || !what))
        st = hr_nomem(err);
    hr_schema_changes_release(&changes);
    hr_schema_free(*before);
    *before = after;
    return st;
}

hr_status hr_pipeline_schema_log(hr_pipeline *p, char **json, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    hr_destination *d = NULL;
    hr_schema *before = NULL;
    hr_arena arena = {0};
    hr_rows rows = {0};
    hr_status st = list ? open_to_read(p, &d, err) : hr_nomem(err);

    yyjson_mut_doc_set_root(doc, list);
    if (st == HR_OK)
        st = hr_pipeline_settle_schema(p, d, err);
    if (st == HR_OK)
        st = hr_load_stored_versions(d, p->schema_name, &arena, &rows, err);
    for (size_t i = 0; i < rows.n_rows && st == HR_OK; i++)
        st = add_version(doc, list, &rows.cells[i * 4], &before, err);
    if (st == HR_OK)
        st = take_text(doc, json, err);
    p->ops->close(d);
    hr_schema_free(before);
    hr_arena_release(&arena);
    yyjson_mut_doc_free(doc);
    return st;
}

/* A stream that closes its destination when it is released. */
typedef struct owned_stream {
    struct ArrowArrayStream inner;
    hr_destination *d;
    const hr_destination_ops *ops;
} owned_stream;

static int stream_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    owned_stream *o = s->private_data;

    return o->inner.get_schema(&o->inner, out);
}

static int stream_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    owned_stream *o = s->private_data;

    return o->inner.get_next(&o->inner, out);
}

static const char *stream_error(struct ArrowArrayStream *s)
{
    owned_stream *o = s->private_data;

    return o->inner.get_last_error(&o->inner);
}

static void stream_release(struct ArrowArrayStream *s)
{
    owned_stream *o = s->private_data;

    o->inner.release(&o->inner);
    o->ops->close(o->d);
    hr_free(o);
    s->release = NULL;
}

hr_status hr_pipeline_query(hr_pipeline *p, const char *sql, struct ArrowArrayStream *out,
                            hr_error *err)
{
    if (!sql)
        return hr_fail(err, HR_E_USAGE, "the query is NULL");
    owned_stream *o = hr_calloc(1, sizeof(*o));

    if (!o)
        return hr_nomem(err);
    o->ops = p->ops;
    hr_status st = open_to_read(p, &o->d, err);
    if (st == HR_OK)
        st = p->ops->query(o->d, sql, &o->inner, err);
    if (st != HR_OK) {
        p->ops->close(o->d);
        hr_free(o);
        return st;
    }
    *out = (struct ArrowArrayStream){.get_schema = stream_schema,
                                     .get_next = stream_next,
                                     .get_last_error = stream_error,
                                     .release = stream_release,
                                     .private_data = o};
    return HR_OK;
}

/* ---- the working folder ---- */

/* Whoever asks for the trace is told when it is none. */
static hr_status check_trace(const char *path, const hr_buf *text, hr_error *err)
{
    yyjson_read_err why = {0};
    yyjson_doc *doc = hr_json_read(hr_buf_str(text), 0, &why);
    const bool ok = yyjson_is_obj(yyjson_doc_get_root(doc));

    yyjson_doc_free(doc);
    if (!doc && why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    return ok ? HR_OK
              : hr_fail(err, HR_E_PARSE, "%s is damaged; the next run writes it anew", path);
}

hr_status hr_pipeline_trace(hr_pipeline *p, char **json, hr_error *err)
{
    char *path = hr_pipeline_path(p, "trace.json");
    hr_buf text = {0};
    hr_error why = {0};

    if (!path)
        return hr_nomem(err);
    hr_status st = hr_read_file(path, &text, &why);
    if (st != HR_OK)
        st = why.os_errno == ENOENT
                 ? hr_fail(err, HR_E_USAGE, "pipeline %s has not run yet: %s is not there", p->name,
                           path)
                 : hr_fail(err, st, "%s", why.msg);
    if (st == HR_OK)
        st = check_trace(path, &text, err);
    hr_free(path);
    if (st == HR_OK) {
        *json = hr_buf_take(&text);
        st = *json ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&text);
    return st;
}

hr_status hr_pipeline_describe(hr_pipeline *p, char **json, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *o = yyjson_mut_obj(doc);

    yyjson_mut_doc_set_root(doc, o);
    const bool ok = o && yyjson_mut_obj_add_str(doc, o, "pipeline", p->name) &&
                    yyjson_mut_obj_add_str(doc, o, "destination", p->shown_url) &&
                    yyjson_mut_obj_add_str(doc, o, "dataset", p->dataset) &&
                    yyjson_mut_obj_add_str(doc, o, "working_dir", p->dir);
    const hr_status st = ok ? take_text(doc, json, err) : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    return st;
}

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

static bool copy_member(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *key, yyjson_val *record)
{
    yyjson_val *v = yyjson_obj_get(record, key);
    yyjson_mut_val *copy = v ? yyjson_val_mut_copy(doc, v) : yyjson_mut_null(doc);

    return copy && yyjson_mut_obj_add_val(doc, o, key, copy);
}

static bool add_package_table(yyjson_mut_doc *doc, yyjson_mut_val *tables, const char *name,
                              uint64_t rows, uint64_t bytes, uint64_t files)
{
    yyjson_mut_val *t = yyjson_mut_arr_add_obj(doc, tables);

    return t && yyjson_mut_obj_add_strcpy(doc, t, "name", name) &&
           yyjson_mut_obj_add_uint(doc, t, "rows", rows) &&
           yyjson_mut_obj_add_uint(doc, t, "bytes", bytes) &&
           yyjson_mut_obj_add_uint(doc, t, "files", files);
}

static bool first_of_table(const hr_package *pkg, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(pkg->files[k]->table, pkg->files[i]->table) == 0)
            return false;
    }
    return true;
}

static bool add_complete_tables(yyjson_mut_doc *doc, yyjson_mut_val *tables, const hr_package *pkg,
                                uint64_t *all_bytes)
{
    bool ok = true;

    for (size_t i = 0; i < pkg->n_files && ok; i++) {
        const char *name = pkg->files[i]->table;
        uint64_t bytes = 0;
        uint64_t files = 0;

        *all_bytes += pkg->files[i]->bytes;
        if (!first_of_table(pkg, i))
            continue;
        for (size_t k = i; k < pkg->n_files; k++) {
            if (strcmp(pkg->files[k]->table, name) == 0) {
                bytes += pkg->files[k]->bytes;
                files++;
            }
        }
        ok = add_package_table(doc, tables, name, hr_package_rows(pkg, hr_str_from(name)), bytes,
                               files);
    }
    return ok;
}

static bool add_loaded_tables(yyjson_mut_doc *doc, yyjson_mut_val *tables, yyjson_val *record)
{
    yyjson_val *key, *val;
    size_t i, max;
    bool ok = true;

    yyjson_obj_foreach(yyjson_obj_get(record, "tables"), i, max, key, val)
    {
        ok = ok && add_package_table(doc, tables, yyjson_get_str(key), yyjson_get_uint(val), 0, 0);
    }
    return ok;
}

static bool describe_package(const hr_pipeline *p, const hr_package_entry *e, yyjson_mut_doc *doc,
                             yyjson_mut_val *o)
{
    yyjson_doc *record = record_of(p, e);
    yyjson_val *root = yyjson_doc_get_root(record);
    hr_package *pkg = NULL;
    uint64_t bytes = 0;
    bool damaged = e->status == HR_PACKAGE_COMPLETE &&
                   hr_package_open(&pkg, p->packages, e->load_id, NULL) != HR_OK;
    bool ok =
        yyjson_mut_obj_add_strcpy(doc, o, "load_id", e->load_id) &&
        yyjson_mut_obj_add_str(doc, o, "state", damaged ? "broken" : status_name(e->status)) &&
        copy_member(doc, o, "created_at", root) && copy_member(doc, o, "resources", root) &&
        yyjson_mut_obj_add_bool(doc, o, "rereadable", e->rereadable);
    yyjson_mut_val *tables = ok ? yyjson_mut_obj_add_arr(doc, o, "tables") : NULL;

    if (tables && pkg)
        ok = add_complete_tables(doc, tables, pkg, &bytes);
    else if (tables && e->status == HR_PACKAGE_LOADED)
        ok = add_loaded_tables(doc, tables, root);
    ok = ok && tables && yyjson_mut_obj_add_uint(doc, o, "bytes", bytes);
    hr_package_free(pkg);
    yyjson_doc_free(record);
    return ok;
}

hr_status hr_pipeline_packages(hr_pipeline *p, char **json, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    hr_package_entry *entries = NULL;
    size_t n = 0;
    hr_status st = list ? hr_package_list(p->packages, &entries, &n, err) : hr_nomem(err);

    yyjson_mut_doc_set_root(doc, list);
    for (size_t i = n; i-- > 0 && st == HR_OK;) {
        yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);

        if (!o || !describe_package(p, &entries[i], doc, o))
            st = hr_nomem(err);
    }
    if (st == HR_OK)
        st = take_text(doc, json, err);
    hr_free(entries);
    yyjson_mut_doc_free(doc);
    return st;
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

    HR_TRY(find_package(p, load_id, &entry, err));
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, o);
    const hr_status st =
        o && describe_package(p, &entry, doc, o) ? take_text(doc, json, err) : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    return st;
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
