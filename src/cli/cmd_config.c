#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/rows.h"
#include "cli/style.h"
#include "headrace/headrace.h"

static const char text[] =
    "explain KEY   where a setting is looked for, in which order, and where it is set;\n"
    "              values are not shown\n"
    "schema        the JSON Schema of pipeline files, for editors\n"
    "\n"
    "  headrace config explain ACCESS_TOKEN\n"
    "  headrace config explain sources.rest_api.credentials.token --pipeline github\n"
    "  headrace config schema > headrace.schema.json\n";

static const cli_option_id options[] = {CLI_OPT_PIPELINE, CLI_OPT_JSON, CLI_OPT_HELP, CLI_OPT_END};

static int print_schema(void)
{
    hr_error err = {0};
    char *json = NULL;

    if (hr_file_schema(&json, &err) != HR_OK)
        return cli_fail_with(&err);
    (void)printf("%s\n", json);
    hr_free(json);
    return cli_finish(CLI_EXIT_OK);
}

static void print_places(yyjson_val *places)
{
    static const cli_column columns[] = {{"place", false}, {"key", false}, {"state", false}};
    const cli_style style = cli_style_of(stdout);
    cli_rows *rows = cli_rows_begin(&style, CLI_FORMAT_TABLE, columns, 3);
    size_t i;
    size_t n;
    yyjson_val *p;

    yyjson_arr_foreach(places, i, n, p)
    {
        for (size_t c = 0; c < 3; c++)
            cli_rows_text(rows, cli_json_text(p, columns[c].name, ""));
    }
    cli_rows_end(rows);
}

static int explain(const cli_args *args)
{
    hr_error err = {0};
    char *json = NULL;

    if (args->n_operands != 2)
        return cli_fail(HR_E_USAGE, "KEY is missing: headrace config explain KEY");
    if (hr_config_explain(args->pipeline, args->operands[1], &json, &err) != HR_OK)
        return cli_fail_with(&err);
    if (args->json) {
        (void)printf("%s\n", json);
        hr_free(json);
        return cli_finish(CLI_EXIT_OK);
    }
    yyjson_doc *doc = cli_json_take(json);
    print_places(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return cli_finish(CLI_EXIT_OK);
}

static int run(const cli_args *args)
{
    if (strcmp(args->operands[0], "explain") == 0)
        return explain(args);
    if (strcmp(args->operands[0], "schema") == 0 && args->n_operands == 1)
        return print_schema();
    return cli_fail(HR_E_USAGE, "headrace config takes explain KEY, or schema");
}

const cli_command cli_cmd_config = {
    .name = "config",
    .operands = "explain KEY | schema",
    .summary = "Tell where a setting comes from, or what a file may say",
    .text = text,
    .options = options,
    .least_operands = 1,
    .most_operands = 2,
    .run = run,
};
