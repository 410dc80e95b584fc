#include "cli/args.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/text.h"
#include "headrace/headrace.h"

void cli_args_release(cli_args *a)
{
    free(a->operands);
    *a = (cli_args){0};
}

/* ---- Values ---- */

typedef struct size_unit {
    const char *name;
    uint64_t factor;
} size_unit;

static const size_unit size_units[] = {
    {"", 1},
    {"b", 1},
    {"k", UINT64_C(1) << 10},
    {"kib", UINT64_C(1) << 10},
    {"kb", 1000},
    {"m", UINT64_C(1) << 20},
    {"mib", UINT64_C(1) << 20},
    {"mb", 1000000},
    {"g", UINT64_C(1) << 30},
    {"gib", UINT64_C(1) << 30},
    {"gb", 1000000000},
    {"t", UINT64_C(1) << 40},
    {"tib", UINT64_C(1) << 40},
    {"tb", 1000000000000},
};

bool cli_args_size(const char *text, uint64_t *bytes)
{
    const size_t whole = strspn(text, "0123456789");
    const size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    const char *unit = text + whole + (part ? part + 1 : 0);
    const double v = strtod(text, NULL);

    if (whole == 0 || whole + part > 18)
        return false;
    for (size_t i = 0; i < sizeof(size_units) / sizeof(size_units[0]); i++) {
        const double product = v * (double)size_units[i].factor;

        if (strcasecmp(unit, size_units[i].name) != 0)
            continue;
        if (product > (double)(UINT64_C(1) << 62))
            return false;
        *bytes = (uint64_t)product;
        return true;
    }
    return false;
}

static bool read_number(const char *text, uint64_t *n)
{
    char *end;

    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    *n = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static void add_size(cli_text *t, uint64_t n)
{
    static const char units[] = "KMGT";
    int unit = -1;

    while (unit < 3 && n >= 1024 && n % 1024 == 0) {
        n /= 1024;
        unit++;
    }
    cli_text_addf(t, "%" PRIu64, n);
    if (unit >= 0)
        cli_text_addc(t, units[unit]);
}

static hr_status refuse_number(const cli_option *o, const char *text, hr_error *err)
{
    cli_text range = {0};

    if (o->kind == CLI_KIND_SIZE) {
        add_size(&range, o->least);
        cli_text_addz(&range, " to ");
        add_size(&range, o->most);
    } else {
        cli_text_addf(&range, "%" PRIu64 " to %" PRIu64, o->least, o->most);
    }
    (void)hr_fail(err, HR_E_USAGE, "--%s takes %s (%s), not \"%s\"", o->name,
                  o->kind == CLI_KIND_SIZE ? "a size such as 64M or 1G" : "a whole number", range.p,
                  text);
    cli_text_release(&range);
    return HR_E_USAGE;
}

static hr_status set_number(const cli_option *o, cli_number *field, const char *text, hr_error *err)
{
    uint64_t n = 0;
    const bool ok = o->kind == CLI_KIND_SIZE ? cli_args_size(text, &n) : read_number(text, &n);

    if (!ok || n < o->least || n > o->most)
        return refuse_number(o, text, err);
    *field = (cli_number){.n = n, .given = true};
    return HR_OK;
}

enum { LIST_TEXT = 64, LIST_WORDS = 8 }; /* more than any list takes */

/* The words of "a|b|c", and NULL; they lie in `text`. */
static void split_list(const char *list, char text[LIST_TEXT], const char *words[LIST_WORDS])
{
    char *rest = text;
    size_t n = 0;

    assert(strlen(list) < LIST_TEXT);
    (void)snprintf(text, LIST_TEXT, "%s", list);
    do {
        assert(n < LIST_WORDS);
        words[n] = strsep(&rest, "|");
    } while (words[n++]);
}

static hr_status find_choice(const cli_option *o, const char *text, int *place, hr_error *err)
{
    char list[LIST_TEXT];
    const char *words[LIST_WORDS];

    split_list(o->arg, list, words);
    for (*place = 0; words[*place]; ++*place) {
        if (strcmp(text, words[*place]) == 0)
            return HR_OK;
    }
    const char *meant = hr_suggest(text, words);
    return hr_fail(err, HR_E_USAGE, "--%s takes %s, not \"%s\"%s%s%s", o->name, o->arg, text,
                   meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
}

/* `text` is NULL when the command line ended, or a flag was given without one. */
static hr_status set_option(cli_args *a, const cli_option *o, const char *text, hr_error *err)
{
    void *field = (char *)a + o->offset;
    int place = 0;

    if (o->kind == CLI_KIND_FLAG) {
        if (text)
            return hr_fail(err, HR_E_USAGE, "--%s takes no value", o->name);
        *(bool *)field = true;
        return HR_OK;
    }
    if (!text || text[0] == '\0')
        return hr_fail(err, HR_E_USAGE, "--%s needs a value: --%s %s", o->name, o->name, o->arg);
    switch (o->kind) {
    case CLI_KIND_CHOICE:
        HR_TRY(find_choice(o, text, &place, err));
        *(int *)field = place;
        return HR_OK;
    case CLI_KIND_WORD:
        HR_TRY(find_choice(o, text, &place, err));
        *(const char **)field = text;
        return HR_OK;
    case CLI_KIND_NUMBER:
    case CLI_KIND_SIZE:
        return set_number(o, field, text, err);
    default:
        *(const char **)field = text;
        return HR_OK;
    }
}

/* ---- The line ---- */

static bool takes(const cli_command *command, const cli_option *o);

/* The command's own, where a word means one thing in some commands and another in others. */
static const cli_option *find_option(const cli_command *command, const char *name, size_t n)
{
    const cli_option *found = NULL;

    for (size_t i = 0; i < CLI_OPT_END; i++) {
        const cli_option *o = &cli_options[i];

        if (strlen(o->name) == n && memcmp(o->name, name, n) == 0 && (!found || takes(command, o)))
            found = o;
    }
    return found;
}

static bool takes(const cli_command *command, const cli_option *o)
{
    for (const cli_option_id *id = command->options; *id != CLI_OPT_END; id++)
        if (&cli_options[*id] == o)
            return true;
    return false;
}

static hr_status refuse_option(const cli_command *command, const char *arg, size_t n, hr_error *err)
{
    const char *names[CLI_OPT_END + 1] = {0};
    char name[64];
    size_t k = 0;

    (void)snprintf(name, sizeof(name), "%.*s", (int)n, arg);
    for (const cli_option_id *id = command->options; *id != CLI_OPT_END; id++)
        names[k++] = cli_options[*id].name;

    const char *meant = hr_suggest(name, names);
    if (meant)
        return hr_fail(err, HR_E_USAGE, "unknown option --%s; did you mean --%s?", name, meant);
    return hr_fail(err, HR_E_USAGE, "unknown option --%s; see headrace help %s", name,
                   command->name);
}

/* argv[*i] is `--name` or `--name=value`; moves *i to a value that stands apart. */
static hr_status read_option(cli_args *a, const cli_command *command, int argc, char **argv, int *i,
                             hr_error *err)
{
    const char *name = argv[*i] + 2;
    const size_t n = strcspn(name, "=");
    const cli_option *o = find_option(command, name, n);
    const char *value = name[n] == '=' ? name + n + 1 : NULL;

    if (o && !takes(command, o))
        return hr_fail(err, HR_E_USAGE, "headrace %s takes no --%s; see headrace help %s",
                       command->name, o->name, command->name);
    if (!o)
        return refuse_option(command, name, n, err);
    if (!value && o->kind != CLI_KIND_FLAG && *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
        value = argv[++*i];
    return set_option(a, o, value, err);
}

static hr_status read_arg(cli_args *a, const cli_command *command, int argc, char **argv, int *i,
                          bool *only_operands, hr_error *err)
{
    const char *arg = argv[*i];

    if (*only_operands || arg[0] != '-' || strcmp(arg, "-") == 0) {
        a->operands[a->n_operands++] = arg;
        return HR_OK;
    }
    if (strcmp(arg, "--") == 0) {
        *only_operands = true;
        return HR_OK;
    }
    if (strcmp(arg, "-h") == 0) {
        a->help = true;
        return HR_OK;
    }
    if (arg[1] != '-')
        return hr_fail(err, HR_E_USAGE,
                       "unknown option %s; a file whose name begins with a dash is given as ./%s",
                       arg, arg);
    return read_option(a, command, argc, argv, i, err);
}

hr_status cli_args_read(cli_args *out, const cli_command *command, int argc, char **argv,
                        hr_error *err)
{
    cli_args a = {.operands = cli_alloc((size_t)argc + 1, sizeof(*a.operands))};
    bool only_operands = false;

    for (int i = 0; i < argc; i++) {
        const hr_status st = read_arg(&a, command, argc, argv, &i, &only_operands, err);

        if (st != HR_OK) {
            cli_args_release(&a);
            return st;
        }
    }
    *out = a;
    return HR_OK;
}

/* ---- Help ---- */

enum { HELP_COLUMN = 6, HELP_WIDTH = 79 };

static void put_words(FILE *out, const char *words)
{
    size_t at = 0;

    while (*words) {
        const size_t n = strcspn(words, " ");

        if (at && at + 1 + n > HELP_WIDTH) {
            (void)fputc('\n', out);
            at = 0;
        }
        (void)fprintf(out, "%*s%.*s", at ? 1 : HELP_COLUMN, "", (int)n, words);
        at += n + (at ? 1 : HELP_COLUMN);
        words += n + strspn(words + n, " ");
    }
    (void)fputc('\n', out);
}

void cli_args_describe(FILE *out, const cli_option_id *ids)
{
    for (; *ids != CLI_OPT_END; ids++) {
        const cli_option *o = &cli_options[*ids];
        cli_text help = {0};

        (void)fprintf(out, "  --%s%s%s\n", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        cli_text_addz(&help, o->help);
        if (o->by_default)
            cli_text_addf(&help, " (default: %s)", o->by_default);
        put_words(out, help.p);
        cli_text_release(&help);
    }
}
