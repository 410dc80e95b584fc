/* file_source.h -- the kinds of source that a pipeline file can name under `source:`. */
#ifndef HR_PIPELINE_FILE_SOURCE_H
#define HR_PIPELINE_FILE_SOURCE_H

#include "config/option.h"
#include "pipeline/pipeline_int.h"

typedef struct hr_file_source {
    const char *name;             /* the key under `source:` */
    const hr_option_table *table; /* of what stands there */
    /* Adds the resources of `section`, of them only those in `select` when it has any. Takes `doc`
     * over, whatever is returned. HR_E_CONFIG with the place. */
    hr_status (*add)(hr_pipeline *p, hr_doc *doc, yyjson_val *section, const hr_texts *select,
                     hr_error *err);
    /* Adds members to the object `into`: what is worth knowing before a run. */
    bool (*plan)(const hr_pipeline *p, yyjson_mut_doc *doc, yyjson_mut_val *into);
} hr_file_source;

/* Ended by a row without a name. */
extern const hr_file_source hr_file_sources[];

extern const hr_option_table hr_files_table;
hr_status hr_file_add_files(hr_pipeline *p, hr_doc *doc, yyjson_val *section,
                            const hr_texts *select, hr_error *err);
bool hr_file_plan_files(const hr_pipeline *p, yyjson_mut_doc *doc, yyjson_mut_val *into);
bool hr_file_plan_rest(const hr_pipeline *p, yyjson_mut_doc *doc, yyjson_mut_val *into);

#endif
