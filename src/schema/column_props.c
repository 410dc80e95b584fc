#include "schema/column_props.h"

#include <limits.h>
#include <string.h>

#include "base/str.h"
#include "headrace/headrace.h"
#include "value/types.h"

typedef enum kind { FLAG, NUMBER, TEXT, TYPE, ORDER } kind;

typedef struct prop {
    const char *name;
    kind kind;
} prop;

static const prop props[] = {
    {"data_type", TYPE},   {"nullable", FLAG},    {"precision", NUMBER}, {"scale", NUMBER},
    {"timezone", FLAG},    {"description", TEXT}, {"partition", FLAG},   {"cluster", FLAG},
    {"unique", FLAG},      {"sort", FLAG},        {"primary_key", FLAG}, {"merge_key", FLAG},
    {"row_key", FLAG},     {"parent_key", FLAG},  {"root_key", FLAG},    {"hard_delete", FLAG},
    {"dedup_sort", ORDER}, {"incremental", FLAG}, {"variant", FLAG},
};

static const char *const takes[] = {
    [FLAG] = "true or false",
    [NUMBER] = "a whole number from 0",
    [TEXT] = "a text",
    [TYPE] = "text, double, bool, timestamp, bigint, json, decimal, wei, date, time or binary",
    [ORDER] = "asc or desc",
};

static bool fits(kind k, yyjson_val *v)
{
    switch (k) {
    case FLAG:
        return yyjson_is_bool(v);
    case NUMBER:
        return yyjson_is_uint(v) && yyjson_get_uint(v) <= INT_MAX;
    case TYPE:
        return yyjson_is_str(v) &&
               hr_type_from_name((hr_str){yyjson_get_str(v), yyjson_get_len(v)}) != HR_TYPE_NONE;
    case ORDER:
        return yyjson_equals_str(v, "asc") || yyjson_equals_str(v, "desc");
    default:
        return yyjson_is_str(v);
    }
}

hr_status hr_column_prop_check(yyjson_val *key, yyjson_val *value, hr_error *err)
{
    const char *name = yyjson_get_str(key);

    if (strncmp(name, "x-", 2) == 0)
        return HR_OK;
    for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
        if (strcmp(name, props[i].name) != 0)
            continue;
        return yyjson_is_null(value) || fits(props[i].kind, value)
                   ? HR_OK
                   : hr_fail(err, HR_E_CONFIG, "%s takes %s", name, takes[props[i].kind]);
    }
    return hr_fail(err, HR_E_CONFIG, "unknown property \"%s\"", name);
}
