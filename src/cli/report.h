/* report.h -- messages on standard error, and exit statuses. */
#ifndef HR_CLI_REPORT_H
#define HR_CLI_REPORT_H

#include "headrace/error.h"

/* Documented in headrace(1). */
enum {
    CLI_EXIT_OK = 0,
    CLI_EXIT_FAILED = 1,        /* the data, the destination, a file, memory */
    CLI_EXIT_USAGE = 2,         /* the command line or the settings */
    CLI_EXIT_BUSY = 3,          /* somebody else has the pipeline or the database: try again */
    CLI_EXIT_INTERRUPTED = 130, /* SIGINT, SIGTERM */
};

int cli_exit_of(hr_status status);
const char *cli_status_name(hr_status status); /* "usage", "parse", ...: as in the load info */

/* From now on messages are JSON objects, one a line (--progress json). */
void cli_report_json(bool on);

/* "headrace: warning: the message", or {"event": "warning", "message": ...}. */
void cli_report(const char *event, const char *message);

/* Say what is wrong, and return the exit status for it. */
int cli_fail(hr_status status, const char *fmt, ...) HR_PRINTF(2, 3);
int cli_fail_with(const hr_error *err);

/* Flushes standard output and returns `status`, or CLI_EXIT_FAILED with a message when what was
 * written did not arrive. */
int cli_finish(int status);

#endif
