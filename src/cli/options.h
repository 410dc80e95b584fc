/* options.h -- the table of all options, a row each: how it is read, and what --help says of it. An
 * option means the same in every command that takes it; a command only lists which it takes. */
#ifndef HR_CLI_OPTIONS_H
#define HR_CLI_OPTIONS_H

#include "cli/args.h"

/* How an option is kept in cli_args: a NUMBER and a SIZE (bytes) as cli_number; a WORD, one of the
 * list in `arg`, as text; a CHOICE as its place in that list. */
typedef enum cli_option_kind {
    CLI_KIND_FLAG,
    CLI_KIND_TEXT,
    CLI_KIND_NUMBER,
    CLI_KIND_SIZE,
    CLI_KIND_CHOICE,
    CLI_KIND_WORD,
} cli_option_kind;

typedef struct cli_option {
    const char *name;
    const char *arg; /* what it takes, in --help: of words the list "a|b|c"; NULL for a flag */
    cli_option_kind kind;
    size_t offset;  /* in cli_args */
    uint64_t least; /* numbers and sizes */
    uint64_t most;
    const char *by_default; /* as --help says it; NULL: nothing to say */
    const char *help;
} cli_option;

extern const cli_option cli_options[CLI_OPT_END];

#endif
