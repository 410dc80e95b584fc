#include <stdlib.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/style.h"
#include "cli/summary.h"
#include "cli/text.h"

static const char text[] =
    "What the last run did: its steps, what it read, the files of its load package, and the\n"
    "settings with the places that they come from. Secrets are not shown.\n"
    "\n"
    "  headrace trace\n"
    "  headrace trace --json\n";

static const cli_option_id options[] = {CLI_OPT_JSON, CLI_PIPELINE_OPTIONS};

/* ---- lists as tables ---- */

typedef enum shape { TEXT, COUNT, BYTES, SECONDS } shape;

enum { MOST_COLUMNS = 7 };

/* A list of objects, one a row; a column without a heading has its member's name. */
typedef struct layout {
    struct {
        const char *member, *heading;
        shape shape;
    } columns[MOST_COLUMNS];
    size_t n;
} layout;

static const layout steps = {{{"name", "step", TEXT},
                              {"status", NULL, TEXT},
                              {"started_at", NULL, TEXT},
                              {"finished_at", NULL, TEXT},
                              {"seconds", "time", SECONDS},
                              {"bytes", NULL, BYTES},
                              {"rows", NULL, COUNT}},
                             7};
static const layout resources = {{{"name", "resource", TEXT},
                                  {"table", NULL, TEXT},
                                  {"rows", NULL, COUNT},
                                  {"bytes", NULL, BYTES},
                                  {"seconds", "time", SECONDS}},
                                 5};
static const layout jobs = {{{"table", "job of table", TEXT},
                             {"file", NULL, TEXT},
                             {"state", NULL, TEXT},
                             {"rows", NULL, COUNT},
                             {"bytes", NULL, BYTES},
                             {"seconds", "time", SECONDS}},
                            6};

static void add_cell(cli_rows *rows, yyjson_val *o, const char *member, shape as)
{
    yyjson_val *value = yyjson_obj_get(o, member);
    cli_text shown = {0};

    if (yyjson_is_num(value) && as == COUNT)
        cli_text_add_count(&shown, yyjson_get_uint(value));
    else if (yyjson_is_num(value) && as == BYTES)
        cli_text_add_bytes(&shown, yyjson_get_uint(value));
    else if (yyjson_is_num(value) && as == SECONDS)
        cli_text_add_seconds(&shown, yyjson_get_num(value));
    cli_rows_text(rows, yyjson_is_str(value) ? yyjson_get_str(value) : cli_text_z(&shown));
    cli_text_release(&shown);
}

/* Nothing for an empty list. Like all of a trace it is read to the end, so nothing is cut. */
static void print_list(const cli_style *style, yyjson_val *list, const layout *l)
{
    cli_column columns[MOST_COLUMNS];
    cli_style whole = *style;
    size_t i, n;
    yyjson_val *item;

    if (!yyjson_arr_size(list))
        return;
    for (size_t c = 0; c < l->n; c++)
        columns[c] =
            (cli_column){l->columns[c].heading ? l->columns[c].heading : l->columns[c].member,
                         l->columns[c].shape != TEXT};
    whole.width = 0;
    cli_rows *rows = cli_rows_begin(&whole, CLI_FORMAT_TABLE, columns, l->n);
    yyjson_arr_foreach(list, i, n, item)
    {
        for (size_t c = 0; c < l->n; c++)
            add_cell(rows, item, l->columns[c].member, l->columns[c].shape);
    }
    cli_rows_end(rows);
    (void)fputc('\n', style->out);
}

static void print_package(const cli_style *style, yyjson_val *package)
{
    if (yyjson_is_obj(package))
        (void)printf("package   %s, %s\n\n", cli_json_text(package, "load_id", "?"),
                     cli_json_text(package, "state", "?"));
    print_list(style, yyjson_obj_get(package, "jobs"), &jobs);
}

/* ---- settings ---- */

/* A secret, or what may be one, is only known to be there. */
static void add_value(cli_rows *rows, yyjson_val *v)
{
    const bool secret = yyjson_get_bool(yyjson_obj_get(v, "secret"));

    cli_rows_text(rows, cli_json_text(v, "key", "?"));
    cli_rows_text(rows, secret ? "***" : cli_json_text(v, "value", ""));
    cli_rows_text(rows, cli_json_text(v, "place", cli_json_text(v, "provider", "")));
}

static void print_values(const cli_style *style, yyjson_val *values)
{
    static const cli_column columns[] = {{"setting", false}, {"value", false}, {"from", false}};
    cli_style whole = *style;
    size_t i, n;
    yyjson_val *v;

    if (!yyjson_arr_size(values)) /* it was written before settings were told */
        return;
    whole.width = 0;
    cli_rows *rows = cli_rows_begin(&whole, CLI_FORMAT_TABLE, columns, 3);
    yyjson_arr_foreach(values, i, n, v) add_value(rows, v);
    cli_rows_end(rows);
}

/* ---- the command ---- */

static void print_trace(yyjson_val *trace)
{
    const cli_style style = cli_style_of(stdout);
    yyjson_val *info = yyjson_obj_get(trace, "load_info");

    (void)printf("Pipeline %s, run of %s with headrace %s: %s\n\n",
                 cli_json_text(trace, "pipeline", "?"), cli_json_text(trace, "started_at", "?"),
                 cli_json_text(trace, "version", "?"), cli_json_text(trace, "status", "?"));
    cli_summary_begin(&style, info);
    cli_summary_end(&style, info);
    (void)fputc('\n', stdout);
    print_list(&style, yyjson_obj_get(trace, "steps"), &steps);
    print_list(&style, yyjson_obj_get(info, "resources"), &resources);
    print_package(&style, yyjson_obj_get(info, "package"));
    print_values(&style, yyjson_obj_get(trace, "config_values"));
}

static int show(hr_pipeline *p, yyjson_val *trace, const cli_args *args)
{
    (void)p;
    if (args->json)
        return cli_json_print(trace);
    print_trace(trace);
    return cli_finish(CLI_EXIT_OK);
}

static int run(const cli_args *args)
{
    return cli_ask(args, hr_pipeline_trace, show);
}

const cli_command cli_cmd_trace = {
    .name = "trace",
    .operands = "",
    .summary = "Show what the last run did",
    .text = text,
    .options = options,
    .run = run,
};
