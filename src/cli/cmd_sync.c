#include "cli/command.h"
#include "cli/report.h"
#include "cli/session.h"

static const char text[] =
    "Writes schema and state of the destination into the working folder. A run on a fresh\n"
    "folder does that by itself.\n"
    "\n"
    "  headrace sync --to duckdb:///data.duckdb --pipeline shop\n";

static const cli_option_id options[] = {CLI_PIPELINE_OPTIONS};

static int run(const cli_args *args)
{
    cli_session s;
    hr_error err = {0};
    int status = cli_session_open(&s, args, CLI_PROGRESS_NONE);

    if (status != CLI_EXIT_OK)
        return status;
    if (hr_pipeline_sync(s.pipeline, &err) != HR_OK) {
        status = cli_fail_with(&err);
    } else {
        (void)printf("The working folder is up to date.\n");
        status = cli_finish(CLI_EXIT_OK);
    }
    cli_session_close(&s);
    return status;
}

const cli_command cli_cmd_sync = {
    .name = "sync",
    .operands = "",
    .summary = "Fetch schema and state from the destination",
    .text = text,
    .options = options,
    .run = run,
};
