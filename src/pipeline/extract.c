/* Resources are read and normalized into the package, one after another. */
#include <inttypes.h>
#include <sched.h>

#include "base/mem.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"
#include "schema/spelling.h"
#include "source/filesystem/filesystem.h"

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
    const double began = hr_seconds();

    if (res->left_out || res->hints.write_disposition == HR_SKIP)
        return HR_OK;
    hr_progress_begin(&r->progress, "extract", res->table, 0);
    const hr_status st =
        res->arrow.release ? normalize_arrow(r, res, err) : normalize_json(r, res, err);
    hr_progress_end(&r->progress);
    r->progress.source = NULL;
    res->was_read = st == HR_OK;
    res->rows_read = hr_package_rows(r->package, root) - rows_before;
    res->seconds = hr_seconds() - began;
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

hr_status hr_run_extract(hr_run *r, hr_error *err)
{
    hr_run_step_begin(&r->extract_step);
    const hr_status st = read_all(r, err);
    hr_run_step_end(&r->extract_step, st);
    hr_give_back(); /* the destination's engine needs the memory now */
    return st;
}
