#include "cli/outcome.h"

#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/report.h"
#include "cli/style.h"
#include "cli/summary.h"
#include "cli/text.h"
#include "headrace/headrace.h"

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

int cli_outcome(char *info, const cli_args *args, hr_status st, hr_error *err)
{
    print_info(info, args, st, err);
    if (st == HR_OK)
        return finish_loaded();
    return cli_finish(cli_fail_with(err));
}
