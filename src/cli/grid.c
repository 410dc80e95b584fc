#include "cli/grid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/utf8.h"

enum {
    SAMPLE_ROWS = 1000,
    SAMPLE_CELLS = 100000,
    SAMPLE_BYTES = 4 << 20,
    LEAST_WIDTH = 6,    /* a narrower column tells nothing */
    MOST_PADDING = 256, /* a longer cell sticks out instead of widening every row */
    MOST_NAME = 40,     /* in blocks */
};

struct cli_grid {
    cli_style style;
    cli_column *columns;
    size_t n_columns;
    size_t *widths;
    bool blocks; /* one line a column */
    bool ready;  /* widths are chosen, the sample is out */
    uint64_t n_rows;
    cli_grid_cell *sample; /* n_rows x n_columns while !ready */
    cli_text sample_text;
};

static const char null_text[] = "NULL";

cli_grid *cli_grid_begin(const cli_style *style, const cli_column *columns, size_t n_columns)
{
    cli_grid *g = cli_alloc(1, sizeof(*g));

    g->style = *style;
    g->n_columns = n_columns;
    g->columns = cli_alloc(n_columns, sizeof(*g->columns));
    g->widths = cli_alloc(n_columns, sizeof(*g->widths));
    for (size_t i = 0; i < n_columns; i++) {
        cli_text name = {0};

        cli_utf8_add_visible(&name, columns[i].name, strlen(columns[i].name));
        g->columns[i] = (cli_column){.name = cli_copy(name.p, name.n), .right = columns[i].right};
        cli_text_release(&name);
    }
    return g;
}

/* ---- Widths ---- */

static size_t cell_width(const cli_grid_cell *cell, const char *text)
{
    if (cell->kind == CLI_CELL_NULL)
        return sizeof(null_text) - 1;
    return cli_utf8_width(text + cell->at, cell->n);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void measure(cli_grid *g)
{
    for (size_t i = 0; i < g->n_columns; i++)
        g->widths[i] = cli_utf8_width(g->columns[i].name, strlen(g->columns[i].name));
    for (size_t i = 0; i < g->n_rows * g->n_columns; i++) {
        size_t *width = &g->widths[i % g->n_columns];
        const size_t w = cell_width(&g->sample[i], g->sample_text.p);

        if (w > *width)
            *width = w;
    }
    for (size_t i = 0; i < g->n_columns; i++)
        g->widths[i] = least(g->widths[i], MOST_PADDING);
}

/* Columns that a line takes when no cell may be wider than `most`. */
static size_t line_width(const cli_grid *g, size_t most)
{
    size_t sum = g->n_columns ? g->n_columns * 3 - 1 : 0;

    for (size_t i = 0; i < g->n_columns; i++)
        sum += least(g->widths[i], most);
    return sum;
}

/* Narrows the widest columns first. */
static void fit(cli_grid *g)
{
    size_t most = MOST_PADDING;

    if (g->style.width == 0)
        return;
    while (most > LEAST_WIDTH && line_width(g, most) > g->style.width)
        most--;
    g->blocks = line_width(g, most) > g->style.width;
    for (size_t i = 0; i < g->n_columns; i++)
        g->widths[i] = least(g->widths[i], most);
}

static void choose_widths(cli_grid *g)
{
    measure(g);
    fit(g);
    if (!g->blocks)
        return;
    for (size_t i = 0; i < g->n_columns; i++) {
        const char *name = g->columns[i].name;
        const size_t w = cli_utf8_width(name, strlen(name));

        g->widths[0] = i == 0 || w > g->widths[0] ? least(w, MOST_NAME) : g->widths[0];
    }
}

/* ---- Writing ---- */

static void put(const cli_grid *g, const char *s)
{
    (void)fputs(s, g->style.out);
}

static void pad(const cli_grid *g, size_t n)
{
    (void)fprintf(g->style.out, "%*s", (int)n, "");
}

static const char *ellipsis(const cli_grid *g)
{
    return g->style.unicode ? "\xe2\x80\xa6" : "~";
}

/* At most `room` columns wide on a terminal; returns the width written. */
static size_t put_cut(const cli_grid *g, const char *p, size_t n, size_t room)
{
    const size_t width = cli_utf8_width(p, n);

    if (g->style.width == 0 || width <= room) {
        (void)fwrite(p, 1, n, g->style.out);
        return width;
    }
    const size_t keep = cli_utf8_fit(p, n, room - 1);
    (void)fwrite(p, 1, keep, g->style.out);
    put(g, ellipsis(g));
    return cli_utf8_width(p, keep) + 1;
}

static size_t put_value(const cli_grid *g, const cli_grid_cell *cell, const char *text, size_t room)
{
    const char *p = text + cell->at;

    if (cell->kind == CLI_CELL_NULL) {
        put(g, g->style.colour ? "\033[2mNULL\033[0m" : null_text);
        return sizeof(null_text) - 1;
    }
    return put_cut(g, p, cell->n, room);
}

static size_t printed_width(const cli_grid *g, const cli_grid_cell *cell, const char *text,
                            size_t room)
{
    const size_t w = cell_width(cell, text);

    return g->style.width ? least(w, room) : w;
}

static const char *bar(const cli_grid *g)
{
    return g->style.unicode ? "\xe2\x94\x82" : "|";
}

static void put_header(const cli_grid *g)
{
    for (size_t i = 0; i < g->n_columns; i++) {
        const char *name = g->columns[i].name;
        const bool last = i + 1 == g->n_columns;
        const cli_grid_cell cell = {.n = strlen(name), .kind = CLI_CELL_TEXT};
        const size_t w = printed_width(g, &cell, name, g->widths[i]);
        const size_t gap = w < g->widths[i] ? g->widths[i] - w : 0;

        put(g, i ? bar(g) : "");
        pad(g, 1 + (g->columns[i].right ? gap : 0));
        put(g, g->style.colour ? "\033[1m" : "");
        (void)put_cut(g, name, cell.n, g->widths[i]);
        put(g, g->style.colour ? "\033[0m" : "");
        pad(g, last ? 0 : 1 + (g->columns[i].right ? 0 : gap));
    }
    put(g, "\n");
    for (size_t i = 0; i < g->n_columns; i++) {
        put(g, i == 0 ? "" : g->style.unicode ? "\xe2\x94\xbc" : "+");
        for (size_t k = 0; k < g->widths[i] + 2; k++)
            put(g, g->style.unicode ? "\xe2\x94\x80" : "-");
    }
    put(g, "\n");
}

static void put_row(const cli_grid *g, const cli_grid_cell *cells, const char *text)
{
    for (size_t i = 0; i < g->n_columns; i++) {
        const bool last = i + 1 == g->n_columns;
        const size_t w = printed_width(g, &cells[i], text, g->widths[i]);
        const size_t gap = w < g->widths[i] ? g->widths[i] - w : 0;

        put(g, i ? bar(g) : "");
        pad(g, 1 + (g->columns[i].right ? gap : 0));
        (void)put_value(g, &cells[i], text, g->widths[i]);
        pad(g, last ? 0 : 1 + (g->columns[i].right ? 0 : gap));
    }
    put(g, "\n");
}

static void put_block(const cli_grid *g, const cli_grid_cell *cells, const char *text, uint64_t row)
{
    const size_t names = g->widths[0];
    const size_t taken = names + 4;
    const size_t room = g->style.width > taken + LEAST_WIDTH ? g->style.width - taken : LEAST_WIDTH;

    (void)fprintf(g->style.out, "%srow %llu\n", row > 1 ? "\n" : "", (unsigned long long)row);
    for (size_t i = 0; i < g->n_columns; i++) {
        put(g, " ");
        const size_t w = put_cut(g, g->columns[i].name, strlen(g->columns[i].name), names);
        pad(g, names - w + 1);
        put(g, bar(g));
        put(g, " ");
        (void)put_value(g, &cells[i], text, room);
        put(g, "\n");
    }
}

static void put_any(const cli_grid *g, const cli_grid_cell *cells, const char *text, uint64_t row)
{
    if (g->blocks)
        put_block(g, cells, text, row);
    else
        put_row(g, cells, text);
}

/* Chooses the widths and writes the rows that were kept. */
static void settle(cli_grid *g)
{
    choose_widths(g);
    if (!g->blocks && g->n_columns > 0)
        put_header(g);
    for (uint64_t i = 0; i < g->n_rows; i++)
        put_any(g, g->sample + i * g->n_columns, g->sample_text.p, i + 1);
    g->ready = true;
    free(g->sample);
    g->sample = NULL;
    cli_text_release(&g->sample_text);
}

static size_t sample_rows(const cli_grid *g)
{
    const size_t rows = g->n_columns ? SAMPLE_CELLS / g->n_columns : SAMPLE_ROWS;

    return rows == 0 ? 1 : least(rows, SAMPLE_ROWS);
}

static void keep(cli_grid *g, const cli_grid_cell *cells, const char *text)
{
    if (!g->sample)
        g->sample = cli_alloc(sample_rows(g) * g->n_columns, sizeof(*g->sample));
    for (size_t i = 0; i < g->n_columns; i++) {
        cli_grid_cell *cell = &g->sample[g->n_rows * g->n_columns + i];

        *cell = cells[i];
        cell->at = g->sample_text.n;
        cli_text_add(&g->sample_text, text + cells[i].at, cells[i].n);
    }
    g->n_rows++;
    if (g->n_rows == sample_rows(g) || g->sample_text.n > SAMPLE_BYTES)
        settle(g);
}

void cli_grid_row(cli_grid *g, const cli_grid_cell *cells, const char *text)
{
    if (!g->ready) {
        keep(g, cells, text);
        return;
    }
    g->n_rows++;
    put_any(g, cells, text, g->n_rows);
}

void cli_grid_end(cli_grid *g, bool whole)
{
    if (!g->ready && (whole || g->n_rows))
        settle(g);
    if (g->style.width && whole)
        (void)fprintf(g->style.out, "(%llu row%s)\n", (unsigned long long)g->n_rows,
                      g->n_rows == 1 ? "" : "s");
    for (size_t i = 0; i < g->n_columns; i++)
        free((char *)(uintptr_t)g->columns[i].name);
    free(g->columns);
    free(g->widths);
    free(g->sample);
    cli_text_release(&g->sample_text);
    free(g);
}
