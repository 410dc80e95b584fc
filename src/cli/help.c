#include "cli/command.h"

void cli_help(FILE *out)
{
    (void)fputs("headrace loads JSON into relational tables.\n"
                "\n"
                "  headrace load events.jsonl\n"
                "      loads a file into the table events of headrace.duckdb\n"
                "  curl -s https://api.github.com/repos/OWNER/REPO/events |\n"
                "  headrace load - --table events --to duckdb:///github.duckdb\n"
                "      loads what a program prints\n"
                "  headrace sql \"select type, count(*) from events group by type\"\n"
                "      asks where the last load went\n"
                "\n"
                "Commands:\n",
                out);
    for (const cli_command *const *c = cli_commands; *c; c++)
        (void)fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    (void)fputs("  help       Show the help of a command: headrace help load\n"
                "\n"
                "headrace --version prints the version. The manual is headrace(1).\n",
                out);
}

void cli_help_command(FILE *out, const cli_command *command)
{
    (void)fprintf(out, "%s.\n\nUsage: headrace %s%s%s [options]\n\n%s\nOptions:\n",
                  command->summary, command->name, command->operands[0] ? " " : "",
                  command->operands, command->text);
    cli_args_describe(out, command->options);
}
