#include <stdlib.h>

#include "cli/command.h"
#include "cli/hints.h"
#include "cli/input_name.h"
#include "cli/outcome.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/url_source.h"

static const char text[] =
    "A PATH is a file, a folder, a pattern in quotes, or - for standard input. The\n"
    "input is a JSON object, an array, or values one after the other (NDJSON); plain,\n"
    "gzip or zstd. Objects become rows, nested objects columns (a__b), lists child\n"
    "tables. All of it is committed in one transaction, or nothing is.\n"
    "\n"
    "  headrace load events.jsonl\n"
    "  headrace load 'logs/*.json.gz' --table logs --write-disposition replace\n"
    "  curl -s https://example.com/items | headrace load - --table items --json\n"
    "\n"
    "A PATH may be one URL of an API, whose rows and pages are found out:\n"
    "\n"
    "  headrace load https://example.com/api/items --save items.yaml\n";

static const cli_option_id options[] = {
    CLI_OPT_TABLE,    CLI_RESOURCE_OPTIONS, CLI_OPT_WORKERS, CLI_OPT_MEM,
    CLI_OPT_PROGRESS, CLI_OPT_JSON,         CLI_OPT_SAVE,    CLI_PIPELINE_OPTIONS,
};

static hr_status add_files(hr_pipeline *p, const cli_args *args, hr_error *err)
{
    char *name = NULL;

    if (!args->table)
        HR_TRY(cli_input_name(&name, args->operands, args->n_operands, err));

    cli_text hints = {0};
    hr_status st = cli_hints_of(args, &hints, err);
    const hr_resource_options resource = {
        .size = sizeof(resource),
        .table = args->table ? args->table : name,
        .hints = hints.p,
    };
    if (st == HR_OK)
        st = hr_pipeline_add_files(p, &resource, args->operands, args->n_operands, err);
    cli_text_release(&hints);
    free(name);
    return st;
}

static int run(const cli_args *args)
{
    cli_session s;
    hr_error err = {0};
    char *info = NULL;
    int status = cli_session_open(&s, args, (cli_progress_mode)args->progress);

    if (status != CLI_EXIT_OK)
        return status;
    cli_session_catch_signals(&s);

    hr_status st = cli_is_url(args->operands[0]) ? cli_add_url(s.pipeline, args, &err)
                                                 : add_files(s.pipeline, args, &err);
    if (st == HR_OK)
        st = hr_pipeline_run(s.pipeline, &info, &err);
    cli_session_close(&s);

    return cli_outcome(info, args, st, &err);
}

const cli_command cli_cmd_load = {
    .name = "load",
    .operands = "PATH...",
    .summary = "Load JSON files, or what a program prints, into tables",
    .text = text,
    .options = options,
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .run = run,
};
