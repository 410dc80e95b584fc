#include "pipeline/refresh.h"

#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/apply.h"
#include "json/json.h"

hr_status hr_refresh_mode_of(const char *name, hr_refresh_mode *out, hr_error *err)
{
    static const char *const names[] = {[HR_DROP_SOURCES] = "drop_sources",
                                        [HR_DROP_RESOURCES] = "drop_resources",
                                        [HR_DROP_DATA] = "drop_data"};

    *out = HR_REFRESH_NONE;
    if (!name)
        return HR_OK;
    for (int m = HR_DROP_SOURCES; m <= HR_DROP_DATA; m++) {
        if (strcmp(name, names[m]) == 0) {
            *out = (hr_refresh_mode)m;
            return HR_OK;
        }
    }
    return hr_fail(err, HR_E_CONFIG,
                   "refresh takes drop_sources, drop_resources or drop_data, not \"%s\"", name);
}

hr_status hr_run_base_schema(hr_run *r, hr_error *err)
{
    if (r->schema)
        return HR_OK;
    return r->stored ? hr_schema_copy(&r->schema, r->stored, err)
                     : hr_schema_new(&r->schema, r->p->schema_name, err);
}

static bool names_hold(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; name && i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* Whether a table is of the resources, itself or as a child. */
static bool is_concerned(const hr_run *r, const hr_table *t, hr_refresh_mode mode,
                         const char *const *resources, size_t n)
{
    if (strncmp(t->name, "_dlt_", 5) == 0)
        return mode == HR_DROP_SOURCES && (strcmp(t->name, hr_row_hash_notes.name) == 0 ||
                                           strcmp(t->name, hr_parent_notes.name) == 0);
    while (t && t->parent.p)
        t = hr_schema_table(r->stored, t->parent);
    return t && (mode == HR_DROP_SOURCES || names_hold(resources, n, t->resource));
}

static bool add_name(hr_buf *list, const char *name)
{
    hr_buf_addc(list, list->len ? ',' : '[');
    hr_json_put_string(list, hr_str_from(name));
    return !list->failed;
}

/* The schema without the tables; a table that goes takes its children with it. */
static hr_status drop_tables(hr_run *r, hr_refresh_mode mode, const char *const *resources,
                             size_t n, hr_error *err)
{
    yyjson_mut_val *tables = r->schema->tables_doc;

    for (size_t i = 0; i < r->stored->n_tables; i++) {
        const hr_table *t = r->stored->tables[i];

        if (!is_concerned(r, t, mode, resources, n))
            continue;
        (void)yyjson_mut_obj_remove_key(tables, t->name);
        if (t->seen_data && !add_name(&r->dropped, t->name))
            return hr_nomem(err);
    }
    return hr_schema_reindex(r->schema, err);
}

static hr_status truncate_tables(hr_run *r, const char *const *resources, size_t n, hr_error *err)
{
    for (size_t i = 0; i < r->stored->n_tables; i++) {
        const hr_table *t = r->stored->tables[i];

        if (t->seen_data && is_concerned(r, t, HR_DROP_DATA, resources, n) &&
            !add_name(&r->truncated, t->name))
            return hr_nomem(err);
    }
    return HR_OK;
}

static hr_status forget(hr_run *r, hr_refresh_mode mode, const char *const *resources, size_t n,
                        hr_error *err)
{
    yyjson_mut_val *sources = hr_state_sources(r->state);

    if (mode == HR_DROP_SOURCES && sources)
        (void)yyjson_mut_obj_remove_key(sources, r->p->schema_name);
    for (size_t i = 0; mode != HR_DROP_SOURCES && i < n; i++)
        HR_TRY(hr_state_forget_resource(r->state, r->p->schema_name, resources[i], err));
    return HR_OK;
}

hr_status hr_run_refresh(hr_run *r, hr_refresh_mode mode, const char *const *resources, size_t n,
                         hr_error *err)
{
    HR_TRY(hr_run_base_schema(r, err));
    if (mode == HR_REFRESH_NONE || !r->stored)
        return HR_OK;
    HR_TRY(mode == HR_DROP_DATA ? truncate_tables(r, resources, n, err)
                                : drop_tables(r, mode, resources, n, err));
    if (r->dropped.len)
        hr_buf_addc(&r->dropped, ']');
    if (r->truncated.len)
        hr_buf_addc(&r->truncated, ']');
    HR_TRY(hr_buf_status(&r->dropped, err));
    HR_TRY(hr_buf_status(&r->truncated, err));
    return forget(r, mode, resources, n, err);
}
