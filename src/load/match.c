#include "load/match.h"

#include <string.h>

#include "base/fault.h"
#include "base/mem.h"

/* Whether the rows are few and the table is large. */
static hr_status is_worth_it(hr_chain *c, const hr_match *m, bool *out, hr_error *err)
{
    hr_buf sql = {0};

    *out = false;
    if (!c->d->ops->dialect->finding)
        return HR_OK;
    c->d->ops->dialect->finding->few_in_many(m->few, m->many, &sql);
    const char *const question = hr_chain_kept(c, &sql);
    return hr_chain_ask(c, out, err, "%s", question);
}

static const char *shared_rows(hr_chain *c, const hr_match *m)
{
    hr_buf sql = {0};

    c->d->ops->dialect->finding->shared_rows(m->few, m->keys, m->n_keys, &sql);
    return hr_chain_kept(c, &sql);
}

hr_status hr_match_find(hr_chain *c, hr_match *m, const char *name, const char *columns,
                        hr_error *err)
{
    const hr_finding *const finding = c->d->ops->dialect->finding;
    bool worth_it = false;

    m->found = NULL;
    HR_TRY(is_worth_it(c, m, &worth_it, err));
    if (!worth_it)
        return HR_OK;
    m->held = hr_chain_temporary(c, hr_chain_say(c, "%s_held", name));
    HR_TRY(hr_chain_run(c, err, "%s%s%s", finding->hold[0], m->held, finding->hold[1]));
    m->found = hr_chain_temporary(c, name);
    return hr_chain_create(
        c, m->found,
        hr_chain_say(c,
                     "SELECT d.%s AS _headrace_place, %s FROM %s AS d WHERE EXISTS (SELECT 1 FROM "
                     "%s WHERE %s)",
                     finding->place, columns, m->many, shared_rows(c, m), m->same),
        err);
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
    while (n > 0 && strcmp(name, names[n - 1]) != 0)
        n--;
    return n > 0;
}

hr_status hr_match_roots(hr_chain *c, hr_column_test key, const char *name, hr_match *m,
                         hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const hr_table *const t = root->table;
    const char **const keys = hr_arena_alloc(&c->arena, t->n_columns * sizeof(*keys));
    const char *columns = hr_chain_columns(c, t, key);

    *m = (hr_match){.many = root->target, .few = root->stage, .keys = keys};
    if (!keys)
        return hr_nomem(err);
    for (size_t i = 0; i < t->n_columns; i++) {
        if (key(t->columns[i]) && t->columns[i]->type != HR_TYPE_NONE)
            keys[m->n_keys++] = hr_chain_quote(c, t->columns[i]->name);
    }
    if (root->row_key && !is_one_of(root->row_key, keys, m->n_keys))
        columns = hr_chain_say(c, "%s, %s", columns, root->row_key);
    HR_TRY(hr_chain_same_key(c, key, &m->same, err));
    return hr_match_find(c, m, name, columns, err);
}

const char *hr_match_table(const hr_match *m)
{
    return m->found ? m->found : m->many;
}

const char *hr_match_places(hr_chain *c, const hr_match *m)
{
    return m->found ? hr_chain_say(c, " AND d.%s = ANY(ARRAY(SELECT _headrace_place FROM %s))",
                                   c->d->ops->dialect->finding->place, m->found)
                    : "";
}

/* ---- changes ---- */

/* Changes the rows found. False: somebody else has changed one of them meanwhile. */
static hr_status change_found(hr_chain *c, const hr_match *m, const char *change, bool *all,
                              hr_error *err)
{
    bool missed = false;

    HR_TRY(hr_chain_ask(c, &missed, err,
                        "WITH changed AS (%s%s RETURNING 1) SELECT 1 FROM changed HAVING count(*) "
                        "<> (SELECT count(*) FROM %s)",
                        change, hr_match_places(c, m), m->found));
    HR_FAULT_POINT("load.statement");
    *all = !missed;
    return HR_OK;
}

/* `change` ends with its condition. */
static hr_status change(hr_chain *c, hr_match *m, const char *change, hr_error *err)
{
    bool all = false;

    if (m->found)
        HR_TRY(change_found(c, m, change, &all, err));
    if (all)
        return HR_OK;
    HR_TRY(hr_match_end(c, m, err));
    return hr_chain_run(c, err, "%s", change);
}

hr_status hr_match_delete(hr_chain *c, hr_match *m, hr_error *err)
{
    return change(c, m,
                  hr_chain_say(c,
                               "DELETE FROM %s AS d WHERE EXISTS (SELECT 1 FROM %s AS s WHERE %s)",
                               m->many, m->few, m->same),
                  err);
}

hr_status hr_match_update(hr_chain *c, hr_match *m, const char *set, hr_error *err)
{
    return change(c, m,
                  hr_chain_say(c, "UPDATE %s AS d SET %s FROM %s AS s WHERE %s", m->many, set,
                               m->few, m->same),
                  err);
}

hr_status hr_match_forget(hr_chain *c, hr_match *m, hr_error *err)
{
    if (!m->found)
        return HR_OK;
    return hr_chain_run(c, err,
                        "DELETE FROM %s AS d WHERE NOT EXISTS (SELECT 1 FROM %s AS s WHERE %s)",
                        m->found, m->few, m->same);
}

hr_status hr_match_end(hr_chain *c, hr_match *m, hr_error *err)
{
    if (!m->found)
        return HR_OK;
    HR_TRY(hr_chain_run(c, err, "DROP TABLE %s", m->found));
    m->found = NULL;
    return hr_chain_run(c, err, "%s%s", c->d->ops->dialect->finding->release, m->held);
}
