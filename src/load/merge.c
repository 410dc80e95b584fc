/* merge: delete-insert, upsert and insert-only.
 *
 * Staged rows that do not count are taken out of the stage first: those that the filter leaves
 * out, and all but one of those with the same primary key. Then rows with the keys that are left
 * are deleted, with all below them, and the staged ones inserted. An upsert changes root rows in
 * place instead: they get all columns of the schema anew, null where there is no value now, and
 * keep columns that only the target has. */
#include <string.h>

#include "load/chain.h"

/* ---- which staged rows count ---- */

/* Of several rows with one key the one stays that dedup_sort puts first, or else the last. */
static hr_status drop_duplicates(hr_chain *c, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const char *const keys = hr_chain_columns(c, root->table, hr_is_primary_key);
    const hr_column *const sort = hr_table_first(root->table, hr_is_dedup_sort);
    const char *order = HR_ROW_ORDER " DESC";
    bool any = false;

    if (!keys || root->table->stage_data_deduplicated || !root->ordered)
        return HR_OK;
    HR_TRY(hr_chain_ask(c, &any, err, "SELECT 1 FROM %s GROUP BY %s HAVING count(*) > 1",
                        root->stage, keys));
    if (!any)
        return HR_OK;
    if (sort && sort->type != HR_TYPE_NONE)
        order = hr_chain_say(
            c, "%s %s, %s", hr_chain_quote(c, sort->name),
            sort->dedup_sort == HR_DEDUP_ASC ? "ASC NULLS LAST" : "DESC NULLS LAST", order);
    return hr_chain_take_out(
        c,
        hr_chain_say(c,
                     HR_ROW_ORDER " IN (SELECT x." HR_ROW_ORDER " FROM (SELECT " HR_ROW_ORDER
                                  ", row_number() OVER (PARTITION BY %s ORDER BY %s) AS "
                                  "_headrace_place FROM %s) AS x WHERE x._headrace_place > 1)",
                     keys, order, root->stage),
        err);
}

/* That staged row `row` is marked as deleted, or is not; NULL: none can be. */
static const char *deleted(hr_chain *c, const char *row, bool is)
{
    const hr_column *const mark = hr_table_first(c->tables[0].table, hr_is_hard_delete);

    if (!mark || mark->type == HR_TYPE_NONE)
        return NULL;
    const char *const name = hr_chain_quote(c, mark->name);
    if (mark->type == HR_TYPE_BOOL)
        return hr_chain_say(c, "%s.%s IS %sTRUE", row, name, is ? "" : "NOT ");
    return hr_chain_say(c, "%s.%s IS %sNULL", row, name, is ? "NOT " : "");
}

/* ---- what they replace ---- */

static bool has_children(const hr_chain *c)
{
    for (size_t i = 1; i < c->n; i++) {
        if (!c->tables[i].empty)
            return true;
    }
    return false;
}

/* Conditions under which row d of the target gives way; a key and a merge key each have their own,
 * since no database joins well by "this or that". */
typedef struct victims {
    const char *where[2];
    size_t n;
    const char *alias; /* " AS d"; a scope calls the target by its name */
} victims;

static hr_status add_key(hr_chain *c, hr_column_test key, victims *v, hr_error *err)
{
    const char *same = NULL;

    if (!hr_chain_columns(c, c->tables[0].table, key))
        return HR_OK;
    HR_TRY(hr_chain_same_key(c, key, &same, err));
    v->where[v->n++] =
        hr_chain_say(c, "EXISTS (SELECT 1 FROM %s AS s WHERE %s)", c->tables[0].stage, same);
    return HR_OK;
}

static hr_status find_victims(hr_chain *c, victims *v, hr_error *err)
{
    const char *const scope = hr_chain_scope(c);

    *v = (victims){.alias = " AS d"};
    if (scope) {
        v->where[v->n++] = scope;
        v->alias = "";
        return HR_OK;
    }
    HR_TRY(add_key(c, hr_is_primary_key, v, err));
    return c->merge == HR_MERGE_DELETE_INSERT ? add_key(c, hr_is_merge_key, v, err) : HR_OK;
}

static hr_status delete_children(hr_chain *c, const victims *v, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const char *const gone = hr_chain_temporary(c, "gone");

    for (size_t i = 0; i < v->n; i++) {
        const char *query = hr_chain_say(c, "SELECT %s AS id FROM %s%s WHERE %s", root->row_key,
                                         root->target, v->alias, v->where[i]);

        HR_TRY(i ? hr_chain_run(c, err, "INSERT INTO %s %s", gone, query)
                 : hr_chain_create(c, gone, query, err));
    }
    for (size_t i = 1; i < c->n; i++) {
        const hr_chain_table *const t = &c->tables[i];

        if (!t->empty)
            HR_TRY(hr_chain_run(c, err, "DELETE FROM %s WHERE %s IN (SELECT id FROM %s)", t->target,
                                t->root_key, gone));
    }
    return hr_chain_run(c, err, "DROP TABLE %s", gone);
}

static hr_status delete_roots(hr_chain *c, const victims *v, hr_error *err)
{
    for (size_t i = 0; i < v->n; i++)
        HR_TRY(hr_chain_run(c, err, "DELETE FROM %s%s WHERE %s", c->tables[0].target, v->alias,
                            v->where[i]));
    return HR_OK;
}

/* ---- rows that are as they were ---- */

static bool is_compared(const hr_column *column)
{
    return !(column->primary_key || column->parent_key || column->root_key || column->hard_delete ||
             column->type == HR_TYPE_NONE || strcmp(column->name, "_dlt_load_id") == 0);
}

/* Takes them out of the root's stage, so that the target keeps its row. Rows below them were
 * dealt with before. The row key is compared, too: another one means that the row was loaded
 * under another strategy, and the rows below it now have the new one. */
static hr_status keep_unchanged(hr_chain *c, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const hr_column *const version = hr_table_first(root->table, hr_is_row_version);
    const char *same = NULL, *equal = "";

    if (!root->table->merge_skip_unchanged_rows)
        return HR_OK;
    HR_TRY(hr_chain_same_key(c, hr_is_primary_key, &same, err));
    for (size_t i = 0; i < root->table->n_columns; i++) {
        const hr_column *column = root->table->columns[i];
        const char *const name = hr_chain_quote(c, column->name);
        const bool key = column->row_key || column == version;

        if (column->type != HR_TYPE_NONE && (version ? key : is_compared(column)))
            equal = hr_chain_say(c, "%s AND d.%s IS NOT DISTINCT FROM s.%s", equal, name, name);
    }
    return hr_chain_run(c, err,
                        "DELETE FROM %s AS s WHERE EXISTS (SELECT 1 FROM %s AS d WHERE %s%s)",
                        root->stage, root->target, same, equal);
}

/* ---- the strategies ---- */

/* Those whose root row is not marked as deleted. */
static hr_status insert_children(hr_chain *c, hr_error *err)
{
    const char *const live = deleted(c, "r", false);
    const char *condition = "";

    if (live)
        condition = hr_chain_say(c,
                                 "EXISTS (SELECT 1 FROM %s AS r WHERE r." HR_ROW_ORDER
                                 " = s." HR_ROW_ORDER " AND %s)",
                                 c->tables[0].stage, live);
    for (size_t i = 1; i < c->n; i++)
        HR_TRY(hr_chain_unstage(c, &c->tables[i], condition, err));
    return HR_OK;
}

/* Root rows in place. Those that are marked as deleted go, if they are there. */
static hr_status upsert_roots(hr_chain *c, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const char *const marked = deleted(c, "s", true);
    const char *same = NULL;

    HR_TRY(hr_chain_same_key(c, hr_is_primary_key, &same, err));
    if (marked) {
        HR_TRY(hr_chain_run(c, err,
                            "DELETE FROM %s AS d WHERE EXISTS (SELECT 1 FROM %s AS s WHERE %s AND "
                            "%s)",
                            root->target, root->stage, same, marked));
        HR_TRY(hr_chain_run(c, err, "DELETE FROM %s AS s WHERE %s", root->stage, marked));
    }
    HR_TRY(keep_unchanged(c, err));
    HR_TRY(hr_chain_update(c, root, same, err));
    return hr_chain_unstage(
        c, root, hr_chain_say(c, "NOT EXISTS (SELECT 1 FROM %s AS d WHERE %s)", root->target, same),
        err);
}

static hr_status replace_rows(hr_chain *c, hr_error *err)
{
    const char *const live = deleted(c, "s", false);
    const bool filled = !c->tables[0].empty;
    victims v = {.n = 0};

    if (filled)
        HR_TRY(find_victims(c, &v, err));
    if (v.n && has_children(c))
        HR_TRY(delete_children(c, &v, err));
    HR_TRY(insert_children(c, err));
    if (filled && c->merge == HR_MERGE_UPSERT)
        return upsert_roots(c, err);
    HR_TRY(delete_roots(c, &v, err));
    return hr_chain_unstage(c, &c->tables[0], live ? live : "", err);
}

/* What is there stays. A row that is there and had its children loaded under another row id, so
 * under another strategy, gets no second set of them. */
static hr_status add_rows(hr_chain *c, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const char *const marked = deleted(c, "s", true);
    const char *same = NULL;

    if (marked)
        HR_TRY(hr_chain_take_out(c, marked, err));
    HR_TRY(hr_chain_same_key(c, hr_is_primary_key, &same, err));
    if (has_children(c))
        HR_TRY(hr_chain_take_out(
            c,
            hr_chain_say(c, "EXISTS (SELECT 1 FROM %s AS d WHERE %s AND d.%s <> s.%s)",
                         root->target, same, root->row_key, root->row_key),
            err));
    for (size_t i = 1; i < c->n; i++)
        HR_TRY(hr_chain_unstage_new(c, &c->tables[i], err));
    return hr_chain_unstage(
        c, root, hr_chain_say(c, "NOT EXISTS (SELECT 1 FROM %s AS d WHERE %s)", root->target, same),
        err);
}

hr_status hr_chain_merge(hr_chain *c, hr_error *err)
{
    HR_TRY(hr_chain_stage(c, err));
    HR_TRY(hr_chain_filter(c, err));
    HR_TRY(drop_duplicates(c, err));
    HR_TRY(c->merge == HR_MERGE_INSERT_ONLY ? add_rows(c, err) : replace_rows(c, err));
    return hr_chain_drop_stages(c, err);
}
