#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/hints.h"
#include "cli/input_name.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/style.h"
#include "cli/summary.h"
#include "cli/text.h"

static const char text[] =
    "A PATH is a file, a folder, a pattern in quotes, or - for standard input. The\n"
    "input is a JSON object, an array, or values one after the other (NDJSON); plain,\n"
    "gzip or zstd. Objects become rows, nested objects columns (a__b), lists child\n"
    "tables. All of it is committed in one transaction, or nothing is.\n"
    "\n"
    "  headrace load events.jsonl\n"
    "  headrace load 'logs/*.json.gz' --table logs --write-disposition replace\n"
    "  curl -s https://example.com/items | headrace load - --table items --json\n";

static const cli_option_id options[] = {
    CLI_OPT_TABLE,
    CLI_OPT_WRITE_DISPOSITION,
    CLI_OPT_MERGE_STRATEGY,
    CLI_OPT_PRIMARY_KEY,
    CLI_OPT_MERGE_KEY,
    CLI_OPT_COLUMN_HINTS,
    CLI_OPT_INCREMENTAL,
    CLI_OPT_INITIAL_VALUE,
    CLI_OPT_END_VALUE,
    CLI_OPT_LAG,
    CLI_OPT_ROW_ORDER,
    CLI_OPT_CONTRACT,
    CLI_OPT_MAX_TABLE_NESTING,
    CLI_OPT_ON_CONFLICT,
    CLI_OPT_ON_DUPLICATE_KEY,
    CLI_OPT_HINTS,
    CLI_OPT_REFRESH,
    CLI_OPT_WORKERS,
    CLI_OPT_MEM,
    CLI_OPT_PROGRESS,
    CLI_OPT_JSON,
    CLI_PIPELINE_OPTIONS,
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

/* A load that failed before there was anything to tell still gives its one object. */
static void print_failure(const hr_error *err)
{
    cli_text json = {0};

    cli_text_addf(&json, "{\"status\":\"failed\",\"error\":{\"status\":\"%s\",\"message\":",
                  cli_status_name(err->status));
    cli_text_add_json(&json, err->msg, strlen(err->msg));
    cli_text_addz(&json, "}}\n");
    (void)fputs(json.p, stdout);
    cli_text_release(&json);
}

static void print_info(char *info, const cli_args *args, hr_status st, const hr_error *err)
{
    const cli_style style = cli_style_of(stdout);

    if (args->json) {
        if (info)
            (void)printf("%s\n", info);
        else
            print_failure(err);
        hr_free(info);
        return;
    }
    if (st != HR_OK) { /* the message says it all */
        hr_free(info);
        return;
    }
    yyjson_doc *doc = cli_json_take(info);
    cli_summary_print(&style, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
}

/* The data is in: a summary that cannot be written does not make the load a failed one, which a
 * scheduler would repeat. */
static int finish_loaded(void)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        cli_report("warning", "the data is loaded, but standard output could not be written");
    return CLI_EXIT_OK;
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

    hr_status st = add_files(s.pipeline, args, &err);
    if (st == HR_OK)
        st = hr_pipeline_run(s.pipeline, &info, &err);
    cli_session_close(&s);

    print_info(info, args, st, &err);
    if (st == HR_OK)
        return finish_loaded();
    return cli_finish(cli_fail_with(&err));
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
