/* hints.h -- the options of a resource, as the JSON object that the library takes. */
#ifndef HR_CLI_HINTS_H
#define HR_CLI_HINTS_H

#include "cli/args.h"
#include "cli/text.h"

/* Appends the object; what was not given is not in it. HR_E_USAGE: an option cannot be read. */
HR_NODISCARD hr_status cli_hints_of(const cli_args *args, cli_text *out, hr_error *err);

/* The same for the options of all resources of a run. */
HR_NODISCARD hr_status cli_settings_of(const cli_args *args, cli_text *out, hr_error *err);

#endif
