#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "pipeline/alerts.h"
#include "pipeline/names.h"
#include "pipeline/refresh.h"
#include "pipeline/run_int.h"
#include "json/json.h"

void hr_run_warn(hr_run *r, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    text[hr_secret_blank(text, strlen(text), n >= (int)sizeof(text))] = '\0';
    hr_pipeline_say(r->p, HR_EVENT_WARNING, "%s", text);
    char *copy = hr_strdup(text);
    if (copy && !HR_PUSH(r->warnings, r->n_warnings, r->cap_warnings, copy))
        hr_free(copy); /* it was said, at least */
}

/* ---- after: the working folder's copies ---- */

hr_status hr_run_write_copies(hr_run *r, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    hr_buf text = {0};

    yyjson_mut_doc_set_root(doc, o);
    /* A name, so that its credentials are found again. */
    const char *destination = r->p->destination_name ? r->p->destination_name : r->p->shown_url;

    char *json = o && yyjson_mut_obj_add_str(doc, o, "destination", destination) &&
                         yyjson_mut_obj_add_str(doc, o, "dataset", r->p->dataset) &&
                         yyjson_mut_obj_add_str(doc, o, "schema", r->p->schema_name) &&
                         yyjson_mut_obj_add_str(doc, o, "naming",
                                                hr_convention_name(r->p->naming.convention))
                     ? yyjson_mut_write_opts(doc, YYJSON_WRITE_PRETTY, &hr_json_alc, NULL, NULL)
                     : NULL;
    hr_status st =
        json ? hr_pipeline_write(r->p, "pipeline.json", hr_str_from(json), err) : hr_nomem(err);
    hr_free(json);
    yyjson_mut_doc_free(doc);
    if (st == HR_OK && r->schema && r->loaded)
        st = hr_schema_write(r->schema, &text, err);
    if (st == HR_OK && text.len)
        st = hr_pipeline_write(r->p, "schema.json", hr_buf_str(&text), err);
    hr_buf_reset(&text);
    if (st == HR_OK && r->loaded) {
        char cwd[4096];

        st = hr_state_set_run(r->state, getcwd(cwd, sizeof(cwd)) ? cwd : "", err);
        if (st == HR_OK && r->state_changed)
            st = hr_state_mark_extracted(r->state, hr_now(), err);
        if (st == HR_OK)
            st = hr_state_write(r->state, &text, err);
        if (st == HR_OK)
            st = hr_pipeline_write(r->p, "state.json", hr_buf_str(&text), err);
    }
    hr_buf_release(&text);
    return st == HR_OK ? hr_run_export_schema(r, err) : st;
}

/* ---- the whole ---- */

/* Whether a table that is there would be emptied. */
static bool replaces_something(const hr_run *r)
{
    for (size_t i = 0; r->stored && i < r->p->n_resources; i++) {
        const hr_resource *res = &r->p->resources[i];

        if (!res->hidden && res->hints.write_disposition == HR_REPLACE &&
            hr_schema_table(r->stored, hr_str_from(res->root)))
            return true;
    }
    return false;
}

/* A package that came to nothing is removed at once, unless it holds what cannot be read again. */
void hr_run_tidy(hr_run *r)
{
    hr_run_end_rest(r);
    if (!r->package || r->loaded)
        return;
    if (!hr_run_keeps_package(r))
        (void)hr_package_discard(r->p->packages, r->package->load_id, NULL);
    else if (!r->package->rereadable)
        hr_pipeline_say(r->p, HR_EVENT_NOTICE,
                        "package %s is complete and kept: the next run loads it first", r->load_id);
}

/* The rows are in, so a record that cannot be written does not make this a failed run, which
 * would be repeated. */
static void mark_loaded(hr_run *r)
{
    hr_error why = {0};

    if (hr_package_mark_loaded(r->package, &why) != HR_OK)
        hr_run_warn(r, "the load is committed, but its package stays for the next run to tidy: %s",
                    why.msg);
}

static bool is_incremental(const hr_pipeline *p)
{
    for (size_t i = 0; i < p->n_resources; i++) {
        if (p->resources[i].incremental)
            return true;
    }
    return false;
}

static hr_status refresh(hr_run *r, hr_error *err)
{
    const char **names = hr_calloc(r->p->n_resources + 1, sizeof(*names));
    hr_refresh_mode mode = HR_REFRESH_NONE;

    if (!names)
        return hr_nomem(err);
    for (size_t i = 0; i < r->p->n_resources; i++)
        names[i] = r->p->resources[i].table;
    hr_status st = hr_refresh_mode_of(r->p->hints.refresh, &mode, err);
    if (st == HR_OK)
        st = hr_run_refresh(r, mode, names, r->p->n_resources, err);
    hr_free(names);
    return st;
}

/* Whether there is something to load though no rows came. */
static bool changes_something(const hr_run *r)
{
    return replaces_something(r) || r->dropped.len || r->truncated.len ||
           (r->p->n_edits && r->state_changed);
}

static hr_status run_locked(hr_run *r, hr_error *err)
{
    if (!r->p->dry_run)
        HR_TRY(hr_run_settle(r, err));
    HR_TRY(hr_run_restore(r, err));
    HR_TRY(refresh(r, err));
    HR_TRY(hr_run_import_schema(r, err));
    HR_TRY(hr_run_settle_naming(r, err));
    HR_TRY(hr_run_extract(r, err));
    if (r->p->dry_run)
        return hr_run_preview(r, err);
    if (!r->result.rows && !changes_something(r)) {
        hr_pipeline_say(r->p, HR_EVENT_NOTICE, "the input holds no %srows; nothing was loaded",
                        is_incremental(r->p) ? "new " : "");
        return HR_OK;
    }
    return hr_run_seal_and_load(r, err);
}

static hr_status seal_and_load(hr_run *r, hr_error *err)
{
    HR_TRY(hr_run_seal(r, err));
    HR_TRY(hr_run_write_import(r, err));
    HR_FAULT_POINT("package.sealed");
    HR_TRY(hr_run_load(r, err));
    HR_FAULT_POINT("package.committed");
    return HR_OK;
}

hr_status hr_run_seal_and_load(hr_run *r, hr_error *err)
{
    hr_run_step_begin(&r->load_step);
    const hr_status st = seal_and_load(r, err);
    hr_run_step_end(&r->load_step, st);
    HR_TRY(st);
    mark_loaded(r);
    if (hr_schema_diff(r->stored, r->schema, &r->changes, NULL) != HR_OK)
        hr_run_warn(r, "out of memory: what is new in the schema is not told in full");
    hr_run_warn_of_nullable(r);
    return HR_OK;
}

void hr_run_release(hr_run *r)
{
    hr_buf_release(&r->import_text);
    hr_buf_release(&r->dropped);
    hr_buf_release(&r->truncated);
    hr_package_free(r->package);
    hr_schema_free(r->schema);
    hr_schema_free(r->stored);
    hr_state_free(r->state);
    hr_normalize_result_release(&r->result);
    hr_schema_changes_release(&r->changes);
    for (size_t i = 0; i < r->n_settled; i++) {
        hr_free(r->settled[i].why);
        hr_free(r->settled[i].jobs);
    }
    for (size_t i = 0; i < r->n_warnings; i++)
        hr_free(r->warnings[i]);
    hr_free(r->settled);
    hr_free(r->warnings);
    hr_free(r->tables);
    hr_arena_release(&r->arena);
    hr_progress_release(&r->progress);
}

/* Load info, trace and the folder's copies. They follow the commit, so a failure here is
 * told, but does not unmake the load. */
static hr_status report(hr_run *r, char **info_json, hr_error *err)
{
    char *info = NULL;
    char *trace = NULL;
    hr_error late;
    hr_status st = hr_run_info(r, &info, &late);

    if (st == HR_OK)
        st = hr_run_trace(r, &trace, &late);
    if (st == HR_OK)
        st = hr_pipeline_write(r->p, "trace.json", hr_str_from(trace), &late);
    if (st == HR_OK && r->error.status == HR_OK && !r->p->dry_run)
        st = hr_run_write_copies(r, &late);
    hr_free(trace);
    if (info_json)
        *info_json = info;
    else
        hr_free(info);
    if (st != HR_OK && r->loaded)
        hr_run_warn(r, "the load is committed, but the working folder was not updated: %s",
                    late.msg);
    else if (st != HR_OK && r->error.status == HR_OK)
        return hr_fail(err, st, "%s", late.msg);
    return HR_OK;
}

void hr_run_start(hr_run *r)
{
    r->started = (double)hr_now() * 1e-6;
    hr_progress_init(&r->progress, r->p->on_event, r->p->event_ctx);
}

hr_status hr_pipeline_run(hr_pipeline *p, char **info_json, hr_error *err)
{
    hr_run r = {.p = p, .load_id = ""};
    int lock = -1;

    if (info_json)
        *info_json = NULL;
    HR_TRY(hr_pipeline_check(p, err));
    p->running = true;
    hr_run_start(&r);
    hr_status st = hr_run_find_hook(&r, &r.error);
    if (st == HR_OK)
        st = hr_pipeline_lock(p, &lock, &r.error);
    if (st == HR_OK) {
        st = run_locked(&r, &r.error);
        hr_run_tidy(&r);
        if (st == HR_OK)
            r.error = (hr_error){0};
        hr_run_alert(&r);
        const hr_status reported = report(&r, info_json, err);
        if (st == HR_OK)
            st = reported;
        else if (err)
            *err = r.error;
    } else {
        hr_run_alert(&r);
        if (err)
            *err = r.error;
    }
    hr_pipeline_unlock(lock);
    hr_run_release(&r);
    if (st == HR_OK)
        hr_state_edits_release(p);
    hr_pipeline_drop_resources(p);
    p->running = false;
    atomic_store(&p->cancelled, false); /* it was this run that was to stop */
    return st;
}
