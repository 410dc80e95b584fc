/* summary.h -- the load info (docs/load-info.md), for people. */
#ifndef HR_CLI_SUMMARY_H
#define HR_CLI_SUMMARY_H

#include <yyjson.h>

#include "cli/style.h"

void cli_summary_print(const cli_style *style, yyjson_val *load_info);

/* "extract   1.2 s  12.3 MB, 1,234 rows, 1,028 rows/s" for each of `steps`. */
void cli_summary_print_steps(const cli_style *style, yyjson_val *steps);

#endif
