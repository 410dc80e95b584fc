#include "cli/hints.h"

#include <inttypes.h>
#include <string.h>

static void add_key(cli_text *out, const char *key)
{
    cli_text_addz(out, out->n > 1 ? ",\"" : "\"");
    cli_text_addz(out, key);
    cli_text_addz(out, "\":");
}

static void add_word(cli_text *out, const char *key, const char *value)
{
    if (!value)
        return;
    add_key(out, key);
    cli_text_add_json(out, value, strlen(value));
}

static void add_number(cli_text *out, const char *key, const cli_number *value)
{
    if (!value->given)
        return;
    add_key(out, key);
    cli_text_addf(out, "%" PRIu64, value->n);
}

void cli_hints_of(const cli_args *args, cli_text *out)
{
    cli_text_addc(out, '{');
    add_word(out, "write_disposition", args->write_disposition);
    add_number(out, "max_table_nesting", &args->max_table_nesting);
    add_word(out, "on_conflict", args->on_conflict);
    add_word(out, "on_duplicate_key", args->on_duplicate_key);
    cli_text_addc(out, '}');
}
