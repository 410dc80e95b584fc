#include <stdlib.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/style.h"
#include "cli/summary.h"

static const char text[] =
    "What the last run did, how long each step took, and with which settings.\n"
    "\n"
    "  headrace trace\n"
    "  headrace trace --json\n";

static const cli_option_id options[] = {CLI_OPT_JSON, CLI_PIPELINE_OPTIONS};

static void print_setting(const char *name, yyjson_val *value)
{
    const char *as_text = yyjson_get_str(value);
    char *json = as_text ? NULL : yyjson_val_write(value, 0, NULL);

    (void)printf("  %-12s  %s\n", name, as_text ? as_text : json ? json : "?");
    free(json);
}

static void print_trace(yyjson_val *trace)
{
    const cli_style style = cli_style_of(stdout);
    yyjson_val *info = yyjson_obj_get(trace, "load_info");
    size_t i;
    size_t n;
    yyjson_val *key;
    yyjson_val *value;

    (void)printf("Pipeline %s, run of %s with headrace %s: %s\n\n",
                 cli_json_text(trace, "pipeline", "?"), cli_json_text(trace, "started_at", "?"),
                 cli_json_text(trace, "version", "?"), cli_json_text(trace, "status", "?"));
    if (yyjson_is_obj(info))
        cli_summary_print(&style, info);
    else
        cli_summary_print_steps(&style, yyjson_obj_get(trace, "steps"));
    (void)printf("\nsettings\n");
    yyjson_obj_foreach(yyjson_obj_get(trace, "config"), i, n, key, value)
        print_setting(yyjson_get_str(key), value);
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
