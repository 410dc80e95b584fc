/* Reading back: what the destination and the working folder hold. */
#include <errno.h>
#include <yyjson.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "load/load.h"
#include "pipeline/pipeline_int.h"
#include "pipeline/writer.h"
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

static hr_status add_table(hr_writer *w, hr_destination *d, const hr_table *t, hr_error *err)
{
    int64_t rows = -1;

    HR_TRY(hr_load_count_rows(d, t->name, &rows, err));
    if (rows < 0) /* known, but no row of it ever came */
        return HR_OK;
    yyjson_mut_val *o = hr_add_object(w, w->root);
    hr_put_text(w, o, "name", t->name);
    hr_put_text(w, o, "parent", t->parent.p);
    hr_put_count(w, o, "columns", t->n_columns);
    hr_put_count(w, o, "rows", (uint64_t)rows);
    return HR_OK;
}

hr_status hr_pipeline_tables(hr_pipeline *p, char **json, hr_error *err)
{
    hr_writer w;
    hr_destination *d = NULL;
    hr_schema *schema = NULL;
    hr_status st = open_to_read(p, &d, err);

    hr_writer_begin_list(&w);
    if (st == HR_OK)
        st = stored_schema(p, d, &schema, err);
    for (size_t i = 0; st == HR_OK && i < schema->n_tables; i++)
        st = add_table(&w, d, schema->tables[i], err);
    p->ops->close(d);
    hr_schema_free(schema);
    return hr_writer_finish(&w, st, json, err);
}

/* ---- which load brought what ---- */

static void add_change(hr_writer *w, yyjson_mut_val *list, const hr_schema_change *c)
{
    yyjson_mut_val *o = hr_add_object(w, list);

    hr_put_text(w, o, "kind", hr_schema_change_name(c->kind));
    hr_put_text(w, o, "table", c->table);
    if (c->column) {
        hr_put_text(w, o, "column", c->column);
        hr_put_text(w, o, "type", hr_type_name(c->type));
    }
}

/* `cells` are those of hr_load_stored_versions; *before becomes the version they hold. */
static hr_status add_version(hr_writer *w, const char *const *cells, hr_schema **before,
                             hr_error *err)
{
    hr_schema_changes changes = {0};
    hr_schema *after = NULL;

    HR_TRY(hr_schema_parse(&after, hr_str_from(cells[2] ? cells[2] : ""), err));
    const hr_status st = hr_schema_diff(*before, after, &changes, err);
    yyjson_mut_val *o = hr_add_object(w, w->root);
    hr_put_count(w, o, "version", (uint64_t)after->version);
    hr_put_text(w, o, "inserted_at", cells[1]);
    hr_put_text(w, o, "load_id", cells[3]);
    yyjson_mut_val *list = hr_put_array(w, o, "changes");
    for (size_t i = 0; i < changes.n; i++)
        add_change(w, list, &changes.items[i]);
    hr_schema_changes_release(&changes);
    hr_schema_free(*before);
    *before = after;
    return st;
}

hr_status hr_pipeline_schema_log(hr_pipeline *p, char **json, hr_error *err)
{
    hr_writer w;
    hr_destination *d = NULL;
    hr_schema *before = NULL;
    hr_arena arena = {0};
    hr_rows rows = {0};
    hr_status st = open_to_read(p, &d, err);

    hr_writer_begin_list(&w);
    if (st == HR_OK)
        st = hr_pipeline_settle_schema(p, d, err);
    if (st == HR_OK)
        st = hr_load_stored_versions(d, p->schema_name, &arena, &rows, err);
    for (size_t i = 0; i < rows.n_rows && st == HR_OK; i++)
        st = add_version(&w, &rows.cells[i * 4], &before, err);
    p->ops->close(d);
    hr_schema_free(before);
    hr_arena_release(&arena);
    return hr_writer_finish(&w, st, json, err);
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
    hr_writer w;

    hr_writer_begin(&w);
    hr_put_text(&w, w.root, "pipeline", p->name);
    hr_put_text(&w, w.root, "destination", p->shown_url);
    hr_put_text(&w, w.root, "dataset", p->dataset);
    hr_put_text(&w, w.root, "working_dir", p->dir);
    return hr_writer_finish(&w, HR_OK, json, err);
}
