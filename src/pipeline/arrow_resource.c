/* Arrow in: batches of a stream become batches of the package, column by column. As dlt does
 * with Arrow, no row ids and no load ids are added and no types are inferred: the stream's
 * types are the table's, as far as the eleven data types go. */
#include <inttypes.h>
#include <nanoarrow/nanoarrow.h>

#include "arrow/builder.h"
#include "arrow/stream.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package.h"
#include "pipeline/arrow_column.h"
#include "pipeline/arrow_rows.h"
#include "pipeline/pipeline_int.h"
#include "schema/naming.h"
#include "schema/schema.h"

typedef struct arrow_job {
    hr_pipeline *p;
    hr_resource *r;
    hr_schema *schema;
    hr_package_writer *writer;
    struct ArrowSchema arrow_schema;
    struct ArrowArrayView view;
    hr_arrow_column *columns;
    size_t n_columns;
    hr_builder order;
    hr_arrow_rows chosen; /* of an incremental resource */
    bool bars_rows;       /* a contract may discard rows */
    int64_t *passed;      /* places of those of the batch at hand that it lets pass */
    size_t n_passed, cap_passed;
    hr_normalize_result *result;
} arrow_job;

/* ---- columns ---- */

static hr_status add_column(arrow_job *j, size_t i, hr_error *err)
{
    const struct ArrowSchema *schema = j->arrow_schema.children[i];
    hr_arrow_column *c = &j->columns[i];
    const hr_status st = hr_arrow_column_init(c, schema, &j->p->naming, err);

    if (st != HR_OK)
        return hr_fail_in(err, st, "table %s, column \"%s\"", j->r->root,
                          schema->name ? schema->name : "");
    for (size_t k = 0; k < i; k++) {
        if (strcmp(j->columns[k].name, c->name) == 0)
            return hr_fail(err, HR_E_SCHEMA, "table %s: two columns become \"%s\"", j->r->root,
                           c->name);
    }
    return HR_OK;
}

/* Adds the column to the schema, unless it is there or a contract says otherwise. */
static hr_status settle_column(arrow_job *j, hr_table *t, bool new_table, hr_arrow_column *c,
                               hr_error *err)
{
    hr_column *there = hr_table_column(t, c->spec.name);

    if (c->spec.type == HR_TYPE_NONE)
        return HR_OK;
    HR_TRY(hr_arrow_judge(hr_table_contract(j->schema, t), t, new_table, there, &c->spec,
                          &c->verdict, err));
    j->bars_rows = j->bars_rows || c->verdict.mode == HR_DISCARD_ROW;
    if (c->verdict.mode != HR_EVOLVE)
        return HR_OK;
    if (!there)
        return hr_table_add_column(j->schema, t, &c->spec, NULL, err);
    if (there->type == HR_TYPE_NONE)
        return hr_column_set_type(j->schema, there, c->spec.type,
                                  c->spec.has_precision ? c->spec.precision : -1,
                                  c->spec.has_scale ? c->spec.scale : -1, err);
    return HR_OK;
}

static hr_status describe_stream(arrow_job *j, hr_error *err)
{
    struct ArrowArrayStream *s = &j->r->arrow;
    hr_table *t = hr_schema_table(j->schema, hr_str_from(j->r->root));
    const bool new_table = hr_table_is_new(t);

    if (s->get_schema(s, &j->arrow_schema) != 0)
        return hr_fail_in(err, hr_stream_failed(s, err), "the stream of %s gives no schema",
                          j->r->root);
    if (strcmp(j->arrow_schema.format, "+s") != 0)
        return hr_fail(err, HR_E_USAGE, "the stream of %s yields no record batches", j->r->root);
    j->n_columns = (size_t)j->arrow_schema.n_children;
    j->columns = hr_calloc(j->n_columns, sizeof(*j->columns));
    if (!j->columns)
        return hr_nomem(err);
    for (size_t i = 0; i < j->n_columns; i++) {
        HR_TRY(add_column(j, i, err));
        HR_TRY(settle_column(j, t, new_table, &j->columns[i], err));
    }
    if (ArrowArrayViewInitFromSchema(&j->view, &j->arrow_schema, NULL) != NANOARROW_OK)
        return hr_nomem(err);
    return HR_OK;
}

/* ---- values ---- */

/* `kept`: places of the rows to take; NULL: all from `from` on. */
static hr_status copy_column(arrow_job *j, hr_arrow_column *c, const struct ArrowArrayView *v,
                             int64_t from, const int64_t *kept, int64_t rows, hr_error *err)
{
    hr_builder_reset(&c->builder);
    for (int64_t i = 0; i < rows; i++) {
        const int64_t at = kept ? kept[i] : from + i;

        if (ArrowArrayViewIsNull(v, at))
            continue;
        const hr_status st = hr_arrow_column_put(c, v, at, i, err);
        if (st == HR_E_SCHEMA)
            return hr_fail_in(err, st, "table %s, column \"%s\", row %" PRIu64, j->r->root, c->name,
                              j->result->rows + (uint64_t)i + 1);
        HR_TRY(st);
    }
    j->result->tally.values += (uint64_t)c->builder.n_valid;
    j->result->values_loaded += (uint64_t)c->builder.n_valid;
    return hr_builder_pad(&c->builder, rows) ? HR_OK : hr_nomem(err);
}

/* A stream comes from a stranger: lengths, offsets and the rows themselves are checked before
 * anything is read through them. */
static hr_status check_batch(arrow_job *j, const struct ArrowArray *array, hr_error *err)
{
    struct ArrowError why = {{0}};

    if (ArrowArrayViewSetArray(&j->view, array, &why) != NANOARROW_OK ||
        ArrowArrayViewValidate(&j->view, NANOARROW_VALIDATION_LEVEL_FULL, &why) != NANOARROW_OK)
        return hr_fail(err, HR_E_PARSE, "table %s: a batch is malformed: %s", j->r->root,
                       why.message);
    for (int64_t i = 0; i < array->length && array->null_count != 0; i++) {
        if (ArrowArrayViewIsNull(&j->view, i))
            return hr_fail(err, HR_E_SCHEMA, "table %s, row %" PRIu64 ": the whole row is null",
                           j->r->root, j->result->rows + (uint64_t)i + 1);
    }
    return HR_OK;
}

/* The places of the rows in the stream, for tables that are merged. */
static hr_status add_order(arrow_job *j, int64_t rows, hr_batch_column *out, hr_error *err)
{
    hr_builder_reset(&j->order);
    for (int64_t i = 0; i < rows; i++) {
        if (!hr_builder_put_i64(&j->order, i, (int64_t)j->result->rows + i))
            return hr_nomem(err);
    }
    *out = (hr_batch_column){.field = {.name = HR_STR(HR_ROW_ORDER),
                                       .type = HR_TYPE_BIGINT,
                                       .precision = -1,
                                       .scale = -1},
                             .data = j->order.values,
                             .data_bytes = (size_t)rows * sizeof(int64_t)};
    return HR_OK;
}

/* ---- contracts ---- */

static hr_status count_discarded(arrow_job *j, const hr_arrow_column *c, uint64_t values,
                                 hr_error *err)
{
    hr_tally *tally = &j->result->tally;
    const hr_discard why = c->verdict.why;

    tally->values += values;
    tally->discarded[why] += values;
    if (!values || tally->example[why])
        return HR_OK;
    tally->example[why] = hr_strdup(c->name);
    return tally->example[why] ? HR_OK : hr_nomem(err);
}

/* The column for which the row is discarded; NULL: it passes. */
static const hr_arrow_column *bar_of(const arrow_job *j, int64_t row)
{
    for (size_t i = 0; i < j->n_columns; i++) {
        if (j->columns[i].verdict.mode == HR_DISCARD_ROW &&
            !ArrowArrayViewIsNull(j->view.children[i], row))
            return &j->columns[i];
    }
    return NULL;
}

static uint64_t values_of(const arrow_job *j, int64_t row)
{
    uint64_t n = 0;

    for (size_t i = 0; i < j->n_columns; i++)
        n += j->columns[i].spec.type != HR_TYPE_NONE &&
             !ArrowArrayViewIsNull(j->view.children[i], row);
    return n;
}

/* Of `rows` rows, in `kept` or from `from` on, those that contracts let pass go to j->passed. */
static hr_status pass_rows(arrow_job *j, int64_t from, const int64_t *kept, int64_t rows,
                           hr_error *err)
{
    j->n_passed = 0;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t at = kept ? kept[i] : from + i;
        const hr_arrow_column *bar = bar_of(j, at);

        if (bar) {
            j->result->tally.rows_discarded++;
            HR_TRY(count_discarded(j, bar, values_of(j, at), err));
        } else if (!HR_PUSH(j->passed, j->n_passed, j->cap_passed, at)) {
            return hr_nomem(err);
        }
    }
    return HR_OK;
}

static hr_status leave_out(arrow_job *j, size_t column, int64_t from, const int64_t *kept,
                           int64_t rows, hr_error *err)
{
    uint64_t n = 0;

    for (int64_t i = 0; i < rows; i++)
        n += !ArrowArrayViewIsNull(j->view.children[column], kept ? kept[i] : from + i);
    return count_discarded(j, &j->columns[column], n, err);
}

static hr_status write_batch(arrow_job *j, const struct ArrowArray *array, hr_error *err)
{
    hr_batch_column *columns = hr_calloc(j->n_columns + 1, sizeof(*columns));
    hr_batch batch = {
        .table = hr_str_from(j->r->root), .n_rows = array->length, .columns = columns};
    hr_status st = columns ? HR_OK : hr_nomem(err);

    if (st == HR_OK)
        st = check_batch(j, array, err);
    if (st == HR_OK && j->chosen.inc) {
        st = hr_arrow_rows_choose(&j->chosen, &j->view, array->offset, array->length, err);
        batch.n_rows = (int64_t)j->chosen.n_kept;
    }
    const int64_t *kept = j->chosen.inc ? j->chosen.kept : NULL;
    j->result->tally.items += (uint64_t)batch.n_rows;
    if (st == HR_OK && j->bars_rows) {
        st = pass_rows(j, array->offset, kept, batch.n_rows, err);
        kept = j->passed;
        batch.n_rows = (int64_t)j->n_passed;
    }
    for (size_t i = 0; i < j->n_columns && st == HR_OK; i++) {
        hr_arrow_column *c = &j->columns[i];

        if (c->spec.type == HR_TYPE_NONE)
            continue;
        if (c->verdict.mode != HR_EVOLVE) {
            st = leave_out(j, i, array->offset, kept, batch.n_rows, err);
            continue;
        }
        st = copy_column(j, c, j->view.children[i], array->offset, kept, batch.n_rows, err);
        if (st == HR_OK)
            columns[batch.n_columns++] = hr_arrow_column_batch(c);
    }
    if (st == HR_OK && j->r->rows.ordered)
        st = add_order(j, batch.n_rows, &columns[batch.n_columns++], err);
    if (st == HR_OK && batch.n_rows > 0 && batch.n_columns > 0)
        st = hr_package_write(j->writer, &batch, err);
    j->result->rows += (uint64_t)batch.n_rows;
    hr_free(columns);
    return st;
}

static hr_status write_stream(arrow_job *j, hr_error *err)
{
    struct ArrowArrayStream *s = &j->r->arrow;

    for (;;) {
        struct ArrowArray array = {0};

        if (atomic_load(&j->p->cancelled))
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        if (s->get_next(s, &array) != 0)
            return hr_fail_in(err, hr_stream_failed(s, err), "the stream of %s failed", j->r->root);
        if (!array.release)
            return HR_OK;
        const hr_status st = write_batch(j, &array, err);
        array.release(&array);
        HR_TRY(st);
    }
}

hr_status hr_run_arrow_resource(hr_pipeline *p, hr_resource *r, struct hr_schema *schema,
                                struct hr_package *package, hr_normalize_result *out, hr_error *err)
{
    arrow_job j = {.p = p, .r = r, .schema = schema, .result = out};
    hr_status st = hr_package_writer_new(&j.writer, package, err);

    hr_builder_init(&j.order, HR_TYPE_BIGINT);
    if (st == HR_OK)
        st = describe_stream(&j, err);
    if (st == HR_OK) {
        st = hr_arrow_rows_begin(&j.chosen, r->incremental, &j.arrow_schema, err);
        if (st != HR_OK && st != HR_E_NOMEM)
            st = hr_fail_in(err, st, "resource %s", r->table);
    }
    if (st == HR_OK)
        st = write_stream(&j, err);
    if (st == HR_OK)
        st = hr_package_writer_finish(j.writer, err);
    hr_error late;
    const hr_status ended = hr_arrow_rows_end(&j.chosen, st != HR_OK, &late);
    if (st == HR_OK && ended != HR_OK)
        st = hr_fail(err, ended, "%s", late.msg);
    hr_package_writer_free(j.writer);
    for (size_t i = 0; i < j.n_columns && j.columns; i++)
        hr_arrow_column_release(&j.columns[i]);
    hr_free(j.columns);
    hr_builder_release(&j.order);
    ArrowArrayViewReset(&j.view);
    if (j.arrow_schema.release)
        j.arrow_schema.release(&j.arrow_schema);
    hr_free(j.passed);
    return st;
}
