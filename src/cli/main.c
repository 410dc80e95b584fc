#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/report.h"
#include "headrace/headrace.h"

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        (void)printf("headrace %s\n", hr_version());
        return cli_finish(CLI_EXIT_OK);
    }
    if (argc < 2) {
        cli_help(stdout);
        return cli_finish(CLI_EXIT_OK);
    }
    return cli_command_run(argc - 1, argv + 1);
}
