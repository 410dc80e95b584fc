#include <stdlib.h>

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

static int print_state(yyjson_val *state, bool all)
{
    yyjson_val *sources = yyjson_obj_get(state, "sources");
    char *json = NULL;

    if (!all && yyjson_obj_size(sources) == 0) {
        (void)printf("The pipeline remembers nothing.\n");
        return cli_finish(CLI_EXIT_OK);
    }
    json = yyjson_val_write(all ? state : sources, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
    if (!json)
        return cli_fail(HR_E_NOMEM, "out of memory");
    (void)printf("%s\n", json);
    free(json);
    return cli_finish(CLI_EXIT_OK);
}

static int run(const cli_args *args)
{
    cli_session s;
    hr_error err = {0};
    char *json = NULL;
    int status = cli_session_open(&s, args, CLI_PROGRESS_NONE);

    if (status != CLI_EXIT_OK)
        return status;
    if (hr_pipeline_state(s.pipeline, &json, &err) == HR_OK) {
        yyjson_doc *doc = cli_json_take(json);

        status = print_state(yyjson_doc_get_root(doc), args->json);
        yyjson_doc_free(doc);
    } else {
        status = cli_fail_with(&err);
    }
    cli_session_close(&s);
    return status;
}

const cli_command cli_cmd_state = {
    .name = "state",
    .operands = "",
    .summary = "Show what the pipeline remembers: cursors and own keys",
    .text = text,
    .options = options,
    .run = run,
};
