/* The package of a run: its beginning, and its end. */
#include <yyjson.h>

#include "base/ids.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"
#include "json/json.h"

/* Tables cut off from a resource that are to be replaced themselves. */
static bool add_replaced_cuts(const hr_run *r, const hr_resource *res, yyjson_mut_doc *doc,
                              yyjson_mut_val *names)
{
    for (size_t i = 0; i < res->rows.n_cut; i++) {
        const hr_table *t = hr_schema_table(r->schema, res->rows.cut[i].table);

        if (strcmp(t->write_disposition, "replace") == 0 &&
            !yyjson_mut_arr_add_str(doc, names, t->name))
            return false;
    }
    return true;
}

/* Root tables as a JSON array of strings; the caller's. */
static char *names_json(const hr_run *r, bool only_replaced)
{
    const hr_pipeline *p = r->p;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *names = yyjson_mut_arr(doc);
    bool ok = names != NULL;

    for (size_t i = 0; ok && i < p->n_resources; i++) {
        if (p->resources[i].hidden)
            continue;
        if (!only_replaced || p->resources[i].hints.write_disposition == HR_REPLACE)
            ok = yyjson_mut_arr_add_str(doc, names, p->resources[i].root);
        if (only_replaced)
            ok = ok && add_replaced_cuts(r, &p->resources[i], doc, names);
    }
    char *text = ok ? hr_json_mut_text(names, NULL) : NULL;
    yyjson_mut_doc_free(doc);
    return text;
}

hr_status hr_run_begin_package(hr_run *r, bool rereadable, hr_error *err)
{
    char load_id[24];
    char *names = names_json(r, false);

    if (!names)
        return hr_nomem(err);
    hr_load_id(load_id);
    const hr_status st =
        hr_package_begin(&r->package, r->p->packages, load_id, rereadable, names, err);
    hr_free(names);
    if (st == HR_OK)
        r->load_id = r->package->load_id;
    return st;
}

/* ---- its end: with the final schema and state ---- */

static hr_status mark_seen(hr_run *r, hr_error *err)
{
    for (size_t i = 0; i < r->schema->n_tables; i++) {
        hr_table *t = r->schema->tables[i];

        if (hr_package_rows(r->package, hr_str_from(t->name)))
            HR_TRY(hr_table_set_seen_data(r->schema, t, err));
    }
    return HR_OK;
}

/* The state goes the way of a table's row: the normalizer adds its _dlt_id. */
static hr_status complete_state_table(hr_run *r, hr_error *err)
{
    hr_table *t = hr_schema_table(r->schema, HR_STR("_dlt_pipeline_state"));
    const hr_column_spec id = {.name = HR_STR("_dlt_id"), .type = HR_TYPE_TEXT, .not_null = true};

    if (!hr_table_column(t, id.name))
        HR_TRY(hr_table_add_column(r->schema, t, &id, NULL, err));
    return hr_table_set_seen_data(r->schema, t, err);
}

static hr_status pack_state(hr_run *r, hr_error *err)
{
    hr_package_state *s = &r->package->state;
    hr_buf text = {0};

    HR_TRY(complete_state_table(r, err));
    const hr_status st = hr_state_encode(r->state, &text, err);
    if (st != HR_OK) {
        hr_buf_release(&text);
        return st;
    }
    s->version = hr_state_version(r->state);
    s->engine_version = HR_STATE_ENGINE;
    s->encoded = hr_buf_take(&text);
    s->pipeline_name = hr_strdup(r->p->name);
    s->hash = hr_strdup(hr_state_get(r->state, HR_STATE_VERSION_HASH));
    return s->encoded && s->pipeline_name && s->hash ? HR_OK : hr_nomem(err);
}

static hr_status pack_schema(hr_run *r, hr_error *err)
{
    hr_buf text = {0};

    HR_TRY(hr_schema_bump(r->schema, NULL, err));
    HR_TRY(hr_run_link_export(r, err));
    const hr_status st = hr_schema_write(r->schema, &text, err);
    if (st != HR_OK)
        hr_buf_release(&text);
    else
        r->package->schema = hr_buf_take(&text);
    return st;
}

hr_status hr_run_seal(hr_run *r, hr_error *err)
{
    HR_TRY(mark_seen(r, err));
    if (r->state_changed)
        HR_TRY(pack_state(r, err));
    HR_TRY(pack_schema(r, err));
    r->package->replaced = names_json(r, true);
    r->package->place = hr_pipeline_place(r->p);
    r->package->base_hash = hr_strdup(r->stored ? r->stored->version_hash : "");
    r->package->dropped = r->dropped.len ? hr_strdup(r->dropped.data) : NULL;
    r->package->truncated = r->truncated.len ? hr_strdup(r->truncated.data) : NULL;
    if ((r->dropped.len && !r->package->dropped) || (r->truncated.len && !r->package->truncated))
        return hr_nomem(err);
    if (!r->package->schema || !r->package->replaced || !r->package->base_hash ||
        !r->package->place)
        return hr_nomem(err);
    HR_TRY(hr_package_seal(r->package, err));
    r->sealed = true;
    return HR_OK;
}
