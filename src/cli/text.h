/* text.h -- growing text and checked memory for the program (the library has its own).
 *
 * Running out of memory here ends the program with a message: there is nothing that a
 * command could do about it, and a load that is cut off is safe by design. */
#ifndef HR_CLI_TEXT_H
#define HR_CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "headrace/error.h"

typedef struct cli_text {
    char *p; /* p[n] is 0 once p != NULL */
    size_t n;
    size_t cap;
} cli_text;

void cli_text_release(cli_text *t);
void cli_text_reset(cli_text *t); /* empty, memory kept */

void cli_text_add(cli_text *t, const char *p, size_t n);
void cli_text_addc(cli_text *t, char c);
void cli_text_addz(cli_text *t, const char *s);
void cli_text_addf(cli_text *t, const char *fmt, ...) HR_PRINTF(2, 3);
const char *cli_text_z(const cli_text *t); /* the text; "" when empty */

/* For people: "1,234,567"; "12.3 MB" (powers of 1000); "1.2 s", "3 min 5 s". */
void cli_text_add_count(cli_text *t, uint64_t n);
void cli_text_add_bytes(cli_text *t, uint64_t n);
void cli_text_add_seconds(cli_text *t, double seconds);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void cli_text_add_json(cli_text *t, const char *p, size_t n);

/* A name as SQL writes it. */
void cli_text_add_identifier(cli_text *t, const char *p, size_t n);

/* Zeroed memory for `n` things, and more of it. The caller frees with free(). */
void *cli_alloc(size_t n, size_t size);
void *cli_grow(void *p, size_t n, size_t size);
char *cli_copy(const char *p, size_t n);

#endif
