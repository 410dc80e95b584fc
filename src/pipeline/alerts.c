#include "pipeline/alerts.h"

#include <yyjson.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

static bool happened(const hr_run *r, hr_alert_event event)
{
    switch (event) {
    case HR_ALERT_SCHEMA_CHANGE:
        return r->loaded && r->changes.n;
    case HR_ALERT_FAILURE:
        return r->error.status != HR_OK;
    default:
        return r->error.status == HR_OK;
    }
}

/* Slack takes & < and > for marks of its own. */
static void add_slack_text(const hr_buf *text, hr_buf *out)
{
    for (size_t i = 0; i < text->len; i++) {
        const char c = text->data[i];

        if (c == '&')
            hr_buf_addz(out, "&amp;");
        else if (c == '<')
            hr_buf_addz(out, "&lt;");
        else if (c == '>')
            hr_buf_addz(out, "&gt;");
        else
            hr_buf_addc(out, c);
    }
}

/* As dlt's messages: {"text": ..., "mrkdwn": true}. */
static char *slack_json(const hr_buf *text)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    hr_buf escaped = {0};
    char *json = NULL;

    add_slack_text(text, &escaped);
    if (!escaped.failed && o &&
        yyjson_mut_obj_add_strn(doc, o, "text", escaped.data, escaped.len) &&
        yyjson_mut_obj_add_bool(doc, o, "mrkdwn", true))
        json = hr_json_mut_text(o, NULL);
    yyjson_mut_doc_free(doc);
    hr_buf_release(&escaped);
    return json;
}

static hr_status tell(const hr_alert *alert, hr_alert_event event, const hr_run *r, hr_error *err)
{
    hr_buf text = {0};
    char *json = NULL;

    hr_alert_text(alert, event, r, &text);
    hr_status st = hr_buf_status(&text, err);
    if (st == HR_OK && alert->slack)
        json = slack_json(&text);
    else if (st == HR_OK)
        st = hr_run_event(r, hr_alert_event_name(event), text.data, &json, err);
    if (st == HR_OK && !json)
        st = hr_nomem(err);
    if (st == HR_OK && alert->command.n)
        st = hr_alert_run(&alert->command, hr_str_from(json), alert->timeout, err);
    else if (st == HR_OK)
        st = hr_alert_post(alert->slack ? alert->slack : alert->webhook, hr_str_from(json),
                           alert->timeout, err);
    hr_free(json);
    hr_buf_release(&text);
    return st;
}

static const char *way_of(const hr_alert *alert)
{
    return alert->slack ? "Slack" : alert->webhook ? "the webhook" : alert->command.items[0];
}

static void tell_of_all(const hr_alert *alert, hr_run *r)
{
    for (int event = 0; event < HR_N_ALERT_EVENTS; event++) {
        hr_error why = {0};

        if (alert->on[event] && happened(r, (hr_alert_event)event) &&
            tell(alert, (hr_alert_event)event, r, &why) != HR_OK)
            hr_run_warn(r, "%s was not told of %s: %s", way_of(alert),
                        hr_alert_event_name((hr_alert_event)event), why.msg);
    }
}

void hr_run_alert(hr_run *r)
{
    const hr_list *lists[] = {&r->p->hook, &r->p->alerts};

    for (size_t k = 0; k < 2 && !r->p->dry_run; k++) {
        for (size_t i = 0; i < lists[k]->n; i++)
            tell_of_all((const hr_alert *)lists[k]->items + i, r);
    }
}
