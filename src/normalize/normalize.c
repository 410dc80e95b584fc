#include "normalize/normalize.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/flush.h"
#include "normalize/items.h"

/* A page on its way, with its number and that of the first page of its input. */
typedef struct numbered_page {
    hr_page page;
    uint64_t number;
    uint64_t first_of_input;
} numbered_page;

typedef struct crew {
    const hr_normalize_job *job;
    hr_catalog *catalog;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    numbered_page *queue; /* ring */
    size_t queue_cap, queue_at, queue_n;
    size_t page_bytes; /* of the pages in the queue and at work */
    bool closed;       /* nothing more will come */
    bool stopped;      /* something failed */
    hr_error error;
    uint64_t last_page;      /* later ones are not to be loaded */
    uint32_t *items_of_page; /* for row numbers in messages */
    size_t n_pages, cap_pages;
} crew;

typedef struct worker {
    crew *crew;
    pthread_t thread;
    hr_shredder shredder;
    hr_items items;
    hr_ntable *root;
    hr_package_writer *writer;
    hr_tally tally; /* of committed pages */
    void **steps;   /* instances of the job's steps */
    size_t n_steps;
    uint64_t values_loaded, rows_loaded, redone;
    uint64_t null_row; /* row of the page that lacks a value which it must have; 0: none */
} worker;

/* ---- the queue ---- */

static void stop(crew *c, hr_status st, const hr_error *why)
{
    pthread_mutex_lock(&c->lock);
    if (!c->stopped) {
        c->stopped = true;
        c->error = *why;
        c->error.status = st;
    }
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    hr_catalog_stop(c->catalog);
}

static bool stopped(crew *c)
{
    pthread_mutex_lock(&c->lock);
    const bool yes = c->stopped;
    pthread_mutex_unlock(&c->lock);
    return yes;
}

/* One page fits in any case. */
static bool has_room(const crew *c, size_t bytes)
{
    return c->queue_n < c->queue_cap &&
           (!c->page_bytes || c->page_bytes + bytes <= c->job->queue_bytes);
}

/* Takes the page over. False: the crew has stopped. */
static bool push(crew *c, numbered_page *page)
{
    const size_t bytes = hr_page_memory(&page->page);

    pthread_mutex_lock(&c->lock);
    while (!has_room(c, bytes) && !c->stopped)
        pthread_cond_wait(&c->changed, &c->lock);
    const bool ok = !c->stopped;
    if (ok) {
        c->queue[(c->queue_at + c->queue_n++) % c->queue_cap] = *page;
        c->page_bytes += bytes;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    if (!ok)
        hr_page_release(&page->page);
    return ok;
}

static bool pop(crew *c, numbered_page *out)
{
    pthread_mutex_lock(&c->lock);
    while (c->queue_n == 0 && !c->closed && !c->stopped)
        pthread_cond_wait(&c->changed, &c->lock);
    const bool ok = c->queue_n > 0 && !c->stopped;
    if (ok) {
        *out = c->queue[c->queue_at];
        c->queue_at = (c->queue_at + 1) % c->queue_cap;
        c->queue_n--;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    return ok;
}

static void release_page(crew *c, numbered_page *p)
{
    const size_t bytes = hr_page_memory(&p->page);

    hr_page_release(&p->page);
    pthread_mutex_lock(&c->lock);
    c->page_bytes -= bytes;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void close_queue(crew *c)
{
    pthread_mutex_lock(&c->lock);
    c->closed = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static uint64_t last_page(crew *c)
{
    pthread_mutex_lock(&c->lock);
    const uint64_t last = c->last_page;
    pthread_mutex_unlock(&c->lock);
    return last;
}

/* ---- steps ---- */

static hr_status open_steps(worker *w, const hr_normalize_job *job, hr_error *err)
{
    w->steps = hr_calloc(job->n_steps, sizeof(*w->steps));
    if (job->n_steps && !w->steps)
        return hr_nomem(err);
    for (; w->n_steps < job->n_steps; w->n_steps++)
        HR_TRY(
            job->steps[w->n_steps].open(job->steps[w->n_steps].self, &w->steps[w->n_steps], err));
    return HR_OK;
}

/* Closes all, whatever goes wrong. */
static hr_status close_steps(worker *w, hr_status so_far, hr_error *err)
{
    hr_status st = so_far;

    for (size_t i = 0; i < w->n_steps; i++) {
        hr_error late;
        const hr_status closed = w->crew->job->steps[i].close(w->steps[i], st != HR_OK, &late);

        if (st == HR_OK && closed != HR_OK)
            st = hr_fail(err, closed, "%s", late.msg);
    }
    hr_free(w->steps);
    w->steps = NULL;
    w->n_steps = 0;
    return st;
}

static hr_status begin_steps(worker *w, const numbered_page *p, hr_error *err)
{
    for (size_t i = 0; i < w->n_steps; i++) {
        if (w->crew->job->steps[i].begin_page)
            HR_TRY(w->crew->job->steps[i].begin_page(w->steps[i], p->number, p->page.parent, err));
    }
    return HR_OK;
}

/* NULL in *item: a step has dropped it. */
static hr_status take_steps(worker *w, yyjson_val **item, hr_error *err)
{
    w->shredder.culprit = NULL;
    for (size_t i = 0; i < w->n_steps && *item; i++)
        HR_TRY(w->crew->job->steps[i].item(w->steps[i], item, err));
    return HR_OK;
}

static hr_status keep_steps(worker *w, hr_error *err)
{
    for (size_t i = 0; i < w->n_steps; i++) {
        if (w->crew->job->steps[i].keep_page)
            HR_TRY(w->crew->job->steps[i].keep_page(w->steps[i], err));
    }
    return HR_OK;
}

static bool is_last_page(const worker *w)
{
    bool last = false;

    for (size_t i = 0; i < w->n_steps; i++)
        last = last || (w->crew->job->steps[i].is_last_page &&
                        w->crew->job->steps[i].is_last_page(w->steps[i]));
    return last;
}

static bool pages_in_order(const hr_normalize_job *job)
{
    for (size_t i = 0; i < job->n_steps; i++) {
        if (job->steps[i].is_last_page)
            return true;
    }
    return false;
}

/* ---- one page ---- */

static hr_status shred_page(worker *w, const numbered_page *p, hr_error *err)
{
    yyjson_val *item = NULL;

    w->null_row = 0;
    HR_TRY(hr_items_begin(&w->items, &p->page, err));
    HR_TRY(begin_steps(w, p, err));
    if (!w->root)
        HR_TRY(hr_tables_get(&w->shredder.tables, NULL, w->crew->job->table, &w->root, err));
    for (;;) {
        HR_TRY(hr_items_next(&w->items, &item, err));
        if (!item)
            return hr_tables_check_nulls(&w->shredder.tables, w->root, &w->null_row, err);
        HR_TRY(take_steps(w, &item, err));
        if (item)
            HR_TRY(hr_shred_item(&w->shredder, w->root, item, err));
    }
}

/* The number of the item at hand in its input; the worker has the turn, so all pages before are
 * counted. */
static uint64_t row_number(worker *w, const numbered_page *p)
{
    uint64_t row = w->null_row ? w->null_row : w->items.n;

    pthread_mutex_lock(&w->crew->lock);
    for (uint64_t i = p->first_of_input; i < p->number; i++)
        row += w->crew->items_of_page[i];
    pthread_mutex_unlock(&w->crew->lock);
    return row;
}

/* Puts the place in front of what went wrong with an item. */
static hr_status locate(worker *w, const numbered_page *p, hr_status st, hr_error *err)
{
    size_t pos = w->items.item_start;

    if (st != HR_E_SCHEMA)
        return st;
    if (w->null_row || p->page.values) /* a page of values has no text to count lines in */
        return hr_fail_in(err, st, "%s: row %" PRIu64, p->page.input, row_number(w, p));
    if (w->shredder.culprit)
        pos = (size_t)(w->shredder.culprit - w->items.text);
    return hr_fail_in(err, st, "%s: row %" PRIu64 " (line %" PRIu64 ", byte %" PRIu64 ")",
                      p->page.input, row_number(w, p), hr_page_line(&p->page, pos),
                      p->page.offset + pos);
}

/* Before the turn passes on, since later pages count the rows before theirs. */
static void note_items(worker *w, const numbered_page *p)
{
    pthread_mutex_lock(&w->crew->lock);
    w->crew->items_of_page[p->number] = (uint32_t)w->items.n;
    pthread_mutex_unlock(&w->crew->lock);
}

/* Whether a page may go without its turn: it added nothing, and nothing that earlier pages may
 * still add can matter to it. */
static bool free_of_turn(const worker *w)
{
    const hr_shred_options *o = &w->shredder.options;

    return w->shredder.tables.delta.n == 0 && o->max_nesting >= HR_MAX_NESTING && !o->widen &&
           !pages_in_order(w->crew->job);
}

/* A page after the last one comes to nothing; the worker has the turn. */
static void forget_page(worker *w, uint64_t page)
{
    hr_tables_roll_back(&w->shredder.tables);
    w->shredder.tally = (hr_tally){0};
    hr_catalog_pass(w->crew->catalog, page);
}

/* The last page says so before the turn passes on. */
static hr_status commit_page(worker *w, const numbered_page *p, hr_commit *out, hr_error *err)
{
    const hr_tables *tables = &w->shredder.tables;

    if (is_last_page(w)) {
        pthread_mutex_lock(&w->crew->lock);
        w->crew->last_page = p->number;
        pthread_mutex_unlock(&w->crew->lock);
    }
    return hr_catalog_commit(w->crew->catalog, p->number, tables->log_pos, &tables->delta, out,
                             err);
}

static hr_status work_page(worker *w, const numbered_page *p, hr_error *err)
{
    hr_catalog *catalog = w->crew->catalog;
    hr_tables *tables = &w->shredder.tables;
    bool my_turn = false;
    hr_commit outcome = HR_CATALOG_CONFLICT;

    while (outcome != HR_CATALOG_DONE) {
        HR_TRY(hr_tables_catch_up(tables, catalog, err));
        hr_tables_begin_page(tables, p->number);
        w->shredder.tally = (hr_tally){0};
        const hr_status st = shred_page(w, p, err);
        note_items(w, p);
        if (st == HR_OK && !my_turn && free_of_turn(w)) {
            hr_catalog_pass(catalog, p->number);
            return keep_steps(w, err);
        }
        if (!my_turn) {
            hr_error late;
            const hr_status turn = hr_catalog_turn(catalog, p->number, &late);

            if (turn != HR_OK) /* an earlier page failed: that is the error to tell */
                return hr_fail(err, turn, "%s", late.msg);
            my_turn = true;
        }
        if (p->number > last_page(w->crew)) {
            forget_page(w, p->number);
            return HR_OK;
        }
        if (st != HR_OK && !hr_catalog_moved(catalog, tables->log_pos))
            return locate(w, p, st, err);
        if (st == HR_OK)
            HR_TRY(commit_page(w, p, &outcome, err));
        if (outcome == HR_CATALOG_CONFLICT) {
            hr_tables_roll_back(tables);
            w->redone++;
        }
    }
    hr_tables_keep(tables);
    return keep_steps(w, err);
}

static hr_status flush(worker *w, hr_error *err)
{
    return hr_flush_tables(&w->shredder.tables, w->writer, &w->values_loaded, &w->rows_loaded, err);
}

static hr_status finish_page(worker *w, const numbered_page *p, hr_error *err)
{
    const hr_normalize_job *job = w->crew->job;
    const hr_tally *tally = &w->shredder.tally;

    hr_tally_add(&w->tally, tally);
    job->progress->bytes += p->page.len;
    job->progress->rows += hr_tables_page_rows(&w->shredder.tables);
    if (job->shred.widen || hr_tables_bytes(&w->shredder.tables) >= job->flush_bytes)
        return flush(w, err);
    return HR_OK;
}

/* ---- workers ---- */

static void *run_worker(void *arg)
{
    worker *w = arg;
    crew *c = w->crew;
    numbered_page p;
    hr_error err = {0};
    hr_status st = HR_OK;

    while (st == HR_OK && pop(c, &p)) {
        st = work_page(w, &p, &err);
        if (st == HR_OK)
            st = finish_page(w, &p, &err);
        release_page(c, &p);
    }
    if (st == HR_OK && !stopped(c))
        st = flush(w, &err);
    if (st == HR_OK && !stopped(c))
        st = hr_package_writer_finish(w->writer, &err);
    if (st != HR_OK)
        stop(c, st, &err);
    return NULL;
}

static hr_status start_worker(worker *w, crew *c, hr_error *err)
{
    w->crew = c;
    hr_shredder_init(&w->shredder, &c->job->naming, &c->job->shred, &c->job->rows);
    HR_TRY(open_steps(w, c->job, err));
    HR_TRY(hr_package_writer_new(&w->writer, c->job->package, err));
    if (pthread_create(&w->thread, NULL, run_worker, w) != 0) {
        hr_package_writer_free(w->writer);
        w->writer = NULL;
        return hr_fail(err, HR_E_NOMEM, "cannot start a thread");
    }
    return HR_OK;
}

static bool told_already(const hr_normalize_result *out, const char *name)
{
    for (size_t i = 0; i < out->n_null_only; i++) {
        if (strcmp(out->null_only[i], name) == 0)
            return true;
    }
    return false;
}

/* Whether a key was met in the data, with nothing but nulls, and has no column at the end. */
static bool only_null(const hr_schema *schema, const hr_ntable *t, const hr_field *f)
{
    const hr_table *table =
        f && f->scalar_slot && !f->object && !f->list && !f->column && !f->barred
            ? hr_schema_table(schema, t->name)
            : NULL;
    const hr_column *c = table ? hr_table_column(table, f->name) : NULL;

    return table && (!c || c->type == HR_TYPE_NONE);
}

static hr_status collect_null_only(const worker *w, const hr_ntable *t, hr_normalize_result *out,
                                   hr_error *err)
{
    for (size_t i = 0; i < t->fields.cap; i++) {
        const hr_field *f = t->fields.slots[i].value;
        hr_buf name = {0};

        if (!only_null(w->crew->job->schema, t, f))
            continue;
        hr_buf_addf(&name, "%s.%s", t->name.p, f->name.p);
        char *text = hr_buf_take(&name);
        if (text && told_already(out, text))
            hr_free(text);
        else if (!text || !HR_PUSH(out->null_only, out->n_null_only, out->cap_null_only, text))
            return hr_nomem(err);
    }
    return HR_OK;
}

/* Adds a worker's share to the result; examples are copied out of the worker's memory. */
static hr_status collect(worker *w, hr_normalize_result *out, hr_error *err)
{
    hr_status st = HR_OK;

    for (int i = 0; i < HR_N_DISCARDS; i++) {
        if (hr_better_example(w->tally.example[i], out->tally.example[i])) {
            hr_free((void *)(uintptr_t)out->tally.example[i]);
            out->tally.example[i] = hr_strdup(w->tally.example[i]);
            if (!out->tally.example[i])
                st = hr_nomem(err);
        }
        w->tally.example[i] = NULL;
    }
    hr_tally_add(&out->tally, &w->tally);
    out->values_loaded += w->values_loaded;
    out->rows += w->rows_loaded;
    out->redone += w->redone;
    for (size_t i = 0; i < w->shredder.tables.n && st == HR_OK; i++)
        st = collect_null_only(w, w->shredder.tables.items[i], out, err);
    return st;
}

static void release_worker(worker *w)
{
    hr_package_writer_free(w->writer);
    hr_items_release(&w->items);
    hr_shredder_release(&w->shredder);
}

/* ---- the caller's thread ---- */

static hr_status number_page(crew *c, numbered_page *p, bool *input_ended, hr_error *err)
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

static hr_status feed(crew *c, uint64_t *bytes, hr_error *err)
{
    const hr_normalize_job *job = c->job;
    numbered_page p = {0};
    bool input_ended = true;

    for (;;) {
        if (atomic_load(job->cancelled))
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        if (last_page(c) != UINT64_MAX)
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
        if (!push(c, &p))
            return HR_OK; /* the worker that stopped the crew has the error */
        if (job->on_page)
            job->on_page(job->ctx);
    }
}

static hr_status run_crew(crew *c, worker *workers, hr_normalize_result *out, hr_error *err)
{
    unsigned started = 0;
    hr_status st = HR_OK;

    while (started < c->job->workers && st == HR_OK) {
        st = start_worker(&workers[started], c, err);
        started += st == HR_OK;
    }
    if (st == HR_OK)
        st = feed(c, &out->bytes, err);
    if (st != HR_OK) {
        const hr_error why = err ? *err : (hr_error){0};

        stop(c, st, &why);
    }
    close_queue(c);
    for (unsigned i = 0; i < started; i++)
        (void)pthread_join(workers[i].thread, NULL);
    if (c->stopped) {
        if (err)
            *err = c->error;
        st = c->error.status;
    }
    for (unsigned i = 0; i < c->job->workers; i++)
        st = close_steps(&workers[i], st, err);
    for (unsigned i = 0; i < started && st == HR_OK; i++)
        st = collect(&workers[i], out, err);
    out->pages = c->n_pages;
    return st;
}

static void release_crew(crew *c)
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
    crew c = {.job = job, .queue_cap = job->workers, .last_page = UINT64_MAX};
    worker *workers = hr_calloc(job->workers, sizeof(*workers));
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
        release_worker(&workers[i]);
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
