#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/query.h"
#include "cli/report.h"
#include "cli/text.h"

static const char text[] =
    "The query runs at the destination; tables of the dataset need no prefix. With -\n"
    "it is read from standard input.\n"
    "\n"
    "  headrace sql 'select type, count(*) from events group by type'\n"
    "  headrace sql - --format csv < report.sql > report.csv\n";

static const cli_option_id options[] = {CLI_OPT_FORMAT, CLI_OPT_JSON, CLI_OPT_MEM,
                                        CLI_PIPELINE_OPTIONS};

static hr_status read_all(FILE *in, cli_text *out, hr_error *err)
{
    char piece[4096];
    size_t n;

    while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
        cli_text_add(out, piece, n);
    if (ferror(in))
        return hr_fail_errno(err, errno, "standard input");
    if (out->n == 0)
        return hr_fail(err, HR_E_USAGE, "standard input holds no query");
    return HR_OK;
}

static int run(const cli_args *args)
{
    cli_session s;
    cli_text sql = {0};
    hr_error err = {0};
    hr_status st = HR_OK;
    int status;

    if (strcmp(args->operands[0], "-") == 0)
        st = read_all(stdin, &sql, &err);
    else
        cli_text_addz(&sql, args->operands[0]);
    status = st == HR_OK ? cli_session_open(&s, args, CLI_PROGRESS_NONE) : cli_fail_with(&err);
    if (status == CLI_EXIT_OK) {
        st = cli_query_show(&s, args, sql.p, 0, &err);
        status = st == HR_OK ? cli_finish(CLI_EXIT_OK) : cli_fail_with(&err);
        cli_session_close(&s);
    }
    cli_text_release(&sql);
    return status;
}

const cli_command cli_cmd_sql = {
    .name = "sql",
    .operands = "QUERY",
    .summary = "Run a query and show its result",
    .text = text,
    .options = options,
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
