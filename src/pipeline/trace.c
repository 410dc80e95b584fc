/* The trace of a run; docs/load-info.md tells its shape. */
#include "base/secret.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "pipeline/report.h"

/* Once more for secrets, of which more are known by now. */
static void put_value(hr_writer *w, const hr_config_value *v, yyjson_mut_val *o)
{
    const bool secret = v->secret || (v->piece && hr_secret_has(hr_str_from(v->value)));
    hr_buf text = {0};

    if (!secret && v->value)
        hr_buf_addz(&text, v->value);
    hr_secret_blank_buf(&text);
    w->ok = w->ok && !text.failed;
    hr_put_text(w, o, "key", v->key);
    hr_put_text(w, o, "value", secret || !v->value ? NULL : text.data ? text.data : "");
    hr_put_bool(w, o, "secret", secret);
    hr_put_text(w, o, "provider", v->provider);
    hr_put_text(w, o, "place", v->place);
    hr_buf_release(&text);
}

static void put_values(hr_writer *w, const hr_config_values *values, yyjson_mut_val *o)
{
    yyjson_mut_val *list = hr_put_array(w, o, "config_values");

    for (size_t i = 0; i < values->n && w->ok; i++)
        put_value(w, &values->items[i], hr_add_object(w, list));
}

hr_status hr_run_trace(const hr_run *r, char **json, hr_error *err)
{
    hr_writer w;

    hr_writer_begin(&w);
    hr_put_text(&w, w.root, "pipeline", r->p->name);
    hr_put_instant(&w, w.root, "started_at", r->started);
    hr_put_instant(&w, w.root, "finished_at", (double)hr_now() * 1e-6);
    hr_put_seconds(&w, w.root, "seconds", hr_run_seconds(r));
    hr_put_text(&w, w.root, "status", hr_report_status(r));
    hr_report_steps(&w, r, w.root);
    hr_report_info(&w, r, hr_put_object(&w, w.root, "load_info"));
    yyjson_mut_val *config = hr_put_object(&w, w.root, "config");
    hr_put_count(&w, config, "workers", r->p->workers);
    hr_put_count(&w, config, "memory_limit", r->p->memory_limit);
    hr_put_text(&w, config, "destination", r->p->shown_url);
    hr_put_text(&w, config, "dataset", r->p->dataset);
    hr_put_text(&w, config, "working_dir", r->p->dir);
    put_values(&w, &r->p->values, w.root);
    hr_put_text(&w, w.root, "version", hr_version());
    return hr_writer_finish(&w, HR_OK, json, err);
}
