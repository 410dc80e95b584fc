#include "pipeline/notes.h"

#include "base/mem.h"
#include "headrace/headrace.h"

static hr_str column_name(const hr_note_table *t, size_t i)
{
    return hr_str_from(i < HR_N_NOTE_KEYS ? t->keys[i] : t->values[i - HR_N_NOTE_KEYS]);
}

/* Of a merged table: the keys that say whose the row is, and its first value. The key between them
 * says whether it counts. */
static bool is_key(const hr_note_table *t, size_t i)
{
    return t->merged && i != HR_N_NOTE_KEYS - 1 && i <= HR_N_NOTE_KEYS;
}

static hr_status declare(hr_run *r, const hr_note_table *table, size_t n_columns, hr_error *err)
{
    const hr_str name = hr_str_from(table->name);
    hr_table *t = NULL;

    if (hr_schema_table(r->schema, name))
        return HR_OK;
    HR_TRY(hr_schema_add_table(r->schema, name, (hr_str){0}, table->name,
                               table->merged ? "merge" : "append", &t, err));
    for (size_t i = 0; i < n_columns; i++) {
        const hr_column_spec spec = {
            .name = column_name(table, i), .type = HR_TYPE_TEXT, .not_null = true};
        hr_column *c = NULL;

        HR_TRY(hr_table_add_column(r->schema, t, &spec, &c, err));
        if (is_key(table, i))
            HR_TRY(
                hr_column_set(r->schema, c, "primary_key", yyjson_mut_true(r->schema->doc), err));
    }
    return HR_OK;
}

hr_status hr_notes_begin(hr_notes *out, hr_run *r, const hr_note_table *table,
                         const hr_resource *res, const char *last_key, hr_error *err)
{
    *out = (hr_notes){
        .run = r,
        .table = table,
        .keys = {r->p->name, res->table, hr_incremental_path(res->incremental), last_key},
        .n_columns = HR_N_NOTE_KEYS + table->n_values,
    };
    for (size_t i = 0; i < out->n_columns; i++)
        hr_builder_init(&out->columns[i], HR_TYPE_TEXT);
    return declare(r, table, out->n_columns, err);
}

hr_status hr_notes_add(hr_notes *n, const hr_str *values, hr_error *err)
{
    for (size_t i = 0; i < n->n_columns; i++) {
        const hr_str text =
            i < HR_N_NOTE_KEYS ? hr_str_from(n->keys[i]) : values[i - HR_N_NOTE_KEYS];

        if (!hr_builder_put_bytes(&n->columns[i], n->n, text))
            return hr_nomem(err);
    }
    n->n++;
    return HR_OK;
}

hr_status hr_notes_write(const hr_notes *n, hr_error *err)
{
    hr_batch_column columns[HR_N_NOTE_KEYS + HR_MOST_NOTE_VALUES];
    const hr_batch batch = {.table = hr_str_from(n->table->name),
                            .n_rows = n->n,
                            .columns = columns,
                            .n_columns = n->n_columns};
    hr_package_writer *w = NULL;

    for (size_t i = 0; i < n->n_columns; i++)
        columns[i] = (hr_batch_column){
            .field = {.name = column_name(n->table, i),
                      .type = HR_TYPE_TEXT,
                      .precision = -1,
                      .scale = -1},
            .offsets = n->columns[i].offsets,
            .data = n->columns[i].values,
            .data_bytes = n->columns[i].bytes_len,
        };
    HR_TRY(hr_package_writer_new(&w, n->run->package, err));
    hr_status st = hr_package_write(w, &batch, err);
    if (st == HR_OK)
        st = hr_package_writer_finish(w, err);
    hr_package_writer_free(w);
    return st;
}

void hr_notes_release(hr_notes *n)
{
    for (size_t i = 0; i < n->n_columns; i++)
        hr_builder_release(&n->columns[i]);
}
