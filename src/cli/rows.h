/* rows.h -- a result on its way out, as a table for people, as CSV or as JSON.
 *
 * Rows go out as they come; only a table keeps the first ones back, to learn how wide its
 * columns are. */
#ifndef HR_CLI_ROWS_H
#define HR_CLI_ROWS_H

#include "cli/cell.h"
#include "cli/style.h"
#include "headrace/arrow.h"

typedef enum cli_format { CLI_FORMAT_TABLE, CLI_FORMAT_CSV, CLI_FORMAT_JSON } cli_format;

typedef struct cli_column {
    const char *name;
    bool right; /* numbers */
} cli_column;

typedef struct cli_rows cli_rows;

/* Names are copied. The caller owes cli_rows_end(). */
cli_rows *cli_rows_begin(const cli_style *style, cli_format format, const cli_column *columns,
                         size_t n_columns);

/* The next cell, from left to right; the last one of a row completes the row. */
void cli_rows_cell(cli_rows *r, cli_cell_kind kind, const char *p, size_t n);
void cli_rows_text(cli_rows *r, const char *text); /* NULL: no value */
void cli_rows_number(cli_rows *r, uint64_t n);

/* Writes what is left and frees. */
void cli_rows_end(cli_rows *r);

/* As cli_rows_end for a result that broke off: what came is shown, but nothing says that it is
 * the whole, and JSON stays open so that no reader takes it for that. */
void cli_rows_break(cli_rows *r);

/* Writes at most `limit` rows of `stream` (0: all); *more tells whether there were others.
 * Does not release the stream. */
HR_NODISCARD hr_status cli_rows_write(const cli_style *style, cli_format format,
                                      struct ArrowArrayStream *stream, uint64_t limit, bool *more,
                                      hr_error *err);

#endif
