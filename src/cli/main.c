#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/report.h"
#include "headrace/headrace.h"

/* A standard stream that the caller closed must stay closed: the next file to be opened would get
 * its number, and what we print would go into a database. So /dev/null takes the number, opened
 * the wrong way round, which fails as the closed stream would. */
static bool hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!hold_standard_streams())
        return CLI_EXIT_FAILED;
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
