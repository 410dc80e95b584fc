/* given.h -- which settings a pipeline's caller and its file gave, for the trace. */
#ifndef HR_PIPELINE_GIVEN_H
#define HR_PIPELINE_GIVEN_H

#include "config/doc.h"
#include "pipeline/pipeline_int.h"

/* What options say. */
HR_NODISCARD hr_status hr_note_options(hr_lookup *l, const hr_pipeline_options *o, hr_error *err);

/* What a file says, after the options, which win over it. */
HR_NODISCARD hr_status hr_note_file(hr_lookup *l, const hr_doc *doc, hr_error *err);

/* That a setting is what the last run had. */
HR_NODISCARD hr_status hr_note_last(hr_lookup *l, const char *key, hr_error *err);

/* What the pipeline came to. */
HR_NODISCARD hr_status hr_note_outcome(hr_pipeline *p, hr_lookup *l, hr_error *err);

/* When all is read, the pipeline gets the list. */
void hr_pipeline_take_values(hr_pipeline *p, hr_lookup *l);

#endif
