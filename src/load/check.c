/* Whether what the schema says of a table can be done. Asked before anything is. */
#include "load/chain.h"

static size_t count(const hr_table *t, hr_column_test test)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n_columns; i++)
        n += test(t->columns[i]);
    return n;
}

static hr_status at_most_one(const hr_table *t, hr_column_test test, const char *what,
                             hr_error *err)
{
    return count(t, test) <= 1
               ? HR_OK
               : hr_fail(err, HR_E_CONFIG, "table %s: %zu columns have %s; at most one can",
                         t->name, count(t, test), what);
}

/* A key whose column never had a value has no type, so there is nothing to compare by. */
static hr_status have_types(const hr_table *t, hr_column_test key, const char *what, hr_error *err)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (key(t->columns[i]) && t->columns[i]->type == HR_TYPE_NONE)
            return hr_fail(err, HR_E_SCHEMA,
                           "table %s: no row has a value for column \"%s\", which is %s", t->name,
                           t->columns[i]->name, what);
    }
    return HR_OK;
}

static hr_status check_keys(const hr_table *t, hr_merge merge, hr_error *err)
{
    if ((merge == HR_MERGE_UPSERT || merge == HR_MERGE_INSERT_ONLY) &&
        !hr_table_first(t, hr_is_primary_key))
        return hr_fail(err, HR_E_CONFIG,
                       "table %s: the merge strategy %s needs a primary key, and there is none",
                       t->name, t->merge_strategy);
    HR_TRY(at_most_one(t, hr_is_hard_delete, "hard_delete", err));
    HR_TRY(at_most_one(t, hr_is_dedup_sort, "dedup_sort", err));
    if (merge != HR_MERGE_SCD2)
        HR_TRY(have_types(t, hr_is_primary_key, "in the primary key", err));
    return have_types(t, hr_is_merge_key, "a merge key", err);
}

static hr_status check_option(const hr_table *t, bool given, bool known, const char *option,
                              hr_error *err)
{
    if (!given || known)
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG, "table %s: the merge strategy %s knows no %s", t->name,
                   t->merge_strategy ? t->merge_strategy : hr_merge_name(HR_MERGE_DELETE_INSERT),
                   option);
}

static hr_status check_options(const hr_table *t, hr_merge merge, hr_error *err)
{
    const bool replaces = merge == HR_MERGE_DELETE_INSERT || merge == HR_MERGE_SCD2;

    HR_TRY(check_option(t, t->merge_source_filter != NULL, replaces || merge == HR_MERGE_UPSERT,
                        "source_filter", err));
    HR_TRY(check_option(t, t->merge_destination_scope != NULL, replaces, "destination_scope", err));
    return check_option(t, t->merge_skip_unchanged_rows, merge == HR_MERGE_UPSERT,
                        "skip_unchanged_rows", err);
}

static bool brings(const hr_load_table *t, const char *column)
{
    const struct ArrowSchema *const schema = t->batches ? t->batches->schema : NULL;

    for (int64_t i = 0; schema && i < schema->n_children; i++) {
        if (strcmp(schema->children[i]->name, column) == 0)
            return true;
    }
    return false;
}

static hr_status check_validity(const hr_load_table *t, hr_column_test test, const char *what,
                                hr_error *err)
{
    const hr_column *const c = hr_table_first(t->table, test);

    if (!c || c->type != HR_TYPE_TIMESTAMP)
        return hr_fail(err, HR_E_CONFIG, "table %s: scd2 needs a timestamp column for %s",
                       t->table->name, what);
    if (brings(t, c->name))
        return hr_fail(err, HR_E_SCHEMA,
                       "table %s: the data has a column \"%s\", where scd2 keeps %s; choose others "
                       "with validity_column_names",
                       t->table->name, c->name, what);
    return HR_OK;
}

static hr_status check_scd2(const hr_load_table *t, hr_error *err)
{
    if (!hr_table_first(t->table, hr_is_row_version))
        return hr_fail(err, HR_E_CONFIG, "table %s: scd2 needs a row version column",
                       t->table->name);
    HR_TRY(have_types(t->table, hr_is_row_version, "the row version", err));
    HR_TRY(check_validity(t, hr_is_valid_from, "the begin of a row's validity", err));
    return check_validity(t, hr_is_valid_to, "the end of a row's validity", err);
}

/* How rows are found that hang on rows which give way. */
static hr_status check_links(const hr_load *load, const hr_table *root, hr_error *err)
{
    for (size_t i = 0; i < load->n_tables; i++) {
        const hr_table *t = load->tables[i].table;

        if (t == root || hr_table_root(load->schema, t) != root)
            continue;
        const bool linked =
            hr_table_first(t, hr_is_root_key) || strcmp(t->parent.p, root->name) == 0;
        if (!linked || !hr_table_column(root, HR_STR("_dlt_id")))
            return hr_fail(err, HR_E_SCHEMA,
                           "table %s: its rows cannot be found by those of %s, since %s", t->name,
                           root->name,
                           linked ? "that has no row ids" : "it has no _dlt_root_id column");
    }
    return HR_OK;
}

hr_status hr_chain_check(const hr_load *load, const hr_load_table *root, const hr_dialect *dialect,
                         hr_error *err)
{
    const hr_table *const t = root->table;
    hr_merge merge;

    HR_TRY(hr_table_merge(t, &merge, err));
    if (root->replace)
        return hr_replace_check(load, t, dialect, err);
    if (merge == HR_MERGE_NONE || !root->batches)
        return HR_OK;
    HR_TRY(check_keys(t, merge, err));
    HR_TRY(check_options(t, merge, err));
    return merge == HR_MERGE_SCD2 ? check_scd2(root, err) : check_links(load, t, err);
}
