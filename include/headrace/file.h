/* headrace/file.h -- pipelines that a file describes; docs/pipeline-file.md has the file's keys. */
#ifndef HEADRACE_FILE_H
#define HEADRACE_FILE_H

#include "headrace/pipeline.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero-initialize and set `size` to sizeof(hr_file_options). Strings are copied. */
typedef struct hr_file_options {
    size_t size;
    const char *path; /* YAML, or JSON when its name ends in .json; required */
    /* What is set here counts instead of what the file says; `settings` member by member. */
    hr_pipeline_options pipeline;
    const char *const *select; /* names of resources to load; n_select 0: all */
    size_t n_select;
    uint64_t limit;    /* rows of each resource, at most; 0: what the file says */
    const char *hints; /* a JSON object, laid over the hints of every resource; NULL: none */
    /* To read back, sync or drop: no resources are added, and no variable of `source` is looked
     * for. */
    bool without_source;
} hr_file_options;

/* Reads and checks all of the file, and opens the pipeline with its resources added: run() is
 * next. Nothing is requested and nothing written. HR_E_CONFIG: "file:line:column: " and what is
 * wrong there. On success the caller owes hr_pipeline_close(). */
HR_API HR_NODISCARD hr_status hr_pipeline_open_file(hr_pipeline **out,
                                                    const hr_file_options *options, hr_error *err);

/* What a run of such a pipeline would do, as JSON: {"pipeline", "destination", "dataset", "source",
 * "resources": [{"name", "table", "write_disposition"}], "plan": what its source says of itself}.
 * HR_E_USAGE: the pipeline was not opened from a file, or without its source. The caller frees it
 * with hr_free(). */
HR_API HR_NODISCARD hr_status hr_pipeline_plan(hr_pipeline *p, char **json, hr_error *err);

#ifdef __cplusplus
}
#endif

#endif
