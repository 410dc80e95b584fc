#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/style.h"

static const char text[] =
    "System tables (_dlt_...) are not listed; headrace show shows them too.\n"
    "\n"
    "  headrace tables --to duckdb:///github.duckdb\n";

static const cli_option_id options[] = {CLI_OPT_FORMAT, CLI_OPT_JSON, CLI_PIPELINE_OPTIONS};

static void print_tables(yyjson_val *tables, cli_format format)
{
    static const cli_column columns[] = {
        {"table", false}, {"parent", false}, {"columns", true}, {"rows", true}};
    const cli_style style = cli_style_of(stdout);
    cli_rows *rows = cli_rows_begin(&style, format, columns, 4);
    size_t i;
    size_t n;
    yyjson_val *table;

    yyjson_arr_foreach(tables, i, n, table)
    {
        const char *name = cli_json_text(table, "name", "");

        if (strncmp(name, "_dlt_", 5) == 0)
            continue;
        cli_rows_text(rows, name);
        cli_rows_text(rows, cli_json_text(table, "parent", NULL));
        cli_rows_number(rows, cli_json_count(table, "columns"));
        cli_rows_number(rows, cli_json_count(table, "rows"));
    }
    cli_rows_end(rows);
}

/* An empty listing on its own would leave the reader to guess where it was looked. */
static void say_where(hr_pipeline *p)
{
    char *json = NULL;

    if (hr_pipeline_describe(p, &json, NULL) != HR_OK)
        return;
    yyjson_doc *doc = cli_json_take(json);
    yyjson_val *where = yyjson_doc_get_root(doc);
    (void)fprintf(stderr, "headrace: no tables in %s, dataset %s\n",
                  cli_json_text(where, "destination", "?"), cli_json_text(where, "dataset", "?"));
    yyjson_doc_free(doc);
}

static int show(hr_pipeline *p, yyjson_val *tables, const cli_args *args)
{
    const cli_format format = args->json ? CLI_FORMAT_JSON : (cli_format)args->format;

    if (yyjson_arr_size(tables) == 0 && format == CLI_FORMAT_TABLE)
        say_where(p);
    else
        print_tables(tables, format);
    return cli_finish(CLI_EXIT_OK);
}

static int run(const cli_args *args)
{
    return cli_ask(args, hr_pipeline_tables, show);
}

const cli_command cli_cmd_tables = {
    .name = "tables",
    .operands = "",
    .summary = "List the tables with their columns and rows",
    .text = text,
    .options = options,
    .run = run,
};
