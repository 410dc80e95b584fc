#include "cli/json.h"

#include <string.h>

#include "headrace/headrace.h"

yyjson_doc *cli_json_take(char *text)
{
    yyjson_doc *doc = text ? yyjson_read(text, strlen(text), 0) : NULL;

    hr_free(text);
    return doc;
}

const char *cli_json_text(yyjson_val *object, const char *key, const char *otherwise)
{
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));

    return text ? text : otherwise;
}

uint64_t cli_json_count(yyjson_val *object, const char *key)
{
    return yyjson_get_uint(yyjson_obj_get(object, key));
}

double cli_json_real(yyjson_val *object, const char *key)
{
    return yyjson_get_num(yyjson_obj_get(object, key));
}
