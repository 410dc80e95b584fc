#include "config/hints.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "config/disposition.h"
#include "headrace/headrace.h"
#include "json/json.h"

enum { DEEPEST = 1000, MOST_OPTIONS = 32 };

static const char *const dispositions[] = {
    [HR_APPEND] = "append", [HR_REPLACE] = "replace", [HR_MERGE] = "merge", [HR_SKIP] = "skip"};

const char *hr_disposition_name(hr_write_disposition d)
{
    return dispositions[d];
}

/* ---- what a key takes ---- */

typedef enum kind {
    TEXT,
    FLAG,
    YES_NO,
    LEVELS,
    NAMES,
    OBJECT,
    OBJECT_OR_LIST,
    MODE_OR_OBJECT,
    LIST,
    DISPOSITION,
    CHOICE
} kind;

static const char *const takes[] = {
    [TEXT] = "a text",
    [FLAG] = "true or false",
    [YES_NO] = "true or false",
    [LEVELS] = "a whole number from 0 to 1000",
    [NAMES] = "a name or a list of names",
    [OBJECT] = "an object",
    [OBJECT_OR_LIST] = "an object or a list of objects",
    [MODE_OR_OBJECT] = "a mode or an object of modes",
    [LIST] = "a list",
    [DISPOSITION] = "append, replace, merge, skip, or an object with \"disposition\"",
};

/* For editors. */
#define SCHEMA_TEXT "{\"type\":\"string\"}"
#define SCHEMA_FLAG "{\"type\":\"boolean\"}"
#define SCHEMA_YES_NO SCHEMA_FLAG
#define SCHEMA_LEVELS "{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000}"
#define SCHEMA_NAMES "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}"
#define SCHEMA_OBJECT "{\"type\":\"object\"}"
#define SCHEMA_OBJECT_OR_LIST "{\"type\":[\"object\",\"array\"]}"
#define SCHEMA_MODE_OR_OBJECT "{\"type\":[\"string\",\"object\"]}"
#define SCHEMA_LIST "{\"type\":\"array\"}"
#define SCHEMA_DISPOSITION SCHEMA_MODE_OR_OBJECT
#define SCHEMA_CHOICE SCHEMA_TEXT

/* name, what it takes, field of hr_hints, of CHOICE "<the default>|<what sets the flag>", help */
#define HINTS(X)                                                                               \
    X(table_name, TEXT, table_name, NULL, "Another name for the table")                        \
    X(write_disposition, DISPOSITION, write_disposition, NULL,                                 \
      "append, replace, merge or skip; or an object with `disposition` and its options")       \
    X(primary_key, NAMES, primary_key, NULL, "What tells rows apart")                          \
    X(merge_key, NAMES, merge_key, NULL, "Rows with these values are replaced together")       \
    X(columns, OBJECT_OR_LIST, columns, NULL, "Types and properties of columns, by name")      \
    X(references, LIST, references, NULL, "Keys of other tables that columns refer to")        \
    X(nested_hints, OBJECT, nested_hints, NULL, "Hints of child tables by path")               \
    X(incremental, OBJECT, incremental, NULL, "Load only what is new: cursor_path and others") \
    X(schema_contract, MODE_OR_OBJECT, schema_contract, NULL,                                  \
      "What may change: evolve, freeze, discard_row or discard_value, for all or for tables, " \
      "columns and data_type")                                                                 \
    X(additional_table_hints, OBJECT, additional, NULL, "Members of the table in the schema")  \
    X(include, NAMES, include, NULL, "Fields that are loaded, names and patterns")             \
    X(exclude, NAMES, exclude, NULL, "Fields that are not loaded, names and patterns")         \
    X(rename, OBJECT, rename, NULL, "Keys that are loaded under another name")                 \
    X(file_format, TEXT, file_format, NULL, "Kept in the schema")                              \
    X(table_format, TEXT, table_format, NULL, "Kept in the schema")                            \
    X(max_table_nesting, LEVELS, max_table_nesting, NULL,                                      \
      "Levels of nesting that become columns and child tables")                                \
    X(parallelized, FLAG, parallelized, NULL,                                                  \
      "Taken, and without effect: all resources are worked on in parallel")                    \
    X(on_conflict, CHOICE, widen, "variant|widen", "A value that does not fit its column")     \
    X(on_duplicate_key, CHOICE, last_wins, "fail|last", "An object that has a key twice")

/* Of the run; help stands in the table of pipeline files. */
#define SETTINGS(X)                                           \
    X(schema_contract, MODE_OR_OBJECT, schema_contract, NULL) \
    X(preferred_types, OBJECT, preferred_types, NULL)         \
    X(alerts, OBJECT_OR_LIST, alerts, NULL)                   \
    X(state, OBJECT, state, NULL)                             \
    X(naming, TEXT, naming, NULL)                             \
    X(replace_strategy, TEXT, replace_strategy, NULL)         \
    X(refresh, TEXT, refresh, NULL)                           \
    X(import_schema, TEXT, import_schema, NULL)               \
    X(export_schema, TEXT, export_schema, NULL)               \
    X(max_table_nesting, LEVELS, max_table_nesting, NULL)     \
    X(root_key, YES_NO, root_key, NULL)

typedef struct option {
    const char *name;
    kind kind;
    size_t offset;
    const char *choices;
} option;

#define HINT(hint, kind, field, choices, help) {#hint, kind, offsetof(hr_hints, field), choices},
static const option hint_options[] = {HINTS(HINT)};

#define ROW(hint, type, field, choices, text) \
    {.name = #hint, .kind = HR_OPTION_VALUE, .schema = SCHEMA_##type, .help = (text)},
static const hr_option hint_rows[] = {HINTS(ROW){0}};
const hr_option_table hr_hint_table = {.what = "hints", .rows = hint_rows};

#define SETTING(setting, kind, field, choices) \
    {#setting, kind, offsetof(hr_run_hints, field), choices},
static const option run_options[] = {SETTINGS(SETTING)};

static bool are_names(yyjson_val *v)
{
    yyjson_val *item;
    size_t i, n;

    yyjson_arr_foreach(v, i, n, item)
    {
        if (!yyjson_is_str(item) || !yyjson_get_len(item))
            return false;
    }
    return yyjson_is_arr(v) || (yyjson_is_str(v) && yyjson_get_len(v));
}

static bool has_right_type(kind k, yyjson_val *v)
{
    switch (k) {
    case TEXT:
        return yyjson_is_str(v) && yyjson_get_len(v);
    case FLAG:
    case YES_NO:
        return yyjson_is_bool(v);
    case LEVELS:
        return yyjson_is_uint(v) && yyjson_get_uint(v) <= DEEPEST;
    case NAMES:
        return are_names(v);
    case OBJECT:
        return yyjson_is_obj(v);
    case LIST:
        return yyjson_is_arr(v);
    case OBJECT_OR_LIST:
        return yyjson_is_obj(v) || yyjson_is_arr(v);
    case MODE_OR_OBJECT:
    case DISPOSITION:
        return yyjson_is_str(v) || yyjson_is_obj(v);
    default:
        return yyjson_is_str(v);
    }
}

static hr_status read_disposition(hr_hints *h, yyjson_val *v, hr_error *err)
{
    const char *name = yyjson_get_str(yyjson_is_obj(v) ? yyjson_obj_get(v, "disposition") : v);

    for (size_t i = 0; name && i < sizeof(dispositions) / sizeof(dispositions[0]); i++) {
        if (strcmp(name, dispositions[i]) == 0) {
            h->write_disposition = (hr_write_disposition)i;
            h->has_disposition = true;
            h->disposition_options = yyjson_is_obj(v) ? v : NULL;
            return h->disposition_options ? hr_disposition_check(v, err) : HR_OK;
        }
    }
    return hr_fail(err, HR_E_CONFIG, "write_disposition takes %s, not \"%s\"", takes[DISPOSITION],
                   name ? name : "");
}

static hr_status read_choice(const option *o, bool *flag, yyjson_val *v, hr_error *err)
{
    const char *second = strchr(o->choices, '|') + 1;
    const hr_str first = {o->choices, (size_t)(second - o->choices - 1)};
    const hr_str given = {yyjson_get_str(v), yyjson_get_len(v)};

    *flag = hr_str_eq(given, hr_str_from(second));
    if (*flag || hr_str_eq(given, first))
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG, "%s takes " HR_STR_FMT " or %s, not \"%s\"", o->name,
                   HR_STR_ARG(first), second, given.p);
}

static hr_status read_option(void *into, const option *o, yyjson_val *v, hr_error *err)
{
    void *at = (char *)into + o->offset;

    if (!has_right_type(o->kind, v))
        return hr_fail(err, HR_E_CONFIG, "%s takes %s", o->name,
                       o->kind == CHOICE ? o->choices : takes[o->kind]);
    switch (o->kind) {
    case DISPOSITION:
        return read_disposition(into, v, err);
    case CHOICE:
        return read_choice(o, at, v, err);
    case TEXT:
        *(const char **)at = yyjson_get_str(v);
        return HR_OK;
    case FLAG:
        *(bool *)at = yyjson_get_bool(v);
        return HR_OK;
    case YES_NO:
        *(int *)at = yyjson_get_bool(v);
        return HR_OK;
    case LEVELS:
        *(int *)at = (int)yyjson_get_uint(v);
        return HR_OK;
    default:
        *(yyjson_val **)at = v;
        return HR_OK;
    }
}

typedef struct table {
    const char *what;
    const option *options;
    size_t n;
} table;

static hr_status refuse(const table *t, const char *key, hr_error *err)
{
    const char *names[MOST_OPTIONS + 1] = {0};

    for (size_t i = 0; i < t->n && i < MOST_OPTIONS; i++)
        names[i] = t->options[i].name;
    const char *meant = hr_suggest(key, names);
    return hr_fail(err, HR_E_CONFIG, "unknown %s \"%s\"" HR_MEANT_FMT, t->what, key,
                   HR_MEANT_ARG(meant));
}

static hr_status read_member(const table *t, void *into, yyjson_val *key, yyjson_val *v,
                             hr_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        if (yyjson_equals_str(key, t->options[i].name))
            return yyjson_is_null(v) ? HR_OK : read_option(into, &t->options[i], v, err);
    }
    return refuse(t, yyjson_get_str(key), err);
}

static hr_status read_object(const table *t, yyjson_val *object, void *into, hr_error *err)
{
    yyjson_val *key, *v;
    size_t i, n;

    if (!yyjson_is_obj(object))
        return hr_fail(err, HR_E_CONFIG, "%ss are a JSON object", t->what);
    yyjson_obj_foreach(object, i, n, key, v)
    {
        HR_TRY(read_member(t, into, key, v, err));
    }
    return HR_OK;
}

static hr_status read_text(const table *t, const char *text, yyjson_doc **doc, void *into,
                           hr_error *err)
{
    yyjson_read_err why;

    if (!text || !*text)
        return HR_OK;
    *doc = hr_json_read(hr_str_from(text), 0, &why);
    if (!*doc && why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    if (!*doc)
        return hr_fail(err, HR_E_CONFIG, "%ss are not JSON: %s at byte %zu", t->what, why.msg,
                       why.pos);
    return read_object(t, yyjson_doc_get_root(*doc), into, err);
}

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static const table all_hints = {"hint", hint_options, N_OF(hint_options)};

hr_status hr_hints_read(hr_hints *out, yyjson_val *object, hr_error *err)
{
    *out = (hr_hints){.max_table_nesting = -1};
    return read_object(&all_hints, object, out, err);
}

/* So that a mistake in them is told as early as others. */
static hr_status check_nested(yyjson_val *nested, hr_error *err)
{
    yyjson_val *path, *hints;
    size_t i, n;

    if (!nested) /* yyjson's loop would count from NULL */
        return HR_OK;
    yyjson_obj_foreach(nested, i, n, path, hints)
    {
        hr_hints ignored;
        const hr_status st = hr_hints_read(&ignored, hints, err);

        if (st != HR_OK)
            return hr_fail_in(err, st, "nested_hints: %s", yyjson_get_str(path));
    }
    return HR_OK;
}

hr_status hr_hints_parse(hr_hints *out, const char *text, hr_error *err)
{
    *out = (hr_hints){.max_table_nesting = -1};
    hr_status st = read_text(&all_hints, text, &out->doc, out, err);
    if (st == HR_OK)
        st = check_nested(out->nested_hints, err);
    if (st != HR_OK)
        hr_hints_release(out);
    return st;
}

void hr_hints_release(hr_hints *h)
{
    yyjson_doc_free(h->doc);
    *h = (hr_hints){.max_table_nesting = -1};
}

hr_status hr_run_hints_parse(hr_run_hints *out, const char *text, hr_error *err)
{
    static const table t = {"setting", run_options, N_OF(run_options)};

    *out = (hr_run_hints){.max_table_nesting = -1, .root_key = -1};
    const hr_status st = read_text(&t, text, &out->doc, out, err);
    if (st != HR_OK)
        hr_run_hints_release(out);
    return st;
}

void hr_run_hints_release(hr_run_hints *h)
{
    yyjson_doc_free(h->doc);
    *h = (hr_run_hints){.max_table_nesting = -1, .root_key = -1};
}
