#include "load/load.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/ids.h"
#include "base/time.h"
#include "load/chain.h"
#include "load/fresh.h"
#include "load/migrate.h"
#include "load/statement.h"

enum { ENGINE_VERSION = 11, STATE_ENGINE_VERSION = 4 };

/* ---- Rows of the system tables. ---- */

/* Unless it is there; but a schema that goes back to what it was is the newest again, and gets
 * another row. It follows on the newest one there then: a run that did not see the newest one has
 * nothing to say about it. */
static void add_version_condition(const hr_load *load, hr_destination *d, hr_buf *sql)
{
    const hr_schema *const schema = load->schema;

    hr_buf_addz(sql, " WHERE NOT EXISTS (SELECT 1 FROM ");
    hr_sql_table(sql, d, "_dlt_version");
    hr_buf_addz(sql, " WHERE version_hash = ");
    hr_sql_text(sql, schema->version_hash);
    hr_buf_addz(sql, " AND schema_name = ");
    hr_sql_text(sql, schema->name);
    hr_buf_addz(sql, ") OR EXISTS (SELECT 1 FROM ");
    hr_sql_table(sql, d, "_dlt_version");
    hr_buf_addz(sql, " AS newest WHERE newest.version_hash <> ");
    hr_sql_text(sql, schema->version_hash);
    hr_buf_addz(sql, " AND newest.version_hash IN (''");
    for (size_t i = 0; hr_schema_previous_hash(schema, i).p; i++) {
        hr_buf_addz(sql, ", ");
        hr_sql_literal(sql, hr_schema_previous_hash(schema, i));
    }
    hr_buf_addz(sql, ") AND newest.schema_name = ");
    hr_sql_text(sql, schema->name);
    hr_buf_addz(sql, " AND NOT EXISTS (SELECT 1 FROM ");
    hr_sql_table(sql, d, "_dlt_version");
    hr_buf_addz(sql, " AS later WHERE later.schema_name = newest.schema_name AND "
                     "later.inserted_at > newest.inserted_at))");
}

/* The newest version is found by its time, so that is later than those before, even if a clock was
 * set back. */
static void add_version_time(const hr_load *load, hr_destination *d, hr_buf *sql)
{
    hr_buf_addf(sql, "GREATEST(%s, (SELECT max(inserted_at) + INTERVAL '1 microsecond' FROM ",
                d->ops->dialect->now);
    hr_sql_table(sql, d, "_dlt_version");
    hr_buf_addz(sql, " WHERE schema_name = ");
    hr_sql_text(sql, load->schema->name);
    hr_buf_addz(sql, "))");
}

static hr_status add_version(const hr_load *load, hr_destination *d, hr_error *err)
{
    const hr_schema *const schema = load->schema;
    hr_buf sql = {0}, json = {0};

    hr_buf_addz(&sql, "INSERT INTO ");
    hr_sql_table(&sql, d, "_dlt_version");
    hr_buf_addf(&sql,
                " (version, engine_version, inserted_at, schema_name, version_hash, schema) "
                "SELECT %" PRId64 ", %d, ",
                schema->version, ENGINE_VERSION);
    add_version_time(load, d, &sql);
    hr_buf_addz(&sql, ", ");
    hr_sql_text(&sql, schema->name);
    hr_buf_addz(&sql, ", ");
    hr_sql_text(&sql, schema->version_hash);
    hr_buf_addz(&sql, ", ");

    hr_status st = hr_schema_write(schema, &json, err);

    hr_sql_literal(&sql, hr_buf_str(&json));
    hr_buf_release(&json);
    add_version_condition(load, d, &sql);
    if (st == HR_OK)
        return hr_sql_execute(d, &sql, err);
    hr_buf_release(&sql);
    return st;
}

static hr_status add_state(const hr_load *load, hr_destination *d, hr_error *err)
{
    const hr_load_state *const state = load->state;
    char id[HR_ROW_ID];
    hr_buf sql = {0};

    HR_TRY(hr_new_row_ids(id, 1, err));
    hr_buf_addz(&sql, "INSERT INTO ");
    hr_sql_table(&sql, d, "_dlt_pipeline_state");
    hr_buf_addf(&sql,
                " (version, engine_version, pipeline_name, state, created_at, version_hash, "
                "_dlt_load_id, _dlt_id) VALUES (%" PRId64 ", %d, ",
                state->version, STATE_ENGINE_VERSION);
    hr_sql_text(&sql, state->pipeline_name);
    hr_buf_addz(&sql, ", ");
    hr_sql_literal(&sql, state->state);
    hr_buf_addf(&sql, ", %s, ", d->ops->dialect->now);
    hr_sql_text(&sql, state->version_hash);
    hr_buf_addz(&sql, ", ");
    hr_sql_text(&sql, load->load_id);
    hr_buf_addz(&sql, ", ");
    hr_sql_literal(&sql, (hr_str){id, sizeof(id)});
    hr_buf_addz(&sql, ")");
    return hr_sql_execute(d, &sql, err);
}

static hr_status add_ledger_row(const hr_load *load, hr_destination *d, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "INSERT INTO ");
    hr_sql_table(&sql, d, "_dlt_loads");
    hr_buf_addz(&sql, " (load_id, schema_name, status, inserted_at, schema_version_hash) VALUES (");
    hr_sql_text(&sql, load->load_id);
    hr_buf_addz(&sql, ", ");
    hr_sql_text(&sql, load->schema->name);
    hr_buf_addf(&sql, ", 0, %s, ", d->ops->dialect->now);
    hr_sql_text(&sql, load->schema->version_hash);
    hr_buf_addz(&sql, ")");
    return hr_sql_execute(d, &sql, err);
}

/* ---- Rows of the data. ---- */

static bool heads_chain(const hr_load *load, size_t at)
{
    const hr_table *const root = hr_table_root(load->schema, load->tables[at].table);

    for (size_t i = 0; i < load->n_tables; i++) {
        if (i != at && load->tables[i].table == root)
            return false;
    }
    return true;
}

static hr_status load_chain(hr_chain *c, hr_error *err)
{
    const hr_load_table *const root = c->tables[0].load;

    if (root->replace)
        return hr_chain_replace(c, err);
    if (c->merge == HR_MERGE_NONE || !root->batches)
        return hr_chain_append(c, err);
    return c->merge == HR_MERGE_SCD2 ? hr_chain_scd2(c, err) : hr_chain_merge(c, err);
}

static hr_status load_rows(hr_load *load, hr_destination *d, hr_error *err)
{
    const double start = hr_seconds();
    hr_status st = HR_OK;

    HR_FAULT_POINT("load.before_insert");
    for (size_t i = 0; i < load->n_tables && st == HR_OK; i++) {
        hr_chain chain;

        if (!heads_chain(load, i))
            continue;
        st = hr_chain_init(&chain, load, d, i, err);
        if (st == HR_OK)
            st = load_chain(&chain, err);
        hr_chain_release(&chain);
    }
    load->insert_seconds = hr_seconds() - start;
    return st;
}

static hr_status check(const hr_load *load, const hr_dialect *dialect, hr_error *err)
{
    for (size_t i = 0; i < load->n_tables; i++) {
        if (heads_chain(load, i))
            HR_TRY(hr_chain_check(load, &load->tables[i], dialect, err));
    }
    return HR_OK;
}

/* ---- The transaction. ---- */

static hr_status claim(hr_destination *d, const char *name, hr_error *err)
{
    return d->ops->claim ? d->ops->claim(d, name, err) : HR_OK;
}

static hr_status migrate(hr_load *load, hr_destination *d, hr_error *err)
{
    const double start = hr_seconds();

    HR_TRY(claim(d, "schema", err));
    HR_TRY(hr_migrate(load, d, err));
    load->migrate_seconds = hr_seconds() - start;
    return HR_OK;
}

static hr_status migrate_apart(hr_load *load, hr_destination *d, hr_error *err)
{
    HR_TRY(d->ops->begin(d, err));

    const hr_status st = migrate(load, d, err);

    if (st == HR_OK)
        return d->ops->commit(d, err);
    d->ops->rollback(d);
    return st;
}

/* Versions of the schema that know of dropped tables go, too: the next one may have the hash of
 * one of them. */
static hr_status clear(const hr_load *load, hr_destination *d, hr_error *err)
{
    hr_buf sql = {0};

    for (size_t i = 0; i < load->n_dropped; i++) {
        hr_buf_addz(&sql, "DROP TABLE IF EXISTS ");
        hr_sql_table(&sql, d, load->dropped[i]);
        HR_TRY(hr_sql_execute(d, &sql, err));
    }
    for (size_t i = 0; i < load->n_truncated; i++) {
        hr_buf_addz(&sql, "DELETE FROM ");
        hr_sql_table(&sql, d, load->truncated[i]);
        HR_TRY(hr_sql_execute(d, &sql, err));
    }
    if (!load->n_dropped)
        return HR_OK;
    hr_buf_addz(&sql, "DELETE FROM ");
    hr_sql_table(&sql, d, "_dlt_version");
    hr_buf_addz(&sql, " WHERE schema_name = ");
    hr_sql_text(&sql, load->schema->name);
    return hr_sql_execute(d, &sql, err);
}

static bool has_fresh(const hr_load *load)
{
    bool any = false;

    for (size_t i = 0; i < load->n_tables; i++)
        any = any || load->tables[i].fresh;
    return any;
}

static hr_status finish_fresh(hr_load *load, hr_destination *d, hr_error *err)
{
    const double start = hr_seconds();

    if (!has_fresh(load))
        return HR_OK;
    HR_TRY(hr_fresh_constrain(load, d, err));
    HR_TRY(hr_fresh_place(load, d, err));
    load->insert_seconds += hr_seconds() - start;
    return HR_OK;
}

static hr_status fill_transaction(hr_load *load, hr_destination *d, bool migrated, hr_error *err)
{
    HR_FAULT_POINT("load.begin");
    HR_TRY(claim(d, load->load_id, err));
    HR_TRY(clear(load, d, err));
    if (!migrated)
        HR_TRY(migrate(load, d, err));
    HR_FAULT_POINT("load.after_migrate");
    HR_TRY(hr_fresh_create(load, d, err));
    HR_TRY(load_rows(load, d, err));
    HR_TRY(finish_fresh(load, d, err));
    HR_TRY(claim(d, "version", err));
    HR_TRY(add_version(load, d, err));
    if (load->state)
        HR_TRY(add_state(load, d, err));
    HR_FAULT_POINT("load.before_ledger");
    HR_TRY(add_ledger_row(load, d, err));
    HR_FAULT_POINT("load.before_commit");
    return HR_OK;
}

/* ---- When the outcome is not known, or the load is worth another try. ---- */

enum { MOST_PAUSES = 6 };
static const double pauses[MOST_PAUSES] = {0.1, 0.3, 1, 2, 4, 8}; /* seconds */

static void pause_for(double seconds)
{
    const struct timespec t = {.tv_sec = (time_t)seconds,
                               .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};

    (void)nanosleep(&t, NULL);
}

static hr_status reopen(const hr_destination_ops *ops, hr_destination **d,
                        const hr_destination_settings *settings, hr_error *err)
{
    hr_error why = {0};

    for (size_t i = 0;; i++) {
        ops->close(*d);
        *d = NULL;

        const hr_status st = ops->open(d, settings, &why);

        if (st == HR_OK || !why.retryable || i == MOST_PAUSES) {
            if (err)
                *err = why;
            return st;
        }
        pause_for(pauses[i]);
    }
}

/* Asks the ledger whether a commit came through whose answer did not; again when the connection
 * breaks once more. */
static hr_status look_up(hr_load *load, hr_destination **d, hr_error *err)
{
    const hr_destination_ops *const ops = (*d)->ops;
    hr_destination_settings settings = *load->settings;
    hr_arena arena = {0};
    const char *inserted_at = NULL;
    hr_status st;

    settings.cancelled = NULL; /* even so, the outcome has to be known */
    for (size_t i = 0;; i++) {
        *err = (hr_error){0};
        st = reopen(ops, d, &settings, err);
        if (st != HR_OK)
            break; /* that was tried often enough */
        st = hr_load_find(*d, load->load_id, &arena, &inserted_at, err);
        if (st != HR_E_REMOTE || !err->retryable || i == MOST_PAUSES)
            break;
        pause_for(pauses[i]);
    }
    hr_arena_release(&arena);
    load->committed = inserted_at != NULL;
    return st;
}

static hr_status commit(hr_load *load, hr_destination **d, hr_error *err)
{
    const double start = hr_seconds();
    hr_error lost, why = {0};
    const hr_status st = (*d)->ops->commit(*d, &why);

    load->commit_seconds = hr_seconds() - start;
    if (st == HR_OK) {
        load->committed = true;
        HR_FAULT_POINT("load.after_commit");
        return HR_OK;
    }
    load->unknown = look_up(load, d, &lost) != HR_OK;
    if (load->committed)
        return HR_OK;
    if (err)
        *err = why;
    return load->unknown ? hr_fail_in(err, st,
                                      "the commit failed, and whether it took effect "
                                      "could not be looked up (%s)",
                                      lost.msg)
                         : hr_fail_in(err, st, "the commit failed");
}

static hr_status run_once(hr_load *load, hr_destination **d, hr_error *err)
{
    bool migrated = false;

    for (size_t i = 0; i < load->n_tables; i++)
        load->tables[i].fresh = load->tables[i].replaces = false;
    HR_TRY(check(load, (*d)->ops->dialect, err));

    if (!load->n_dropped)
        HR_TRY(hr_migrated(load, *d, &migrated, err));
    if (!migrated && !load->n_dropped && (*d)->ops->dialect->migrates_apart) {
        HR_TRY(migrate_apart(load, *d, err));
        migrated = true;
    }
    HR_TRY((*d)->ops->begin(*d, err));

    const hr_status st = fill_transaction(load, *d, migrated, err);

    if (st != HR_OK) {
        (*d)->ops->rollback(*d);
        return st;
    }
    return commit(load, d, err);
}

/* Not a lock that was waited for: how long, the user has said. */
static bool worth_repeating(const hr_load *load, hr_status st, const hr_error *why)
{
    return st != HR_E_CANCELLED && why->retryable && !load->unknown &&
           strcmp(why->sqlstate, "55P03") != 0;
}

static void begin_again(hr_load *load, const hr_error *why)
{
    if (load->on_retry)
        load->on_retry(load->ctx, why);
    for (size_t i = 0; i < load->n_tables; i++) {
        const hr_batches *const b = load->tables[i].batches;

        if (b)
            b->rewind(b->self);
        load->tables[i].fate = HR_LOAD_WAITED;
        load->tables[i].seconds = 0;
    }
}

enum { MOST_TRIES = 4 };

hr_status hr_load_run(hr_load *load, hr_destination **d, hr_error *err)
{
    const hr_destination_ops *const ops = (*d)->ops;
    hr_error why = {0};
    hr_status st = run_once(load, d, &why);

    for (int i = 1; st != HR_OK && i < MOST_TRIES && worth_repeating(load, st, &why); i++) {
        begin_again(load, &why);
        pause_for(pauses[i]);
        st = reopen(ops, d, load->settings, &why);
        if (st != HR_OK)
            break; /* that was tried often enough */
        if (ops->settle)
            st = ops->settle(*d, load->load_id, &why);
        if (st == HR_OK)
            st = run_once(load, d, &why);
    }
    if (st != HR_OK && err)
        *err = why;
    return st;
}
