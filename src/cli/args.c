#include "cli/args.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/command.h"
#include "cli/text.h"
#include "headrace/headrace.h"

/* A WORD is one of the list in `arg`, kept as text; a CHOICE is kept as its place there. */
typedef enum option_kind {
    KIND_FLAG,
    KIND_TEXT,
    KIND_NUMBER,
    KIND_SIZE,
    KIND_CHOICE,
    KIND_WORD,
} option_kind;

typedef struct option {
    const char *name;
    const char *arg; /* what it takes, in --help: of words the list "a|b|c"; NULL for a flag */
    option_kind kind;
    size_t offset;  /* in cli_args */
    uint64_t least; /* numbers and sizes */
    uint64_t most;
    const char *by_default; /* as --help says it; NULL: nothing to say */
    const char *help;
} option;

#define AT(field) offsetof(cli_args, field)

static const option options[CLI_OPT_END] = {
    [CLI_OPT_TABLE] = {"table", "NAME", KIND_TEXT, AT(table), 0, 0, "the file's name",
                       "Table to load into; lists become child tables of it"},
    [CLI_OPT_WRITE_DISPOSITION] = {"write-disposition", "append|replace|merge|skip", KIND_WORD,
                                   AT(write_disposition), 0, 0, "append",
                                   "Add the rows; put them in place of all that are there; or of "
                                   "those with the same keys; or load none"},
    [CLI_OPT_MERGE_STRATEGY] = {"merge-strategy", "delete-insert|upsert|insert-only|scd2",
                                KIND_WORD, AT(merge_strategy), 0, 0, "delete-insert",
                                "How --write-disposition merge does it"},
    [CLI_OPT_PRIMARY_KEY] = {"primary-key", "A,B,...", KIND_TEXT, AT(primary_key), 0, 0, NULL,
                             "Keys of the data that identify a row"},
    [CLI_OPT_MERGE_KEY] = {"merge-key", "A,B,...", KIND_TEXT, AT(merge_key), 0, 0, NULL,
                           "Keys of the data that identify the rows to be replaced"},
    [CLI_OPT_COLUMN_HINTS] = {"columns", "A:TYPE,...", KIND_TEXT, AT(column_hints), 0, 0,
                              "from the data", "Types of columns: id:bigint,price:decimal(10,2)"},
    [CLI_OPT_INCREMENTAL] = {"incremental", "CURSOR", KIND_TEXT, AT(incremental), 0, 0, NULL,
                             "Load only rows whose cursor lies past the last run's: a key, a "
                             "JSONPath, or a JSON object with cursor_path and more"},
    [CLI_OPT_INITIAL_VALUE] = {"initial-value", "VALUE", KIND_TEXT, AT(initial_value), 0, 0, NULL,
                               "Cursor value at which the first run begins"},
    [CLI_OPT_END_VALUE] = {"end-value", "VALUE", KIND_TEXT, AT(end_value), 0, 0, NULL,
                           "Cursor value before which to stop; such a run remembers nothing"},
    [CLI_OPT_LAG] = {"lag", "N", KIND_TEXT, AT(lag), 0, 0, "0",
                     "Begin this much before where the last run stopped: seconds, or days of "
                     "dates, or a number"},
    [CLI_OPT_ROW_ORDER] = {"row-order", "asc|desc", KIND_WORD, AT(row_order), 0, 0, "any",
                           "The input is in this order of the cursor: stop reading early"},
    [CLI_OPT_CONTRACT] = {"contract", "MODE|WHAT=MODE,...", KIND_TEXT, AT(contract), 0, 0, "evolve",
                          "What may change: of tables, columns and data_type each evolve, freeze, "
                          "discard_row or discard_value"},
    [CLI_OPT_HINTS] = {"hints", "JSON", KIND_TEXT, AT(hints), 0, 0, NULL,
                       "Further hints, an object with dlt's names"},
    [CLI_OPT_ALL] = {"all", NULL, KIND_FLAG, AT(all), 0, 0, NULL, "All resources"},
    [CLI_OPT_STATE_ONLY] = {"state-only", NULL, KIND_FLAG, AT(state_only), 0, 0, NULL,
                            "Forget the state and leave the tables"},
    [CLI_OPT_REFRESH] = {"refresh", "drop_sources|drop_resources|drop_data", KIND_WORD, AT(refresh),
                         0, 0, NULL,
                         "Begin anew: drop all tables, the resource's tables, or its rows, and "
                         "forget the cursors"},
    [CLI_OPT_NAMING] = {"naming", "snake_case|direct|sql_cs_v1|sql_ci_v1", KIND_WORD, AT(naming), 0,
                        0, "the dataset's, else snake_case",
                        "How names of tables and columns are made from those in the data"},
    [CLI_OPT_IMPORT_SCHEMA] = {"import-schema", "FOLDER", KIND_TEXT, AT(import_schema), 0, 0, NULL,
                               "Begin with this folder's NAME.schema.yaml when it has changed"},
    [CLI_OPT_EXPORT_SCHEMA] = {"export-schema", "FOLDER", KIND_TEXT, AT(export_schema), 0, 0, NULL,
                               "Write the schema to this folder's NAME.schema.yaml"},
    [CLI_OPT_SETTINGS] = {"settings", "JSON", KIND_TEXT, AT(settings), 0, 0, NULL,
                          "Further settings of the run, an object with dlt's names"},
    [CLI_OPT_MAX_TABLE_NESTING] = {"max-table-nesting", "N", KIND_NUMBER, AT(max_table_nesting), 0,
                                   1000, "the table's last, else 1000",
                                   "Levels of nesting that become columns and child tables; what "
                                   "lies deeper stays JSON"},
    [CLI_OPT_ON_CONFLICT] = {"on-conflict", "variant|widen", KIND_WORD, AT(on_conflict), 0, 0,
                             "variant",
                             "Where a value goes that does not fit its column: into a variant "
                             "column (size__v_text), or into the column, widened"},
    [CLI_OPT_ON_DUPLICATE_KEY] = {"on-duplicate-key", "fail|last", KIND_WORD, AT(on_duplicate_key),
                                  0, 0, "fail",
                                  "When an object has one key twice: refuse it, or keep the last "
                                  "value and count the others as discarded"},
    [CLI_OPT_WORKERS] = {"workers", "N", KIND_NUMBER, AT(workers), 1, 256, "one a processor",
                         "Threads that normalize and load"},
    [CLI_OPT_MEM] = {"mem", "SIZE", KIND_SIZE, AT(mem), (uint64_t)32 << 20, (uint64_t)1 << 50,
                     "256M", "Memory for all that grows with the data: 64M, 1G, 512MiB"},
    [CLI_OPT_PROGRESS] = {"progress", "auto|log|json|none", KIND_CHOICE, AT(progress), 0, 0, "auto",
                          "On standard error: a live line on a terminal and nothing elsewhere "
                          "(auto), a line now and then (log), one JSON object a line (json)"},
    [CLI_OPT_SELECT] = {"select", "A,B,...", KIND_TEXT, AT(select), 0, 0, "all",
                        "Resources to load"},
    [CLI_OPT_LIMIT] = {"limit", "N", KIND_NUMBER, AT(limit), 0, UINT64_C(1000000000000),
                       "20 rows shown in a table, else all",
                       "Rows to show, or to load of each resource, at most; 0: all"},
    [CLI_OPT_DRY_RUN] = {"dry-run", NULL, KIND_FLAG, AT(dry_run), 0, 0, NULL,
                         "Read and normalize, say what would be loaded, and load nothing"},
    [CLI_OPT_COLUMNS] = {"columns", "A,B,...", KIND_TEXT, AT(columns), 0, 0, "all",
                         "Columns to show, in this order"},
    [CLI_OPT_FORMAT] = {"format", "table|csv|json", KIND_CHOICE, AT(format), 0, 0, "table",
                        "An aligned table, RFC 4180 CSV, or a JSON array of objects"},
    [CLI_OPT_SAVE] = {"save", "FILE", KIND_TEXT, AT(save), 0, 0, NULL,
                      "Write the pipeline file that does the same, for a URL"},
    [CLI_OPT_JSON] = {"json", NULL, KIND_FLAG, AT(json), 0, 0, NULL,
                      "Print one JSON value on standard output and nothing else there"},
    [CLI_OPT_PIPELINE] = {"pipeline", "NAME|FILE", KIND_TEXT, AT(pipeline), 0, 0, "headrace",
                          "Pipeline; remembers its schema and where it last loaded to. A FILE "
                          "(.yaml, .yml or .json) says its name, destination and dataset"},
    [CLI_OPT_PIPELINES_DIR] = {"pipelines-dir", "DIR", KIND_TEXT, AT(pipelines_dir), 0, 0,
                               "$HEADRACE_PIPELINES_DIR, else ~/.headrace/pipelines",
                               "Folder that holds the pipelines' working folders"},
    [CLI_OPT_TO] = {"to", "URL", KIND_TEXT, AT(to), 0, 0,
                    "the pipeline's last, else duckdb:///PIPELINE.duckdb",
                    "Destination: duckdb:///relative/path, duckdb:////absolute/path or "
                    "postgres://user@host/database"},
    [CLI_OPT_DATASET] = {"dataset", "NAME", KIND_TEXT, AT(dataset), 0, 0,
                         "the pipeline's last, else PIPELINE_dataset",
                         "Dataset (database schema) that holds the tables"},
    [CLI_OPT_HELP] = {"help", NULL, KIND_FLAG, AT(help), 0, 0, NULL, "Show this help"},
};

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

static hr_status refuse_number(const option *o, const char *text, hr_error *err)
{
    cli_text range = {0};

    if (o->kind == KIND_SIZE) {
        add_size(&range, o->least);
        cli_text_addz(&range, " to ");
        add_size(&range, o->most);
    } else {
        cli_text_addf(&range, "%" PRIu64 " to %" PRIu64, o->least, o->most);
    }
    (void)hr_fail(err, HR_E_USAGE, "--%s takes %s (%s), not \"%s\"", o->name,
                  o->kind == KIND_SIZE ? "a size such as 64M or 1G" : "a whole number", range.p,
                  text);
    cli_text_release(&range);
    return HR_E_USAGE;
}

static hr_status set_number(const option *o, cli_number *field, const char *text, hr_error *err)
{
    uint64_t n = 0;
    const bool ok = o->kind == KIND_SIZE ? cli_args_size(text, &n) : read_number(text, &n);

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

static hr_status find_choice(const option *o, const char *text, int *place, hr_error *err)
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
static hr_status set_option(cli_args *a, const option *o, const char *text, hr_error *err)
{
    void *field = (char *)a + o->offset;
    int place = 0;

    if (o->kind == KIND_FLAG) {
        if (text)
            return hr_fail(err, HR_E_USAGE, "--%s takes no value", o->name);
        *(bool *)field = true;
        return HR_OK;
    }
    if (!text || text[0] == '\0')
        return hr_fail(err, HR_E_USAGE, "--%s needs a value: --%s %s", o->name, o->name, o->arg);
    switch (o->kind) {
    case KIND_CHOICE:
        HR_TRY(find_choice(o, text, &place, err));
        *(int *)field = place;
        return HR_OK;
    case KIND_WORD:
        HR_TRY(find_choice(o, text, &place, err));
        *(const char **)field = text;
        return HR_OK;
    case KIND_NUMBER:
    case KIND_SIZE:
        return set_number(o, field, text, err);
    default:
        *(const char **)field = text;
        return HR_OK;
    }
}

/* ---- The line ---- */

static bool takes(const cli_command *command, const option *o);

/* The command's own, where a word means one thing in some commands and another in others. */
static const option *find_option(const cli_command *command, const char *name, size_t n)
{
    const option *found = NULL;

    for (size_t i = 0; i < CLI_OPT_END; i++) {
        const option *o = &options[i];

        if (strlen(o->name) == n && memcmp(o->name, name, n) == 0 && (!found || takes(command, o)))
            found = o;
    }
    return found;
}

static bool takes(const cli_command *command, const option *o)
{
    for (const cli_option_id *id = command->options; *id != CLI_OPT_END; id++)
        if (&options[*id] == o)
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
        names[k++] = options[*id].name;

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
    const option *o = find_option(command, name, n);
    const char *value = name[n] == '=' ? name + n + 1 : NULL;

    if (o && !takes(command, o))
        return hr_fail(err, HR_E_USAGE, "headrace %s takes no --%s; see headrace help %s",
                       command->name, o->name, command->name);
    if (!o)
        return refuse_option(command, name, n, err);
    if (!value && o->kind != KIND_FLAG && *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
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
        const option *o = &options[*ids];
        cli_text help = {0};

        (void)fprintf(out, "  --%s%s%s\n", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        cli_text_addz(&help, o->help);
        if (o->by_default)
            cli_text_addf(&help, " (default: %s)", o->by_default);
        put_words(out, help.p);
        cli_text_release(&help);
    }
}
