/* merge: delete-insert, upsert and insert-only.
 *
 * Staged rows that do not count are taken out of the stage first: those that the filter leaves
 * out, and all but one of those with the same primary key. Then rows with the keys that are left
 * are deleted, with all below them, and the staged ones inserted. An upsert changes root rows in
 * place instead: they get all columns of the schema anew, null where there is no value now, and
 * keep columns that only the target has. */
#include <string.h>

#include "load/match.h"

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

/* Rows of the target that give way: those that the user's scope tells, or those with a staged key.
 * A key and a merge key are two matches, since no database joins well by "this or that". */
typedef struct victims {
    const char *scope; /* calls the target by its name; NULL: none */
    hr_match by[2];
    size_t n;
} victims;

static hr_status add_key(hr_chain *c, hr_column_test key, const char *name, victims *v,
                         hr_error *err)
{
    if (!hr_chain_columns(c, c->tables[0].table, key))
        return HR_OK;
    return hr_match_roots(c, key, name, &v->by[v->n++], err);
}

static hr_status find_victims(hr_chain *c, victims *v, hr_error *err)
{
    *v = (victims){.scope = hr_chain_scope(c)};
    if (v->scope)
        return HR_OK;
    HR_TRY(add_key(c, hr_is_primary_key, "keys", v, err));
    return c->merge == HR_MERGE_DELETE_INSERT ? add_key(c, hr_is_merge_key, "merge_keys", v, err)
                                              : HR_OK;
}

/* Their row ids, as column id of a table. */
static hr_status note_gone(hr_chain *c, const victims *v, const char *gone, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];

    if (v->scope)
        return hr_chain_create(c, gone,
                               hr_chain_say(c, "SELECT %s AS id FROM %s WHERE %s", root->row_key,
                                            root->target, v->scope),
                               err);
    for (size_t i = 0; i < v->n; i++) {
        const hr_match *const m = &v->by[i];
        const char *const query = hr_chain_say(
            c, "SELECT %s AS id FROM %s AS d WHERE EXISTS (SELECT 1 FROM %s AS s WHERE %s)",
            root->row_key, hr_match_table(m), m->few, m->same);

        HR_TRY(i ? hr_chain_run(c, err, "INSERT INTO %s %s", gone, query)
                 : hr_chain_create(c, gone, query, err));
    }
    return HR_OK;
}

static hr_status delete_child(hr_chain *c, size_t at, const char *gone, hr_error *err)
{
    static const char *const key = "id";
    const hr_chain_table *const t = &c->tables[at];
    hr_match match = {.many = t->target,
                      .few = gone,
                      .keys = &key,
                      .n_keys = 1,
                      .same = hr_chain_say(c, "d.%s = s.id", t->root_key)};

    if (t->empty)
        return HR_OK;
    HR_TRY(hr_match_find(c, &match, hr_chain_say(c, "gone_%zu", at), t->root_key, err));
    HR_TRY(hr_match_delete(c, &match, err));
    return hr_match_end(c, &match, err);
}

static hr_status delete_children(hr_chain *c, const victims *v, hr_error *err)
{
    const char *const gone = hr_chain_temporary(c, "gone");

    HR_TRY(note_gone(c, v, gone, err));
    for (size_t i = 1; i < c->n; i++)
        HR_TRY(delete_child(c, i, gone, err));
    return hr_chain_run(c, err, "DROP TABLE %s", gone);
}

static hr_status delete_roots(hr_chain *c, victims *v, hr_error *err)
{
    if (v->scope)
        return hr_chain_run(c, err, "DELETE FROM %s WHERE %s", c->tables[0].target, v->scope);
    for (size_t i = 0; i < v->n; i++) {
        HR_TRY(hr_match_delete(c, &v->by[i], err));
        HR_TRY(hr_match_end(c, &v->by[i], err));
    }
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
static hr_status keep_unchanged(hr_chain *c, hr_match *m, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const hr_column *const version = hr_table_first(root->table, hr_is_row_version);
    const char *equal = "";

    if (!root->table->merge_skip_unchanged_rows)
        return HR_OK;
    for (size_t i = 0; i < root->table->n_columns; i++) {
        const hr_column *column = root->table->columns[i];
        const char *const name = hr_chain_quote(c, column->name);
        const bool key = column->row_key || column == version;

        if (column->type != HR_TYPE_NONE && (version ? key : is_compared(column)))
            equal = hr_chain_say(c, "%s AND d.%s IS NOT DISTINCT FROM s.%s", equal, name, name);
    }
    HR_TRY(hr_chain_run(c, err,
                        "DELETE FROM %s AS s WHERE EXISTS (SELECT 1 FROM %s AS d WHERE %s%s%s)",
                        root->stage, root->target, m->same, equal, hr_match_places(c, m)));
    return hr_match_forget(c, m, err);
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

/* Those that are marked as deleted go, if they are there. */
static hr_status delete_marked(hr_chain *c, hr_match *m, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const char *const marked = deleted(c, "s", true);
    hr_match of_marked = *m;
    bool any = false;

    if (marked)
        HR_TRY(hr_chain_ask(c, &any, err, "SELECT 1 FROM %s AS s WHERE %s", root->stage, marked));
    if (!any)
        return HR_OK;
    of_marked.few = hr_chain_temporary(c, "marked");
    HR_TRY(hr_chain_create(c, of_marked.few,
                           hr_chain_say(c, "SELECT * FROM %s AS s WHERE %s", root->stage, marked),
                           err));
    HR_TRY(hr_match_find(c, &of_marked, "marked_keys", root->row_key, err));
    HR_TRY(hr_match_delete(c, &of_marked, err));
    HR_TRY(hr_match_end(c, &of_marked, err));
    HR_TRY(hr_chain_run(c, err, "DROP TABLE %s", of_marked.few));
    HR_TRY(hr_chain_run(c, err, "DELETE FROM %s AS s WHERE %s", root->stage, marked));
    return hr_match_forget(c, m, err);
}

static hr_status insert_missing(hr_chain *c, const hr_match *m, hr_error *err)
{
    return hr_chain_unstage(
        c, &c->tables[0],
        hr_chain_say(c, "NOT EXISTS (SELECT 1 FROM %s AS d WHERE %s)", hr_match_table(m), m->same),
        err);
}

/* Root rows in place. */
static hr_status upsert_roots(hr_chain *c, hr_match *m, hr_error *err)
{
    HR_TRY(delete_marked(c, m, err));
    HR_TRY(keep_unchanged(c, m, err));
    HR_TRY(hr_match_update(c, m, hr_chain_assignments(c, &c->tables[0]), err));
    HR_TRY(insert_missing(c, m, err));
    return hr_match_end(c, m, err);
}

static hr_status replace_rows(hr_chain *c, hr_error *err)
{
    const char *const live = deleted(c, "s", false);
    const bool filled = !c->tables[0].empty;
    victims v = {.n = 0};

    if (filled)
        HR_TRY(find_victims(c, &v, err));
    if (filled && has_children(c) && (v.scope || v.n))
        HR_TRY(delete_children(c, &v, err));
    HR_TRY(insert_children(c, err));
    if (filled && c->merge == HR_MERGE_UPSERT)
        return upsert_roots(c, &v.by[0], err);
    HR_TRY(delete_roots(c, &v, err));
    return hr_chain_unstage(c, &c->tables[0], live ? live : "", err);
}

/* What is there stays. A row that is there and had its children loaded under another row id, so
 * under another strategy, gets no second set of them. */
static hr_status add_rows(hr_chain *c, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const char *const marked = deleted(c, "s", true);
    hr_match m;

    if (marked)
        HR_TRY(hr_chain_take_out(c, marked, err));
    HR_TRY(hr_match_roots(c, hr_is_primary_key, "keys", &m, err));
    if (has_children(c))
        HR_TRY(hr_chain_take_out(
            c,
            hr_chain_say(c, "EXISTS (SELECT 1 FROM %s AS d WHERE %s AND d.%s <> s.%s)",
                         hr_match_table(&m), m.same, root->row_key, root->row_key),
            err));
    for (size_t i = 1; i < c->n; i++)
        HR_TRY(hr_chain_unstage_new(c, &c->tables[i], err));
    HR_TRY(insert_missing(c, &m, err));
    return hr_match_end(c, &m, err);
}

hr_status hr_chain_merge(hr_chain *c, hr_error *err)
{
    HR_TRY(hr_chain_stage(c, err));
    HR_TRY(hr_chain_filter(c, err));
    HR_TRY(drop_duplicates(c, err));
    HR_TRY(c->merge == HR_MERGE_INSERT_ONLY ? add_rows(c, err) : replace_rows(c, err));
    return hr_chain_drop_stages(c, err);
}
