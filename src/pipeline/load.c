/* The load step of a run: which tables, from which batches, and which are replaced. */
#include <yyjson.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/reader.h"
#include "pipeline/run_int.h"
#include "schema/strategy.h"
#include "json/json.h"

/* Whether the root above a table is among the replaced resources. */
static bool is_replaced(const hr_run *r, const hr_table *t, yyjson_val *replaced)
{
    yyjson_val *name;
    size_t i, max;

    while (t && t->parent.p)
        t = hr_schema_table(r->schema, t->parent);
    if (!t)
        return false;
    yyjson_arr_foreach(replaced, i, max, name)
    {
        if (strcmp(yyjson_get_str(name), t->name) == 0)
            return true;
    }
    return false;
}

/* Whether rows of its resource came that are merged: then those it has may have to go. */
static bool is_merged(const hr_run *r, const hr_table *t)
{
    const hr_table *root = hr_table_root(r->schema, t);

    return root->write_disposition && strcmp(root->write_disposition, "merge") == 0 &&
           hr_package_rows(r->package, hr_str_from(root->name)) > 0;
}

/* A table's batches, for as long as nobody cancels the run. */
typedef struct source {
    hr_package_reader *reader;
    hr_batches batches;
    const atomic_bool *cancelled;
} source;

static hr_status next_unless_cancelled(void *self, struct ArrowArray *out, hr_error *err)
{
    const source *s = self;
    const hr_batches *inner = hr_package_reader_batches(s->reader);

    if (atomic_load(s->cancelled))
        return hr_fail(err, HR_E_CANCELLED, "cancelled");
    return inner->next(inner->self, out, err);
}

static void rewind_source(void *self)
{
    const source *s = self;
    const hr_batches *inner = hr_package_reader_batches(s->reader);

    inner->rewind(inner->self);
}

static hr_status open_source(hr_run *r, const hr_table *t, source *s, hr_error *err)
{
    HR_TRY(hr_package_reader_new(&s->reader, r->package, t, err));
    s->cancelled = &r->p->cancelled;
    s->batches = *hr_package_reader_batches(s->reader);
    s->batches.self = s;
    s->batches.next = next_unless_cancelled;
    s->batches.rewind = rewind_source;
    return HR_OK;
}

static hr_status add_table(hr_run *r, const hr_table *t, bool replace, source *s, hr_error *err)
{
    const bool rows = hr_package_rows(r->package, hr_str_from(t->name)) > 0;

    if (!rows && !(t->seen_data && (replace || is_merged(r, t))))
        return HR_OK;
    hr_load_table *lt = &r->tables[r->n_tables];
    *lt = (hr_load_table){.table = t, .replace = replace};
    if (rows) {
        HR_TRY(open_source(r, t, s, err));
        lt->batches = &s->batches;
    }
    r->n_tables++;
    return HR_OK;
}

static hr_status collect_tables(hr_run *r, source *sources, hr_error *err)
{
    const char *text = r->package->replaced ? r->package->replaced : "[]";
    yyjson_doc *replaced = hr_json_read(hr_str_from(text), 0, NULL);
    hr_status st = replaced ? HR_OK : hr_nomem(err);

    for (size_t i = 0; i < r->schema->n_tables && st == HR_OK; i++) {
        const hr_table *t = r->schema->tables[i];

        st = add_table(r, t, is_replaced(r, t, yyjson_doc_get_root(replaced)), &sources[i], err);
    }
    yyjson_doc_free(replaced);
    return st;
}

/* The texts of a JSON array, borrowed from *doc, which the caller frees with *names. */
static hr_status list_of(const char *json, yyjson_doc **doc, const char ***names, size_t *n,
                         hr_error *err)
{
    yyjson_val *name;
    size_t i, max;

    *n = 0;
    *names = NULL;
    *doc = json ? hr_json_read(hr_str_from(json), 0, NULL) : NULL;
    if (!json)
        return HR_OK;
    *names = hr_calloc(yyjson_arr_size(yyjson_doc_get_root(*doc)) + 1, sizeof(**names));
    if (!*doc || !*names)
        return hr_nomem(err);
    yyjson_arr_foreach(yyjson_doc_get_root(*doc), i, max, name)
    {
        if (yyjson_is_str(name))
            (*names)[(*n)++] = yyjson_get_str(name);
    }
    return HR_OK;
}

static uint64_t all_rows(const hr_run *r)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < r->n_tables; i++)
        rows += r->tables[i].batches ? r->tables[i].batches->rows : 0;
    return rows;
}

static uint64_t most_columns(const hr_run *r)
{
    uint64_t most = 0;

    for (size_t i = 0; i < r->n_tables; i++) {
        if (r->tables[i].table->n_columns > most)
            most = r->tables[i].table->n_columns;
    }
    return most;
}

static uint64_t most_rows(const hr_run *r)
{
    uint64_t most = 0;

    for (size_t i = 0; i < r->n_tables; i++) {
        if (r->tables[i].batches && r->tables[i].batches->rows > most)
            most = r->tables[i].batches->rows;
    }
    return most;
}

static void on_rows(void *ctx, uint64_t rows)
{
    hr_run *r = ctx;

    hr_progress_rows(&r->progress, rows);
}

static void on_retry(void *ctx, const hr_error *why)
{
    hr_run *r = ctx;

    hr_pipeline_say(r->p, HR_EVENT_NOTICE, "the load is tried again: %s", why->msg);
    hr_progress_again(&r->progress);
}

static hr_status load_tables(hr_run *r, hr_error *err)
{
    hr_destination_settings settings = hr_pipeline_settings(r->p, false);
    const hr_package_state *s = &r->package->state;
    hr_destination *d = NULL;
    yyjson_doc *docs[2] = {NULL, NULL};
    const char **dropped = NULL;
    const char **truncated = NULL;
    size_t n_dropped = 0;
    size_t n_truncated = 0;
    const hr_load_state state = {.version = s->version,
                                 .pipeline_name = s->pipeline_name,
                                 .state = s->encoded ? hr_str_from(s->encoded) : (hr_str){0},
                                 .version_hash = s->hash};

    settings.row_bytes = hr_package_row_bytes(r->package);
    settings.rows = most_rows(r);
    settings.columns = most_columns(r);
    hr_status st = list_of(r->package->dropped, &docs[0], &dropped, &n_dropped, err);
    if (st == HR_OK)
        st = list_of(r->package->truncated, &docs[1], &truncated, &n_truncated, err);
    if (st == HR_OK)
        st = r->p->ops->open(&d, &settings, err);
    r->load = (hr_load){.dropped = dropped,
                        .replace_strategy = r->p->hints.replace_strategy,
                        .n_dropped = n_dropped,
                        .truncated = truncated,
                        .n_truncated = n_truncated,
                        .settings = &settings,
                        .schema = r->schema,
                        .load_id = r->load_id,
                        .tables = r->tables,
                        .n_tables = r->n_tables,
                        .state = s->encoded ? &state : NULL,
                        .on_rows = on_rows,
                        .on_retry = on_retry,
                        .ctx = r};
    if (st == HR_OK)
        st = hr_load_run(&r->load, &d, err);
    r->loaded = r->load.committed;
    r->load.settings = NULL;
    r->load.state = NULL;
    r->load.dropped = r->load.truncated = NULL;
    for (size_t i = 0; i < 2; i++)
        yyjson_doc_free(docs[i]);
    hr_free(dropped);
    hr_free(truncated);
    r->p->ops->close(d);
    return st;
}

hr_status hr_run_load(hr_run *r, hr_error *err)
{
    const size_t n = r->schema->n_tables;
    source *sources = hr_calloc(n, sizeof(*sources));

    r->tables = hr_calloc(n, sizeof(*r->tables));
    hr_status st = sources && r->tables ? collect_tables(r, sources, err) : hr_nomem(err);
    if (st == HR_OK) {
        hr_progress_begin(&r->progress, "load", NULL, all_rows(r));
        st = load_tables(r, err);
        hr_progress_end(&r->progress);
    }
    for (size_t i = 0; sources && i < n; i++)
        hr_package_reader_free(sources[i].reader);
    hr_free(sources);
    for (size_t i = 0; r->tables && i < r->n_tables; i++)
        r->tables[i].batches = NULL; /* the sources are gone */
    return st;
}

hr_status hr_run_preview(hr_run *r, hr_error *err)
{
    r->tables = hr_calloc(r->schema->n_tables, sizeof(*r->tables));
    if (!r->tables)
        return hr_nomem(err);
    for (size_t i = 0; i < r->schema->n_tables; i++) {
        const hr_table *t = r->schema->tables[i];
        const hr_str name = hr_str_from(t->name);
        const hr_table *before = r->stored ? hr_schema_table(r->stored, name) : NULL;

        if (hr_package_rows(r->package, name))
            r->tables[r->n_tables++] =
                (hr_load_table){.table = t, .created = !before || !before->seen_data};
    }
    return HR_OK;
}
