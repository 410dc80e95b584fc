/* The load info and the trace; docs/load-info.md tells their shape. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"
#include "json/json.h"

/* yyjson's builders answer with false when memory is short; `ok` gathers that. */
typedef struct writer {
    yyjson_mut_doc *doc;
    bool ok;
} writer;

static void put_text(writer *w, yyjson_mut_val *o, const char *key, const char *text)
{
    w->ok = w->ok && (text ? yyjson_mut_obj_add_strcpy(w->doc, o, key, text)
                           : yyjson_mut_obj_add_null(w->doc, o, key));
}

static void put_count(writer *w, yyjson_mut_val *o, const char *key, uint64_t n)
{
    w->ok = w->ok && yyjson_mut_obj_add_uint(w->doc, o, key, n);
}

static void put_bool(writer *w, yyjson_mut_val *o, const char *key, bool yes)
{
    w->ok = w->ok && yyjson_mut_obj_add_bool(w->doc, o, key, yes);
}

/* To the millisecond: more is noise. */
static void put_seconds(writer *w, yyjson_mut_val *o, const char *key, double seconds)
{
    const double rounded = (double)(int64_t)(seconds * 1000 + 0.5) / 1000;

    w->ok = w->ok && yyjson_mut_obj_add_real(w->doc, o, key, rounded);
}

static yyjson_mut_val *put_array(writer *w, yyjson_mut_val *o, const char *key)
{
    yyjson_mut_val *a = w->ok ? yyjson_mut_obj_add_arr(w->doc, o, key) : NULL;

    w->ok = a != NULL;
    return a;
}

static yyjson_mut_val *put_object(writer *w, yyjson_mut_val *o, const char *key)
{
    yyjson_mut_val *sub = w->ok ? yyjson_mut_obj_add_obj(w->doc, o, key) : NULL;

    w->ok = sub != NULL;
    return sub;
}

static yyjson_mut_val *add_object(writer *w, yyjson_mut_val *a)
{
    yyjson_mut_val *o = w->ok ? yyjson_mut_arr_add_obj(w->doc, a) : NULL;

    w->ok = o != NULL;
    return o;
}

static void put_instant(writer *w, yyjson_mut_val *o, const char *key, double unix_time)
{
    const time_t whole = (time_t)unix_time;
    struct tm tm;
    char day[32];
    char text[48];

    gmtime_r(&whole, &tm);
    (void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text, sizeof(text), "%s.%03dZ", day, (int)((unix_time - (double)whole) * 1000));
    put_text(w, o, key, text);
}

/* ---- parts of the load info ---- */

static const char *status_of(const hr_run *r)
{
    if (r->loaded)
        return "loaded";
    if (r->p->dry_run && r->error.status == HR_OK)
        return "dry_run";
    return r->error.status == HR_OK ? "nothing" : "failed";
}

static void put_steps(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *steps = put_array(w, o, "steps");
    yyjson_mut_val *extract = add_object(w, steps);

    put_text(w, extract, "name", "extract");
    put_seconds(w, extract, "seconds", r->extract_seconds);
    put_count(w, extract, "bytes", r->result.bytes);
    put_count(w, extract, "rows", r->result.rows);
    if (!r->loaded)
        return;
    yyjson_mut_val *load = add_object(w, steps);
    put_text(w, load, "name", "load");
    put_seconds(w, load, "seconds", r->load_seconds);
    put_count(w, load, "rows", r->result.rows);
    put_seconds(w, load, "migrate_seconds", r->load.migrate_seconds);
    put_seconds(w, load, "insert_seconds", r->load.insert_seconds);
    put_seconds(w, load, "commit_seconds", r->load.commit_seconds);
}

static void put_new_columns(writer *w, const hr_run *r, const hr_table *t, yyjson_mut_val *o)
{
    const hr_table *before = r->stored ? hr_schema_table(r->stored, hr_str_from(t->name)) : NULL;
    yyjson_mut_val *columns = put_array(w, o, "new_columns");
    yyjson_mut_val *variants = put_array(w, o, "variants");

    for (size_t i = 0; i < t->n_columns && w->ok; i++) {
        const hr_column *c = t->columns[i];
        const hr_column *old = before ? hr_table_column(before, hr_str_from(c->name)) : NULL;

        if (c->type == HR_TYPE_NONE || (old && old->type != HR_TYPE_NONE))
            continue;
        yyjson_mut_val *column = add_object(w, columns);
        put_text(w, column, "name", c->name);
        put_text(w, column, "type", hr_type_name(c->type));
        if (c->variant)
            w->ok = w->ok && yyjson_mut_arr_add_strcpy(w->doc, variants, c->name);
    }
}

static const char *disposition_of(const hr_run *r, const hr_table *t)
{
    while (t->parent.p)
        t = hr_schema_table(r->schema, t->parent);
    return t->write_disposition;
}

static void put_tables(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *tables = put_array(w, o, "tables");

    for (size_t i = 0; i < r->n_tables && w->ok; i++) {
        const hr_load_table *lt = &r->tables[i];

        if (strncmp(lt->table->name, "_dlt_", 5) == 0) /* hashes of rows are not the user's */
            continue;
        yyjson_mut_val *t = add_object(w, tables);

        put_text(w, t, "name", lt->table->name);
        put_text(w, t, "parent", lt->table->parent.p);
        put_count(w, t, "rows", hr_package_rows(r->package, hr_str_from(lt->table->name)));
        put_bool(w, t, "new", lt->created);
        put_text(w, t, "write_disposition", disposition_of(r, lt->table));
        put_new_columns(w, r, lt->table, t);
    }
}

const char *hr_discard_reason(hr_discard why)
{
    static const char *const reasons[HR_N_DISCARDS] = {
        [HR_DISCARD_SYSTEM_KEY] = "key named like a system column",
        [HR_DISCARD_DUPLICATE_KEY] = "duplicate key, the last one kept",
        [HR_DISCARD_NEW_COLUMN] = "schema_contract columns: discard_value",
        [HR_DISCARD_NEW_TYPE] = "schema_contract data_type: discard_value",
        [HR_DISCARD_NEW_TABLE] = "schema_contract tables",
        [HR_DISCARD_ROW_OF_COLUMN] = "schema_contract columns: discard_row",
        [HR_DISCARD_ROW_OF_TYPE] = "schema_contract data_type: discard_row",
        [HR_DISCARD_LEFT_OUT] = "left out by include or exclude",
    };

    return reasons[why];
}

static void put_values(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    const hr_tally *tally = &r->result.tally;
    yyjson_mut_val *values = put_object(w, o, "values");
    uint64_t discarded = 0;

    for (int i = 0; i < HR_N_DISCARDS; i++)
        discarded += tally->discarded[i];
    put_count(w, values, "in", tally->values);
    put_count(w, values, "loaded", r->result.values_loaded);
    put_count(w, values, "discarded", discarded);
    put_count(w, values, "rows_discarded", tally->rows_discarded);
    yyjson_mut_val *list = put_array(w, values, "reasons");
    for (int i = 0; i < HR_N_DISCARDS && w->ok; i++) {
        if (!tally->discarded[i])
            continue;
        yyjson_mut_val *reason = add_object(w, list);
        put_text(w, reason, "reason", hr_discard_reason((hr_discard)i));
        put_count(w, reason, "count", tally->discarded[i]);
        put_text(w, reason, "example", tally->example[i]);
    }
}

static void put_cursor(writer *w, yyjson_mut_val *o, const char *key, const hr_cursor *c)
{
    w->ok = w->ok && hr_json_put(w->doc, o, key, hr_cursor_to_doc(c, w->doc));
}

static void put_incremental(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *list = put_array(w, o, "incremental");

    for (size_t i = 0; i < r->p->n_resources && w->ok; i++) {
        const hr_incremental *inc = r->p->resources[i].incremental;

        if (!inc)
            continue;
        yyjson_mut_val *one = add_object(w, list);
        put_text(w, one, "resource", r->p->resources[i].table);
        put_text(w, one, "cursor", hr_incremental_path(inc));
        put_cursor(w, one, "start_value", hr_incremental_start(inc));
        put_cursor(w, one, "last_value", hr_incremental_stop(inc));
        put_count(w, one, "rows", hr_incremental_rows_in(inc));
        put_count(w, one, "left_out", hr_incremental_left_out(inc));
    }
}

/* A JSON array that is there as text; NULL: empty. */
static void put_list(writer *w, yyjson_mut_val *o, const char *key, const char *json)
{
    yyjson_mut_val *list = put_array(w, o, key);
    yyjson_doc *doc = json ? yyjson_read(json, strlen(json), 0) : NULL;
    yyjson_val *item;
    size_t i, n;

    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, item)
    {
        w->ok = w->ok && yyjson_mut_arr_add_strcpy(w->doc, list, yyjson_get_str(item));
    }
    yyjson_doc_free(doc);
}

static void put_settled(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *list = put_array(w, o, "packages_settled");

    for (size_t i = 0; i < r->n_settled && w->ok; i++) {
        yyjson_mut_val *s = add_object(w, list);

        put_text(w, s, "load_id", r->settled[i].load_id);
        put_text(w, s, "outcome", r->settled[i].outcome);
        put_text(w, s, "why", r->settled[i].why);
    }
}

static const char *error_name(hr_status st)
{
    static const char *const names[] = {
        [HR_OK] = "ok",
        [HR_E_USAGE] = "usage",
        [HR_E_CONFIG] = "config",
        [HR_E_NOMEM] = "memory",
        [HR_E_IO] = "io",
        [HR_E_REMOTE] = "remote",
        [HR_E_PARSE] = "parse",
        [HR_E_SCHEMA] = "schema",
        [HR_E_BUSY] = "busy",
        [HR_E_CANCELLED] = "cancelled",
        [HR_E_UNSUPPORTED] = "unsupported",
    };

    return names[st];
}

static void put_error(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    if (r->error.status == HR_OK) {
        w->ok = w->ok && yyjson_mut_obj_add_null(w->doc, o, "error");
        return;
    }
    yyjson_mut_val *e = put_object(w, o, "error");
    put_text(w, e, "status", error_name(r->error.status));
    put_text(w, e, "message", r->error.msg);
}

static void put_schema(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    if (!r->loaded) {
        w->ok = w->ok && yyjson_mut_obj_add_null(w->doc, o, "schema");
        return;
    }
    yyjson_mut_val *s = put_object(w, o, "schema");
    put_text(w, s, "name", r->schema->name);
    put_count(w, s, "version", (uint64_t)r->schema->version);
    put_text(w, s, "version_hash", r->schema->version_hash);
    put_bool(w, s, "new",
             !r->stored || strcmp(r->stored->version_hash, r->schema->version_hash) != 0);
}

static void put_changes(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *list = put_array(w, o, "schema_changes");

    for (size_t i = 0; i < r->changes.n && w->ok; i++) {
        const hr_schema_change *c = &r->changes.items[i];
        yyjson_mut_val *change = add_object(w, list);

        put_text(w, change, "new", hr_schema_change_name(c->kind));
        put_text(w, change, "table", c->table);
        if (c->kind == HR_NEW_TABLE)
            continue;
        put_text(w, change, "column", c->column);
        put_text(w, change, "type", hr_type_name(c->type));
        if (c->kind == HR_NEW_TYPE)
            put_text(w, change, "before", hr_type_name(c->before));
    }
}

static void put_info(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    put_text(w, o, "pipeline", r->p->name);
    put_text(w, o, "destination", r->p->shown_url);
    put_text(w, o, "dataset", r->p->dataset);
    put_text(w, o, "load_id", r->loaded ? r->load_id : NULL);
    put_text(w, o, "status", status_of(r));
    put_schema(w, r, o);
    put_instant(w, o, "started_at", r->started);
    put_seconds(w, o, "seconds", r->extract_seconds + r->load_seconds);
    put_steps(w, r, o);
    put_tables(w, r, o);
    put_changes(w, r, o);
    put_values(w, r, o);
    put_incremental(w, r, o);
    put_list(w, o, "dropped_tables", r->dropped.data);
    put_list(w, o, "truncated_tables", r->truncated.data);
    yyjson_mut_val *warnings = put_array(w, o, "warnings");
    for (size_t i = 0; i < r->n_warnings && w->ok; i++)
        w->ok = yyjson_mut_arr_add_strcpy(w->doc, warnings, r->warnings[i]);
    put_settled(w, r, o);
    put_error(w, r, o);
}

static void put_trace(writer *w, const hr_run *r, yyjson_mut_val *o)
{
    put_text(w, o, "pipeline", r->p->name);
    put_instant(w, o, "started_at", r->started);
    put_seconds(w, o, "seconds", r->extract_seconds + r->load_seconds);
    put_text(w, o, "status", status_of(r));
    put_steps(w, r, o);
    yyjson_mut_val *info = put_object(w, o, "load_info");
    put_info(w, r, info);
    yyjson_mut_val *config = put_object(w, o, "config");
    put_count(w, config, "workers", r->p->workers);
    put_count(w, config, "memory_limit", r->p->memory_limit);
    put_text(w, config, "destination", r->p->shown_url);
    put_text(w, config, "dataset", r->p->dataset);
    put_text(w, config, "working_dir", r->p->dir);
    put_text(w, o, "version", hr_version());
}

/* The text, the caller's; ends the writer. */
static hr_status finish(writer *w, char **json, hr_error *err)
{
    char *text = w->ok ? yyjson_mut_write(w->doc, YYJSON_WRITE_NOFLAG, NULL) : NULL;

    *json = text ? hr_strdup(text) : NULL;
    free(text);
    yyjson_mut_doc_free(w->doc);
    return *json ? HR_OK : hr_nomem(err);
}

typedef void (*part_fn)(writer *w, const hr_run *r, yyjson_mut_val *o);

static hr_status to_text(const hr_run *r, part_fn part, char **json, hr_error *err)
{
    writer w = {yyjson_mut_doc_new(NULL), true};
    yyjson_mut_val *root = yyjson_mut_obj(w.doc);

    w.ok = root != NULL;
    yyjson_mut_doc_set_root(w.doc, root);
    part(&w, r, root);
    return finish(&w, json, err);
}

hr_status hr_run_info(const hr_run *r, char **json, hr_error *err)
{
    return to_text(r, put_info, json, err);
}

hr_status hr_run_trace(const hr_run *r, char **json, hr_error *err)
{
    return to_text(r, put_trace, json, err);
}

hr_status hr_run_event(const hr_run *r, const char *event, const char *text, char **json,
                       hr_error *err)
{
    writer w = {yyjson_mut_doc_new(NULL), true};
    yyjson_mut_val *root = yyjson_mut_obj(w.doc);

    w.ok = root != NULL;
    yyjson_mut_doc_set_root(w.doc, root);
    put_text(&w, root, "event", event);
    put_text(&w, root, "text", text);
    put_info(&w, r, put_object(&w, root, "load_info"));
    return finish(&w, json, err);
}
