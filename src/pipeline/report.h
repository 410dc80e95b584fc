/* report.h -- what the load info and the trace of a run are made of. The calls
 * with an object `o` add their members to it; docs/load-info.md tells their shapes. */
#ifndef HR_PIPELINE_REPORT_H
#define HR_PIPELINE_REPORT_H

#include "pipeline/run_int.h"
#include "pipeline/writer.h"

/* "loaded", "dry_run", "nothing", "failed" */
const char *hr_report_status(const hr_run *r);

void hr_report_info(hr_writer *w, const hr_run *r, yyjson_mut_val *o);
void hr_report_steps(hr_writer *w, const hr_run *r, yyjson_mut_val *o);
void hr_report_resources(hr_writer *w, const hr_run *r, yyjson_mut_val *o);
void hr_report_package(hr_writer *w, const hr_run *r, yyjson_mut_val *o);

#endif
