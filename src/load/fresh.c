#include "load/fresh.h"

#include <string.h>

#include "base/fault.h"
#include "base/mem.h"
#include "load/create.h"
#include "load/statement.h"

bool hr_is_filled_first(const hr_destination *d, const hr_table *t)
{
    bool any = false;

    for (size_t i = 0; i < t->n_columns; i++)
        any = any || (t->columns[i]->unique && t->columns[i]->type != HR_TYPE_NONE);
    return any && d->unique_constraints && d->ops->dialect->unique_names;
}

const char *hr_fresh_name(const hr_load *load, size_t number, hr_arena *arena)
{
    hr_buf name = {0};

    hr_buf_addf(&name, "_headrace_%s_new_%zu", load->load_id, number);

    const char *const kept = name.failed ? NULL : hr_arena_strndup(arena, hr_buf_str(&name));

    hr_buf_release(&name);
    return kept;
}

/* ---- Constraints ---- */

static hr_status constrain(hr_destination *d, const hr_load_table *load, const char *name,
                           hr_error *err)
{
    const hr_table *const t = load->table;
    hr_buf sql = {0};
    size_t n = 0;

    if (!hr_is_filled_first(d, t))
        return HR_OK;
    hr_buf_addz(&sql, "ALTER TABLE ");
    hr_sql_table(&sql, d, name);
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!t->columns[i]->unique || t->columns[i]->type == HR_TYPE_NONE)
            continue;
        hr_buf_addz(&sql, n++ ? ", ADD UNIQUE (" : " ADD UNIQUE (");
        hr_sql_identifier(&sql, hr_str_from(t->columns[i]->name));
        hr_buf_addc(&sql, ')');
    }

    const hr_status st = hr_sql_execute(d, &sql, err);

    return st == HR_OK ? st : hr_fail_in(err, st, "table %s", t->name);
}

/* Names of its constraints, each with the column's. */
static hr_status read_names(hr_destination *d, const char *table, hr_arena *arena, hr_rows *out,
                            hr_error *err)
{
    hr_buf sql = {0}, name = {0};

    hr_sql_table(&name, d, table);
    hr_buf_addz(&sql, d->ops->dialect->unique_names);
    hr_sql_literal(&sql, hr_buf_str(&name));
    sql.failed = sql.failed || name.failed;
    hr_buf_release(&name);
    return hr_sql_select(d, &sql, arena, out, err);
}

static const char *name_for(const hr_rows *names, const char *column)
{
    for (size_t i = 0; i < names->n_rows; i++) {
        if (strcmp(names->cells[2 * i + 1], column) == 0)
            return names->cells[2 * i];
    }
    return NULL;
}

/* ---- Names ---- */

static hr_status drop_table(hr_destination *d, const char *name, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "DROP TABLE ");
    hr_sql_table(&sql, d, name);
    return hr_sql_execute(d, &sql, err);
}

/* What CREATE TABLE calls the constraints of this table: it is made, asked, and dropped. */
static hr_status ask_for_names(hr_destination *d, const hr_table *t, hr_arena *arena, hr_rows *out,
                               hr_error *err)
{
    HR_TRY(hr_create_table(d, t, t->name, true, err));
    HR_TRY(read_names(d, t->name, arena, out, err));
    return drop_table(d, t->name, err);
}

static hr_status rename_table(hr_destination *d, const char *from, const char *to, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "ALTER TABLE ");
    hr_sql_table(&sql, d, from);
    hr_buf_addz(&sql, " RENAME TO ");
    hr_sql_identifier(&sql, hr_str_from(to));
    return hr_sql_execute(d, &sql, err);
}

static hr_status rename_constraint(hr_destination *d, const hr_table *t, const char *from,
                                   const char *to, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "ALTER TABLE ");
    hr_sql_table(&sql, d, t->name);
    hr_buf_addz(&sql, " RENAME CONSTRAINT ");
    hr_sql_identifier(&sql, hr_str_from(from));
    hr_buf_addz(&sql, " TO ");
    hr_sql_identifier(&sql, hr_str_from(to));
    return hr_sql_execute(d, &sql, err);
}

static bool has_all(const hr_rows *names, const hr_rows *wanted)
{
    bool all = true;

    for (size_t i = 0; i < wanted->n_rows; i++)
        all = all && name_for(names, wanted->cells[2 * i + 1]);
    return all;
}

static hr_status place(hr_destination *d, const hr_table *t, const char *name, bool replaces,
                       hr_arena *arena, hr_error *err)
{
    const bool constrained = hr_is_filled_first(d, t);
    hr_rows is = {0}, shall = {0};

    if (constrained)
        HR_TRY(read_names(d, name, arena, &is, err));
    if (constrained && replaces)
        HR_TRY(read_names(d, t->name, arena, &shall, err));
    if (replaces)
        HR_TRY(drop_table(d, t->name, err));
    if (!has_all(&shall, &is))
        HR_TRY(ask_for_names(d, t, arena, &shall, err));
    HR_TRY(rename_table(d, name, t->name, err));
    for (size_t i = 0; i < is.n_rows; i++) {
        const char *const to = name_for(&shall, is.cells[2 * i + 1]);

        if (to)
            HR_TRY(rename_constraint(d, t, is.cells[2 * i], to, err));
    }
    return HR_OK;
}

/* ---- All of a load's ---- */

typedef hr_status step(hr_destination *d, const hr_load_table *t, const char *name, hr_error *err);

static hr_status for_each(const hr_load *load, hr_destination *d, step *take, hr_error *err)
{
    hr_arena arena = {0};
    hr_status st = HR_OK;

    for (size_t i = 0; st == HR_OK && i < load->n_tables; i++) {
        if (!load->tables[i].fresh)
            continue;

        const char *const name = hr_fresh_name(load, i, &arena);

        st = name ? take(d, &load->tables[i], name, err) : hr_nomem(err);
    }
    hr_arena_release(&arena);
    return st;
}

static hr_status create(hr_destination *d, const hr_load_table *t, const char *name, hr_error *err)
{
    const hr_status st = hr_create_table(d, t->table, name, false, err);

    return st == HR_OK ? st : hr_fail_in(err, st, "table %s", t->table->name);
}

hr_status hr_fresh_create(const hr_load *load, hr_destination *d, hr_error *err)
{
    return for_each(load, d, create, err);
}

hr_status hr_fresh_constrain(const hr_load *load, hr_destination *d, hr_error *err)
{
    HR_TRY(for_each(load, d, constrain, err));
    HR_FAULT_POINT("load.constrained");
    return HR_OK;
}

/* When the name is taken, the load is to be done again: rows may have to be merged with those that
 * are there now. */
static hr_status find_place(hr_destination *d, const hr_load_table *t, const char *name,
                            hr_error *err)
{
    hr_arena arena = {0};
    bool taken = false;

    if (!t->replaces)
        HR_TRY(hr_sql_has_relation(d, t->table->name, &taken, err));
    if (taken)
        return hr_fail_taken(t->table->name, err);

    const hr_status st = place(d, t->table, name, t->replaces, &arena, err);

    hr_arena_release(&arena);
    return st == HR_OK ? st : hr_fail_in(err, st, "table %s", t->table->name);
}

hr_status hr_fresh_place(const hr_load *load, hr_destination *d, hr_error *err)
{
    HR_TRY(for_each(load, d, find_place, err));
    HR_FAULT_POINT("load.placed");
    return HR_OK;
}
