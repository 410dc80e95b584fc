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

hr_status hr_row_plan_init(hr_row_plan *out, hr_schema *schema, const hr_table *root,
                           hr_arena *arena, hr_error *err)
{
    hr_merge merge;

    *out = (hr_row_plan){.ids = hr_table_row_ids(root)};
    HR_TRY(hr_table_merge(root, &merge, err));
    HR_TRY(hr_schema_settle_root_key(schema, root, err));
    out->root_ids = hr_schema_has_root_key(schema, root);
    out->ordered = merge != HR_MERGE_NONE;
    if (out->ids == HR_ROW_IDS_KEY)
        HR_TRY(names(root, hr_is_primary_key, arena, &out->keys, &out->n_keys, err));
    return names(root, is_required, arena, &out->required, &out->n_required, err);
}
