#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "pipeline/alerts.h"
#include "pipeline/names.h"
#include "pipeline/refresh.h"
#include "pipeline/run_int.h"
#include "schema/spelling.h"
#include "source/filesystem/filesystem.h"

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

/* ---- before: what the destination knows ---- */

static hr_status read_stored(hr_run *r, hr_destination *d, hr_error *err)
{
    hr_str json = {0};
    hr_load_state state = {0};

    HR_TRY(hr_pipeline_settle_schema(r->p, d, err));
    HR_TRY(hr_load_stored_schema(d, r->p->schema_name, &r->arena, &json, err));
    hr_status st = json.p ? hr_schema_parse(&r->stored, json, err) : HR_OK;
    if (st != HR_OK)
        return hr_fail_in(err, st, "the last row of %s._dlt_version", r->p->dataset);
    HR_TRY(hr_load_stored_state(d, r->p->name, &r->arena, &state, err));
    st = state.state.p ? hr_state_decode(&r->state, state.state, err) : HR_OK;
    if (st != HR_OK)
        return hr_fail_in(err, st, "the last row of %s._dlt_pipeline_state", r->p->dataset);
    return HR_OK;
}

/* The part of the state that stays on this machine; absent or damaged files are as good as none. */
static void take_local_state(hr_run *r)
{
    char *path = hr_pipeline_path(r->p, "state.json");
    hr_buf text = {0};
    hr_state *local = NULL;

    if (!path || hr_read_file(path, &text, NULL) != HR_OK ||
        hr_state_parse(&local, hr_buf_str(&text), NULL) != HR_OK ||
        hr_state_take_local(r->state, local, NULL) != HR_OK)
        hr_buf_reset(&text);
    hr_state_free(local);
    hr_buf_release(&text);
    hr_free(path);
}

static hr_status new_state(hr_run *r, hr_error *err)
{
    char cwd[4096];

    if (!getcwd(cwd, sizeof(cwd)))
        cwd[0] = '\0';
    return hr_state_new(&r->state, cwd, err);
}

hr_status hr_run_restore(hr_run *r, hr_error *err)
{
    const hr_destination_settings settings = hr_pipeline_settings(r->p, true);
    hr_destination *d = NULL;

    HR_TRY(r->p->ops->open(&d, &settings, err));
    hr_status st = d ? read_stored(r, d, err) : HR_OK;
    r->p->ops->close(d);
    if (st == HR_OK && !r->state)
        st = new_state(r, err);
    if (st == HR_OK)
        take_local_state(r);
    return st;
}

/* ---- extract: resources, one after another ---- */

static void add_result(hr_run *r, hr_resource *res, hr_normalize_result *part)
{
    hr_normalize_result *sum = &r->result;

    for (int i = 0; i < HR_N_DISCARDS; i++) { /* the one not kept is released with `part` */
        if (hr_better_example(part->tally.example[i], sum->tally.example[i])) {
            const char *other = sum->tally.example[i];

            sum->tally.example[i] = part->tally.example[i];
            part->tally.example[i] = other;
        }
    }
    hr_tally_add(&sum->tally, &part->tally);
    sum->values_loaded += part->values_loaded;
    res->bytes_read = part->bytes;
    sum->rows += part->rows;
    sum->bytes += part->bytes;
    sum->pages += part->pages;
    sum->redone += part->redone;
}

static void warn_of_discards(hr_run *r)
{
    const hr_tally *tally = &r->result.tally;

    for (int i = 0; i < HR_N_DISCARDS; i++) {
        if (tally->discarded[i] && i != HR_DISCARD_LEFT_OUT)
            hr_run_warn(r, "%" PRIu64 " %s discarded: %s, for example \"%s\"", tally->discarded[i],
                        tally->discarded[i] == 1 ? "value" : "values",
                        hr_discard_reason((hr_discard)i), tally->example[i]);
    }
}

/* What is done with each item: the steps of an API's rows stand around all others. */
static hr_status collect_steps(hr_resource *res, hr_step steps[5], size_t *n, hr_error *err)
{
    hr_step first = {0};
    hr_step last = {0};

    if (res->rest)
        HR_TRY(hr_run_open_rest(res, &first, &last, err));
    if (first.open)
        steps[(*n)++] = first;
    if (res->incremental && res->limit.item) { /* what the limit leaves out is for the next run */
        steps[(*n)++] = hr_incremental_filter(res->incremental);
        steps[(*n)++] = res->limit;
        steps[(*n)++] = hr_incremental_note(res->incremental);
    } else if (res->incremental) {
        steps[(*n)++] = hr_incremental_step(res->incremental);
    } else if (res->limit.item) {
        steps[(*n)++] = res->limit;
    }
    if (last.open)
        steps[(*n)++] = last;
    return HR_OK;
}

static hr_status normalize_json(hr_run *r, hr_resource *res, hr_error *err)
{
    hr_pipeline *p = r->p;
    const hr_memory_plan plan = hr_plan_memory(p->memory_limit, p->workers);
    hr_normalize_result part;
    hr_step steps[5] = {{0}};
    size_t n_steps = 0;

    HR_TRY(collect_steps(res, steps, &n_steps, err));
    hr_normalize_job job = {
        .source = &res->pages,
        .table = hr_str_from(res->root),
        .schema = r->schema,
        .package = r->package,
        .shred = res->shred,
        .steps = steps,
        .n_steps = n_steps,
        .rows = res->rows,
        .naming = p->naming,
        .workers = p->workers,
        .queue_bytes = plan.queue_bytes,
        .flush_bytes = plan.flush_bytes,
        .cancelled = &p->cancelled,
        .progress = &r->progress.normalize,
        .on_page = hr_progress_page,
        .ctx = &r->progress,
    };

    job.rows.first_page = r->result.pages;
    r->progress.source = &res->pages;
    atomic_store(&p->reading, &res->pages);
    const hr_status st = hr_normalize_pages(&job, &part, err);
    atomic_store(&p->reading, NULL);
    while (atomic_load(&p->cancelling)) /* a call of cancel still looks at the source */
        (void)sched_yield();
    if (st == HR_OK) {
        hr_run_warn_of_nulls(r, &part);
        add_result(r, res, &part);
        hr_normalize_result_release(&part);
    }
    return st;
}

static hr_status normalize_arrow(hr_run *r, hr_resource *res, hr_error *err)
{
    hr_normalize_result part = {0};

    const hr_status st = hr_run_arrow_resource(r->p, res, r->schema, r->package, &part, err);
    if (st == HR_OK)
        add_result(r, res, &part);
    hr_normalize_result_release(&part);
    return st;
}

static hr_status extract_resource(hr_run *r, hr_resource *res, hr_error *err)
{
    const hr_str root = hr_str_from(res->root);
    const uint64_t rows_before = hr_package_rows(r->package, root);
    const double began = hr_clock();

    if (res->left_out || res->hints.write_disposition == HR_SKIP)
        return HR_OK;
    hr_progress_begin(&r->progress, "extract", res->table, 0);
    const hr_status st =
        res->arrow.release ? normalize_arrow(r, res, err) : normalize_json(r, res, err);
    hr_progress_end(&r->progress);
    r->progress.source = NULL;
    res->was_read = st == HR_OK;
    res->rows_read = hr_package_rows(r->package, root) - rows_before;
    res->seconds = hr_clock() - began;
    return st;
}

static hr_status open_files(hr_run *r, bool *rereadable, hr_error *err)
{
    const hr_memory_plan plan = hr_plan_memory(r->p->memory_limit, r->p->workers);

    *rereadable = true;
    for (size_t i = 0; i < r->p->n_resources; i++) {
        hr_resource *res = &r->p->resources[i];

        if (res->n_paths && !res->pages.next)
            HR_TRY(hr_filesystem_open(&res->pages, (const char *const *)res->paths, res->n_paths,
                                      plan.page_bytes, plan.item_limit, err));
        *rereadable = *rereadable && !res->arrow.release && (res->rest || res->pages.rereadable);
    }
    return HR_OK;
}

/* Tables cut off from a resource that are to be replaced themselves. */
static bool add_replaced_cuts(const hr_run *r, const hr_resource *res, yyjson_mut_doc *doc,
                              yyjson_mut_val *names)
{
    for (size_t i = 0; i < res->rows.n_cut; i++) {
        const hr_table *t = hr_schema_table(r->schema, res->rows.cut[i].table);

        if (strcmp(t->write_disposition, "replace") == 0 &&
            !yyjson_mut_arr_add_str(doc, names, t->name))
            return false;
    }
    return true;
}

/* Root tables as a JSON array of strings; the caller's. */
static char *names_json(const hr_run *r, bool only_replaced)
{
    const hr_pipeline *p = r->p;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *names = yyjson_mut_arr(doc);
    char *text = NULL;
    bool ok = names != NULL;

    for (size_t i = 0; ok && i < p->n_resources; i++) {
        if (p->resources[i].hidden)
            continue;
        if (!only_replaced || p->resources[i].hints.write_disposition == HR_REPLACE)
            ok = yyjson_mut_arr_add_str(doc, names, p->resources[i].root);
        if (only_replaced)
            ok = ok && add_replaced_cuts(r, &p->resources[i], doc, names);
    }
    yyjson_mut_doc_set_root(doc, names);
    char *written = ok ? yyjson_mut_write(doc, 0, NULL) : NULL;
    text = written ? hr_strdup(written) : NULL;
    free(written);
    yyjson_mut_doc_free(doc);
    return text;
}

hr_status hr_run_begin_package(hr_run *r, bool rereadable, hr_error *err)
{
    char load_id[24];
    char *names = names_json(r, false);

    if (!names)
        return hr_nomem(err);
    hr_load_id(load_id);
    const hr_status st =
        hr_package_begin(&r->package, r->p->packages, load_id, rereadable, names, err);
    hr_free(names);
    if (st == HR_OK)
        r->load_id = r->package->load_id;
    return st;
}

/* ---- seal: the package with its final schema and state ---- */

static hr_status mark_seen(hr_run *r, hr_error *err)
{
    for (size_t i = 0; i < r->schema->n_tables; i++) {
        hr_table *t = r->schema->tables[i];

        if (hr_package_rows(r->package, hr_str_from(t->name)))
            HR_TRY(hr_table_set_seen_data(r->schema, t, err));
    }
    return HR_OK;
}

/* The state goes the way of a table's row: the normalizer adds its _dlt_id. */
static hr_status complete_state_table(hr_run *r, hr_error *err)
{
    hr_table *t = hr_schema_table(r->schema, HR_STR("_dlt_pipeline_state"));
    const hr_column_spec id = {.name = HR_STR("_dlt_id"), .type = HR_TYPE_TEXT, .not_null = true};

    if (!hr_table_column(t, id.name))
        HR_TRY(hr_table_add_column(r->schema, t, &id, NULL, err));
    return hr_table_set_seen_data(r->schema, t, err);
}

static hr_status pack_state(hr_run *r, hr_error *err)
{
    hr_package_state *s = &r->package->state;
    hr_buf text = {0};

    HR_TRY(complete_state_table(r, err));
    const hr_status st = hr_state_encode(r->state, &text, err);
    if (st != HR_OK) {
        hr_buf_release(&text);
        return st;
    }
    s->version = hr_state_version(r->state);
    s->engine_version = HR_STATE_ENGINE;
    s->encoded = hr_buf_take(&text);
    s->pipeline_name = hr_strdup(r->p->name);
    s->hash = hr_strdup(hr_state_get(r->state, HR_STATE_VERSION_HASH));
    return s->encoded && s->pipeline_name && s->hash ? HR_OK : hr_nomem(err);
}

static hr_status pack_schema(hr_run *r, hr_error *err)
{
    hr_buf text = {0};

    HR_TRY(hr_schema_bump(r->schema, NULL, err));
    HR_TRY(hr_run_link_export(r, err));
    const hr_status st = hr_schema_write(r->schema, &text, err);
    if (st != HR_OK)
        hr_buf_release(&text);
    else
        r->package->schema = hr_buf_take(&text);
    return st;
}

static hr_status seal(hr_run *r, hr_error *err)
{
    HR_TRY(mark_seen(r, err));
    if (r->state_changed)
        HR_TRY(pack_state(r, err));
    HR_TRY(pack_schema(r, err));
    r->package->replaced = names_json(r, true);
    r->package->base_hash = hr_strdup(r->stored ? r->stored->version_hash : "");
    r->package->dropped = r->dropped.len ? hr_strdup(r->dropped.data) : NULL;
    r->package->truncated = r->truncated.len ? hr_strdup(r->truncated.data) : NULL;
    if ((r->dropped.len && !r->package->dropped) || (r->truncated.len && !r->package->truncated))
        return hr_nomem(err);
    if (!r->package->schema || !r->package->replaced || !r->package->base_hash)
        return hr_nomem(err);
    HR_TRY(hr_package_seal(r->package, err));
    r->sealed = true;
    return HR_OK;
}

/* ---- after: the working folder's copies ---- */

hr_status hr_run_write_copies(hr_run *r, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
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
                     ? yyjson_mut_write(doc, YYJSON_WRITE_PRETTY, NULL)
                     : NULL;
    hr_status st =
        json ? hr_pipeline_write(r->p, "pipeline.json", hr_str_from(json), err) : hr_nomem(err);
    free(json);
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

static hr_status read_all(hr_run *r, hr_error *err)
{
    bool rereadable = false;

    HR_TRY(open_files(r, &rereadable, err));
    HR_TRY(hr_run_describe_state(r, err));
    HR_TRY(hr_run_apply_edits(r, err));
    HR_TRY(hr_run_begin_incremental(r, err));
    HR_TRY(hr_run_declare(r, err));
    HR_TRY(hr_run_begin_package(r, rereadable, err));
    HR_TRY(hr_run_begin_rest(r, err));
    for (size_t i = 0; i < r->p->n_resources; i++)
        HR_TRY(extract_resource(r, &r->p->resources[i], err));
    HR_TRY(hr_run_finish_state(r, err));
    HR_TRY(hr_run_check_columns(r, err));
    if (!r->p->ops->dialect->case_sensitive)
        HR_TRY(hr_schema_check_spelling(r->schema, err));
    warn_of_discards(r);
    hr_run_warn_of_empty_snapshots(r);
    return HR_OK;
}

static hr_status extract_all(hr_run *r, hr_error *err)
{
    hr_run_step_begin(&r->extract_step);
    const hr_status st = read_all(r, err);
    hr_run_step_end(&r->extract_step, st);
    hr_give_back(); /* the destination's engine needs the memory now */
    return st;
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
    HR_TRY(extract_all(r, err));
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
    HR_TRY(seal(r, err));
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
    hr_status st = hr_pipeline_lock(p, &lock, &r.error);
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
