#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/session.h"

static const char text[] =
    "Drops the tables of resources, with their child tables, and forgets their cursors, all\n"
    "in one transaction. The next run begins anew. --all takes every resource; --state-only\n"
    "leaves the tables.\n"
    "\n"
    "  headrace drop events\n"
    "  headrace drop --all\n"
    "  headrace drop events --state-only\n";

static const cli_option_id options[] = {CLI_OPT_ALL, CLI_OPT_STATE_ONLY, CLI_OPT_JSON,
                                        CLI_PIPELINE_OPTIONS};

static int print_info(char *json, bool as_json)
{
    if (as_json) {
        (void)printf("%s\n", json);
        hr_free(json);
        return cli_finish(CLI_EXIT_OK);
    }
    yyjson_doc *doc = cli_json_take(json);
    yyjson_val *tables = yyjson_obj_get(yyjson_doc_get_root(doc), "dropped_tables");
    yyjson_val *name;
    size_t i;
    size_t n;

    yyjson_arr_foreach(tables, i, n, name)(void)
        printf("%s%s", i ? ", " : "Dropped ", yyjson_get_str(name));
    (void)printf("%s\n",
                 yyjson_arr_size(tables) ? "; the state is forgotten." : "The state is forgotten.");
    yyjson_doc_free(doc);
    return cli_finish(CLI_EXIT_OK);
}

static int run(const cli_args *args)
{
    cli_session s;
    hr_error err = {0};
    char *json = NULL;

    if (args->all == (args->n_operands > 0))
        return cli_fail(HR_E_USAGE, "name the resources, or say --all");
    int status = cli_session_open(&s, args, CLI_PROGRESS_NONE);
    if (status != CLI_EXIT_OK)
        return status;
    if (hr_pipeline_drop(s.pipeline, args->operands, args->n_operands, args->state_only, &json,
                         &err) != HR_OK)
        status = cli_fail_with(&err);
    else
        status = print_info(json, args->json);
    cli_session_close(&s);
    return status;
}

const cli_command cli_cmd_drop = {
    .name = "drop",
    .operands = "[RESOURCE...]",
    .summary = "Drop tables and forget cursors",
    .text = text,
    .options = options,
    .most_operands = SIZE_MAX,
    .run = run,
};
