#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/style.h"
#include "cli/text.h"
#include "headrace/headrace.h"

static const char text[] =
    "Without TABLE all tables are listed but system tables (_dlt_...). --json prints the\n"
    "stored schema, as the destination holds it. `log` lists which load brought which\n"
    "table and column.\n"
    "\n"
    "  headrace schema events\n"
    "  headrace schema --json > schema.json\n"
    "  headrace schema log\n";

static const cli_option_id options[] = {CLI_OPT_FORMAT, CLI_OPT_JSON, CLI_PIPELINE_OPTIONS};

/* "decimal(38,9)" */
static void add_type(cli_rows *rows, yyjson_val *column)
{
    yyjson_val *precision = yyjson_obj_get(column, "precision");
    yyjson_val *scale = yyjson_obj_get(column, "scale");
    const char *type = cli_json_text(column, "data_type", NULL);
    cli_text t = {0};

    if (!type) { /* no value but NULL was ever seen */
        cli_rows_text(rows, NULL);
        return;
    }
    cli_text_addz(&t, type);
    if (yyjson_is_uint(precision))
        cli_text_addf(&t, "(%llu", (unsigned long long)yyjson_get_uint(precision));
    if (yyjson_is_uint(precision) && yyjson_is_uint(scale))
        cli_text_addf(&t, ",%llu", (unsigned long long)yyjson_get_uint(scale));
    if (yyjson_is_uint(precision))
        cli_text_addc(&t, ')');
    cli_rows_text(rows, t.p);
    cli_text_release(&t);
}

/* The hints that are set: "primary_key, unique". */
static void add_hints(cli_rows *rows, yyjson_val *column)
{
    cli_text t = {0};
    size_t i;
    size_t n;
    yyjson_val *key;
    yyjson_val *value;

    yyjson_obj_foreach(column, i, n, key, value)
    {
        const char *name = yyjson_get_str(key);

        if (yyjson_is_true(value) && strcmp(name, "nullable") != 0)
            cli_text_addf(&t, "%s%s", t.n ? ", " : "", name);
    }
    cli_rows_text(rows, t.n ? t.p : "");
    cli_text_release(&t);
}

static void add_table(cli_rows *rows, const char *name, yyjson_val *table)
{
    size_t i;
    size_t n;
    yyjson_val *key;
    yyjson_val *column;

    yyjson_obj_foreach(yyjson_obj_get(table, "columns"), i, n, key, column)
    {
        yyjson_val *nullable = yyjson_obj_get(column, "nullable");

        cli_rows_text(rows, name);
        cli_rows_text(rows, yyjson_get_str(key));
        add_type(rows, column);
        cli_rows_text(rows, yyjson_is_false(nullable) ? "no" : "yes");
        add_hints(rows, column);
    }
}

static void print_tables(yyjson_val *tables, const char *only, cli_format format)
{
    static const cli_column columns[] = {{"table", false},
                                         {"column", false},
                                         {"type", false},
                                         {"nullable", false},
                                         {"hints", false}};
    const cli_style style = cli_style_of(stdout);
    cli_rows *rows = cli_rows_begin(&style, format, columns, 5);
    size_t i;
    size_t n;
    yyjson_val *key;
    yyjson_val *table;

    yyjson_obj_foreach(tables, i, n, key, table)
    {
        const char *name = yyjson_get_str(key);

        if (only ? strcmp(name, only) == 0 : strncmp(name, "_dlt_", 5) != 0)
            add_table(rows, name, table);
    }
    cli_rows_end(rows);
}

static int refuse_table(yyjson_val *tables, const char *name)
{
    const char **names = cli_alloc(yyjson_obj_size(tables) + 1, sizeof(*names));
    size_t i;
    size_t n;
    yyjson_val *key;
    yyjson_val *table;

    yyjson_obj_foreach(tables, i, n, key, table) names[i] = yyjson_get_str(key);

    const char *meant = hr_suggest(name, names);
    const int status =
        meant ? cli_fail(HR_E_USAGE, "the schema has no table %s; did you mean %s?", name, meant)
              : cli_fail(HR_E_USAGE, "the schema has no table %s", name);
    free(names);
    return status;
}

static int show_schema(yyjson_val *schema, const cli_args *args)
{
    const char *only = args->n_operands ? args->operands[0] : NULL;
    yyjson_val *tables = yyjson_obj_get(schema, "tables");

    if (only && !yyjson_obj_get(tables, only))
        return refuse_table(tables, only);
    if (args->json)
        return cli_json_print(only ? yyjson_obj_get(tables, only) : schema);
    print_tables(tables, only, (cli_format)args->format);
    return cli_finish(CLI_EXIT_OK);
}

/* ---- headrace schema log ---- */

static void log_change(cli_rows *rows, yyjson_val *version, yyjson_val *change)
{
    cli_rows_number(rows, yyjson_get_uint(yyjson_obj_get(version, "version")));
    cli_rows_text(rows, cli_json_text(version, "load_id", NULL));
    cli_rows_text(rows, cli_json_text(version, "inserted_at", NULL));
    cli_rows_text(rows, cli_json_text(change, "kind", NULL));
    cli_rows_text(rows, cli_json_text(change, "table", NULL));
    cli_rows_text(rows, cli_json_text(change, "column", NULL));
    cli_rows_text(rows, cli_json_text(change, "type", NULL));
}

static void print_log(yyjson_val *log, cli_format format)
{
    static const cli_column columns[] = {{"version", true}, {"load_id", false}, {"at", false},
                                         {"new", false},    {"table", false},   {"column", false},
                                         {"type", false}};
    const cli_style style = cli_style_of(stdout);
    cli_rows *rows = cli_rows_begin(&style, format, columns, sizeof(columns) / sizeof(columns[0]));
    yyjson_val *version, *change;
    size_t i, n, k, n_changes;

    yyjson_arr_foreach(log, i, n, version)
    {
        yyjson_arr_foreach(yyjson_obj_get(version, "changes"), k, n_changes, change)
            log_change(rows, version, change);
    }
    cli_rows_end(rows);
}

static int show_log(hr_pipeline *p, const cli_args *args)
{
    hr_error err = {0};
    char *json = NULL;

    if (hr_pipeline_schema_log(p, &json, &err) != HR_OK)
        return cli_fail_with(&err);
    yyjson_doc *doc = cli_json_take(json);
    yyjson_val *log = yyjson_doc_get_root(doc);
    int status = CLI_EXIT_OK;

    if (args->json) {
        status = cli_json_print(log);
    } else {
        print_log(log, (cli_format)args->format);
        status = cli_finish(CLI_EXIT_OK);
    }
    yyjson_doc_free(doc);
    return status;
}

static bool asks_for_log(yyjson_val *schema, const cli_args *args)
{
    return args->n_operands && strcmp(args->operands[0], "log") == 0 &&
           !yyjson_obj_get(yyjson_obj_get(schema, "tables"), "log");
}

static int show(hr_pipeline *p, yyjson_val *schema, const cli_args *args)
{
    return asks_for_log(schema, args) ? show_log(p, args) : show_schema(schema, args);
}

static int run(const cli_args *args)
{
    return cli_ask(args, hr_pipeline_schema, show);
}

const cli_command cli_cmd_schema = {
    .name = "schema",
    .operands = "[TABLE|log]",
    .summary = "Show the schema: tables, columns and their types",
    .text = text,
    .options = options,
    .most_operands = 1,
    .run = run,
};
