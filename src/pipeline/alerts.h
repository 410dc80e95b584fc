/* alerts.h -- tells people what became of a run. */
#ifndef HR_PIPELINE_ALERTS_H
#define HR_PIPELINE_ALERTS_H

#include "config/alerts.h"
#include "pipeline/run_int.h"

/* Tells everybody whom the pipeline's alerts name for what happened: at most once for each of
 * schema_change, failure and success. An alert that cannot be told is warned of, no more. */
void hr_run_alert(hr_run *r);

/* Adds the alert of dlt's configuration. HR_E_CONFIG: it is none, or a vault cannot be asked. */
HR_NODISCARD hr_status hr_run_find_hook(hr_run *r, hr_error *err);

/* The text of an alert: its template filled in, or the event's own. Appends to `out`. */
void hr_alert_text(const hr_alert *alert, hr_alert_event event, const hr_run *r, hr_buf *out);

/* ---- The ways, in alert_send.c ---- */

/* POSTs a JSON text. */
hr_status hr_alert_post(const char *url, hr_str json, double timeout, hr_error *err);

/* Runs a program with `json` as its standard input, and its output where errors go. HR_E_REMOTE:
 * it ended with another status than 0, or not in time, and was killed. */
hr_status hr_alert_run(const hr_texts *command, hr_str json, double timeout, hr_error *err);

#endif
