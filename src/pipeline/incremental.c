/* The incremental resources of a run: where they begin and where they stopped. */
#include "arrow/builder.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"
#include "json/json.h"

/* ---- hashes of rows that the state has no room for ---- */

/* A cursor value as the JSON text it has in the table. */
static hr_status value_text(const hr_cursor *v, char **out, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    const yyjson_mut_val *val = doc ? hr_cursor_to_doc(v, doc) : NULL;
    hr_buf text = {0};
    const hr_status st = val ? hr_json_write(val, false, NULL, &text, err) : hr_nomem(err);

    *out = st == HR_OK ? hr_buf_take(&text) : NULL;
    hr_buf_release(&text);
    yyjson_mut_doc_free(doc);
    return st == HR_OK && !*out ? hr_nomem(err) : st;
}

static hr_status add_hash(void *inc, hr_str hash, hr_error *err)
{
    return hr_incremental_add_hash(inc, hash, err);
}

static hr_status fetch_hashes(hr_run *r, const hr_resource *res, const char *value, hr_error *err)
{
    const hr_destination_settings settings = hr_pipeline_settings(r->p, true);
    const char *const keys[HR_N_ROW_HASH_KEYS] = {r->p->name, res->table,
                                                  hr_incremental_path(res->incremental), value};
    hr_destination *d = NULL;

    HR_TRY(r->p->ops->open(&d, &settings, err));
    if (!d)
        return HR_OK;
    const hr_status st = hr_load_row_hashes(d, keys, add_hash, res->incremental, err);
    r->p->ops->close(d);
    return st;
}

static hr_status read_more(hr_run *r, const hr_resource *res, hr_error *err)
{
    char *value = NULL;
    hr_status st = value_text(hr_incremental_last(res->incremental), &value, err);

    if (st == HR_OK)
        st = fetch_hashes(r, res, value, err);
    hr_free(value);
    return st;
}

static hr_status declare_table(hr_run *r, hr_error *err)
{
    const hr_str name = hr_str_from(hr_row_hash_table);
    hr_table *t = hr_schema_table(r->schema, name);

    if (t)
        return HR_OK;
    HR_TRY(hr_schema_add_table(r->schema, name, (hr_str){0}, name.p, "append", &t, err));
    for (size_t i = 0; i <= HR_N_ROW_HASH_KEYS; i++) {
        const hr_column_spec spec = {
            .name = i < HR_N_ROW_HASH_KEYS ? hr_str_from(hr_row_hash_keys[i]) : HR_STR("row_hash"),
            .type = HR_TYPE_TEXT,
            .not_null = true,
        };

        HR_TRY(hr_table_add_column(r->schema, t, &spec, NULL, err));
    }
    return HR_OK;
}

static hr_status fill_builders(const hr_incremental *inc, const char *const *keys, hr_builder *b,
                               hr_error *err)
{
    char hash[HR_ROW_HASH_TEXT];

    for (size_t i = 0; i < hr_incremental_n_more(inc); i++) {
        const int64_t row = (int64_t)i;
        bool ok = true;

        for (size_t k = 0; k < HR_N_ROW_HASH_KEYS; k++)
            ok = ok && hr_builder_put_bytes(&b[k], row, hr_str_from(keys[k]));
        hr_incremental_more(inc, i, hash);
        if (!ok || !hr_builder_put_bytes(&b[HR_N_ROW_HASH_KEYS], row, hr_str_from(hash)))
            return hr_nomem(err);
    }
    return HR_OK;
}

static hr_status write_builders(hr_run *r, const hr_builder *b, hr_error *err)
{
    hr_batch_column columns[HR_N_ROW_HASH_KEYS + 1];
    const hr_batch batch = {.table = hr_str_from(hr_row_hash_table),
                            .n_rows = b[0].n,
                            .columns = columns,
                            .n_columns = HR_N_ROW_HASH_KEYS + 1};
    hr_package_writer *w = NULL;

    for (size_t k = 0; k <= HR_N_ROW_HASH_KEYS; k++)
        columns[k] = (hr_batch_column){
            .field = {.name = k < HR_N_ROW_HASH_KEYS ? hr_str_from(hr_row_hash_keys[k])
                                                     : HR_STR("row_hash"),
                      .type = HR_TYPE_TEXT,
                      .precision = -1,
                      .scale = -1},
            .offsets = b[k].offsets,
            .data = b[k].values,
            .data_bytes = b[k].bytes_len,
        };
    HR_TRY(hr_package_writer_new(&w, r->package, err));
    hr_status st = hr_package_write(w, &batch, err);
    if (st == HR_OK)
        st = hr_package_writer_finish(w, err);
    hr_package_writer_free(w);
    return st;
}

static hr_status write_more(hr_run *r, const hr_resource *res, hr_error *err)
{
    hr_builder builders[HR_N_ROW_HASH_KEYS + 1];
    const char *keys[HR_N_ROW_HASH_KEYS] = {r->p->name, res->table,
                                            hr_incremental_path(res->incremental), NULL};
    char *value = NULL;

    HR_TRY(declare_table(r, err));
    HR_TRY(value_text(hr_incremental_stop(res->incremental), &value, err));
    keys[HR_N_ROW_HASH_KEYS - 1] = value;
    for (size_t k = 0; k <= HR_N_ROW_HASH_KEYS; k++)
        hr_builder_init(&builders[k], HR_TYPE_TEXT);
    hr_status st = fill_builders(res->incremental, keys, builders, err);
    if (st == HR_OK)
        st = write_builders(r, builders, err);
    for (size_t k = 0; k <= HR_N_ROW_HASH_KEYS; k++)
        hr_builder_release(&builders[k]);
    hr_free(value);
    return st;
}

/* ---- begin and finish ---- */

static hr_status begin(hr_run *r, const hr_resource *res, hr_error *err)
{
    hr_incremental *inc = res->incremental;
    hr_buf counts = {0};
    bool more = false;
    bool changed = false;

    HR_TRY(hr_incremental_begin(inc, r->state, r->p->schema_name, &more, &changed, err));
    if (more)
        HR_TRY(read_more(r, res, err));
    if (!changed)
        return HR_OK;
    hr_cursor_show(hr_incremental_initial(inc), &counts);
    if (!counts.failed)
        hr_run_warn(r,
                    "resource %s: the first run began at %s, so another initial_value of cursor %s "
                    "changes nothing; `headrace drop` makes it begin again",
                    res->table, counts.data, hr_incremental_path(inc));
    hr_buf_release(&counts);
    return HR_OK;
}

hr_status hr_run_begin_incremental(hr_run *r, hr_error *err)
{
    for (size_t i = 0; i < r->p->n_resources; i++) {
        if (r->p->resources[i].incremental)
            HR_TRY(begin(r, &r->p->resources[i], err));
    }
    return HR_OK;
}

hr_status hr_run_finish_state(hr_run *r, hr_error *err)
{
    for (size_t i = 0; i < r->p->n_resources; i++) {
        hr_incremental *inc = r->p->resources[i].incremental;

        if (!inc)
            continue;
        HR_TRY(hr_incremental_finish(inc, r->state, r->p->schema_name, err));
        if (hr_incremental_n_more(inc))
            HR_TRY(write_more(r, &r->p->resources[i], err));
    }
    return hr_state_bump(r->state, &r->state_changed, err);
}
