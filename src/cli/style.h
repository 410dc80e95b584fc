/* style.h -- what the place that output goes to can show. */
#ifndef HR_CLI_STYLE_H
#define HR_CLI_STYLE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct cli_style {
    FILE *out;
    unsigned width; /* columns of the terminal; 0: not a terminal, nothing is cut */
    bool colour;    /* a terminal that is not dumb, and NO_COLOR is not set */
    bool unicode;   /* lines and ellipses may be drawn; false in a pipe, whatever the locale */
} cli_style;

cli_style cli_style_of(FILE *out);

/* Columns of the terminal behind `out` now; it may have been resized. 0: not a terminal. */
unsigned cli_style_width(FILE *out);

#endif
