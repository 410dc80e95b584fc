/* The hashes of rows that stand at a cursor's last value, read as a stream: there may be millions.
 */
#include <nanoarrow/nanoarrow.h>

#include "arrow/stream.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "load/load.h"
#include "load/statement.h"

const char hr_row_hash_table[] = "_dlt_incremental_rows";
const char *const hr_row_hash_keys[HR_N_ROW_HASH_KEYS] = {"pipeline_name", "resource",
                                                          "cursor_path", "cursor_value"};

static hr_status tell_each(const struct ArrowArrayView *column, hr_on_hash on_hash, void *ctx,
                           hr_error *err)
{
    for (int64_t i = 0; i < column->length; i++) {
        const struct ArrowStringView text = ArrowArrayViewGetStringUnsafe(column, i);

        HR_TRY(on_hash(ctx, (hr_str){text.data, (size_t)text.size_bytes}, err));
    }
    return HR_OK;
}

static hr_status read_batches(struct ArrowArrayStream *s, struct ArrowArrayView *view,
                              hr_on_hash on_hash, void *ctx, hr_error *err)
{
    for (;;) {
        struct ArrowArray batch = {0};
        hr_status st = HR_OK;

        if (s->get_next(s, &batch) != 0)
            return hr_stream_failed(s, err);
        if (!batch.release)
            return HR_OK;
        st = ArrowArrayViewSetArray(view, &batch, NULL) == NANOARROW_OK
                 ? tell_each(view->children[0], on_hash, ctx, err)
                 : hr_fail(err, HR_E_REMOTE, "a malformed batch");
        batch.release(&batch);
        HR_TRY(st);
    }
}

static hr_status read_stream(struct ArrowArrayStream *s, hr_on_hash on_hash, void *ctx,
                             hr_error *err)
{
    struct ArrowSchema schema = {0};
    struct ArrowArrayView view;
    hr_status st = HR_OK;

    if (s->get_schema(s, &schema) != 0)
        return hr_stream_failed(s, err);
    if (ArrowArrayViewInitFromSchema(&view, &schema, NULL) == NANOARROW_OK)
        st = read_batches(s, &view, on_hash, ctx, err);
    else
        st = hr_nomem(err);
    ArrowArrayViewReset(&view);
    schema.release(&schema);
    return st;
}

static hr_status query(hr_destination *d, const char *const keys[HR_N_ROW_HASH_KEYS],
                       struct ArrowArrayStream *out, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "SELECT row_hash FROM ");
    hr_sql_table(&sql, d, hr_row_hash_table);
    for (size_t i = 0; i < HR_N_ROW_HASH_KEYS; i++) {
        hr_buf_addf(&sql, " %s %s = ", i ? "AND" : "WHERE", hr_row_hash_keys[i]);
        hr_sql_literal(&sql, hr_str_from(keys[i]));
    }
    hr_status st = hr_buf_status(&sql, err);
    if (st == HR_OK)
        st = d->ops->query(d, sql.data, out, err);
    hr_buf_release(&sql);
    return st;
}

hr_status hr_load_row_hashes(hr_destination *d, const char *const keys[HR_N_ROW_HASH_KEYS],
                             hr_on_hash on_hash, void *ctx, hr_error *err)
{
    struct ArrowArrayStream stream = {0};
    hr_arena arena = {0};
    bool there = false;
    hr_status st = hr_sql_has_table(d, hr_row_hash_table, &arena, &there, err);

    hr_arena_release(&arena);
    if (st != HR_OK || !there)
        return st;
    HR_TRY(query(d, keys, &stream, err));
    st = read_stream(&stream, on_hash, ctx, err);
    stream.release(&stream);
    return st == HR_OK ? st : hr_fail_in(err, st, "reading %s", hr_row_hash_table);
}
