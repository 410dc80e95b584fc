/* url_source.h -- `headrace load https://...`: a URL as a REST API of one resource. */
#ifndef HR_CLI_URL_SOURCE_H
#define HR_CLI_URL_SOURCE_H

#include <stdbool.h>

#include "cli/args.h"
#include "headrace/headrace.h"

/* Whether the operands are URLs of http or https. */
bool cli_is_url(const char *operand);

/* Adds the URL with the table and hints of the arguments; pages and rows are found out. With
 * --save, writes the pipeline file that does the same. */
HR_NODISCARD hr_status cli_add_url(hr_pipeline *p, const cli_args *args, hr_error *err);

#endif
