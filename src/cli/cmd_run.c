#include "cli/command.h"
#include "cli/outcome.h"
#include "cli/report.h"
#include "cli/session.h"

static const char text[] =
    "FILE is YAML (or JSON, when its name ends in .json) and says where the data comes\n"
    "from and where it goes; docs/pipeline-file.md has its keys. What the command line\n"
    "says wins over the file. headrace check FILE checks it first.\n"
    "\n"
    "  headrace run github.yaml\n"
    "  headrace run github.yaml --select events --limit 10 --dry-run\n"
    "  headrace run github.yaml --refresh drop_data\n";

static const cli_option_id options[] = {
    CLI_OPT_SELECT, CLI_OPT_LIMIT,    CLI_OPT_DRY_RUN, CLI_RESOURCE_OPTIONS, CLI_OPT_WORKERS,
    CLI_OPT_MEM,    CLI_OPT_PROGRESS, CLI_OPT_JSON,    CLI_PIPELINE_OPTIONS,
};

static int run(const cli_args *args)
{
    cli_session s;
    hr_error err = {0};
    char *info = NULL;
    const int status =
        cli_session_open_file(&s, args, args->operands[0], (cli_progress_mode)args->progress);

    if (status != CLI_EXIT_OK)
        return status;
    cli_session_catch_signals(&s);
    const hr_status st = hr_pipeline_run(s.pipeline, &info, &err);
    cli_session_close(&s);
    return cli_outcome(info, args, st, &err);
}

const cli_command cli_cmd_run = {
    .name = "run",
    .operands = "FILE",
    .summary = "Run the pipeline that a file describes",
    .text = text,
    .options = options,
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
