/* One worker: pages from the queue become rows in its builders, and batches in the package. */
#include <inttypes.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/crew.h"
#include "normalize/flush.h"

/* ---- steps ---- */

static hr_status open_steps(hr_worker *w, const hr_normalize_job *job, hr_error *err)
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
hr_status hr_worker_close_steps(hr_worker *w, hr_status so_far, hr_error *err)
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

static hr_status begin_steps(hr_worker *w, const hr_numbered_page *p, hr_error *err)
{
    for (size_t i = 0; i < w->n_steps; i++) {
        if (w->crew->job->steps[i].begin_page)
            HR_TRY(w->crew->job->steps[i].begin_page(w->steps[i], p->number, p->page.parent, err));
    }
    return HR_OK;
}

/* NULL in *item: a step has dropped it. */
static hr_status take_steps(hr_worker *w, yyjson_val **item, hr_error *err)
{
    w->shredder.culprit = NULL;
    for (size_t i = 0; i < w->n_steps && *item; i++)
        HR_TRY(w->crew->job->steps[i].item(w->steps[i], item, err));
    return HR_OK;
}

static hr_status keep_steps(hr_worker *w, hr_error *err)
{
    for (size_t i = 0; i < w->n_steps; i++) {
        if (w->crew->job->steps[i].keep_page)
            HR_TRY(w->crew->job->steps[i].keep_page(w->steps[i], err));
    }
    return HR_OK;
}

static bool is_last_page(const hr_worker *w)
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

static hr_status shred_page(hr_worker *w, const hr_numbered_page *p, hr_error *err)
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
static uint64_t row_number(hr_worker *w, const hr_numbered_page *p)
{
    uint64_t row = w->null_row ? w->null_row : w->items.n;

    pthread_mutex_lock(&w->crew->lock);
    for (uint64_t i = p->first_of_input; i < p->number; i++)
        row += w->crew->items_of_page[i];
    pthread_mutex_unlock(&w->crew->lock);
    return row;
}

/* Puts the place in front of what went wrong with an item. */
static hr_status locate(hr_worker *w, const hr_numbered_page *p, hr_status st, hr_error *err)
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
static void note_items(hr_worker *w, const hr_numbered_page *p)
{
    pthread_mutex_lock(&w->crew->lock);
    w->crew->items_of_page[p->number] = (uint32_t)w->items.n;
    pthread_mutex_unlock(&w->crew->lock);
}

/* Whether a page may go without its turn: it added nothing, and nothing that earlier pages may
 * still add can matter to it. */
static bool free_of_turn(const hr_worker *w)
{
    const hr_shred_options *o = &w->shredder.options;

    return w->shredder.tables.delta.n == 0 && o->max_nesting >= HR_MAX_NESTING && !o->widen &&
           !pages_in_order(w->crew->job);
}

/* A page after the last one comes to nothing; the worker has the turn. */
static void forget_page(hr_worker *w, uint64_t page)
{
    hr_tables_roll_back(&w->shredder.tables);
    w->shredder.tally = (hr_tally){0};
    hr_catalog_pass(w->crew->catalog, page);
}

/* The last page says so before the turn passes on. */
static hr_status commit_page(hr_worker *w, const hr_numbered_page *p, hr_commit *out, hr_error *err)
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

static hr_status work_page(hr_worker *w, const hr_numbered_page *p, hr_error *err)
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
        if (p->number > hr_crew_last_page(w->crew)) {
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

static hr_status flush(hr_worker *w, hr_error *err)
{
    return hr_flush_tables(&w->shredder.tables, w->writer, &w->values_loaded, &w->rows_loaded, err);
}

static hr_status finish_page(hr_worker *w, const hr_numbered_page *p, hr_error *err)
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
    hr_worker *w = arg;
    hr_crew *c = w->crew;
    hr_numbered_page p;
    hr_error err = {0};
    hr_status st = HR_OK;

    while (st == HR_OK && hr_crew_pop(c, &p)) {
        st = work_page(w, &p, &err);
        if (st == HR_OK)
            st = finish_page(w, &p, &err);
        hr_crew_release_page(c, &p);
    }
    if (st == HR_OK && !hr_crew_stopped(c))
        st = flush(w, &err);
    if (st == HR_OK && !hr_crew_stopped(c))
        st = hr_package_writer_finish(w->writer, &err);
    if (st != HR_OK)
        hr_crew_stop(c, st, &err);
    return NULL;
}

hr_status hr_worker_start(hr_worker *w, hr_crew *c, hr_error *err)
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

static hr_status collect_null_only(const hr_worker *w, const hr_ntable *t, hr_normalize_result *out,
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
hr_status hr_worker_collect(hr_worker *w, hr_normalize_result *out, hr_error *err)
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

void hr_worker_release(hr_worker *w)
{
    hr_package_writer_free(w->writer);
    hr_items_release(&w->items);
    hr_shredder_release(&w->shredder);
}
