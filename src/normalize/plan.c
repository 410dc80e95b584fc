#include "normalize/plan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"

static int by_name(const void *a, const void *b)
{
    return strcmp(((const hr_str *)a)->p, ((const hr_str *)b)->p);
}

static bool is_required(const hr_column *c)
{
    return !c->nullable && strncmp(c->name, "_dlt_", 5) != 0;
}

/* Names of the columns that pass a test, sorted. */
static hr_status names(const hr_table *t, hr_column_test test, hr_arena *arena, const hr_str **out,
                       size_t *n, hr_error *err)
{
    hr_str *list = hr_arena_alloc(arena, (t->n_columns + 1) * sizeof(*list));

    if (!list)
        return hr_nomem(err);
    *n = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!test(t->columns[i]))
            continue;
        list[*n] = hr_arena_str(arena, hr_str_from(t->columns[i]->name));
        if (!list[(*n)++].p)
            return hr_nomem(err);
    }
    qsort(list, *n, sizeof(*list), by_name);
    *out = list;
    return HR_OK;
}

static hr_status plan_root(hr_row_plan *out, hr_schema *schema, const hr_table *root,
                           hr_arena *arena, hr_error *err)
{
    hr_merge merge;

    *out = (hr_row_plan){.table = hr_arena_str(arena, hr_str_from(root->name)),
                         .ids = hr_table_row_ids(root)};
    if (!out->table.p)
        return hr_nomem(err);
    HR_TRY(hr_table_merge(root, &merge, err));
    HR_TRY(hr_schema_settle_root_key(schema, root, err));
    out->root_ids = hr_schema_has_root_key(schema, root);
    out->ordered = merge != HR_MERGE_NONE;
    if (out->ids == HR_ROW_IDS_KEY)
        HR_TRY(names(root, hr_is_primary_key, arena, &out->keys, &out->n_keys, err));
    return names(root, is_required, arena, &out->required, &out->n_required, err);
}

/* Rows below a table that is cut off have its id if those below the root that it was cut from have
 * that one's. */
static hr_status plan_cut(hr_row_plan *out, hr_schema *schema, const hr_table *root,
                          hr_arena *arena, hr_error *err)
{
    hr_row_plan *cut = hr_arena_zalloc(arena, (schema->n_tables + 1) * sizeof(*cut));

    if (!cut)
        return hr_nomem(err);
    for (size_t i = 0; i < schema->n_tables; i++) {
        if (!hr_table_is_cut_from(schema->tables[i], root))
            continue;
        HR_TRY(plan_root(&cut[out->n_cut], schema, schema->tables[i], arena, err));
        cut[out->n_cut].root_ids = cut[out->n_cut].root_ids || out->root_ids;
        out->n_cut++;
    }
    out->cut = cut;
    return HR_OK;
}

hr_status hr_row_plan_init(hr_row_plan *out, hr_schema *schema, const hr_table *root,
                           hr_arena *arena, hr_error *err)
{
    HR_TRY(plan_root(out, schema, root, arena, err));
    return plan_cut(out, schema, root, arena, err);
}
