/* alerts.h -- the `alerts` of a pipeline: who is told of what. See docs/alerts.md. */
#ifndef HR_CONFIG_ALERTS_H
#define HR_CONFIG_ALERTS_H

#include "config/option.h"

typedef enum hr_alert_event {
    HR_ALERT_SCHEMA_CHANGE, /* a load brought new tables or columns, or other types */
    HR_ALERT_FAILURE,
    HR_ALERT_SUCCESS,
    HR_N_ALERT_EVENTS
} hr_alert_event;

/* One of slack, webhook and command is set. */
typedef struct hr_alert {
    const char *slack;   /* URL of an incoming webhook */
    const char *webhook; /* URL */
    hr_texts command;    /* program and arguments */
    bool on[HR_N_ALERT_EVENTS];
    const char *text; /* template; NULL: the event's own text */
    double timeout;   /* seconds */
    yyjson_val *at;
} hr_alert;

extern const hr_option_table hr_alert_table;

const char *hr_alert_event_name(hr_alert_event event); /* "schema_change" */

/* Reads a list of alerts, or a single one. What is read lives as long as the document.
 * HR_E_CONFIG names the place: also for an unknown {placeholder} in a text. */
HR_NODISCARD hr_status hr_alerts_read(hr_doc *doc, yyjson_val *val, hr_list *out, hr_error *err);

/* What a {placeholder} may name, ended by NULL. */
extern const char *const hr_alert_placeholders[];

#endif
