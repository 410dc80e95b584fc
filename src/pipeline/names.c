/* By which convention a pipeline's names are made: what the settings say, else what the dataset's
 * schema was made with, else snake_case. */
#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/names.h"

hr_status hr_pipeline_choose_naming(hr_pipeline *p, hr_error *err)
{
    char *last = NULL;
    hr_status st = HR_OK;

    if (!p->hints.naming)
        HR_TRY(hr_pipeline_remembered_copy(p, "naming", &last, err));
    const char *name = p->hints.naming ? p->hints.naming : last;

    p->naming = (hr_naming){.max_length = p->ops->dialect->max_identifier};
    if (name)
        st = hr_convention_find(name, &p->naming.convention, err);
    hr_free(last);
    return st;
}

hr_status hr_pipeline_root_name(const hr_pipeline *p, const char *table, char **out, hr_error *err)
{
    hr_buf name = {0};

    const hr_status st = hr_naming_path(&p->naming, hr_str_from(table), &name, err);
    *out = st == HR_OK ? hr_buf_take(&name) : NULL;
    hr_buf_release(&name);
    if (st == HR_OK && !*out)
        return hr_nomem(err);
    if (st == HR_OK && hr_str_starts(hr_str_from(*out), HR_STR("_dlt"))) {
        hr_free(*out);
        *out = NULL;
        return hr_fail(err, HR_E_CONFIG,
                       "table %s: names that begin with _dlt are the system's own", table);
    }
    return st;
}

hr_status hr_pipeline_check_root(const hr_pipeline *p, size_t n, const char *root, hr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(p->resources[i].root, root) == 0)
            return hr_fail(err, HR_E_CONFIG, "two resources would load table %s", root);
    }
    return HR_OK;
}

/* Resources were added before the dataset's convention was known. */
static hr_status rename_roots(hr_pipeline *p, hr_error *err)
{
    for (size_t i = 0; i < p->n_resources; i++) {
        hr_resource *res = &p->resources[i];
        char *root = NULL;

        HR_TRY(hr_pipeline_root_name(p, hr_resource_table(res), &root, err));
        hr_free(res->root);
        res->root = root;
        HR_TRY(hr_pipeline_check_root(p, i, root, err));
    }
    return HR_OK;
}

static const hr_table *table_with_data(const hr_schema *s)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        if (s->tables[i]->seen_data && strncmp(s->tables[i]->name, "_dlt_", 5) != 0)
            return s->tables[i];
    }
    return NULL;
}

/* As in dlt: names that rows are stored under stay as they are. */
static hr_status change_convention(hr_run *r, hr_error *err)
{
    const hr_table *t = table_with_data(r->schema);

    if (t)
        return hr_fail(err, HR_E_CONFIG,
                       "naming: %s is asked for, but table %s has rows, and the names of this "
                       "dataset follow %s; load into another dataset, or drop all tables with "
                       "refresh: drop_sources",
                       r->p->hints.naming, t->name, r->schema->naming);
    return hr_schema_set_naming(r->schema, r->p->hints.naming, err);
}

hr_status hr_run_settle_naming(hr_run *r, hr_error *err)
{
    const hr_convention before = r->p->naming.convention;

    if (!r->stored && !r->imported)
        return hr_schema_set_naming(r->schema, hr_convention_name(before), err);
    if (r->p->hints.naming)
        return strcmp(r->schema->naming, r->p->hints.naming) == 0 ? HR_OK
                                                                  : change_convention(r, err);
    if (hr_convention_find(r->schema->naming, &r->p->naming.convention, NULL) != HR_OK)
        return hr_fail(err, HR_E_UNSUPPORTED,
                       "the dataset was made with the naming convention %s, which is not known",
                       r->schema->naming);
    return r->p->naming.convention == before ? HR_OK : rename_roots(r->p, err);
}
