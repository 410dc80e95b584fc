#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "destination/postgres/handle.h"
#include "headrace/headrace.h"

enum { OID_BOOL = 16 };

static hr_status describe(const char *url, hr_buf *out, hr_error *err)
{
    hr_arena arena = {0};
    pg_url parsed;
    hr_status st = pg_url_parse(url, &parsed, &arena, err);

    if (st == HR_OK) {
        pg_url_show(&parsed, out);
        st = hr_buf_status(out, err);
    }
    hr_arena_release(&arena);
    return st;
}

/* ---- Open and close. ---- */

static void close_handle(hr_destination *destination)
{
    pg_handle *const d = pg_of(destination);

    if (!d)
        return;
    pg_disconnect(d); /* rolls back what is open */
    hr_free(d->dataset);
    hr_free(d->qualifier);
    hr_free(d);
}

static hr_status name_dataset(pg_handle *d, const char *dataset, hr_error *err)
{
    hr_buf qualifier = {0};

    hr_sql_identifier(&qualifier, hr_str_from(dataset));
    d->dataset = hr_strdup(dataset);
    d->qualifier = hr_buf_take(&qualifier);
    d->base.dataset = d->dataset;
    d->base.qualifier = d->qualifier;
    return d->dataset && d->qualifier ? HR_OK : hr_nomem(err);
}

static hr_status open_with(pg_handle *d, const hr_destination_settings *s, hr_arena *arena,
                           hr_error *err)
{
    pg_url url;

    HR_TRY(pg_url_parse(s->url, &url, arena, err));
    d->base.ops = &hr_destination_postgres;
    d->lock_timeout_ms = url.lock_timeout_ms;
    d->remove_nul = url.remove_nul;
    d->base.unique_constraints = url.create_indexes;
    d->read_only = s->read_only;
    d->cancelled = s->cancelled;
    HR_TRY(name_dataset(d, s->dataset ? s->dataset : "public", err));
    return pg_connect(d, &url, err);
}

static hr_status open_handle(hr_destination **out, const hr_destination_settings *s, hr_error *err)
{
    hr_arena arena = {0};
    pg_handle *const d = hr_calloc(1, sizeof(*d));
    const hr_status st = d ? open_with(d, s, &arena, err) : hr_nomem(err);

    *out = st == HR_OK ? &d->base : NULL;
    hr_arena_release(&arena);
    if (st != HR_OK)
        close_handle(d ? &d->base : NULL);
    return st;
}

/* ---- Statements. ---- */

/* Settings end with the transaction, so a pooler may give each to another connection. A shorter
 * lock_timeout of the role stays. Floats become text with all their digits. */
static void add_settings(const pg_handle *d, hr_buf *sql)
{
    hr_buf_addz(sql, "SELECT pg_catalog.set_config('extra_float_digits', '3', true); ");
    if (d->lock_timeout_ms)
        hr_buf_addf(sql,
                    "SELECT pg_catalog.set_config('lock_timeout', '%lld', true) "
                    "WHERE extract(epoch FROM pg_catalog.current_setting('lock_timeout')::interval)"
                    " * 1000 NOT BETWEEN 1 AND %lld; ",
                    (long long)d->lock_timeout_ms, (long long)d->lock_timeout_ms);
}

/* What is sent at once is one transaction, where it is not inside another. */
static hr_status run(pg_handle *d, const char *text, pg_result **out, hr_error *err)
{
    hr_buf sql = {0};

    if (d->in_transaction)
        return pg_run(d, text, out, err);
    add_settings(d, &sql);
    hr_buf_addz(&sql, text);
    return pg_run_buf(d, &sql, out, err);
}

static hr_status execute(hr_destination *destination, const char *sql, hr_error *err)
{
    return run(pg_of(destination), sql, NULL, err);
}

/* Each statement sees what others have committed, whatever the role's setting is: what comes after
 * a lock was waited for has to see what its holder did. */
static hr_status begin(hr_destination *destination, hr_error *err)
{
    pg_handle *const d = pg_of(destination);
    hr_buf sql = {0};

    hr_buf_addz(&sql, "BEGIN ISOLATION LEVEL READ COMMITTED");
    hr_buf_addz(&sql, d->read_only ? ", READ ONLY; " : "; ");
    add_settings(d, &sql);
    d->in_transaction = true;
    return pg_run_buf(d, &sql, NULL, err);
}

static hr_status commit(hr_destination *destination, hr_error *err)
{
    pg_handle *const d = pg_of(destination);

    d->in_transaction = false;
    d->deaf = true; /* a commit that is stopped half-way has an outcome nobody knows */

    pg_result *r = NULL;
    hr_status st = pg_run(d, "COMMIT", &r, err);

    /* What the server answers when the transaction had failed before. */
    if (st == HR_OK && (!r || strcmp(d->lib->cmdStatus(r), "COMMIT") != 0))
        st = hr_fail(err, HR_E_REMOTE, "the server rolled back");
    d->lib->clear(r);
    d->deaf = false;
    return st;
}

static void rollback(hr_destination *destination)
{
    pg_handle *const d = pg_of(destination);

    d->deaf = true; /* the run may have been cancelled, which is why it is rolled back */
    if (d->in_transaction)
        (void)pg_run(d, "ROLLBACK", NULL, NULL);
    d->deaf = false;
    d->in_transaction = false;
}

/* ---- Locks by name, in the database's advisory locks; they end with the transaction. ---- */

enum { SETTLE_PATIENCE = 5, SETTLE_LIMIT = 60 }; /* seconds */

static void add_lock_key(const pg_handle *d, const char *name, hr_buf *sql)
{
    hr_buf text = {0};

    hr_buf_addf(&text, "headrace:%s:%s", d->dataset, name);
    hr_buf_addz(sql, "pg_catalog.hashtextextended(");
    hr_sql_literal(sql, hr_buf_str(&text));
    hr_buf_addz(sql, ", 0)");
    sql->failed = sql->failed || text.failed;
    hr_buf_release(&text);
}

static hr_status claim(hr_destination *destination, const char *name, hr_error *err)
{
    pg_handle *const d = pg_of(destination);
    hr_buf sql = {0};

    hr_buf_addz(&sql, "SELECT pg_catalog.pg_advisory_xact_lock(");
    add_lock_key(d, name, &sql);
    hr_buf_addc(&sql, ')');
    return pg_run_buf(d, &sql, NULL, err);
}

/* A standby has neither the primary's locks nor, for a while, its latest commits. */
static hr_status is_settled(pg_handle *d, const char *name, bool *out, hr_error *err)
{
    hr_buf sql = {0};
    pg_result *r = NULL;

    hr_buf_addz(&sql, "SELECT pg_catalog.pg_try_advisory_xact_lock(");
    add_lock_key(d, name, &sql);
    hr_buf_addz(&sql, "), pg_catalog.pg_is_in_recovery()");
    HR_TRY(pg_run_buf(d, &sql, &r, err));
    *out = d->lib->getvalue(r, 0, 0)[0] == 't';

    const bool standby = d->lib->getvalue(r, 0, 1)[0] == 't';

    d->lib->clear(r);
    if (!standby)
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG,
                   "the server is a read-only standby, and only the primary knows whether load %s "
                   "came through: name the primary, or all hosts with "
                   "?target_session_attrs=read-write",
                   name);
}

/* Ends the session that has the lock: its client is this pipeline's, and gone. */
static hr_status end_holder(pg_handle *d, const char *name, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_locks "
                      "WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND database = "
                      "(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) "
                      "AND (classid::bigint << 32 | objid::bigint) = ");
    add_lock_key(d, name, &sql);
    return pg_run_buf(d, &sql, NULL, err);
}

static hr_status settle(hr_destination *destination, const char *name, hr_error *err)
{
    static const struct timespec tick = {.tv_nsec = 100000000};
    pg_handle *const d = pg_of(destination);
    bool settled = false;

    HR_TRY(is_settled(d, name, &settled, err));
    for (int ticks = 1; !settled && ticks <= SETTLE_LIMIT * 10; ticks++) {
        (void)nanosleep(&tick, NULL);
        if (ticks == SETTLE_PATIENCE * 10)
            HR_TRY(end_holder(d, name, err));
        HR_TRY(is_settled(d, name, &settled, err));
    }
    if (settled)
        return HR_OK;
    (void)hr_fail(err, HR_E_BUSY, "the server is still at work on load %s", name);
    if (err)
        err->retryable = true;
    return HR_E_BUSY;
}

static void interrupt(hr_destination *destination)
{
    atomic_store(&pg_of(destination)->interrupted, true);
}

/* ---- Small results as text. ---- */

static hr_status take_rows(const pg_library *lib, const pg_result *r, hr_arena *arena, hr_rows *out,
                           hr_error *err)
{
    const int n = lib->ntuples(r), columns = lib->nfields(r);
    const char **const cells =
        hr_arena_zalloc(arena, ((size_t)n * (size_t)columns + 1) * sizeof(*cells));

    if (!cells)
        return hr_nomem(err);
    for (int i = 0; i < n * columns; i++) {
        const int row = i / columns, c = i % columns;
        hr_str text = {lib->getvalue(r, row, c), (size_t)lib->getlength(r, row, c)};

        if (lib->getisnull(r, row, c))
            continue;
        if (lib->ftype(r, c) == OID_BOOL)
            text = text.p[0] == 't' ? HR_STR("true") : HR_STR("false");
        cells[i] = hr_arena_strndup(arena, text);
        if (!cells[i])
            return hr_nomem(err);
    }
    *out = (hr_rows){.n_rows = (size_t)n, .n_columns = (size_t)columns, .cells = cells};
    return HR_OK;
}

static hr_status select_rows(hr_destination *destination, const char *sql, hr_arena *arena,
                             hr_rows *out, hr_error *err)
{
    pg_handle *const d = pg_of(destination);
    pg_result *r = NULL;

    *out = (hr_rows){0};
    HR_TRY(run(d, sql, &r, err));

    const hr_status st = r ? take_rows(d->lib, r, arena, out, err) : HR_OK;

    d->lib->clear(r);
    return st;
}

static const char *const schemes[] = {"postgres", "postgresql", NULL};

const hr_destination_ops hr_destination_postgres = {
    .name = "postgres",
    .dlt_type = "dlt.destinations.postgres",
    .schemes = schemes,
    .dialect = &pg_dialect,
    .describe = describe,
    .open = open_handle,
    .close = close_handle,
    .execute = execute,
    .select = select_rows,
    .begin = begin,
    .insert = pg_insert,
    .commit = commit,
    .rollback = rollback,
    .interrupt = interrupt,
    .claim = claim,
    .settle = settle,
    .query = pg_query,
};
