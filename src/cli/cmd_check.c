#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/style.h"
#include "cli/text.h"

static const char text[] =
    "Reads a pipeline file, checks all of it, and prints what a run would do. Nothing is\n"
    "requested and nothing is written. Mistakes are shown with file, line and column.\n"
    "\n"
    "  headrace check github.yaml\n";

static const cli_option_id options[] = {
    CLI_OPT_SELECT, CLI_OPT_NAMING, CLI_OPT_SETTINGS,
    CLI_OPT_LIMIT,  CLI_OPT_JSON,   CLI_PIPELINE_OPTIONS,
};

static void print_resources(const cli_style *style, yyjson_val *resources)
{
    static const cli_column columns[] = {{"resource", false}, {"table", false}, {"write", false}};
    cli_rows *rows = cli_rows_begin(style, CLI_FORMAT_TABLE, columns, 3);
    size_t i;
    size_t n;
    yyjson_val *r;

    yyjson_arr_foreach(resources, i, n, r)
    {
        cli_rows_text(rows, cli_json_text(r, "name", "?"));
        cli_rows_text(rows, cli_json_text(r, "table", "?"));
        cli_rows_text(rows, cli_json_text(r, "write_disposition", "?"));
    }
    cli_rows_end(rows);
}

static void put_scalar(FILE *out, yyjson_val *v)
{
    const char *s = yyjson_get_str(v);
    char *json = s ? NULL : yyjson_val_write(v, 0, NULL);

    (void)fprintf(out, "%s\n", s ? s : json ? json : "");
    free(json);
}

/* As YAML, near enough for people; what is a list of plain values stands on one line. */
static void print_value(FILE *out, yyjson_val *v, int indent)
{
    size_t i;
    size_t n;
    yyjson_val *key;
    yyjson_val *child;

    yyjson_obj_foreach(v, i, n, key, child)
    {
        const bool inner = yyjson_is_obj(child) ||
                           (yyjson_is_arr(child) && yyjson_is_obj(yyjson_arr_get_first(child)));

        (void)fprintf(out, "%*s%s:%s", i ? indent : 0, "", yyjson_get_str(key), inner ? "\n" : " ");
        if (inner)
            (void)fprintf(out, "%*s", yyjson_is_obj(child) ? indent + 2 : 0, "");
        if (inner)
            print_value(out, child, indent + 2);
        else
            put_scalar(out, child);
    }
    yyjson_arr_foreach(v, i, n, child)
    {
        (void)fprintf(out, "%*s- ", indent, "");
        print_value(out, child, indent + 2);
    }
}

static void print_plan(yyjson_val *plan)
{
    static const char *const heads[] = {"pipeline", "destination", "dataset", "source"};
    const cli_style style = cli_style_of(stdout);
    yyjson_val *own = yyjson_obj_get(plan, "plan");

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        (void)fprintf(style.out, "%-12s %s\n", heads[i], cli_json_text(plan, heads[i], ""));
    (void)fputc('\n', style.out);
    print_resources(&style, yyjson_obj_get(plan, "resources"));
    if (yyjson_obj_size(own)) {
        (void)fputc('\n', style.out);
        print_value(style.out, own, 0);
    }
}

static int run(const cli_args *args)
{
    cli_session s;
    hr_error err = {0};
    char *plan = NULL;
    const int status = cli_session_open_file(&s, args, args->operands[0], CLI_PROGRESS_AUTO);

    if (status != CLI_EXIT_OK)
        return status;
    const hr_status st = hr_pipeline_plan(s.pipeline, &plan, &err);
    cli_session_close(&s);
    if (st != HR_OK)
        return cli_fail_with(&err);
    if (args->json)
        (void)printf("%s\n", plan);
    yyjson_doc *doc = args->json ? NULL : cli_json_take(plan);
    if (doc)
        print_plan(yyjson_doc_get_root(doc));
    else
        hr_free(plan);
    yyjson_doc_free(doc);
    return cli_finish(CLI_EXIT_OK);
}

const cli_command cli_cmd_check = {
    .name = "check",
    .operands = "FILE",
    .summary = "Check a pipeline file and print what a run would do",
    .text = text,
    .options = options,
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
