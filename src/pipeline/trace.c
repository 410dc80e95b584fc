/* The trace of a run; docs/load-info.md tells its shape. */
#include "base/time.h"
#include "headrace/headrace.h"
#include "pipeline/report.h"

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
    hr_put_text(&w, w.root, "version", hr_version());
    return hr_writer_finish(&w, json, err);
}
