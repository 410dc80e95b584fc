#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/session.h"

static const char text[] =
    "What the pipeline remembers from run to run, as the destination holds it: cursors of\n"
    "incremental resources and keys of programs' own. --json prints all of it.\n"
    "\n"
    "  headrace state\n"
    "  headrace state --json\n";

static const cli_option_id options[] = {CLI_OPT_JSON, CLI_PIPELINE_OPTIONS};

static int show(hr_pipeline *p, yyjson_val *state, const cli_args *args)
{
    yyjson_val *sources = yyjson_obj_get(state, "sources");

    (void)p;
    if (args->json)
        return cli_json_print(state);
    if (yyjson_obj_size(sources))
        return cli_json_print(sources);
    (void)printf("The pipeline remembers nothing.\n");
    return cli_finish(CLI_EXIT_OK);
}

static int run(const cli_args *args)
{
    return cli_ask(args, hr_pipeline_state, show);
}

const cli_command cli_cmd_state = {
    .name = "state",
    .operands = "",
    .summary = "Show what the pipeline remembers: cursors and own keys",
    .text = text,
    .options = options,
    .run = run,
};
