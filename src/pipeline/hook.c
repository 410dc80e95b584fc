/* dlt's runtime.slack_incoming_hook: one more alert, of each success and failure. It may lie in a
 * vault, so it is looked for by runs alone, not by whoever opens the pipeline to look at it. */
#include "base/mem.h"
#include "config/doc.h"
#include "pipeline/alerts.h"
#include "vault/vault.h"
#include "json/json.h"

static hr_status take_hook(hr_pipeline *p, const char *hook, hr_error *err)
{
    hr_buf text = {0};

    hr_buf_addz(&text, "{\"slack\":");
    hr_json_put_string(&text, hr_str_from(hook));
    hr_buf_addz(&text, ",\"on\":[\"success\",\"failure\"]}");
    hr_status st = hr_buf_status(&text, err);
    if (st == HR_OK)
        st = hr_doc_parse_json(&p->hook_doc, hr_buf_str(&text), "runtime.slack_incoming_hook", err);
    hr_buf_release(&text);
    return st == HR_OK ? hr_alerts_read(p->hook_doc, hr_doc_root(p->hook_doc), &p->hook, err) : st;
}

/* The trace tells where it came from. */
static hr_status keep_values(hr_pipeline *p, const hr_config_values *found, hr_error *err)
{
    for (size_t i = 0; i < found->n; i++)
        HR_TRY(hr_config_values_add(&p->values, &found->items[i], err));
    return HR_OK;
}

hr_status hr_run_find_hook(hr_run *r, hr_error *err)
{
    static const hr_lookup_field field = {
        .group = "runtime", .name = "slack_incoming_hook", .secret = true};
    hr_pipeline *p = r->p;
    hr_lookup *l = NULL;
    hr_found found = {0};

    if (p->dry_run || p->hook_doc)
        return HR_OK;
    HR_TRY(hr_lookup_new(&l, p->name, err));
    hr_lookup_set_vaults(l, hr_vaults_open);
    hr_status st = hr_lookup_field_get(l, &field, &found, err);
    if (st == HR_OK && found.text && !found.table)
        st = take_hook(p, found.text, err);
    if (st == HR_OK)
        st = keep_values(p, hr_lookup_values(l), err);
    hr_lookup_free(l);
    return st;
}
