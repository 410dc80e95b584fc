/* headrace/config.h -- what a pipeline file can say, and where settings are looked for. The caller
 * frees all texts with hr_free(). */
#ifndef HEADRACE_CONFIG_H
#define HEADRACE_CONFIG_H

#include "headrace/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A pipeline file to begin with, in YAML: every option with its help, those that are needed with an
 * example, the others as comments. `source`: rest_api or files; `destination`: duckdb or
 * postgres. HR_E_USAGE: there is no such kind; the message names those there are. */
HR_API HR_NODISCARD hr_status hr_file_template(const char *source, const char *destination,
                                               char **yaml, hr_error *err);

/* The JSON Schema (draft-07) of pipeline files, for editors that check and complete YAML. */
HR_API HR_NODISCARD hr_status hr_file_schema(char **json, hr_error *err);

/* Where a key ("ACCESS_TOKEN", "sources.notion.credentials.api_key") is looked for and where it is
 * set, in order: [{"place", "key", "state"}]; `state` is "set", "not set" or "no such file", and
 * values are not shown. A key in sections is looked for in fewer sections, too, and first below
 * the name of `pipeline`, when it is not NULL. HR_E_CONFIG: a file cannot be read. */
HR_API HR_NODISCARD hr_status hr_config_explain(const char *pipeline, const char *key, char **json,
                                                hr_error *err);

#ifdef __cplusplus
}
#endif

#endif
