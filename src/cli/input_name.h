/* input_name.h -- the table that a file's name stands for. */
#ifndef HR_CLI_INPUT_NAME_H
#define HR_CLI_INPUT_NAME_H

#include <stddef.h>

#include "headrace/error.h"

/* "logs/events-2024.jsonl.gz" gives "events-2024" and "logs/" gives "logs". On success *name is
 * the caller's to free(). HR_E_USAGE says that --table is needed, and why: standard input, a
 * pattern, or files whose names differ. */
HR_NODISCARD hr_status cli_input_name(char **name, const char *const *paths, size_t n_paths,
                                      hr_error *err);

#endif
