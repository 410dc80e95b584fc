/* json.h -- the JSON texts that the library returns. */
#ifndef HR_CLI_JSON_H
#define HR_CLI_JSON_H

#include <stdint.h>
#include <yyjson.h>

/* Reads a JSON text that the library returned, and frees it. NULL: not JSON. */
yyjson_doc *cli_json_take(char *text);

/* A member of an object as text; `otherwise` when it is absent, null or not a text. */
const char *cli_json_text(yyjson_val *object, const char *key, const char *otherwise);
uint64_t cli_json_count(yyjson_val *object, const char *key);
double cli_json_real(yyjson_val *object, const char *key);

/* On standard output, indented; returns the exit status. */
int cli_json_print(yyjson_val *value);

#endif
