/* missing.h -- the better message when a table or a column that was asked for is not there. */
#ifndef HR_CLI_MISSING_H
#define HR_CLI_MISSING_H

#include "headrace/pipeline.h"

/* `err` is of a query of `table`. Takes the place of its text when there is no such table, or lacks
 * one of `columns` (names with commas between them; NULL: all were asked for). */
void cli_explain_missing(hr_pipeline *p, const char *table, const char *columns, hr_error *err);

#endif
