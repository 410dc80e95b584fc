#include <errno.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/report.h"
#include "cli/text.h"
#include "headrace/headrace.h"

static const char text[] =
    "Writes SOURCE_pipeline.yaml: a pipeline file with every option, its default and its\n"
    "help, to be filled in. SOURCE is rest_api or files, DESTINATION duckdb or postgres.\n"
    "A file that is there is left alone.\n"
    "\n"
    "  headrace init rest_api duckdb\n";

static const cli_option_id options[] = {CLI_OPT_HELP, CLI_OPT_END};

static int write_new(const char *path, const char *yaml)
{
    FILE *f = fopen(path, "wx");
    hr_error err = {0};

    if (!f) {
        (void)hr_fail_errno(&err, errno, "cannot write %s", path);
        return cli_fail_with(&err);
    }
    const bool ok = fputs(yaml, f) >= 0;
    if (fclose(f) != 0 || !ok)
        return cli_fail(HR_E_IO, "cannot write %s", path);
    (void)printf("%s is there: fill it in, then headrace check %s\n", path, path);
    return cli_finish(CLI_EXIT_OK);
}

static int run(const cli_args *args)
{
    hr_error err = {0};
    char *yaml = NULL;
    cli_text path = {0};

    if (hr_file_template(args->operands[0], args->operands[1], &yaml, &err) != HR_OK)
        return cli_fail_with(&err);
    cli_text_addf(&path, "%s_pipeline.yaml", args->operands[0]);
    const int status = write_new(path.p, yaml);
    cli_text_release(&path);
    hr_free(yaml);
    return status;
}

const cli_command cli_cmd_init = {
    .name = "init",
    .operands = "SOURCE DESTINATION",
    .summary = "Write a pipeline file to begin with",
    .text = text,
    .options = options,
    .least_operands = 2,
    .most_operands = 2,
    .run = run,
};
