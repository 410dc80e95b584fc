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
    "A load package holds the rows of one load on their way to the destination. One that\n"
    "is not loaded yet belongs to a load that runs, or to one that was cut off; the next\n"
    "load finishes or discards it by itself. Of loaded ones a record is kept.\n"
    "\n"
    "  headrace packages\n"
    "  headrace packages show 1732331000.123456\n"
    "  headrace packages abort 1732331000.123456\n";

static const cli_option_id options[] = {CLI_OPT_FORMAT, CLI_OPT_JSON, CLI_PIPELINE_OPTIONS};

/* ---- list ---- */

static uint64_t sum_of(yyjson_val *tables, const char *key)
{
    uint64_t sum = 0;
    size_t i;
    size_t n;
    yyjson_val *table;

    yyjson_arr_foreach(tables, i, n, table) sum += cli_json_count(table, key);
    return sum;
}

static const char *source_of(yyjson_val *package)
{
    return yyjson_get_bool(yyjson_obj_get(package, "rereadable")) ? "yes" : "no";
}

static void print_list(yyjson_val *packages, const cli_args *args)
{
    static const cli_column columns[] = {
        {"load_id", false}, {"state", false}, {"created_at", false}, {"tables", true},
        {"rows", true},     {"bytes", true},  {"rereadable", false}};
    const cli_style style = cli_style_of(stdout);
    cli_rows *rows = cli_rows_begin(&style, (cli_format)args->format, columns, 7);
    size_t i;
    size_t n;
    yyjson_val *package;

    yyjson_arr_foreach(packages, i, n, package)
    {
        yyjson_val *tables = yyjson_obj_get(package, "tables");

        cli_rows_text(rows, cli_json_text(package, "load_id", NULL));
        cli_rows_text(rows, cli_json_text(package, "state", NULL));
        cli_rows_text(rows, cli_json_text(package, "created_at", NULL));
        cli_rows_number(rows, yyjson_arr_size(tables));
        cli_rows_number(rows, sum_of(tables, "rows"));
        cli_rows_number(rows, cli_json_count(package, "bytes"));
        cli_rows_text(rows, source_of(package));
    }
    cli_rows_end(rows);
}

/* ---- show ---- */

static void print_resources(yyjson_val *resources)
{
    size_t i;
    size_t n;
    yyjson_val *resource;

    (void)fputs("resources   ", stdout);
    yyjson_arr_foreach(resources, i, n, resource)
    {
        const char *name = yyjson_is_str(resource) ? yyjson_get_str(resource)
                                                   : cli_json_text(resource, "name", "?");

        (void)printf("%s%s", i ? ", " : "", name);
    }
    (void)fputc('\n', stdout);
}

static void print_package(yyjson_val *package, const cli_args *args)
{
    static const cli_column columns[] = {
        {"table", false}, {"rows", true}, {"bytes", true}, {"files", true}};
    const cli_style style = cli_style_of(stdout);
    size_t i;
    size_t n;
    yyjson_val *table;

    if (args->format == CLI_FORMAT_TABLE) {
        (void)printf("load id     %s\n", cli_json_text(package, "load_id", "?"));
        (void)printf("state       %s\n", cli_json_text(package, "state", "?"));
        (void)printf("created at  %s\n", cli_json_text(package, "created_at", "?"));
        (void)printf("rereadable  %s\n", source_of(package));
        print_resources(yyjson_obj_get(package, "resources"));
        (void)fputc('\n', stdout);
    }
    cli_rows *rows = cli_rows_begin(&style, (cli_format)args->format, columns, 4);
    yyjson_arr_foreach(yyjson_obj_get(package, "tables"), i, n, table)
    {
        cli_rows_text(rows, cli_json_text(table, "name", NULL));
        cli_rows_number(rows, cli_json_count(table, "rows"));
        cli_rows_number(rows, cli_json_count(table, "bytes"));
        cli_rows_number(rows, cli_json_count(table, "files"));
    }
    cli_rows_end(rows);
}

/* ---- The command ---- */

typedef void print_fn(yyjson_val *value, const cli_args *args);

static int print_json(char *json, const cli_args *args, print_fn *print)
{
    if (args->json) {
        (void)printf("%s\n", json);
        hr_free(json);
    } else {
        yyjson_doc *doc = cli_json_take(json);

        print(yyjson_doc_get_root(doc), args);
        yyjson_doc_free(doc);
    }
    return cli_finish(CLI_EXIT_OK);
}

static int list(hr_pipeline *p, const cli_args *args)
{
    hr_error err = {0};
    char *json = NULL;

    if (hr_pipeline_packages(p, &json, &err) != HR_OK)
        return cli_fail_with(&err);
    return print_json(json, args, print_list);
}

static int show(hr_pipeline *p, const cli_args *args)
{
    hr_error err = {0};
    char *json = NULL;

    if (hr_pipeline_package(p, args->operands[1], &json, &err) != HR_OK)
        return cli_fail_with(&err);
    return print_json(json, args, print_package);
}

static int abort_package(hr_pipeline *p, const cli_args *args)
{
    const char *load_id = args->operands[1];
    hr_error err = {0};

    if (hr_pipeline_package_abort(p, load_id, &err) != HR_OK)
        return cli_fail_with(&err);
    (void)printf(args->json ? "{\"load_id\":\"%s\",\"aborted\":true}\n"
                            : "Package %s is thrown away.\n",
                 load_id);
    return cli_finish(CLI_EXIT_OK);
}

static const struct action {
    const char *name;
    size_t n_operands; /* with the action itself */
    int (*run)(hr_pipeline *p, const cli_args *args);
} actions[] = {
    {"list", 1, list},
    {"show", 2, show},
    {"abort", 2, abort_package},
};

static const struct action *find_action(const cli_args *args)
{
    static const char *const names[] = {"list", "show", "abort", NULL};
    const char *name = args->n_operands ? args->operands[0] : "list";

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        const bool fits = args->n_operands == 0 || args->n_operands == actions[i].n_operands;

        if (strcmp(actions[i].name, name) != 0)
            continue;
        if (fits)
            return &actions[i];
        (void)cli_fail(HR_E_USAGE, "headrace packages %s takes %s", name,
                       actions[i].n_operands == 1 ? "no load id" : "one load id");
        return NULL;
    }
    const char *meant = hr_suggest(name, names);
    (void)cli_fail(HR_E_USAGE, "headrace packages takes list, show or abort, not \"%s\"%s%s%s",
                   name, meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
    return NULL;
}

static int run(const cli_args *args)
{
    const struct action *action = find_action(args);
    cli_session s;

    if (!action)
        return CLI_EXIT_USAGE;
    int status = cli_session_open(&s, args, CLI_PROGRESS_NONE);
    if (status != CLI_EXIT_OK)
        return status;
    status = action->run(s.pipeline, args);
    cli_session_close(&s);
    return status;
}

const cli_command cli_cmd_packages = {
    .name = "packages",
    .operands = "[list | show ID | abort ID]",
    .summary = "List, show or abort load packages",
    .text = text,
    .options = options,
    .most_operands = 2,
    .run = run,
};
