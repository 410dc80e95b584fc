#include <string.h>

#include "cli/command.h"
#include "cli/missing.h"
#include "cli/query.h"
#include "cli/report.h"
#include "cli/rows.h"
#include "cli/text.h"

enum { USUAL_ROWS = 20 };

static const char text[] =
    "On a terminal the columns are narrowed to fit; when there are too many for that,\n"
    "each row becomes a block with one line a column. System tables can be shown too.\n"
    "\n"
    "  headrace show events --limit 5\n"
    "  headrace show events --columns id,type,created_at --format csv > events.csv\n"
    "  headrace show _dlt_loads\n";

static const cli_option_id options[] = {
    CLI_OPT_LIMIT, CLI_OPT_COLUMNS, CLI_OPT_FORMAT, CLI_OPT_JSON, CLI_OPT_MEM, CLI_PIPELINE_OPTIONS,
};

static void add_columns(cli_text *sql, const char *columns)
{
    const char *p = columns;

    while (p) {
        const char *comma = strchr(p, ',');

        if (p != columns)
            cli_text_addz(sql, ", ");
        cli_text_add_identifier(sql, p, comma ? (size_t)(comma - p) : strlen(p));
        p = comma ? comma + 1 : NULL;
    }
}

/* One row more than is shown, to learn whether there is one. */
static void make_sql(cli_text *sql, const cli_args *args, uint64_t limit)
{
    cli_text_addz(sql, "select ");
    if (args->columns)
        add_columns(sql, args->columns);
    else
        cli_text_addz(sql, "*");
    cli_text_addz(sql, " from ");
    cli_text_add_identifier(sql, args->operands[0], strlen(args->operands[0]));
    if (limit)
        cli_text_addf(sql, " limit %llu", (unsigned long long)limit + 1);
}

static uint64_t limit_of(const cli_args *args)
{
    if (args->limit.given)
        return args->limit.n;
    return args->json || args->format != CLI_FORMAT_TABLE ? 0 : USUAL_ROWS;
}

static int run(const cli_args *args)
{
    const uint64_t limit = limit_of(args);
    cli_session s;
    cli_text sql = {0};
    hr_error err = {0};
    int status = cli_session_open(&s, args, CLI_PROGRESS_NONE);

    if (status != CLI_EXIT_OK)
        return status;
    make_sql(&sql, args, limit);
    if (cli_query_show(&s, args, sql.p, limit, &err) == HR_OK) {
        status = cli_finish(CLI_EXIT_OK);
    } else {
        cli_explain_missing(s.pipeline, args->operands[0], args->columns, &err);
        status = cli_fail_with(&err);
    }
    cli_text_release(&sql);
    cli_session_close(&s);
    return status;
}

const cli_command cli_cmd_show = {
    .name = "show",
    .operands = "TABLE",
    .summary = "Show rows of a table",
    .text = text,
    .options = options,
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
