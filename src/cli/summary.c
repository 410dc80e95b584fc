#include "cli/summary.h"

#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/rows.h"
#include "cli/text.h"
#include "cli/utf8.h"

enum { MOST_NAMES = 5 }; /* columns that are named in a line */

static void put_line(const cli_style *style, const char *label, const char *text)
{
    (void)fprintf(style->out, "%-9s %s\n", label, text);
}

static uint64_t total_rows(yyjson_val *tables)
{
    uint64_t rows = 0;
    size_t i;
    size_t n;
    yyjson_val *table;

    yyjson_arr_foreach(tables, i, n, table) rows += cli_json_count(table, "rows");
    return rows;
}

/* ---- Tables ---- */

static void add_columns(cli_text *out, yyjson_val *columns)
{
    const size_t most = yyjson_arr_size(columns);
    size_t i;
    size_t n;
    yyjson_val *column;

    cli_text_addz(out, most == 1 ? "new column " : "new columns ");
    yyjson_arr_foreach(columns, i, n, column)
    {
        if (i == MOST_NAMES && most > MOST_NAMES + 1) {
            cli_text_addf(out, " and %zu more", most - i);
            break;
        }
        cli_text_addf(out, "%s%s %s", i ? ", " : "", cli_json_text(column, "name", "?"),
                      cli_json_text(column, "type", ""));
    }
}

/* "new table, 12 columns", "replaced; new columns a text, b bigint": nothing when nothing is. */
static void add_changes(cli_text *out, yyjson_val *table)
{
    yyjson_val *columns = yyjson_obj_get(table, "new_columns");
    const size_t n_columns = yyjson_arr_size(columns);
    const bool replaced = strcmp(cli_json_text(table, "write_disposition", ""), "replace") == 0;

    if (yyjson_get_bool(yyjson_obj_get(table, "new")) && !n_columns) {
        cli_text_addz(out, "made again"); /* the schema has it, but somebody had dropped it */
        return;
    }
    if (yyjson_get_bool(yyjson_obj_get(table, "new"))) {
        cli_text_addf(out, "new table, %zu column%s", n_columns, n_columns == 1 ? "" : "s");
        return;
    }
    if (replaced)
        cli_text_addz(out, "replaced");
    if (n_columns) {
        cli_text_addz(out, replaced ? "; " : "");
        add_columns(out, columns);
    }
}

static void add_table(cli_rows *rows, yyjson_val *table)
{
    cli_text text = {0};

    cli_rows_text(rows, cli_json_text(table, "name", "?"));
    cli_text_add_count(&text, cli_json_count(table, "rows"));
    cli_rows_text(rows, text.p);
    cli_text_reset(&text);
    add_changes(&text, table);
    cli_rows_text(rows, cli_text_z(&text));
    cli_text_release(&text);
}

static void print_tables(const cli_style *style, yyjson_val *tables)
{
    static const cli_column columns[] = {{"table", false}, {"rows", true}, {"changes", false}};
    cli_style whole = *style;

    whole.width = 0; /* a summary is read to the end: nothing in it is cut */
    cli_rows *rows = cli_rows_begin(&whole, CLI_FORMAT_TABLE, columns, 3);
    size_t i;
    size_t n;
    yyjson_val *table;

    yyjson_arr_foreach(tables, i, n, table) add_table(rows, table);
    cli_rows_end(rows);
    (void)fputc('\n', style->out);
}

/* ---- Steps and values ---- */

static void print_step(const cli_style *style, yyjson_val *step)
{
    const double seconds = cli_json_real(step, "seconds");
    const uint64_t rows = cli_json_count(step, "rows");
    const uint64_t bytes = cli_json_count(step, "bytes");
    cli_text text = {0};

    cli_text_add_seconds(&text, seconds);
    if (bytes) {
        cli_text_addz(&text, ", ");
        cli_text_add_bytes(&text, bytes);
    }
    if (rows) {
        cli_text_addz(&text, ", ");
        cli_text_add_count(&text, rows);
        cli_text_addz(&text, rows == 1 ? " row" : " rows");
    }
    if (rows && seconds > 0) {
        cli_text_addz(&text, ", ");
        cli_text_add_count(&text, (uint64_t)((double)rows / seconds));
        cli_text_addz(&text, " rows/s");
    }
    put_line(style, cli_json_text(step, "name", "?"), text.p);
    cli_text_release(&text);
}

static void print_steps(const cli_style *style, yyjson_val *steps)
{
    size_t i;
    size_t n;
    yyjson_val *step;

    yyjson_arr_foreach(steps, i, n, step) print_step(style, step);
}

/* A value as it stands in the data, after `label`; null adds nothing. */
static void add_value(cli_text *out, const char *label, yyjson_val *value)
{
    const char *text = yyjson_get_str(value);
    char *json = text ? NULL : yyjson_val_write(value, 0, NULL);

    if (!text)
        text = json;
    if (text && !yyjson_is_null(value)) {
        cli_text_addz(out, label);
        cli_utf8_add_visible(out, text, strlen(text));
    }
    free(json);
}

static void print_reason(const cli_style *style, yyjson_val *reason)
{
    cli_text text = {0};

    cli_text_add_count(&text, cli_json_count(reason, "count"));
    cli_text_addf(&text, " discarded: %s", cli_json_text(reason, "reason", "no reason given"));
    add_value(&text, ", such as ", yyjson_obj_get(reason, "example"));
    put_line(style, "", text.p);
    cli_text_release(&text);
}

static void print_values(const cli_style *style, yyjson_val *values)
{
    yyjson_val *reasons = yyjson_obj_get(values, "reasons");
    cli_text text = {0};
    size_t i;
    size_t n;
    yyjson_val *reason;

    cli_text_add_count(&text, cli_json_count(values, "in"));
    cli_text_addz(&text, " in = ");
    cli_text_add_count(&text, cli_json_count(values, "loaded"));
    cli_text_addz(&text, " loaded + ");
    cli_text_add_count(&text, cli_json_count(values, "discarded"));
    cli_text_addz(&text, " discarded");
    put_line(style, "values", text.p);
    cli_text_release(&text);
    yyjson_arr_foreach(reasons, i, n, reason) print_reason(style, reason);
}

/* "events.created_at from 2026-01-02 to 2026-01-05, 20 rows of 300 are new" */
static void print_incremental(const cli_style *style, yyjson_val *list)
{
    cli_text text = {0};
    size_t i;
    size_t n;
    yyjson_val *cursor;

    yyjson_arr_foreach(list, i, n, cursor)
    {
        const uint64_t rows = cli_json_count(cursor, "rows");

        cli_text_addf(&text, "%s.%s", cli_json_text(cursor, "resource", "?"),
                      cli_json_text(cursor, "cursor", "?"));
        add_value(&text, " from ", yyjson_obj_get(cursor, "start_value"));
        add_value(&text, " to ", yyjson_obj_get(cursor, "last_value"));
        cli_text_addz(&text, ", ");
        cli_text_add_count(&text, rows - cli_json_count(cursor, "left_out"));
        cli_text_addz(&text, " of ");
        cli_text_add_count(&text, rows);
        cli_text_addz(&text, rows == 1 ? " row new" : " rows new");
        put_line(style, "cursor", text.p);
        cli_text_reset(&text);
    }
    cli_text_release(&text);
}

/* New columns stand beside their tables. */
static void print_types(const cli_style *style, yyjson_val *changes)
{
    cli_text text = {0};
    size_t i;
    size_t n;
    yyjson_val *change;

    yyjson_arr_foreach(changes, i, n, change)
    {
        if (strcmp(cli_json_text(change, "new", ""), "type") != 0)
            continue;
        cli_text_addf(&text, "%s.%s is %s, was %s", cli_json_text(change, "table", "?"),
                      cli_json_text(change, "column", "?"), cli_json_text(change, "type", "?"),
                      cli_json_text(change, "before", "?"));
        put_line(style, "type", text.p);
        cli_text_reset(&text);
    }
    cli_text_release(&text);
}

static void print_schema(const cli_style *style, yyjson_val *schema)
{
    cli_text text = {0};

    if (!yyjson_is_obj(schema))
        return;
    cli_text_addf(&text, "%s, version %llu%s", cli_json_text(schema, "name", "?"),
                  (unsigned long long)cli_json_count(schema, "version"),
                  yyjson_get_bool(yyjson_obj_get(schema, "new")) ? " (new)" : "");
    put_line(style, "schema", text.p);
    cli_text_release(&text);
}

/* ---- The whole ---- */

static bool is_status(yyjson_val *info, const char *status)
{
    return strcmp(cli_json_text(info, "status", ""), status) == 0;
}

/* "duckdb:///github.duckdb, dataset events, in 1.2 s." */
static void add_place(cli_text *out, yyjson_val *info)
{
    cli_text_addf(out, "%s, dataset %s, in ", cli_json_text(info, "destination", "?"),
                  cli_json_text(info, "dataset", "?"));
    cli_text_add_seconds(out, cli_json_real(info, "seconds"));
    cli_text_addz(out, ".\n");
}

static void print_headline(const cli_style *style, yyjson_val *info)
{
    const uint64_t rows = total_rows(yyjson_obj_get(info, "tables"));
    cli_text text = {0};

    if (is_status(info, "nothing")) {
        cli_text_addz(&text, yyjson_arr_size(yyjson_obj_get(info, "incremental"))
                                 ? "Nothing to load: the input has no new rows.\n"
                                 : "Nothing to load: the input has no rows.\n");
    } else if (is_status(info, "failed")) {
        cli_text_addz(&text, "Failed; nothing was loaded into ");
        add_place(&text, info);
        cli_text_addf(
            &text, "%s\n",
            cli_json_text(yyjson_obj_get(info, "error"), "message", "No reason is known."));
    } else {
        cli_text_addz(&text, is_status(info, "dry_run") ? "Dry run: would load " : "Loaded ");
        cli_text_add_count(&text, rows);
        cli_text_addz(&text, rows == 1 ? " row into " : " rows into ");
        add_place(&text, info);
    }
    (void)fputs(text.p, style->out);
    cli_text_release(&text);
}

void cli_summary_begin(const cli_style *style, yyjson_val *info)
{
    yyjson_val *tables = yyjson_obj_get(info, "tables");

    print_headline(style, info);
    if (is_status(info, "nothing"))
        return;
    (void)fputc('\n', style->out);
    if (yyjson_arr_size(tables))
        print_tables(style, tables);
}

void cli_summary_end(const cli_style *style, yyjson_val *info)
{
    const char *load_id = cli_json_text(info, "load_id", NULL);

    if (is_status(info, "nothing")) {
        print_incremental(style, yyjson_obj_get(info, "incremental"));
        return;
    }
    print_values(style, yyjson_obj_get(info, "values"));
    print_incremental(style, yyjson_obj_get(info, "incremental"));
    print_types(style, yyjson_obj_get(info, "schema_changes"));
    print_schema(style, yyjson_obj_get(info, "schema"));
    if (load_id)
        put_line(style, "load id", load_id);
}

void cli_summary_print(const cli_style *style, yyjson_val *info)
{
    cli_summary_begin(style, info);
    if (!is_status(info, "nothing"))
        print_steps(style, yyjson_obj_get(info, "steps"));
    cli_summary_end(style, info);
}
