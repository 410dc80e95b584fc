/* INSERT INTO table (columns) SELECT * FROM a table function of ours.
 *
 * DuckDB pulls: each of its threads asks the function for chunks, and each has a batch of its
 * own that it works through. So rows are copied, compressed and written in parallel, and no
 * more than a batch a thread is in memory.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "destination/duckdb/fill.h"
#include "destination/duckdb/handle.h"
#include "headrace/headrace.h"

struct dk_job {
    const dk_library *lib;
    const hr_insert *what;
    dk_column *columns;
    size_t n_columns;
    unsigned threads;
    uint64_t chunk_rows; /* the most that one chunk holds */
    atomic_bool failed;
    pthread_mutex_t lock; /* of `error` */
    hr_error error;       /* the first failure of next() */
};

/* What a thread of DuckDB's is at. The batch must outlive the chunk that was filled from it,
 * whose long strings point into it; DuckDB is through with a chunk when it asks for the next. */
typedef struct cursor {
    dk_job *job;
    struct ArrowArray batch;
    int64_t at;
} cursor;

static void cursor_free(void *p)
{
    cursor *const cur = p;

    if (cur->batch.release)
        cur->batch.release(&cur->batch);
    hr_free(cur);
}

static void fail_job(dk_job *job, const hr_error *why)
{
    pthread_mutex_lock(&job->lock);
    if (!atomic_load(&job->failed))
        job->error = *why;
    atomic_store(&job->failed, true);
    pthread_mutex_unlock(&job->lock);
}

static hr_status next_batch(cursor *cur, hr_error *err)
{
    const hr_batches *const batches = cur->job->what->batches;

    do {
        if (cur->batch.release)
            cur->batch.release(&cur->batch);
        cur->batch = (struct ArrowArray){0};
        cur->at = 0;
        HR_TRY(batches->next(batches->self, &cur->batch, err));
    } while (cur->batch.release && cur->batch.length == 0);
    return HR_OK;
}

static void fill_chunk(cursor *cur, dk_chunk chunk)
{
    dk_job *const job = cur->job;
    const int64_t left = cur->batch.length - cur->at;
    const int64_t most = (int64_t)job->chunk_rows;
    const int64_t n = left < most ? left : most;

    for (size_t i = 0; i < job->n_columns; i++)
        dk_column_fill(&job->columns[i], job->lib, cur->batch.children[i], cur->at, n,
                       job->lib->data_chunk_get_vector(chunk, i));
    job->lib->data_chunk_set_size(chunk, (uint64_t)n);
    cur->at += n;
    if (job->what->on_rows)
        job->what->on_rows(job->what->ctx, (uint64_t)n);
}

/* ---- What DuckDB calls. ---- */

static void on_bind(dk_bind bind)
{
    const dk_library *lib = NULL;

    if (dk_library_get(&lib, NULL) != HR_OK)
        return;

    dk_slot *const slot = lib->bind_get_extra_info(bind);
    const dk_job *const job = atomic_load(&slot->job);

    if (!job) {
        lib->bind_set_error(bind, "this function works inside a load only");
        return;
    }
    for (size_t i = 0; i < job->n_columns; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "c%zu", i);
        lib->bind_add_result_column(bind, name, job->columns[i].type);
    }
    lib->bind_set_cardinality(bind, job->what->batches->rows, true);
}

static void on_init(dk_init init)
{
    const dk_library *lib = NULL;

    if (dk_library_get(&lib, NULL) != HR_OK)
        return;

    dk_slot *const slot = lib->init_get_extra_info(init);
    const dk_job *const job = atomic_load(&slot->job);

    if (job->threads)
        lib->init_set_max_threads(init, job->threads);
}

static void on_local_init(dk_init init)
{
    const dk_library *lib = NULL;

    if (dk_library_get(&lib, NULL) != HR_OK)
        return;

    dk_slot *const slot = lib->init_get_extra_info(init);
    cursor *const cur = hr_calloc(1, sizeof(*cur));

    if (!cur) {
        lib->init_set_error(init, "out of memory");
        return;
    }
    cur->job = atomic_load(&slot->job);
    lib->init_set_init_data(init, cur, cursor_free);
}

static void on_chunk(dk_function info, dk_chunk chunk)
{
    const dk_library *lib = NULL;
    hr_error why = {0};

    if (dk_library_get(&lib, NULL) != HR_OK)
        return;

    cursor *const cur = lib->function_get_local_init_data(info);

    if (cur->at == cur->batch.length && next_batch(cur, &why) != HR_OK) {
        fail_job(cur->job, &why);
        lib->function_set_error(info, why.msg);
        return;
    }
    if (!cur->batch.release || atomic_load(&cur->job->failed))
        lib->data_chunk_set_size(chunk, 0);
    else
        fill_chunk(cur, chunk);
}

/* ---- The statement. ---- */

hr_status dk_insert_prepare(dk_handle *d, hr_error *err)
{
    /* Instances are shared, and functions belong to instances: each handle needs a name. */
    static atomic_uint counter;
    const dk_library *const lib = d->lib;
    dk_slot *const slot = hr_calloc(1, sizeof(*slot));

    if (!slot)
        return hr_nomem(err);
    (void)snprintf(slot->function, sizeof(slot->function), "headrace_batches_%u",
                   atomic_fetch_add(&counter, 1));

    dk_table_function function = lib->create_table_function();

    lib->table_function_set_name(function, slot->function);
    lib->table_function_set_extra_info(function, slot, hr_free);
    lib->table_function_set_bind(function, on_bind);
    lib->table_function_set_init(function, on_init);
    lib->table_function_set_local_init(function, on_local_init);
    lib->table_function_set_function(function, on_chunk);

    const dk_state state = lib->register_table_function(d->con, function);

    lib->destroy_table_function(&function);
    if (state != 0)
        return hr_fail(err, HR_E_REMOTE, "DuckDB does not take a table function");
    d->slot = slot;
    return HR_OK;
}

static void add_columns(const hr_insert *what, hr_buf *sql)
{
    const struct ArrowSchema *const schema = what->batches->schema;

    for (int64_t i = 0; i < schema->n_children; i++) {
        hr_buf_addz(sql, i ? ", " : "");
        hr_sql_identifier(sql, hr_str_from(schema->children[i]->name));
    }
}

/* The types of the table's columns decide how the batches are handed over. */
static hr_status plan_columns(dk_job *job, dk_result *types, hr_error *err)
{
    const struct ArrowSchema *const schema = job->what->batches->schema;

    for (size_t i = 0; i < (size_t)schema->n_children; i++) {
        dk_logical_type target = job->lib->column_logical_type(types, i);
        const hr_status st =
            dk_column_init(&job->columns[i], job->lib, schema->children[i]->format, target, err);

        job->lib->destroy_logical_type(&target);
        if (st != HR_OK)
            return hr_fail_in(err, st, "column %s", schema->children[i]->name);
        job->n_columns = i + 1;
    }
    return HR_OK;
}

static hr_status plan(dk_handle *d, dk_job *job, hr_error *err)
{
    hr_buf sql = {0};
    dk_result types = {0};

    job->columns = hr_calloc((size_t)job->what->batches->schema->n_children, sizeof(*job->columns));
    if (!job->columns)
        return hr_nomem(err);
    hr_buf_addz(&sql, "SELECT ");
    add_columns(job->what, &sql);
    hr_buf_addf(&sql, " FROM %s LIMIT 0", job->what->target);

    hr_status st = hr_buf_status(&sql, err);

    if (st == HR_OK && d->lib->query(d->con, sql.data, &types) != 0) {
        st = dk_fail_result(d->lib, &types, err);
    } else if (st == HR_OK) {
        st = plan_columns(job, &types, err);
        d->lib->destroy_result(&types);
    }
    hr_buf_release(&sql);
    return st;
}

static void add_insert(const dk_handle *d, const hr_insert *what, hr_buf *sql)
{
    hr_buf_addf(sql, "INSERT INTO %s (", what->target);
    add_columns(what, sql);
    hr_buf_addz(sql, what->load_id ? ", _dlt_load_id) SELECT *, " : ") SELECT *");
    if (what->load_id)
        hr_sql_literal(sql, hr_str_from(what->load_id));
    hr_buf_addf(sql, " FROM %s()", d->slot->function);
}

static hr_status run(dk_handle *d, dk_job *job, hr_error *err)
{
    hr_buf sql = {0};

    add_insert(d, job->what, &sql);

    hr_status st = hr_buf_status(&sql, err);

    if (st == HR_OK) {
        atomic_store(&d->slot->job, job);
        st = dk_run(d->lib, d->con, sql.data, err);
        atomic_store(&d->slot->job, NULL);
    }
    hr_buf_release(&sql);
    if (atomic_load(&job->failed)) {
        st = job->error.status;
        if (err)
            *err = job->error;
    }
    return st;
}

hr_status dk_insert(hr_destination *destination, const hr_insert *what, hr_error *err)
{
    dk_handle *const d = dk_of(destination);
    dk_job job = {.lib = d->lib,
                  .what = what,
                  .threads = d->instance->threads,
                  .chunk_rows = d->lib->vector_size(),
                  .lock = PTHREAD_MUTEX_INITIALIZER};

    hr_status st = plan(d, &job, err);

    if (st == HR_OK)
        st = run(d, &job, err);
    for (size_t i = 0; i < job.n_columns; i++)
        dk_column_release(&job.columns[i], d->lib);
    hr_free(job.columns);
    pthread_mutex_destroy(&job.lock);
    return st == HR_OK || st == HR_E_CANCELLED ? st : hr_fail_in(err, st, "table %s", what->target);
}
