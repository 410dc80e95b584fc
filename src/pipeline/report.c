/* The load info; docs/load-info.md tells its shape. */

#include "pipeline/report.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

const char *hr_report_status(const hr_run *r)
{
    if (r->loaded)
        return "loaded";
    if (r->p->dry_run && r->error.status == HR_OK)
        return "dry_run";
    return r->error.status == HR_OK ? "nothing" : "failed";
}

static void put_new_columns(hr_writer *w, const hr_run *r, const hr_table *t, yyjson_mut_val *o)
{
    const hr_table *before = r->stored ? hr_schema_table(r->stored, hr_str_from(t->name)) : NULL;
    yyjson_mut_val *columns = hr_put_array(w, o, "new_columns");
    yyjson_mut_val *variants = hr_put_array(w, o, "variants");

    for (size_t i = 0; i < t->n_columns && w->ok; i++) {
        const hr_column *c = t->columns[i];
        const hr_column *old = before ? hr_table_column(before, hr_str_from(c->name)) : NULL;

        if (c->type == HR_TYPE_NONE || (old && old->type != HR_TYPE_NONE))
            continue;
        yyjson_mut_val *column = hr_add_object(w, columns);
        hr_put_text(w, column, "name", c->name);
        hr_put_text(w, column, "type", hr_type_name(c->type));
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

static void put_tables(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *tables = hr_put_array(w, o, "tables");

    for (size_t i = 0; i < r->n_tables && w->ok; i++) {
        const hr_load_table *lt = &r->tables[i];

        if (strncmp(lt->table->name, "_dlt_", 5) == 0) /* hashes of rows are not the user's */
            continue;
        yyjson_mut_val *t = hr_add_object(w, tables);

        hr_put_text(w, t, "name", lt->table->name);
        hr_put_text(w, t, "parent", lt->table->parent.p);
        hr_put_count(w, t, "rows", hr_package_rows(r->package, hr_str_from(lt->table->name)));
        hr_put_bool(w, t, "new", lt->created);
        hr_put_text(w, t, "write_disposition", disposition_of(r, lt->table));
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

static void put_values(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    const hr_tally *tally = &r->result.tally;
    yyjson_mut_val *values = hr_put_object(w, o, "values");
    uint64_t discarded = 0;

    for (int i = 0; i < HR_N_DISCARDS; i++)
        discarded += tally->discarded[i];
    hr_put_count(w, values, "in", tally->values);
    hr_put_count(w, values, "loaded", r->result.values_loaded);
    hr_put_count(w, values, "discarded", discarded);
    hr_put_count(w, values, "rows_discarded", tally->rows_discarded);
    yyjson_mut_val *list = hr_put_array(w, values, "reasons");
    for (int i = 0; i < HR_N_DISCARDS && w->ok; i++) {
        if (!tally->discarded[i])
            continue;
        yyjson_mut_val *reason = hr_add_object(w, list);
        hr_put_text(w, reason, "reason", hr_discard_reason((hr_discard)i));
        hr_put_count(w, reason, "count", tally->discarded[i]);
        hr_put_text(w, reason, "example", tally->example[i]);
    }
}

static void put_cursor(hr_writer *w, yyjson_mut_val *o, const char *key, const hr_cursor *c)
{
    w->ok = w->ok && hr_json_put(w->doc, o, key, hr_cursor_to_doc(c, w->doc));
}

static void put_incremental(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *list = hr_put_array(w, o, "incremental");

    for (size_t i = 0; i < r->p->n_resources && w->ok; i++) {
        const hr_incremental *inc = r->p->resources[i].incremental;

        if (!inc)
            continue;
        yyjson_mut_val *one = hr_add_object(w, list);
        hr_put_text(w, one, "resource", r->p->resources[i].table);
        hr_put_text(w, one, "cursor", hr_incremental_path(inc));
        put_cursor(w, one, "start_value", hr_incremental_start(inc));
        put_cursor(w, one, "last_value", hr_incremental_stop(inc));
        hr_put_count(w, one, "rows", hr_incremental_rows_in(inc));
        hr_put_count(w, one, "left_out", hr_incremental_left_out(inc));
    }
}

/* A JSON array that is there as text; NULL: empty. */
static void put_list(hr_writer *w, yyjson_mut_val *o, const char *key, const char *json)
{
    yyjson_mut_val *list = hr_put_array(w, o, key);
    yyjson_doc *doc = json ? hr_json_read(hr_str_from(json), 0, NULL) : NULL;
    yyjson_val *item;
    size_t i, n;

    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, item)
    {
        w->ok = w->ok && yyjson_mut_arr_add_strcpy(w->doc, list, yyjson_get_str(item));
    }
    w->ok = w->ok && (doc || !json);
    yyjson_doc_free(doc);
}

static void put_settled(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *list = hr_put_array(w, o, "packages_settled");

    for (size_t i = 0; i < r->n_settled && w->ok; i++) {
        yyjson_mut_val *s = hr_add_object(w, list);

        hr_put_text(w, s, "load_id", r->settled[i].load_id);
        hr_put_text(w, s, "outcome", r->settled[i].outcome);
        hr_put_text(w, s, "why", r->settled[i].why);
        hr_put_json(w, s, "jobs", r->settled[i].jobs ? r->settled[i].jobs : "[]");
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

static void put_error(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    if (r->error.status == HR_OK) {
        hr_put_null(w, o, "error");
        return;
    }
    yyjson_mut_val *e = hr_put_object(w, o, "error");
    hr_put_text(w, e, "status", error_name(r->error.status));
    hr_put_text(w, e, "message", r->error.msg);
}

static void put_schema(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    if (!r->loaded) {
        hr_put_null(w, o, "schema");
        return;
    }
    yyjson_mut_val *s = hr_put_object(w, o, "schema");
    hr_put_text(w, s, "name", r->schema->name);
    hr_put_count(w, s, "version", (uint64_t)r->schema->version);
    hr_put_text(w, s, "version_hash", r->schema->version_hash);
    hr_put_bool(w, s, "new",
                !r->stored || strcmp(r->stored->version_hash, r->schema->version_hash) != 0);
}

static void put_changes(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *list = hr_put_array(w, o, "schema_changes");

    for (size_t i = 0; i < r->changes.n && w->ok; i++) {
        const hr_schema_change *c = &r->changes.items[i];
        yyjson_mut_val *change = hr_add_object(w, list);

        hr_put_text(w, change, "new", hr_schema_change_name(c->kind));
        hr_put_text(w, change, "table", c->table);
        if (c->kind == HR_NEW_TABLE)
            continue;
        hr_put_text(w, change, "column", c->column);
        hr_put_text(w, change, "type", hr_type_name(c->type));
        if (c->kind == HR_NEW_TYPE)
            hr_put_text(w, change, "before", hr_type_name(c->before));
    }
}

void hr_report_info(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    hr_put_text(w, o, "pipeline", r->p->name);
    hr_put_text(w, o, "destination", r->p->shown_url);
    hr_put_text(w, o, "dataset", r->p->dataset);
    hr_put_text(w, o, "load_id", r->loaded ? r->load_id : NULL);
    hr_put_text(w, o, "status", hr_report_status(r));
    put_schema(w, r, o);
    hr_put_instant(w, o, "started_at", r->started);
    hr_put_seconds(w, o, "seconds", hr_run_seconds(r));
    hr_report_steps(w, r, o);
    hr_report_resources(w, r, o);
    put_tables(w, r, o);
    hr_report_package(w, r, o);
    put_changes(w, r, o);
    put_values(w, r, o);
    put_incremental(w, r, o);
    put_list(w, o, "dropped_tables", r->dropped.data);
    put_list(w, o, "truncated_tables", r->truncated.data);
    yyjson_mut_val *warnings = hr_put_array(w, o, "warnings");
    for (size_t i = 0; i < r->n_warnings && w->ok; i++)
        w->ok = yyjson_mut_arr_add_strcpy(w->doc, warnings, r->warnings[i]);
    put_settled(w, r, o);
    put_error(w, r, o);
}

hr_status hr_run_info(const hr_run *r, char **json, hr_error *err)
{
    hr_writer w;

    hr_writer_begin(&w);
    hr_report_info(&w, r, w.root);
    return hr_writer_finish(&w, HR_OK, json, err);
}

hr_status hr_run_event(const hr_run *r, const char *event, const char *text, char **json,
                       hr_error *err)
{
    hr_writer w;

    hr_writer_begin(&w);
    hr_put_text(&w, w.root, "event", event);
    hr_put_text(&w, w.root, "text", text);
    hr_report_info(&w, r, hr_put_object(&w, w.root, "load_info"));
    return hr_writer_finish(&w, HR_OK, json, err);
}
