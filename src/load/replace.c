/* replace, in its three ways. All of a load is one transaction, so readers never see a table that
 * is empty or half full, whichever it is:
 *
 * truncate-and-insert   rows are deleted, then the new ones inserted
 * insert-from-staging   the new rows are staged first, so that the table is locked for less time
 * staging-optimized     a new table takes the place of the old one, and columns that are not in the
 *                       schema go with that. A table on which more of a user's hangs (views,
 *                       grants, comments ...) stays, and is done by insert-from-staging.
 */
#include "base/mem.h"
#include "config/strategies.h"
#include "load/chain.h"
#include "load/create.h"
#include "load/fresh.h"
#include "load/statement.h"

static hr_status find_named(const hr_load *load, const hr_table *root, hr_replace_way *out,
                            hr_error *err)
{
    const char *name = root->replace_strategy ? root->replace_strategy : load->replace_strategy;

    *out = HR_REPLACE_TRUNCATE;
    return name ? hr_replace_by_name(name, out, err) : HR_OK;
}

static hr_status find_way(const hr_load *load, const hr_table *root, const hr_dialect *dialect,
                          hr_replace_way *out, hr_error *err)
{
    const hr_status st = find_named(load, root, out, err);

    if (st != HR_OK)
        return hr_fail_in(err, st, "table %s", root->name);
    if (*out == HR_REPLACE_SWAP && !dialect->swaps_tables)
        return hr_fail(err, HR_E_UNSUPPORTED, "table %s: %s cannot replace it by %s; use %s or %s",
                       root->name, dialect->name, hr_replace_name(HR_REPLACE_SWAP),
                       hr_replace_name(HR_REPLACE_TRUNCATE), hr_replace_name(HR_REPLACE_STAGE));
    return HR_OK;
}

hr_status hr_replace_check(const hr_load *load, const hr_table *root, const hr_dialect *dialect,
                           hr_error *err)
{
    hr_replace_way how;

    return find_way(load, root, dialect, &how, err);
}

/* Tables that never saw data are not at the destination. */
static bool is_filled(const hr_chain_table *t)
{
    return !t->empty && t->table->seen_data;
}

static hr_status empty(hr_chain *c, const hr_chain_table *t, hr_error *err)
{
    return is_filled(t) ? hr_chain_run(c, err, "DELETE FROM %s", t->target) : HR_OK;
}

/* Its place it takes when the rows of all tables are there. */
static hr_status swap(hr_chain *c, hr_chain_table *t, hr_error *err)
{
    const size_t number = (size_t)(t->load - c->load->tables);
    hr_buf target = {0};

    if (!is_filled(t) || !t->stage)
        return is_filled(t) ? empty(c, t, err) : hr_chain_insert(c, t, t->target, err);

    const char *const name = hr_fresh_name(c->load, number, &c->arena);

    if (!name)
        return hr_nomem(err);
    HR_TRY(hr_create_table(c->d, t->table, name, !hr_is_filled_first(c->d, t->table), err));
    t->load->fresh = t->load->replaces = true;
    hr_sql_table(&target, c->d, name);

    const char *const fresh = hr_chain_say(c, "%s", target.data ? target.data : "");
    const hr_status st = hr_buf_status(&target, err);

    hr_buf_release(&target);
    return st == HR_OK ? hr_chain_insert(c, t, fresh, err) : st;
}

/* Whether what is a user's would go with a table, were another one put in its place. */
static hr_status has_attached(hr_chain *c, bool *out, hr_error *err)
{
    const char *const find = c->d->ops->dialect->find_attached;
    hr_status st = HR_OK;

    *out = false;
    for (size_t i = 0; find && st == HR_OK && !*out && i < c->n; i++) {
        hr_buf table = {0};

        hr_sql_literal(&table, hr_str_from(c->tables[i].target));
        st = hr_buf_status(&table, err);
        if (st == HR_OK && is_filled(&c->tables[i]))
            st = hr_chain_ask(c, out, err, "%s%s", find, table.data);
        hr_buf_release(&table);
    }
    return st;
}

static hr_status swap_all(hr_chain *c, hr_error *err)
{
    for (size_t i = 0; i < c->n; i++)
        HR_TRY(swap(c, &c->tables[i], err));
    return HR_OK;
}

hr_status hr_chain_replace(hr_chain *c, hr_error *err)
{
    hr_replace_way how;
    bool attached = false;

    HR_TRY(find_way(c->load, c->tables[0].table, c->d->ops->dialect, &how, err));
    if (how == HR_REPLACE_SWAP)
        HR_TRY(has_attached(c, &attached, err));
    if (how == HR_REPLACE_SWAP && !attached)
        return swap_all(c, err);
    if (how != HR_REPLACE_TRUNCATE)
        HR_TRY(hr_chain_stage(c, err));
    for (size_t i = 0; i < c->n; i++)
        HR_TRY(empty(c, &c->tables[i], err));
    if (how == HR_REPLACE_TRUNCATE)
        return hr_chain_append(c, err);
    for (size_t i = 0; i < c->n; i++)
        HR_TRY(hr_chain_unstage(c, &c->tables[i], "", err));
    return hr_chain_drop_stages(c, err);
}
