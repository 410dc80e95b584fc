/* grid.h -- aligned columns.
 *
 * The first rows are kept until there are enough of them to choose widths (at most 1000 rows,
 * 100,000 cells or 4 MB); the rest passes through. On a terminal columns are narrowed until they
 * fit and long cells end in an ellipsis; when there are too many columns for that, each row becomes
 * a block with one line a column. Elsewhere nothing is cut and long cells stick out. */
#ifndef HR_CLI_GRID_H
#define HR_CLI_GRID_H

#include "cli/rows.h"

typedef struct cli_grid cli_grid;

cli_grid *cli_grid_begin(const cli_style *style, const cli_column *columns, size_t n_columns);

/* `cells` has one entry a column; text is in its visible form (cli_utf8_add_visible). */
typedef struct cli_grid_cell {
    size_t at; /* offset into the text that is passed along */
    size_t n;
    cli_cell_kind kind;
} cli_grid_cell;

void cli_grid_row(cli_grid *g, const cli_grid_cell *cells, const char *text);

/* Writes what is left and frees; on a terminal a `whole` result ends with the number of rows. */
void cli_grid_end(cli_grid *g, bool whole);

#endif
