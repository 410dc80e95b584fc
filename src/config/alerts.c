#include "config/alerts.h"

#include "base/mem.h"

static const char *const events[] = {
    [HR_ALERT_SCHEMA_CHANGE] = "schema_change",
    [HR_ALERT_FAILURE] = "failure",
    [HR_ALERT_SUCCESS] = "success",
};

const char *const hr_alert_placeholders[] = {"event",   "pipeline", "destination", "dataset",
                                             "load_id", "rows",     "seconds",     "changes",
                                             "error",   NULL};

const char *hr_alert_event_name(hr_alert_event event)
{
    return events[event];
}

/* ---- on: one event, or a list of them ---- */

static hr_status read_event(hr_doc *doc, yyjson_val *val, bool *on, hr_error *err)
{
    const char *name = yyjson_get_str(val);

    for (int i = 0; i < HR_N_ALERT_EVENTS; i++) {
        if (name && strcmp(name, events[i]) == 0) {
            on[i] = true;
            return HR_OK;
        }
    }
    return hr_doc_fail(doc, val, err, HR_E_CONFIG,
                       "alerts tell of schema_change, failure and success");
}

static hr_status read_events(hr_doc *doc, yyjson_val *val, const hr_option *option, void *field,
                             hr_error *err)
{
    bool *on = field;
    size_t i;
    size_t n;
    yyjson_val *event;

    (void)option;
    for (i = 0; i < HR_N_ALERT_EVENTS; i++)
        on[i] = false;
    if (!yyjson_is_arr(val))
        return read_event(doc, val, on, err);
    yyjson_arr_foreach(val, i, n, event) HR_TRY(read_event(doc, event, on, err));
    return HR_OK;
}

/* ---- text: with placeholders that exist ---- */

static bool is_placeholder(hr_str name)
{
    for (const char *const *p = hr_alert_placeholders; *p; p++) {
        if (hr_str_eq(name, hr_str_from(*p)))
            return true;
    }
    return false;
}

static hr_status check_placeholders(hr_doc *doc, yyjson_val *val, hr_error *err)
{
    const char *p = yyjson_get_str(val);

    while ((p = strchr(p, '{')) != NULL) {
        const char *end = strchr(++p, '}');
        const hr_str name = {p, end ? (size_t)(end - p) : strlen(p)};

        if (*p == '{') {
            p++;
        } else if (!end || !is_placeholder(name)) {
            return hr_doc_fail(doc, val, err, HR_E_CONFIG,
                               "{" HR_STR_FMT "} stands for nothing; there are {event}, "
                               "{pipeline}, {destination}, {dataset}, {load_id}, {rows}, "
                               "{seconds}, {changes} and {error}; {{ is one brace",
                               HR_STR_ARG(name));
        }
    }
    return HR_OK;
}

static hr_status read_text(hr_doc *doc, yyjson_val *val, const hr_option *option, void *field,
                           hr_error *err)
{
    const char **text = field;

    (void)option;
    if (!yyjson_is_str(val))
        return hr_doc_fail(doc, val, err, HR_E_CONFIG, "text is a text");
    HR_TRY(check_placeholders(doc, val, err));
    *text = yyjson_get_str(val);
    return HR_OK;
}

static const hr_option alert_rows[] = {
    {"slack", HR_OPTION_SECRET, HR_AT(hr_alert, slack),
     .help = "URL of an incoming webhook of Slack", .example = "${SLACK_WEBHOOK}"},
    {"webhook", HR_OPTION_SECRET, HR_AT(hr_alert, webhook),
     .help = "URL that gets the event as a POST of JSON"},
    {"command", HR_OPTION_TEXTS, HR_AT(hr_alert, command),
     .help = "Program and arguments; it gets the event as JSON on standard input"},
    {"on", HR_OPTION_CUSTOM, HR_AT(hr_alert, on), .read = read_events,
     .schema = "{\"anyOf\":[{\"$ref\":\"#/definitions/alert_event\"},{\"type\":\"array\"}]}",
     .example = "[schema_change, failure]",
     .help = "Of what it tells: schema_change, failure, success; the first two when not given"},
    {"text", HR_OPTION_CUSTOM, HR_AT(hr_alert, text), .read = read_text,
     .schema = "{\"type\":\"string\"}", .example = "'{pipeline}: {changes}'",
     .help = "What it says, with {placeholders}, in place of the event's own text"},
    {"timeout", HR_OPTION_DURATION, HR_AT(hr_alert, timeout), .by_default = "10s",
     .help = "How long telling may take"},
    {0},
};

const hr_option_table hr_alert_table = {.what = "alert",
                                        .rows = alert_rows,
                                        .size = sizeof(hr_alert),
                                        .at = HR_GIVEN(hr_alert, at),
                                        .help = "Who is told of what"};

static hr_status read_alert(hr_doc *doc, yyjson_val *val, hr_alert *alert, hr_error *err)
{
    HR_TRY(hr_options_defaults(doc, &hr_alert_table, alert, err));
    alert->on[HR_ALERT_SCHEMA_CHANGE] = true;
    alert->on[HR_ALERT_FAILURE] = true;
    HR_TRY(hr_options_read(doc, val, &hr_alert_table, alert, err));
    if (!!alert->slack + !!alert->webhook + !!alert->command.n != 1)
        return hr_doc_fail(doc, val, err, HR_E_CONFIG,
                           "an alert has one of slack, webhook and command");
    return HR_OK;
}

hr_status hr_alerts_read(hr_doc *doc, yyjson_val *val, hr_list *out, hr_error *err)
{
    const bool several = yyjson_is_arr(val);
    const size_t n = several ? yyjson_arr_size(val) : 1;
    hr_alert *alerts = hr_arena_alloc(&doc->arena, (n ? n : 1) * sizeof(*alerts));

    if (!alerts)
        return hr_nomem(err);
    memset(alerts, 0, n * sizeof(*alerts));
    for (size_t i = 0; i < n; i++)
        HR_TRY(read_alert(doc, several ? yyjson_arr_get(val, i) : val, &alerts[i], err));
    *out = (hr_list){alerts, n};
    return HR_OK;
}
