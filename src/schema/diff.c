#include "schema/diff.h"

#include "base/mem.h"
#include "headrace/headrace.h"

const char *hr_schema_change_name(hr_schema_change_kind kind)
{
    static const char *const names[] = {
        [HR_NEW_TABLE] = "table",
        [HR_NEW_COLUMN] = "column",
        [HR_NEW_VARIANT] = "variant",
        [HR_NEW_TYPE] = "type",
    };

    return names[kind];
}

static bool is_system(const hr_table *t)
{
    return hr_str_starts(hr_str_from(t->name), HR_STR("_dlt_"));
}

static bool add(hr_schema_changes *out, const hr_schema_change *change)
{
    return HR_PUSH(out->items, out->n, out->cap, *change);
}

static bool same_type(const hr_column *a, const hr_column *b)
{
    return a->type == b->type && a->precision == b->precision && a->scale == b->scale &&
           a->timezone == b->timezone;
}

static bool add_column(const hr_column *old, const hr_column *c, hr_schema_changes *out)
{
    hr_schema_change change = {.table = c->table->name, .column = c->name, .type = c->type};

    if (c->type == HR_TYPE_NONE)
        return true;
    if (!old || old->type == HR_TYPE_NONE) {
        change.kind = c->variant ? HR_NEW_VARIANT : HR_NEW_COLUMN;
        return add(out, &change);
    }
    if (same_type(old, c))
        return true;
    change.kind = HR_NEW_TYPE;
    change.before = old->type;
    return add(out, &change);
}

static bool add_table(const hr_table *old, const hr_table *t, hr_schema_changes *out)
{
    bool ok = old || add(out, &(hr_schema_change){.kind = HR_NEW_TABLE, .table = t->name});

    for (size_t i = 0; i < t->n_columns && ok; i++) {
        const hr_column *c = t->columns[i];

        ok = add_column(old ? hr_table_column(old, hr_str_from(c->name)) : NULL, c, out);
    }
    return ok;
}

hr_status hr_schema_diff(const hr_schema *before, const hr_schema *after, hr_schema_changes *out,
                         hr_error *err)
{
    for (size_t i = 0; i < after->n_tables; i++) {
        const hr_table *t = after->tables[i];
        const hr_table *old = before ? hr_schema_table(before, hr_str_from(t->name)) : NULL;

        if (is_system(t) || !t->seen_data)
            continue;
        if (!add_table(old && old->seen_data ? old : NULL, t, out))
            return hr_nomem(err);
    }
    return HR_OK;
}

void hr_schema_changes_release(hr_schema_changes *c)
{
    hr_free(c->items);
    *c = (hr_schema_changes){0};
}
