/* A REST API's resources in a pipeline, and its part of a run. */
#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "config/variables.h"
#include "extract/parents.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"
#include "json/json.h"

/* ---- adding ---- */

static hr_status name_schema(hr_pipeline *p, const char *name, hr_error *err)
{
    char *copy = NULL;

    if (p->n_resources)
        return hr_fail(err, HR_E_USAGE, "a REST API is added to a pipeline before other resources");
    copy = hr_strdup(name);
    if (!copy)
        return hr_nomem(err);
    hr_free(p->schema_name);
    p->schema_name = copy;
    p->schema_settled = true;
    return HR_OK;
}

static hr_status add_resource(hr_pipeline *p, const hr_rest_plan *plan, size_t i, hr_error *err)
{
    const hr_rest_resource *from = &plan->resources[i];
    const hr_resource_options o = {.size = sizeof(o), .table = from->name, .hints = from->hints};
    hr_resource *r = NULL;
    hr_error why = {0};

    if (!from->wanted && !from->n_children)
        return HR_OK;
    const hr_status st = hr_pipeline_new_resource(p, &o, &r, &why);
    if (st != HR_OK)
        return hr_doc_fail(plan->doc, from->val, err, st, "%s", why.msg);
    r->rest = p->rest;
    r->rest_at = i;
    r->hidden = !from->wanted;
    return HR_OK;
}

static hr_status add_plan(hr_pipeline *p, hr_rest_plan *plan, hr_doc *doc, hr_error *err)
{
    HR_TRY(name_schema(p, plan->name, err));
    HR_TRY(
        hr_rest_source_new(&p->rest, plan, doc, p->http_runtime, p->on_event, p->event_ctx, err));
    for (size_t i = 0; i < plan->n; i++) {
        const hr_status st = add_resource(p, plan, i, err);

        if (st != HR_OK)
            return st;
    }
    return HR_OK;
}

hr_status hr_pipeline_add_rest_doc(hr_pipeline *p, hr_doc *doc, yyjson_val *val,
                                   const hr_texts *select, hr_error *err)
{
    hr_rest_plan *plan = NULL;
    hr_status st = hr_rest_plan_new(&plan, doc, val, err);

    if (st == HR_OK && select && select->n)
        st = hr_rest_plan_select(plan, select, err);
    if (st == HR_OK)
        st = add_plan(p, plan, doc, err);
    if (st == HR_OK)
        return HR_OK;
    if (p->rest) {
        hr_pipeline_drop_resources(p);
    } else {
        hr_rest_plan_free(plan);
        hr_doc_free(doc);
    }
    return st;
}

hr_status hr_pipeline_add_rest_api(hr_pipeline *p, const char *config, hr_error *err)
{
    hr_doc *doc = NULL;

    HR_TRY(hr_pipeline_check(p, err));
    if (!config)
        return hr_fail(err, HR_E_USAGE, "the configuration is NULL");
    HR_TRY(hr_doc_parse_json(&doc, hr_str_from(config), "rest_api", err));
    const hr_status st = hr_variables_note_secrets(hr_doc_root(doc), err);
    if (st != HR_OK) {
        hr_doc_free(doc);
        return st;
    }
    return hr_pipeline_add_rest_doc(p, doc, hr_doc_root(doc), NULL, err);
}

/* ---- running ---- */

/* The answers wait in the working folder between the runs, and in the package's during one. */
static void move_answers(const hr_run *r, const char *load_id, bool into_package)
{
    char *kept = hr_pipeline_path(r->p, HR_REST_ANSWERS);
    char *package = hr_path_join(r->p->packages, load_id);
    char *there = package ? hr_path_join(package, HR_REST_ANSWERS) : NULL;

    if (kept && there && hr_path_exists(into_package ? kept : there))
        (void)rename(into_package ? kept : there, into_package ? there : kept);
    hr_free(there);
    hr_free(package);
    hr_free(kept);
}

void hr_run_keep_answers(const hr_run *r, const char *load_id)
{
    move_answers(r, load_id, false);
}

hr_status hr_run_begin_rest(hr_run *r, hr_error *err)
{
    const hr_memory_plan plan = hr_plan_memory(r->p->memory_limit, r->p->workers);
    const hr_rest_run run = {
        .folder = r->package->dir, .page_bytes = plan.item_limit, .bytes = plan.queue_bytes};

    if (!r->p->rest)
        return HR_OK;
    move_answers(r, r->load_id, true);
    return hr_rest_source_begin(r->p->rest, &run, err);
}

/* Whether another run has better luck with the answers that this one got: what failed is not
 * what they say. */
static bool answers_are_good(const hr_run *r)
{
    switch (r->error.status) {
    case HR_E_REMOTE:
    case HR_E_IO:
    case HR_E_NOMEM:
    case HR_E_BUSY:
    case HR_E_CANCELLED:
        return true;
    default:
        return false;
    }
}

/* Whether the API refuses what comes after the answers, as where a cursor has expired, so that
 * the next run would get no further. Credentials and limits are another matter. */
static bool answers_lead_nowhere(const hr_run *r, bool stale)
{
    switch (r->error.http_status) {
    case 400:
    case 404:
    case 410:
    case 422:
        return true;
    case 401:
    case 408:
    case 429:
        return false;
    default:
        return stale && r->error.http_status >= 400 && r->error.http_status < 500;
    }
}

void hr_run_end_rest(hr_run *r)
{
    hr_rest_source *s = r->p->rest;

    if (!s || !r->package)
        return;
    const bool stale = hr_rest_source_stale(s);
    hr_rest_source_end(s);
    if (r->loaded || r->error.status == HR_OK || !answers_are_good(r))
        return;
    if (!answers_lead_nowhere(r, stale))
        hr_run_keep_answers(r, r->load_id);
    else if (stale)
        hr_run_warn(r,
                    "the answers that an earlier run left are thrown away, since the API does not "
                    "go on from them; run it again to begin anew");
}

/* As the state has it, but for the mark in front that says of what type a text is. */
static yyjson_mut_val *cursor_value(yyjson_mut_doc *doc, const hr_cursor *c)
{
    hr_buf shown = {0};

    if (!c->text.p)
        return hr_cursor_to_doc(c, doc);
    hr_cursor_show(c, &shown); /* in quotes */
    yyjson_mut_val *v =
        shown.failed ? NULL : yyjson_mut_strncpy(doc, shown.data + 1, shown.len - 2);
    hr_buf_release(&shown);
    return v;
}

static hr_status list_values(const hr_incremental *inc, const hr_parent_start *at, yyjson_doc **out,
                             hr_error *err)
{
    const hr_cursor *const values[HR_REST_N_CURSOR_VALUES] = {
        [HR_REST_START_VALUE] = &at->start.v,
        [HR_REST_INITIAL_VALUE] = hr_incremental_initial(inc),
        [HR_REST_LAST_VALUE] = &at->last.v,
        [HR_REST_END_VALUE] = hr_incremental_end(inc),
    };
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *list = doc ? yyjson_mut_arr(doc) : NULL;
    bool ok = list != NULL;

    for (size_t i = 0; i < HR_REST_N_CURSOR_VALUES && ok; i++)
        ok = yyjson_mut_arr_append(list, cursor_value(doc, values[i]));
    yyjson_mut_doc_set_root(doc, list);
    *out = ok ? yyjson_mut_doc_imut_copy(doc, &hr_json_alc) : NULL;
    yyjson_mut_doc_free(doc);
    return *out ? HR_OK : hr_nomem(err);
}

static hr_status cursor_values(void *ctx, uint64_t parent, yyjson_doc **out, hr_error *err)
{
    const hr_incremental *inc = ctx;
    hr_parent_start at;

    HR_TRY(hr_parents_start(inc, parent, &at, err));
    const hr_status st = list_values(inc, &at, out, err);
    hr_parent_start_release(&at);
    return st;
}

static bool page_ends(void *ctx, uint64_t parent, yyjson_val *const *rows, size_t n)
{
    return hr_parents_page_ends(ctx, parent, rows, n);
}

hr_status hr_run_open_rest(hr_resource *res, hr_step *first, hr_step *last, hr_error *err)
{
    const hr_rest_cursor cursor = {cursor_values, page_ends, res->incremental};

    if (res->pages.close)
        res->pages.close(res->pages.self);
    res->pages = (hr_page_source){0};
    HR_TRY(hr_rest_source_steps(res->rest, res->rest_at, first, last, err));
    return hr_rest_source_open(res->rest, res->rest_at, res->incremental ? &cursor : NULL,
                               &res->pages, err);
}
