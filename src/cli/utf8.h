/* utf8.h -- characters of a text and the columns they take on a terminal. */
#ifndef HR_CLI_UTF8_H
#define HR_CLI_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "cli/text.h"

#define CLI_UTF8_BAD UINT32_MAX

/* The character at the front of `p` (n > 0) and its length; bytes that are not UTF-8 come
 * one by one as CLI_UTF8_BAD. */
size_t cli_utf8_next(const char *p, size_t n, uint32_t *c);

/* Asks the C library for a UTF-8 locale, so that widths are known. Call once, before
 * cli_utf8_width. True when the user's own locale is UTF-8. */
int cli_utf8_init(void);

/* Columns that the text takes when it is printed. */
size_t cli_utf8_width(const char *p, size_t n);

/* The longest start of the text that takes at most `columns`; in bytes. */
size_t cli_utf8_fit(const char *p, size_t n, size_t columns);

/* Adds the text in a form that moves no cursor: line ends and tabs as \n and \t, other
 * control characters as \x1b, and what is not UTF-8 as U+FFFD. */
void cli_utf8_add_visible(cli_text *out, const char *p, size_t n);

/* The same for a text of several lines: line ends stay. */
void cli_utf8_add_lines(cli_text *out, const char *p, size_t n);

#endif
