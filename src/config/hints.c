#include "config/hints.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

enum { DEEPEST = 1000 };

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

typedef struct option {
    const char *name;
    kind kind;
    size_t offset;       /* in hr_hints */
    const char *choices; /* CHOICE: "<the default>|<what sets the flag>" */
} option;

#define AT(field) offsetof(hr_hints, field)

static const option hint_options[] = {
    {"table_name", TEXT, AT(table_name), NULL},
    {"write_disposition", DISPOSITION, 0, NULL},
    {"primary_key", NAMES, AT(primary_key), NULL},
    {"merge_key", NAMES, AT(merge_key), NULL},
    {"columns", OBJECT_OR_LIST, AT(columns), NULL},
    {"references", LIST, AT(references), NULL},
    {"nested_hints", OBJECT, AT(nested_hints), NULL},
    {"incremental", OBJECT, AT(incremental), NULL},
    {"schema_contract", MODE_OR_OBJECT, AT(schema_contract), NULL},
    {"additional_table_hints", OBJECT, AT(additional), NULL},
    {"include", NAMES, AT(include), NULL},
    {"exclude", NAMES, AT(exclude), NULL},
    {"rename", OBJECT, AT(rename), NULL},
    {"file_format", TEXT, AT(file_format), NULL},
    {"table_format", TEXT, AT(table_format), NULL},
    {"max_table_nesting", LEVELS, AT(max_table_nesting), NULL},
    {"parallelized", FLAG, AT(parallelized), NULL},
    {"on_conflict", CHOICE, AT(widen), "variant|widen"},
    {"on_duplicate_key", CHOICE, AT(last_wins), "fail|last"},
};

#undef AT
#define AT(field) offsetof(hr_run_hints, field)

static const option run_options[] = {
    {"schema_contract", MODE_OR_OBJECT, AT(schema_contract), NULL},
    {"preferred_types", OBJECT, AT(preferred_types), NULL},
    {"alerts", OBJECT_OR_LIST, AT(alerts), NULL},
    {"naming", TEXT, AT(naming), NULL},
    {"replace_strategy", TEXT, AT(replace_strategy), NULL},
    {"refresh", TEXT, AT(refresh), NULL},
    {"import_schema", TEXT, AT(import_schema), NULL},
    {"export_schema", TEXT, AT(export_schema), NULL},
    {"max_table_nesting", LEVELS, AT(max_table_nesting), NULL},
    {"root_key", YES_NO, AT(root_key), NULL},
};

#undef AT

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
            return HR_OK;
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

static hr_status read_member(const table *t, void *into, yyjson_val *key, yyjson_val *v,
                             hr_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        if (yyjson_equals_str(key, t->options[i].name))
            return yyjson_is_null(v) ? HR_OK : read_option(into, &t->options[i], v, err);
    }
    return hr_fail(err, HR_E_CONFIG, "unknown %s \"%s\"", t->what, yyjson_get_str(key));
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
    *doc = yyjson_read_opts((char *)(uintptr_t)text, strlen(text), 0, &hr_json_alc, &why);
    if (!*doc && why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    if (!*doc)
        return hr_fail(err, HR_E_CONFIG, "%ss are not JSON: %s at byte %zu", t->what, why.msg,
                       why.pos);
    return read_object(t, yyjson_doc_get_root(*doc), into, err);
}

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static const table hint_table = {"hint", hint_options, N_OF(hint_options)};

hr_status hr_hints_read(hr_hints *out, yyjson_val *object, hr_error *err)
{
    *out = (hr_hints){.max_table_nesting = -1};
    return read_object(&hint_table, object, out, err);
}

hr_status hr_hints_parse(hr_hints *out, const char *text, hr_error *err)
{
    *out = (hr_hints){.max_table_nesting = -1};
    const hr_status st = read_text(&hint_table, text, &out->doc, out, err);
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
