/* outcome.h -- what a run came to, told to the user. */
#ifndef HR_CLI_OUTCOME_H
#define HR_CLI_OUTCOME_H

#include "cli/args.h"

/* Prints the load info, which is freed (NULL: there is none), or the error; as one JSON object with
 * --json. Returns the exit status. */
int cli_outcome(char *info, const cli_args *args, hr_status st, hr_error *err);

#endif
