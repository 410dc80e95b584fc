#include "load/migrate.h"

#include <ctype.h>

#include "base/mem.h"
#include "load/create.h"
#include "load/fresh.h"
#include "load/statement.h"
#include "schema/strategy.h"

/* A table that is at the destination: its columns' types by key_of() their names. */
typedef struct stored_table {
    hr_map columns;
} stored_table;

/* A load makes few tables in the way of fresh.h, and large ones: each costs some milliseconds and
 * eight of the locks that one transaction of Postgres can have, some 6,400 by its defaults. */
enum { ROWS_OF_FRESH = 5000, MOST_FRESH = 100 };

typedef struct migration {
    hr_load *load;
    hr_destination *d;
    hr_arena arena;
    hr_map tables; /* stored_table by key_of() their names */
    size_t n_fresh;
} migration;

/* The name as the engine compares it. */
static hr_str key_of(migration *m, const char *name)
{
    const hr_str copy = hr_arena_str(&m->arena, hr_str_from(name));
    char *const p = hr_arena_alloc(&m->arena, copy.n + 1);

    if (!copy.p || !p)
        return (hr_str){0};
    if (m->d->ops->dialect->case_sensitive)
        return copy;
    for (size_t i = 0; i < copy.n; i++)
        p[i] = (char)tolower((unsigned char)copy.p[i]);
    return (hr_str){p, copy.n};
}

/* ---- What is there. ---- */

static hr_status add_stored(migration *m, const char *table, const char *column, const char *type,
                            hr_error *err)
{
    const hr_str table_key = key_of(m, table), column_key = key_of(m, column);
    stored_table *t = table_key.p ? hr_map_get(&m->tables, table_key) : NULL;

    if (!t) {
        t = hr_arena_zalloc(&m->arena, sizeof(*t));
        if (!t || !table_key.p || !hr_map_put(&m->tables, table_key, t))
            return hr_nomem(err);
    }
    /* The map holds pointers to what may change; the text itself does not. */
    const hr_str kept = hr_arena_str(&m->arena, (hr_str){type, strlen(type) + 1});

    union {
        const char *in;
        void *out;
    } value = {.in = kept.p};

    if (!column_key.p || !kept.p || !hr_map_put(&t->columns, column_key, value.out))
        return hr_nomem(err);
    return HR_OK;
}

static hr_status read_stored(migration *m, hr_error *err)
{
    hr_buf sql = {0};
    hr_rows rows;

    hr_buf_addf(&sql, "SELECT table_name, column_name, %s FROM information_schema.columns WHERE ",
                m->d->ops->dialect->stored_type);
    hr_sql_in_dataset(&sql, m->d);
    HR_TRY(hr_sql_select(m->d, &sql, &m->arena, &rows, err));
    for (size_t i = 0; i < rows.n_rows; i++) {
        const char **const row = &rows.cells[i * 3];

        HR_TRY(add_stored(m, row[0], row[1], row[2], err));
    }
    return HR_OK;
}

static void release_stored(migration *m)
{
    for (size_t i = 0; i < m->tables.cap; i++) {
        stored_table *const t = m->tables.slots[i].value;

        if (t)
            hr_map_release(&t->columns);
    }
    hr_map_release(&m->tables);
    hr_arena_release(&m->arena);
}

/* ---- One table. ---- */

static hr_load_table *load_of(const hr_load *load, const hr_table *t)
{
    for (size_t i = 0; i < load->n_tables; i++) {
        if (load->tables[i].table == t)
            return &load->tables[i];
    }
    return NULL;
}

/* Nullable, whatever the schema says: the rows that are there have no value. */
static hr_status add_column(migration *m, const hr_table *t, const hr_column *c, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "ALTER TABLE ");
    hr_sql_table(&sql, m->d, t->name);
    hr_buf_addz(&sql, " ADD COLUMN ");

    const hr_status st = hr_add_definition(m->d, c, HR_WITH_UNIQUE, &sql, err);

    if (st == HR_OK)
        return hr_sql_execute(m->d, &sql, err);
    hr_buf_release(&sql);
    return st;
}

static const char *column_with(const hr_table *t, hr_column_test test, const char *otherwise)
{
    const hr_column *const c = hr_table_first(t, test);

    return c ? c->name : otherwise;
}

static bool is_parent_key(const hr_column *c)
{
    return c->parent_key;
}

/* Rows that were loaded when nobody asked for their root's id: it is that of their parent, which
 * has it by now, since tables come before those below them. */
static hr_status fill_root_key(migration *m, const hr_table *t, const hr_column *c, hr_error *err)
{
    const hr_table *const parent = hr_schema_table(m->load->schema, t->parent);
    const char *const row_key = column_with(parent, hr_is_row_key, "_dlt_id");
    hr_buf sql = {0};

    hr_buf_addz(&sql, "UPDATE ");
    hr_sql_table(&sql, m->d, t->name);
    hr_buf_addz(&sql, " AS c SET ");
    hr_sql_identifier(&sql, hr_str_from(c->name));
    hr_buf_addz(&sql, " = p.");
    hr_sql_identifier(
        &sql,
        hr_str_from(parent->parent.p ? column_with(parent, hr_is_root_key, row_key) : row_key));
    hr_buf_addz(&sql, " FROM ");
    hr_sql_table(&sql, m->d, parent->name);
    hr_buf_addz(&sql, " AS p WHERE p.");
    hr_sql_identifier(&sql, hr_str_from(row_key));
    hr_buf_addz(&sql, " = c.");
    hr_sql_identifier(&sql, hr_str_from(column_with(t, is_parent_key, "_dlt_parent_id")));
    return hr_sql_execute(m->d, &sql, err);
}

static hr_status alter_type(migration *m, const hr_table *t, const char *column, const char *type,
                            const hr_buf *cast, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "ALTER TABLE ");
    hr_sql_table(&sql, m->d, t->name);
    hr_buf_addf(&sql, " ALTER COLUMN %s TYPE %s USING %s", column, type, cast->data);
    return hr_sql_execute(m->d, &sql, err);
}

static hr_status refuse_loss(migration *m, const hr_table *t, const hr_column *c, const char *type,
                             const hr_buf *lossy, hr_error *err)
{
    hr_buf sql = {0};
    hr_rows rows;

    hr_buf_addf(&sql, "SELECT count(*) FROM ");
    hr_sql_table(&sql, m->d, t->name);
    hr_buf_addf(&sql, " WHERE %s", lossy->data);
    HR_TRY(hr_sql_select(m->d, &sql, &m->arena, &rows, err));
    if (strcmp(rows.cells[0], "0") == 0)
        return HR_OK;
    return hr_fail(
        err, HR_E_SCHEMA,
        "table %s, column %s: %s rows at the destination hold values that %s cannot hold "
        "exactly, so the column cannot be widened; with variant columns instead, the "
        "new values get a column of their own",
        t->name, c->name, rows.cells[0], type);
}

static hr_status widen_with(migration *m, const hr_table *t, const hr_column *c, const char *stored,
                            const char *type, hr_buf text[3], hr_error *err)
{
    hr_buf *const name = &text[0], *const cast = &text[1], *const lossy = &text[2];

    hr_sql_identifier(name, hr_str_from(c->name));
    HR_TRY(hr_buf_status(name, err));
    if (!m->d->ops->dialect->widen(stored, type, name->data, cast, lossy))
        return hr_fail(err, HR_E_SCHEMA,
                       "table %s, column %s: it is %s at the destination, but %s in the schema",
                       t->name, c->name, stored, type);
    HR_TRY(hr_buf_status(cast, err));
    HR_TRY(hr_buf_status(lossy, err));
    if (lossy->len)
        HR_TRY(refuse_loss(m, t, c, type, lossy, err));
    return cast->len ? alter_type(m, t, name->data, type, cast, err) : HR_OK;
}

static hr_status check_type(migration *m, const hr_table *t, const hr_column *c, const char *stored,
                            hr_error *err)
{
    hr_buf type = {0}, text[3] = {{0}, {0}, {0}};
    hr_status st = m->d->ops->dialect->column_type(c, &type, err);

    if (st == HR_OK && strcmp(type.data, stored) != 0)
        st = widen_with(m, t, c, stored, type.data, text, err);
    for (size_t i = 0; i < 3; i++)
        hr_buf_release(&text[i]);
    hr_buf_release(&type);
    return st;
}

static hr_status migrate_column(migration *m, const hr_table *t, const hr_column *c,
                                const stored_table *stored, hr_load_table *target, hr_error *err)
{
    const hr_str key = key_of(m, c->name);

    if (!key.p)
        return hr_nomem(err);

    const char *const type = hr_map_get(&stored->columns, key);

    if (!type) {
        if (target)
            target->columns_added++;
        HR_TRY(add_column(m, t, c, err));
        return c->root_key && t->parent.p ? fill_root_key(m, t, c, err) : HR_OK;
    }
    /* Types of tables that get no rows are none of this load's business. */
    return target && target->batches ? check_type(m, t, c, type, err) : HR_OK;
}

static bool may_be_fresh(const migration *m, const hr_table *t, const hr_load_table *target)
{
    return target && target->batches && target->batches->rows >= ROWS_OF_FRESH &&
           m->n_fresh < MOST_FRESH && hr_is_filled_first(m->d, t);
}

/* Names that are taken by what this role cannot see are for CREATE TABLE to refuse. */
static hr_status make_table(migration *m, const hr_table *t, hr_load_table *target, hr_error *err)
{
    bool taken = true;

    if (target)
        target->created = true;
    if (may_be_fresh(m, t, target)) {
        HR_TRY(hr_check_name(m->d, "table", t->name, err));
        HR_TRY(hr_sql_has_relation(m->d, t->name, &taken, err));
    }
    if (taken)
        return hr_create_table(m->d, t, t->name, true, err);
    target->fresh = true;
    m->n_fresh++;
    return HR_OK;
}

static hr_status migrate_table(migration *m, const hr_table *t, hr_error *err)
{
    const hr_str key = key_of(m, t->name);
    hr_load_table *const target = load_of(m->load, t);

    if (!key.p)
        return hr_nomem(err);

    const stored_table *const stored = hr_map_get(&m->tables, key);

    if (!stored)
        return make_table(m, t, target, err);
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i]->type != HR_TYPE_NONE)
            HR_TRY(migrate_column(m, t, t->columns[i], stored, target, err));
    }
    return HR_OK;
}

/* ---- All of them. ---- */

/* Tables of the system are there whether they have seen data or not. */
static bool belongs(const hr_table *t)
{
    static const char *const system[] = {"_dlt_version", "_dlt_loads", "_dlt_pipeline_state"};

    for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
        if (strcmp(t->name, system[i]) == 0)
            return true;
    }
    return t->seen_data;
}

/* A role may use a schema that somebody made for it, without the right to make schemas. */
static hr_status has_dataset(migration *m, bool *out, hr_error *err)
{
    const char *const find = m->d->ops->dialect->find_dataset;
    hr_buf sql = {0};
    hr_rows rows = {0};

    *out = false;
    if (!find)
        return HR_OK;
    hr_buf_addz(&sql, find);
    hr_sql_literal(&sql, hr_str_from(m->d->dataset));
    HR_TRY(hr_sql_select(m->d, &sql, &m->arena, &rows, err));
    *out = rows.n_rows > 0;
    return HR_OK;
}

static hr_status create_dataset(migration *m, hr_error *err)
{
    hr_buf sql = {0};
    bool there = false;

    HR_TRY(has_dataset(m, &there, err));
    if (there)
        return HR_OK;
    hr_buf_addf(&sql, "CREATE SCHEMA IF NOT EXISTS %s", m->d->qualifier);

    const hr_status st = hr_sql_execute(m->d, &sql, err);

    return st == HR_OK ? st : hr_fail_in(err, st, "cannot create schema %s", m->d->qualifier);
}

static hr_status migrate(migration *m, hr_error *err)
{
    const hr_schema *const schema = m->load->schema;

    HR_TRY(create_dataset(m, err));
    HR_TRY(read_stored(m, err));
    for (size_t i = 0; i < schema->n_tables; i++) {
        const hr_table *const t = schema->tables[i];
        const hr_status st = belongs(t) ? migrate_table(m, t, err) : HR_OK;

        if (st != HR_OK && st != HR_E_CANCELLED && err &&
            strncmp(err->msg, "table ", strlen("table ")) != 0)
            return hr_fail_in(err, st, "table %s", t->name);
        HR_TRY(st);
    }
    return HR_OK;
}

hr_status hr_migrate(hr_load *load, hr_destination *d, hr_error *err)
{
    migration m = {.load = load, .d = d};
    const hr_status st = migrate(&m, err);

    release_stored(&m);
    return st;
}
