#include "value/types.h"

static const char *const type_names[HR_N_TYPES] = {
    [HR_TYPE_NONE] = "",     [HR_TYPE_TEXT] = "text",           [HR_TYPE_DOUBLE] = "double",
    [HR_TYPE_BOOL] = "bool", [HR_TYPE_TIMESTAMP] = "timestamp", [HR_TYPE_BIGINT] = "bigint",
    [HR_TYPE_JSON] = "json", [HR_TYPE_DECIMAL] = "decimal",     [HR_TYPE_WEI] = "wei",
    [HR_TYPE_DATE] = "date", [HR_TYPE_TIME] = "time",           [HR_TYPE_BINARY] = "binary",
};

const char *hr_type_name(hr_type t)
{
    return type_names[t];
}

hr_type hr_type_from_name(hr_str name)
{
    if (hr_str_eq(name, HR_STR("complex"))) /* what dlt called json before engine 10 */
        return HR_TYPE_JSON;
    for (int t = HR_TYPE_TEXT; t < HR_N_TYPES; t++) {
        if (hr_str_eq(name, hr_str_from(type_names[t])))
            return (hr_type)t;
    }
    return HR_TYPE_NONE;
}
