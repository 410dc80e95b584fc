/* hints.h -- the options of a resource, as the JSON object that the library takes. */
#ifndef HR_CLI_HINTS_H
#define HR_CLI_HINTS_H

#include "cli/args.h"
#include "cli/text.h"

/* Appends the object; what was not given is not in it. */
void cli_hints_of(const cli_args *args, cli_text *out);

#endif
