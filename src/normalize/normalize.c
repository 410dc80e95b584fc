/* The caller's thread: it reads pages, numbers them, and feeds the workers. */
#include "normalize/normalize.h"

#include <assert.h>
#include <inttypes.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/crew.h"

static hr_status number_page(hr_crew *c, hr_numbered_page *p, bool *input_ended, hr_error *err)
{
    pthread_mutex_lock(&c->lock);
    p->number = c->n_pages;
    const bool ok = HR_PUSH(c->items_of_page, c->n_pages, c->cap_pages, 0);
    pthread_mutex_unlock(&c->lock);
    if (!ok)
        return hr_nomem(err);
    if (*input_ended)
        p->first_of_input = p->number;
    *input_ended = p->page.last_of_input;
    return HR_OK;
}

static hr_status feed(hr_crew *c, uint64_t *bytes, hr_error *err)
{
    const hr_normalize_job *job = c->job;
    hr_numbered_page p = {0};
    bool input_ended = true;

    for (;;) {
        if (atomic_load(job->cancelled))
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        if (hr_crew_last_page(c) != UINT64_MAX)
            return HR_OK;
        HR_TRY(job->source->next(job->source->self, &p.page, err));
        if (!hr_page_there(&p.page))
            return HR_OK;
        const hr_status st = number_page(c, &p, &input_ended, err);
        if (st != HR_OK) {
            hr_page_release(&p.page);
            return st;
        }
        *bytes += p.page.len;
        if (!hr_crew_push(c, &p))
            return HR_OK; /* the worker that stopped the crew has the error */
        if (job->on_page)
            job->on_page(job->ctx);
    }
}

static hr_status run_crew(hr_crew *c, hr_worker *workers, hr_normalize_result *out, hr_error *err)
{
    unsigned started = 0;
    hr_status st = HR_OK;

    while (started < c->job->workers && st == HR_OK) {
        st = hr_worker_start(&workers[started], c, err);
        started += st == HR_OK;
    }
    if (st == HR_OK)
        st = feed(c, &out->bytes, err);
    if (st != HR_OK) {
        const hr_error why = err ? *err : (hr_error){0};

        hr_crew_stop(c, st, &why);
    }
    hr_crew_close(c);
    for (unsigned i = 0; i < started; i++)
        (void)pthread_join(workers[i].thread, NULL);
    if (c->stopped) {
        if (err)
            *err = c->error;
        st = c->error.status;
    }
    for (unsigned i = 0; i < c->job->workers; i++)
        st = hr_worker_close_steps(&workers[i], st, err);
    for (unsigned i = 0; i < started && st == HR_OK; i++)
        st = hr_worker_collect(&workers[i], out, err);
    out->pages = c->n_pages;
    return st;
}

static void release_crew(hr_crew *c)
{
    for (size_t i = 0; i < c->queue_n; i++)
        hr_page_release(&c->queue[(c->queue_at + i) % c->queue_cap].page);
    hr_free(c->queue);
    hr_free(c->items_of_page);
    hr_catalog_free(c->catalog);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
}

hr_status hr_normalize_pages(const hr_normalize_job *job, hr_normalize_result *out, hr_error *err)
{
    hr_crew c = {.job = job, .queue_cap = job->workers, .last_page = UINT64_MAX};
    hr_worker *workers = hr_calloc(job->workers, sizeof(*workers));
    const bool limited = job->shred.max_nesting < HR_MAX_NESTING;
    hr_status st = HR_OK;

    assert(job->workers > 0);
    *out = (hr_normalize_result){0};
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.changed, NULL);
    c.queue = hr_calloc(c.queue_cap, sizeof(*c.queue));
    st = workers && c.queue ? hr_catalog_new(&c.catalog, job->schema, limited, err) : hr_nomem(err);
    if (st == HR_OK)
        st = run_crew(&c, workers, out, err);
    for (unsigned i = 0; workers && i < job->workers; i++)
        hr_worker_release(&workers[i]);
    hr_free(workers);
    release_crew(&c);
    if (st != HR_OK)
        hr_normalize_result_release(out);
    return st;
}

void hr_normalize_result_release(hr_normalize_result *r)
{
    for (int i = 0; i < HR_N_DISCARDS; i++)
        hr_free((void *)(uintptr_t)r->tally.example[i]);
    for (size_t i = 0; i < r->n_null_only; i++)
        hr_free(r->null_only[i]);
    hr_free(r->null_only);
    *r = (hr_normalize_result){0};
}
