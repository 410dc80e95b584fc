/* What ran: the steps, the resources that were read, and the package with its files. */
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/report.h"

/* ---- steps ---- */

static yyjson_mut_val *add_step(hr_writer *w, yyjson_mut_val *steps, const char *name,
                                const hr_run_step *times)
{
    yyjson_mut_val *o = hr_add_object(w, steps);

    hr_put_text(w, o, "name", name);
    hr_put_text(w, o, "status", times->failed ? "failed" : "done");
    hr_put_instant(w, o, "started_at", times->started);
    hr_put_instant(w, o, "finished_at", times->started + times->seconds);
    hr_put_seconds(w, o, "seconds", times->seconds);
    return o;
}

void hr_report_steps(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *steps = hr_put_array(w, o, "steps");

    if (r->extract_step.started > 0) {
        yyjson_mut_val *extract = add_step(w, steps, "extract", &r->extract_step);

        hr_put_count(w, extract, "bytes", r->result.bytes);
        hr_put_count(w, extract, "rows", r->result.rows);
    }
    if (r->load_step.started > 0) {
        yyjson_mut_val *load = add_step(w, steps, "load", &r->load_step);

        hr_put_count(w, load, "rows", r->loaded ? r->result.rows : 0);
        hr_put_seconds(w, load, "migrate_seconds", r->load.migrate_seconds);
        hr_put_seconds(w, load, "insert_seconds", r->load.insert_seconds);
        hr_put_seconds(w, load, "commit_seconds", r->load.commit_seconds);
    }
}

/* ---- resources ---- */

void hr_report_resources(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *list = hr_put_array(w, o, "resources");

    for (size_t i = 0; i < r->p->n_resources && w->ok; i++) {
        const hr_resource *res = &r->p->resources[i];

        if (!res->was_read || res->hidden)
            continue;
        yyjson_mut_val *one = hr_add_object(w, list);
        hr_put_text(w, one, "name", res->table);
        hr_put_text(w, one, "table", res->root);
        hr_put_count(w, one, "rows", res->rows_read);
        hr_put_count(w, one, "bytes", res->bytes_read);
        hr_put_seconds(w, one, "seconds", res->seconds);
    }
}

/* ---- the package ---- */

static const hr_load_table *load_table(const hr_run *r, const char *name)
{
    for (size_t i = 0; i < r->n_tables; i++) {
        if (strcmp(r->tables[i].table->name, name) == 0)
            return &r->tables[i];
    }
    return NULL;
}

static const char *job_state(const hr_run *r, const hr_load_table *t)
{
    if (r->loaded)
        return "loaded";
    if (!t || t->fate == HR_LOAD_WAITED)
        return "new";
    if (t->fate == HR_LOAD_FAILED)
        return "failed";
    return r->load.unknown ? "unknown" : "rolled_back";
}

static uint64_t rows_of(const hr_package_file *f)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < f->n_batches; i++)
        rows += f->batches[i].rows;
    return rows;
}

static yyjson_mut_val *put_jobs(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    yyjson_mut_val *jobs = hr_put_array(w, o, "jobs");

    for (size_t i = 0; i < r->package->n_files && w->ok; i++) {
        const hr_package_file *f = r->package->files[i];
        const hr_load_table *t = load_table(r, f->table);
        yyjson_mut_val *job = hr_add_object(w, jobs);

        hr_put_text(w, job, "table", f->table);
        hr_put_text(w, job, "file", f->name);
        hr_put_text(w, job, "format", "arrow");
        hr_put_text(w, job, "state", job_state(r, t));
        hr_put_count(w, job, "rows", rows_of(f));
        hr_put_count(w, job, "bytes", f->bytes);
        hr_put_seconds(w, job, "seconds", t ? t->seconds : 0);
    }
    return jobs;
}

static const char *package_state(const hr_run *r)
{
    if (r->loaded)
        return "loaded";
    return hr_run_keeps_package(r) ? "complete" : "discarded";
}

/* One that is not complete is worth nothing. */
void hr_report_package(hr_writer *w, const hr_run *r, yyjson_mut_val *o)
{
    if (!r->sealed) {
        hr_put_null(w, o, "package");
        return;
    }
    yyjson_mut_val *package = hr_put_object(w, o, "package");
    hr_put_text(w, package, "load_id", r->package->load_id);
    hr_put_text(w, package, "state", package_state(r));
    (void)put_jobs(w, r, package);
}

hr_status hr_run_jobs(const hr_run *r, char **json, hr_error *err)
{
    hr_writer w;

    hr_writer_begin(&w);
    w.root = put_jobs(&w, r, w.root);
    return hr_writer_finish(&w, HR_OK, json, err);
}
