/* What incremental resources have noted at the destination, read as a stream. */
#include <nanoarrow/nanoarrow.h>

#include "arrow/stream.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "load/load.h"
#include "load/statement.h"

const hr_note_table hr_row_hash_notes = {
    .name = "_dlt_incremental_rows",
    .keys = {"pipeline_name", "resource", "cursor_path", "cursor_value"},
    .values = {"row_hash"},
    .n_values = 1,
};

const hr_note_table hr_parent_notes = {
    .name = "_dlt_incremental_parents",
    .keys = {"pipeline_name", "resource", "cursor_path", "since"},
    .values = {"parent", "cursor_value", "row_hashes"},
    .n_values = 3,
    .merged = true,
};

typedef struct reading {
    const hr_note_table *table;
    hr_on_note on_note;
    void *ctx;
} reading;

static hr_status tell_each(const struct ArrowArrayView *batch, const reading *r, hr_error *err)
{
    hr_str values[HR_MOST_NOTE_VALUES];

    for (int64_t i = 0; i < batch->length; i++) {
        for (size_t k = 0; k < r->table->n_values; k++) {
            const struct ArrowStringView text =
                ArrowArrayViewGetStringUnsafe(batch->children[k], i);

            values[k] = (hr_str){text.data, (size_t)text.size_bytes};
        }
        HR_TRY(r->on_note(r->ctx, values, err));
    }
    return HR_OK;
}

static hr_status read_batches(struct ArrowArrayStream *s, struct ArrowArrayView *view,
                              const reading *r, hr_error *err)
{
    for (;;) {
        struct ArrowArray batch = {0};
        hr_status st = HR_OK;

        if (s->get_next(s, &batch) != 0)
            return hr_stream_failed(s, err);
        if (!batch.release)
            return HR_OK;
        st = ArrowArrayViewSetArray(view, &batch, NULL) == NANOARROW_OK
                 ? tell_each(view, r, err)
                 : hr_fail(err, HR_E_REMOTE, "a malformed batch");
        batch.release(&batch);
        HR_TRY(st);
    }
}

static hr_status read_stream(struct ArrowArrayStream *s, const reading *r, hr_error *err)
{
    struct ArrowSchema schema = {0};
    struct ArrowArrayView view;
    hr_status st = HR_OK;

    if (s->get_schema(s, &schema) != 0)
        return hr_stream_failed(s, err);
    if (ArrowArrayViewInitFromSchema(&view, &schema, NULL) == NANOARROW_OK)
        st = read_batches(s, &view, r, err);
    else
        st = hr_nomem(err);
    ArrowArrayViewReset(&view);
    schema.release(&schema);
    return st;
}

static hr_status query(hr_destination *d, const hr_note_table *table,
                       const char *const keys[HR_N_NOTE_KEYS], struct ArrowArrayStream *out,
                       hr_error *err)
{
    hr_buf sql = {0};

    for (size_t i = 0; i < table->n_values; i++)
        hr_buf_addf(&sql, "%s %s", i ? "," : "SELECT", table->values[i]);
    hr_buf_addz(&sql, " FROM ");
    hr_sql_table(&sql, d, table->name);
    for (size_t i = 0; i < HR_N_NOTE_KEYS; i++) {
        hr_buf_addf(&sql, " %s %s = ", i ? "AND" : "WHERE", table->keys[i]);
        hr_sql_literal(&sql, hr_str_from(keys[i]));
    }
    hr_status st = hr_buf_status(&sql, err);
    if (st == HR_OK)
        st = d->ops->query(d, sql.data, out, err);
    hr_buf_release(&sql);
    return st;
}

hr_status hr_load_notes(hr_destination *d, const hr_note_table *table,
                        const char *const keys[HR_N_NOTE_KEYS], hr_on_note on_note, void *ctx,
                        hr_error *err)
{
    const reading r = {table, on_note, ctx};
    struct ArrowArrayStream stream = {0};
    hr_arena arena = {0};
    bool there = false;
    hr_status st = hr_sql_has_table(d, table->name, &arena, &there, err);

    hr_arena_release(&arena);
    if (st != HR_OK || !there)
        return st;
    HR_TRY(query(d, table, keys, &stream, err));
    st = read_stream(&stream, &r, err);
    stream.release(&stream);
    return st == HR_OK ? st : hr_fail_in(err, st, "reading %s", table->name);
}
