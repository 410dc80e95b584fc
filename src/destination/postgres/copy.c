/* COPY table (columns) FROM STDIN, binary, straight from the columns of the batches.
 *
 * One connection: a row is visible when the transaction that wrote it commits, and a transaction
 * belongs to one connection. Into tables that are there, rows of a second connection would have to
 * be moved, which costs more than it gains; into new ones it would gain a fifth on two cores
 * (docs/benchmarks.md), and leave rows to clear away after a kill.
 */
#include <string.h>

#include "base/mem.h"
#include "destination/postgres/encode.h"
#include "destination/postgres/handle.h"
#include "destination/postgres/oids.h"
#include "destination/postgres/wire.h"
#include "headrace/headrace.h"

enum { PIECE = 64 << 10 }; /* bytes handed to libpq at a time */

typedef struct copy_job {
    pg_handle *d;
    const hr_insert *what;
    pg_column *columns;
    size_t n_columns;
    struct ArrowArray batch; /* being sent */
    int64_t at;              /* next row of it */
    uint64_t sent;           /* rows of earlier batches */
    hr_buf out;
    bool spoke; /* the server said something: an error, most likely */
    bool done;
} copy_job;

/* ---- Which columns ---- */

static void add_columns(const hr_insert *what, hr_buf *sql)
{
    const struct ArrowSchema *const schema = what->batches->schema;

    for (int64_t i = 0; i < schema->n_children; i++) {
        hr_buf_addz(sql, i ? ", " : "");
        hr_sql_identifier(sql, hr_str_from(schema->children[i]->name));
    }
    if (what->load_id)
        hr_buf_addz(sql, schema->n_children ? ", \"_dlt_load_id\"" : "\"_dlt_load_id\"");
}

static hr_status plan_columns(copy_job *job, const pg_result *types, hr_error *err)
{
    const struct ArrowSchema *const schema = job->what->batches->schema;

    job->n_columns = (size_t)schema->n_children;
    job->columns = hr_calloc(job->n_columns, sizeof(*job->columns));
    if (!job->columns)
        return hr_nomem(err);
    for (size_t i = 0; i < job->n_columns; i++) {
        const struct ArrowSchema *const field = schema->children[i];
        HR_TRY(pg_column_init(&job->columns[i], field->name, field->format,
                              job->d->lib->ftype(types, (int)i), job->d->remove_nul, err));
    }
    return HR_OK;
}

/* The types of the table's columns decide how values are written. */
static hr_status plan(copy_job *job, hr_error *err)
{
    hr_buf sql = {0};
    pg_result *types = NULL;

    hr_buf_addz(&sql, "SELECT ");
    add_columns(job->what, &sql);
    hr_buf_addz(&sql, " FROM ");
    hr_buf_addz(&sql, job->what->target);
    hr_buf_addz(&sql, " LIMIT 0");
    HR_TRY(pg_run_buf(job->d, &sql, &types, err));

    const hr_status st = plan_columns(job, types, err);

    job->d->lib->clear(types);
    return st;
}

/* ---- Sending ---- */

/* Hands bytes to libpq, piece by piece, and waits until they are on their way. */
static hr_status send_bytes(copy_job *job, hr_str bytes, hr_error *err)
{
    pg_handle *const d = job->d;

    while (bytes.n) {
        const size_t n = bytes.n < PIECE ? bytes.n : PIECE;
        const int taken = d->lib->putCopyData(d->con, bytes.p, (int)n);

        if (taken < 0)
            return pg_fail_connection(d, err);
        HR_TRY(pg_flush_copy(d, &job->spoke, err));
        if (taken) {
            bytes.p += n;
            bytes.n -= n;
        }
    }
    return HR_OK;
}

static hr_status send_out(copy_job *job, hr_error *err)
{
    HR_TRY(hr_buf_status(&job->out, err));
    HR_TRY(send_bytes(job, hr_buf_str(&job->out), err));
    hr_buf_reset(&job->out);
    return HR_OK;
}

static void put_header(hr_buf *out)
{
    hr_buf_add(out, HR_STR("PGCOPY\n\377\r\n\0"));
    pg_add_i32(out, 0); /* flags */
    pg_add_i32(out, 0); /* length of an extension */
}

static hr_status put_row(copy_job *job, const pg_place *where, int64_t row, hr_error *err)
{
    const struct ArrowArray *const *const children =
        (const struct ArrowArray *const *)job->batch.children;
    const char *const load_id = job->what->load_id;
    hr_buf *const out = &job->out;

    pg_add_i16(out, (int16_t)(job->n_columns + (load_id != NULL)));
    for (size_t i = 0; i < job->n_columns; i++) {
        const pg_column *const c = &job->columns[i];
        const char *why = NULL;

        if (pg_is_null(children[i], row))
            pg_add_i32(out, -1);
        else if (!c->put(c, children[i], row, out, &why) && !out->failed)
            return pg_column_fail(c, where, row, why, err);
    }
    if (load_id) {
        pg_add_i32(out, (int32_t)strlen(load_id));
        hr_buf_addz(out, load_id);
    }
    return out->failed ? hr_nomem(err) : HR_OK;
}

/* The next batch that has rows; without a release there is none. */
static hr_status next_batch(copy_job *job, hr_error *err)
{
    const hr_batches *const batches = job->what->batches;
    const pg_place where = {job->what->table, job->sent + (uint64_t)job->batch.length + 1};

    if (job->batch.release)
        job->batch.release(&job->batch);
    job->sent = where.first_row - 1;
    job->at = 0;
    do {
        job->batch = (struct ArrowArray){0};
        HR_TRY(batches->next(batches->self, &job->batch, err));
        if (job->batch.release && job->batch.length == 0)
            job->batch.release(&job->batch);
        else
            break;
    } while (true);
    for (size_t i = 0; job->batch.release && i < job->n_columns; i++)
        HR_TRY(pg_column_check(&job->columns[i], job->batch.children[i], &where, err));
    return HR_OK;
}

/* Rows of the batch at hand, until all are sent or the server speaks. */
static hr_status send_rows(copy_job *job, hr_error *err)
{
    const pg_place where = {job->what->table, job->sent + 1};
    int64_t told = job->at;

    while (job->at < job->batch.length && !job->spoke) {
        HR_TRY(put_row(job, &where, job->at, err));
        job->at++;
        if (job->out.len < PIECE)
            continue;
        HR_TRY(send_out(job, err));
        if (job->what->on_rows)
            job->what->on_rows(job->what->ctx, (uint64_t)(job->at - told));
        told = job->at;
    }
    if (job->what->on_rows)
        job->what->on_rows(job->what->ctx, (uint64_t)(job->at - told));
    return HR_OK;
}

static hr_status send_batches(copy_job *job, hr_error *err)
{
    put_header(&job->out);
    while (!job->spoke) {
        if (job->at == job->batch.length)
            HR_TRY(next_batch(job, err));
        job->done = !job->batch.release;
        if (job->done)
            break;
        HR_TRY(send_rows(job, err));
    }
    pg_add_i16(&job->out, -1);
    return send_out(job, err);
}

/* ---- The statement ---- */

/* Ends the COPY; `failed`: so that the server throws its rows away. */
static hr_status end_copy(copy_job *job, bool failed, hr_error *err)
{
    pg_handle *const d = job->d;
    int ended;

    while ((ended = d->lib->putCopyEnd(d->con, failed ? "headrace stopped" : NULL)) == 0)
        HR_TRY(pg_flush(d, err));
    return ended > 0 ? pg_finish_results(d, err) : pg_fail_connection(d, err);
}

static hr_status copy_once(copy_job *job, const char *sql, hr_error *err)
{
    pg_result *started = NULL;

    job->spoke = false;
    hr_buf_reset(&job->out);
    HR_TRY(pg_start(job->d, sql, &started, err));
    job->d->lib->clear(started);

    const hr_status st = send_batches(job, err);
    const hr_status ended = end_copy(job, st != HR_OK, st == HR_OK ? err : NULL);

    return st != HR_OK ? st : ended;
}

/* A server that speaks up has an error to tell, or a notice; after a notice there is a second
 * COPY for the rows that are left. */
static hr_status copy_all(copy_job *job, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "COPY ");
    hr_buf_addz(&sql, job->what->target);
    hr_buf_addz(&sql, " (");
    add_columns(job->what, &sql);
    hr_buf_addz(&sql, ") FROM STDIN (FORMAT BINARY)");

    hr_status st = hr_buf_status(&sql, err);

    while (st == HR_OK && !job->done)
        st = copy_once(job, sql.data, err);
    hr_buf_release(&sql);
    return st;
}

/* The server says of few errors which table they are about; and where row security forbids COPY, it
 * advises a statement that is not the user's to choose. */
static hr_status name_table(const hr_insert *what, hr_status st, hr_error *err)
{
    static const char table[] = "table ", not_supported[] = "0A000";

    if (st == HR_E_CANCELLED || !err || strncmp(err->msg, table, strlen(table)) == 0)
        return st;

    const hr_error why = *err;

    if (strcmp(why.sqlstate, not_supported) == 0)
        return hr_fail(err, HR_E_CONFIG,
                       "table %s: %s If it is for row security, load as the table's owner or as a "
                       "role with BYPASSRLS",
                       what->table, why.msg);
    return hr_fail_in(err, st, "table %s", what->table);
}

hr_status pg_insert(hr_destination *destination, const hr_insert *what, hr_error *err)
{
    copy_job job = {.d = pg_of(destination), .what = what};
    hr_status st = plan(&job, err);

    if (st == HR_OK)
        st = copy_all(&job, err);
    if (st != HR_OK)
        st = name_table(what, st, err);
    if (job.batch.release)
        job.batch.release(&job.batch);
    hr_buf_release(&job.out);
    hr_free(job.columns);
    return st;
}
