#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
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

int cli_json_print(yyjson_val *value)
{
    char *json = yyjson_val_write(value, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);

    if (!json)
        return cli_fail(HR_E_NOMEM, "out of memory");
    (void)printf("%s\n", json);
    free(json);
    return cli_finish(CLI_EXIT_OK);
}
