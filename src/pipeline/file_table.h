/* file_table.h -- the keys at the top of a pipeline file. */
#ifndef HR_PIPELINE_FILE_TABLE_H
#define HR_PIPELINE_FILE_TABLE_H

#include "config/option.h"

typedef struct hr_file_spec {
    const char *pipeline;
    const char *destination;
    const char *dataset;
    yyjson_val *source;
    hr_texts select;
    int64_t limit;
    yyjson_val *setting; /* of no use: settings go on as JSON */
} hr_file_spec;

extern const hr_option_table hr_file_table;

/* Whether a key at the top is one of the run's settings, which config/hints.h reads. */
bool hr_file_is_setting(const char *key);

#endif
