/* summary.h -- the load info (docs/load-info.md), for people. */
#ifndef HR_CLI_SUMMARY_H
#define HR_CLI_SUMMARY_H

#include <yyjson.h>

#include "cli/style.h"

void cli_summary_print(const cli_style *style, yyjson_val *load_info);

/* The same in two parts, without the steps, which belong between them: what it came to, table by
 * table; and values, cursors, schema. */
void cli_summary_begin(const cli_style *style, yyjson_val *load_info);
void cli_summary_end(const cli_style *style, yyjson_val *load_info);

#endif
