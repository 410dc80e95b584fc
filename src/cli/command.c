#include "cli/command.h"

#include <string.h>

#include "cli/report.h"
#include "headrace/headrace.h"

enum { MOST_COMMANDS = 32 };

const cli_command *const cli_commands[] = {
    &cli_cmd_run,    &cli_cmd_check, &cli_cmd_init, &cli_cmd_config, &cli_cmd_load,
    &cli_cmd_tables, &cli_cmd_show,  &cli_cmd_sql,  &cli_cmd_schema, &cli_cmd_packages,
    &cli_cmd_trace,  &cli_cmd_state, &cli_cmd_sync, &cli_cmd_drop,   NULL,
};

const cli_command *cli_command_find(const char *name)
{
    for (const cli_command *const *c = cli_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static int refuse_command(const char *name)
{
    const char *names[MOST_COMMANDS] = {"help"};
    size_t n = 1;

    for (const cli_command *const *c = cli_commands; *c && n + 1 < MOST_COMMANDS; c++)
        names[n++] = (*c)->name;

    const char *meant = hr_suggest(name, names);
    if (meant)
        return cli_fail(HR_E_USAGE, "unknown command %s; did you mean %s?", name, meant);
    return cli_fail(HR_E_USAGE, "unknown command %s; headrace help lists them", name);
}

static int help(int argc, char **argv)
{
    if (argc == 0) {
        cli_help(stdout);
        return cli_finish(CLI_EXIT_OK);
    }

    const cli_command *command = cli_command_find(argv[0]);
    if (!command)
        return refuse_command(argv[0]);
    cli_help_command(stdout, command);
    return cli_finish(CLI_EXIT_OK);
}

static int check_operands(const cli_command *command, const cli_args *args)
{
    if (args->n_operands < command->least_operands)
        return cli_fail(HR_E_USAGE, "%s is missing: headrace %s %s", command->operands,
                        command->name, command->operands);
    if (args->n_operands > command->most_operands)
        return cli_fail(HR_E_USAGE, "\"%s\" is one argument too many: headrace %s%s%s",
                        args->operands[command->most_operands], command->name,
                        command->operands[0] ? " " : "", command->operands);
    return CLI_EXIT_OK;
}

int cli_command_run(int argc, char **argv)
{
    if (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0 ||
        strcmp(argv[0], "-h") == 0)
        return help(argc - 1, argv + 1);
    if (argv[0][0] == '-')
        return cli_fail(HR_E_USAGE, "%s: options come after the command; headrace help lists them",
                        argv[0]);

    const cli_command *command = cli_command_find(argv[0]);
    if (!command)
        return refuse_command(argv[0]);

    cli_args args = {0};
    hr_error err = {0};
    if (cli_args_read(&args, command, argc - 1, argv + 1, &err) != HR_OK)
        return cli_fail_with(&err);

    int status = CLI_EXIT_OK;
    if (args.help)
        cli_help_command(stdout, command);
    else
        status = check_operands(command, &args);
    if (status == CLI_EXIT_OK)
        status = args.help ? cli_finish(status) : command->run(&args);
    cli_args_release(&args);
    return status;
}
