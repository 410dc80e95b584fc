/* Before and after extract: what resources and their hints mean for schema and state, and what
 * columns came to nothing. */
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/plan.h"
#include "pipeline/refresh.h"
#include "pipeline/run_int.h"
#include "schema/apply.h"
#include "schema/contract.h"

hr_status hr_run_describe_state(hr_run *r, hr_error *err)
{
    const hr_pipeline *p = r->p;

    HR_TRY(hr_state_set(r->state, HR_STATE_PIPELINE_NAME, p->name, err));
    HR_TRY(hr_state_set(r->state, HR_STATE_DATASET_NAME, p->dataset, err));
    HR_TRY(hr_state_set(r->state, HR_STATE_DEFAULT_SCHEMA_NAME, p->schema_name, err));
    HR_TRY(hr_state_add_schema_name(r->state, p->schema_name, err));
    HR_TRY(hr_state_set(r->state, HR_STATE_DESTINATION_TYPE, p->ops->dlt_type, err));
    HR_TRY(hr_state_set(r->state, HR_STATE_DESTINATION_NAME, NULL, err));
    for (size_t i = 0; i < p->n_resources; i++) {
        if (p->resources[i].hints.write_disposition == HR_REPLACE)
            HR_TRY(hr_state_forget_resource(r->state, p->schema_name, p->resources[i].table, err));
    }
    return HR_OK;
}

/* A contract given for the run becomes that of every resource, as in dlt. A contract may bar a
 * table that would be new. */
static hr_status apply_contract(hr_run *r, hr_resource *res, hr_table *t, hr_error *err)
{
    if (r->p->hints.schema_contract)
        HR_TRY(hr_contract_set(r->schema, t, r->p->hints.schema_contract, err));
    const hr_contract c = hr_table_contract(r->schema, t);
    if (c.tables == HR_EVOLVE || !hr_table_is_new(t))
        return HR_OK;
    if (c.tables == HR_FREEZE)
        return hr_fail(
            err, HR_E_SCHEMA,
            "table \"%s\": schema_contract tables: freeze refuses the new table; make it "
            "with tables: evolve first",
            t->name);
    hr_run_warn(r, "resource %s is left out: table %s is new, and schema_contract tables: %s",
                res->table, t->name, hr_contract_mode_name((hr_contract_mode)c.tables));
    res->left_out = true;
    return HR_OK;
}

/* What dlt's extract step leaves in the schema: the root table with its hints. */
static hr_status declare_resource(hr_run *r, hr_resource *res, hr_error *err)
{
    const char *disposition = hr_disposition_name(res->hints.write_disposition);
    hr_table *t = hr_schema_table(r->schema, hr_str_from(res->root));

    if (t && t->parent.p)
        return hr_fail(err, HR_E_CONFIG, "table %s is a child table of %s: choose another name",
                       t->name, t->parent.p);
    if (t)
        HR_TRY(hr_table_set_disposition(r->schema, t, disposition, err));
    else
        HR_TRY(hr_schema_add_table(r->schema, hr_str_from(res->root), (hr_str){0}, res->table,
                                   disposition, &t, err));
    HR_TRY(apply_contract(r, res, t, err));
    if (res->shred.max_nesting >= 0)
        return hr_table_set_max_nesting(r->schema, t, res->shred.max_nesting, err);
    res->shred.max_nesting = t->max_nesting >= 0 ? t->max_nesting : HR_MAX_NESTING;
    return HR_OK;
}

static hr_status apply_hints(hr_run *r, hr_error *err)
{
    const hr_pipeline *p = r->p;
    bool any = false;

    for (size_t i = 0; i < p->n_resources; i++) {
        const hr_resource *res = &p->resources[i];

        if (res->hidden || !hr_hints_shape_tables(&res->hints))
            continue;
        const hr_str cursor =
            res->incremental ? hr_incremental_column(res->incremental) : (hr_str){0};
        HR_TRY(hr_schema_apply_hints(r->schema, &res->hints, res->table, res->root, cursor,
                                     &p->naming, err));
        any = true;
    }
    return any ? hr_schema_reindex(r->schema, err) : HR_OK;
}

static hr_status plan_rows(hr_run *r, hr_error *err)
{
    if (r->p->hints.root_key >= 0)
        HR_TRY(hr_schema_ask_root_key(r->schema, r->p->hints.root_key, err));
    for (size_t i = 0; i < r->p->n_resources; i++) {
        hr_resource *res = &r->p->resources[i];
        const hr_table *t = hr_schema_table(r->schema, hr_str_from(res->root));

        if (!t)
            continue;
        HR_TRY(hr_row_plan_init(&res->rows, r->schema, t, &r->arena, err));
        HR_TRY(hr_row_shape_init(&res->shape, r->schema, t, res->hints.rename, &r->p->naming, err));
        res->shred.shape = &res->shape;
    }
    return HR_OK;
}

hr_status hr_run_declare(hr_run *r, hr_error *err)
{
    const hr_pipeline *p = r->p;

    HR_TRY(hr_run_base_schema(r, err));
    if (p->hints.schema_contract)
        HR_TRY(hr_contract_set(r->schema, NULL, p->hints.schema_contract, err));
    if (p->hints.preferred_types)
        HR_TRY(hr_schema_prefer_types(r->schema, p->hints.preferred_types, &p->naming, err));
    HR_TRY(apply_hints(r, err));
    for (size_t i = 0; i < p->n_resources; i++)
        if (!p->resources[i].hidden)
            HR_TRY(declare_resource(r, &p->resources[i], err));
    HR_TRY(plan_rows(r, err));
    HR_TRY(hr_schema_add_state_table(r->schema, err));
    HR_TRY(hr_schema_bump(r->schema, NULL, err));
    return hr_run_note_import(r, err);
}

enum { NAMES_TOLD = 20 };

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As dlt: a null has no type, so it makes no column; better say so than let people search. */
void hr_run_warn_of_nulls(hr_run *r, const hr_normalize_result *part)
{
    hr_buf names = {0};

    if (part->n_null_only)
        qsort(part->null_only, part->n_null_only, sizeof(*part->null_only), by_name);

    for (size_t i = 0; i < part->n_null_only && i < NAMES_TOLD; i++)
        hr_buf_addf(&names, "%s%s", i ? ", " : "", part->null_only[i]);
    if (part->n_null_only > NAMES_TOLD)
        hr_buf_addf(&names, " and %zu more", part->n_null_only - NAMES_TOLD);
    if (names.len && !names.failed)
        hr_run_warn(r, "seen only as null, so without a type and without a column: %s", names.data);
    hr_buf_release(&names);
}

/* A column that hints name and that no value reached has no type, and does not come to be. One of
 * a key must. */
static hr_status check_column(hr_run *r, const hr_column *c, hr_error *err)
{
    if (c->nullable) {
        hr_run_warn(r,
                    "column %s.%s is named by a hint, but no value came and no type is given, so "
                    "it is not made; give it a data_type",
                    c->table->name, c->name);
        return HR_OK;
    }
    return hr_fail(
        err, HR_E_SCHEMA,
        "table \"%s\": column \"%s\" must not be null (it is a key, or hinted so), but no "
        "row has a value for it; is the name right?",
        c->table->name, c->name);
}

void hr_run_warn_of_empty_snapshots(hr_run *r)
{
    for (size_t i = 0; i < r->p->n_resources; i++) {
        const hr_table *t = hr_schema_table(r->schema, hr_str_from(r->p->resources[i].root));
        hr_merge merge;

        if (t && t->seen_data && hr_table_merge(t, &merge, NULL) == HR_OK &&
            merge == HR_MERGE_SCD2 && !hr_package_rows(r->package, hr_str_from(t->name)))
            hr_run_warn(r, "table %s: no rows came, so none that are there are retired", t->name);
    }
}

void hr_run_warn_of_nullable(hr_run *r)
{
    for (size_t i = 0; r->stored && i < r->schema->n_tables; i++) {
        const hr_table *t = r->schema->tables[i];
        const hr_table *before = hr_schema_table(r->stored, hr_str_from(t->name));

        for (size_t k = 0; before && before->seen_data && k < t->n_columns; k++) {
            const hr_column *c = t->columns[k];
            const hr_column *was = hr_table_column(before, hr_str_from(c->name));

            if (c->type && !c->nullable && (!was || !was->type) &&
                strncmp(c->name, "_dlt_", 5) != 0)
                hr_run_warn(r,
                            "column %s.%s is new and not nullable, but the table has rows: at the "
                            "destination it is nullable",
                            t->name, c->name);
        }
    }
}

hr_status hr_run_check_columns(hr_run *r, hr_error *err)
{
    for (size_t i = 0; i < r->schema->n_tables; i++) {
        const hr_table *t = r->schema->tables[i];

        if (!hr_package_rows(r->package, hr_str_from(t->name)))
            continue;
        for (size_t k = 0; k < t->n_columns; k++) {
            if (t->columns[k]->type == HR_TYPE_NONE &&
                strncmp(t->columns[k]->name, "_dlt_", 5) != 0)
                HR_TRY(check_column(r, t->columns[k], err));
        }
    }
    return HR_OK;
}
