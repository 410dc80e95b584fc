/* Arrow streams as resources: which batches are taken, what is refused, and streams that fail. The
 * arrays are nanoarrow's. */
#include "support.h"

#include <errno.h>
#include <nanoarrow/nanoarrow.h>

#include "headrace/headrace.h"
#include "support/library.h"

/* Rows 0..9 with texts and a null at 5. */
static void numbered_rows(struct ArrowSchema *schema, struct ArrowArray *array)
{
    lib_start_struct(schema, 3);
    lib_set_plain(schema->children[0], "i", NANOARROW_TYPE_INT32);
    lib_set_plain(schema->children[1], "t", NANOARROW_TYPE_STRING);
    lib_set_plain(schema->children[2], "b", NANOARROW_TYPE_BOOL);
    lib_start_array(schema, array);
    for (int64_t i = 0; i < 10; i++) {
        const char letter[] = {(char)('a' + i), '\0'};

        assert_int_equal(ArrowArrayAppendInt(array->children[0], i), NANOARROW_OK);
        if (i == 5)
            assert_int_equal(ArrowArrayAppendNull(array->children[1], 1), NANOARROW_OK);
        else
            assert_int_equal(ArrowArrayAppendString(array->children[1], ArrowCharView(letter)),
                             NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendInt(array->children[2], i % 2), NANOARROW_OK);
        lib_end_row(array);
    }
    lib_finish_array(array);
}

static const char rows_of_t[] =
    "select string_agg(concat(i, coalesce(t, '-'), b::int), ' ' order by i) from t";

static void slices_of_the_batch_are_respected(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    numbered_rows(&schema, &array);
    array.offset = 3;
    array.length = 4;
    assert_hr_ok(lib_load_arrow(p, "t", NULL, &schema, &array, &err), &err, "run");
    assert_asks(p, rows_of_t, "3d1 4e0 5-1 6g0");
    hr_pipeline_close(p);
}

static void slices_of_columns_are_respected(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    numbered_rows(&schema, &array);
    array.length = 3;
    for (size_t i = 0; i < 3; i++) {
        array.children[i]->offset = 4;
        array.children[i]->length = 3;
    }
    array.children[1]->null_count = -1; /* not counted */
    assert_hr_ok(lib_load_arrow(p, "t", NULL, &schema, &array, &err), &err, "run");
    assert_asks(p, rows_of_t, "4e0 5-1 6g0");
    hr_pipeline_close(p);
}

static void spoil_text(struct ArrowArray *a)
{
    ((char *)(uintptr_t)a->children[1]->buffers[2])[3] = (char)0xff;
}

static void spoil_offsets(struct ArrowArray *a)
{
    ((int32_t *)(uintptr_t)a->children[1]->buffers[1])[4] = 1 << 20;
}

static void spoil_length(struct ArrowArray *a)
{
    a->children[0]->length = 9;
}

static void spoil_row(struct ArrowArray *a)
{
    static const uint8_t validity[] = {0xfb, 0xff};

    a->buffers[0] = validity;
    a->null_count = 1;
}

/* Batches that are not what they say. */
static const struct {
    const char *label;
    void (*spoil)(struct ArrowArray *array);
    hr_status status;
    const char *want;
} spoilt_cases[] = {
    {"text", spoil_text, HR_E_SCHEMA, "column \"t\", row 4: the text is not UTF-8"},
    {"offsets", spoil_offsets, HR_E_PARSE, "table t: a batch is malformed"},
    {"length", spoil_length, HR_E_PARSE, "table t: a batch is malformed"},
    {"a null row", spoil_row, HR_E_SCHEMA, "table t, row 3: the whole row is null"},
};

static void spoilt_batches_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spoilt_cases) / sizeof(spoilt_cases[0]); i++) {
        struct ArrowSchema schema;
        struct ArrowArray array;
        hr_pipeline *p = lib_open();
        hr_error err = {0};

        numbered_rows(&schema, &array);
        spoilt_cases[i].spoil(&array);
        assert_int_equal(lib_load_arrow(p, "t", NULL, &schema, &array, &err),
                         spoilt_cases[i].status);
        if (!strstr(err.msg, spoilt_cases[i].want))
            fail_msg("%s: %s", spoilt_cases[i].label, err.msg);
        hr_pipeline_close(p);
    }
}

static void nested_arrow_is_refused(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    lib_start_struct(&schema, 1);
    assert_int_equal(ArrowSchemaSetType(schema.children[0], NANOARROW_TYPE_LIST), NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetType(schema.children[0]->children[0], NANOARROW_TYPE_INT32),
                     NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(schema.children[0], "items"), NANOARROW_OK);
    lib_start_array(&schema, &array);
    lib_finish_array(&array);
    assert_int_equal(lib_load_arrow(p, "t", NULL, &schema, &array, &err), HR_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "table t"));
    assert_non_null(strstr(err.msg, "items"));
    hr_pipeline_close(p);
}

/* Rows with ids from `first` on, and `extra`, a text, in the second of them. */
static hr_status load_extra(hr_pipeline *p, const char *hints, int64_t first, const char *extra,
                            enum ArrowType type, hr_error *err)
{
    struct ArrowSchema schema;
    struct ArrowArray array;

    lib_start_struct(&schema, 2);
    lib_set_plain(schema.children[0], "id", NANOARROW_TYPE_INT64);
    lib_set_plain(schema.children[1], extra, type);
    lib_start_array(&schema, &array);
    for (int64_t i = 0; i < 3; i++) {
        assert_int_equal(ArrowArrayAppendInt(array.children[0], first + i), NANOARROW_OK);
        if (i != 1)
            assert_int_equal(ArrowArrayAppendNull(array.children[1], 1), NANOARROW_OK);
        else if (type == NANOARROW_TYPE_STRING)
            assert_int_equal(ArrowArrayAppendString(array.children[1], ArrowCharView("x")),
                             NANOARROW_OK);
        else
            assert_int_equal(ArrowArrayAppendInt(array.children[1], 7), NANOARROW_OK);
        lib_end_row(&array);
    }
    lib_finish_array(&array);
    return lib_load_arrow(p, "t", hints, &schema, &array, err);
}

static void contracts_hold_for_arrow(void **state)
{
    static const char ids[] = "select string_agg(id, ' ' order by id) from t";
    static const char columns[] =
        "select string_agg(column_name, ' ' order by column_index) from duckdb_columns() where "
        "table_name = 't'";
    const enum ArrowType text = NANOARROW_TYPE_STRING, number = NANOARROW_TYPE_INT64;
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    /* All columns of a new table are welcome. */
    assert_hr_ok(
        load_extra(p, "{\"schema_contract\":{\"columns\":\"freeze\",\"data_type\":\"freeze\"}}", 1,
                   "a", number, &err),
        &err, "new");
    assert_int_equal(load_extra(p, NULL, 10, "b", number, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "columns: freeze refuses the new column \"b\""));
    assert_int_equal(load_extra(p, NULL, 10, "a", text, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "data_type: freeze refuses the stream's text in column \"a\""));
    assert_hr_ok(load_extra(p, "{\"schema_contract\":\"discard_value\"}", 10, "b", number, &err),
                 &err, "value");
    assert_asks(p, ids, "1 2 3 10 11 12");
    assert_hr_ok(load_extra(p, "{\"schema_contract\":\"discard_row\"}", 20, "a", text, &err), &err,
                 "row of a type");
    assert_hr_ok(load_extra(p, NULL, 30, "b", text, &err), &err, "row of a column");
    assert_asks(p, ids, "1 2 3 10 11 12 20 22 30 32");
    assert_asks(p, "select count(a)::varchar from t", "1");
    assert_asks(p, columns, "id a");
    hr_pipeline_close(p);
}

/* Rows (id, at) with at in seconds after the epoch. */
static hr_status load_instants(hr_pipeline *p, const int64_t (*rows)[2], size_t n, hr_error *err)
{
    static const char hints[] = "{\"incremental\":{\"cursor_path\":\"at\"},\"primary_key\":\"id\"}";
    struct ArrowSchema schema;
    struct ArrowArray array;

    lib_start_struct(&schema, 2);
    lib_set_plain(schema.children[0], "id", NANOARROW_TYPE_INT64);
    lib_set_column(schema.children[1], "at", NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_SECOND,
                   "UTC");
    lib_start_array(&schema, &array);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ArrowArrayAppendInt(array.children[0], rows[i][0]), NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendInt(array.children[1], rows[i][1]), NANOARROW_OK);
        lib_end_row(&array);
    }
    lib_finish_array(&array);
    return lib_load_arrow(p, "t", hints, &schema, &array, err);
}

static void arrow_rows_come_once(void **state)
{
    static const int64_t first[][2] = {{1, 10}, {2, 20}, {3, 20}};
    static const int64_t second[][2] = {{3, 20}, {4, 20}, {5, 15}, {6, 30}, {2, 20}};
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    assert_hr_ok(load_instants(p, first, N_OF(first), &err), &err, "first");
    assert_hr_ok(load_instants(p, second, N_OF(second), &err), &err, "second");
    assert_hr_ok(load_instants(p, second, N_OF(second), &err), &err, "again");
    assert_string_equal(lib_ask(p, "SELECT string_agg(id, ',' ORDER BY id) FROM t"), "1,2,3,4,6");
    assert_string_equal(lib_ask(p, "SELECT CAST(count(*) AS VARCHAR) FROM _dlt_loads"), "2");
    assert_hr_ok(hr_pipeline_state(p, &json, &err), &err, "state");
    assert_non_null(strstr(json, "\"last_value\":\"\xef\x80\xa7"
                                 "1970-01-01T00:00:30+00:00\""));
    hr_free(json);
    hr_pipeline_close(p);
}

/* ---- a stream that fails ---- */

typedef struct broken_stream {
    struct ArrowSchema schema;
    struct ArrowArray array; /* the first batch */
    int released;
} broken_stream;

static int broken_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    return ArrowSchemaDeepCopy(&((broken_stream *)s->private_data)->schema, out);
}

static int broken_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    broken_stream *b = s->private_data;

    if (!b->array.release)
        return EIO;
    ArrowArrayMove(&b->array, out);
    return 0;
}

static const char *broken_error(struct ArrowArrayStream *s)
{
    (void)s;
    return "the disk is gone";
}

static void broken_release(struct ArrowArrayStream *s)
{
    broken_stream *b = s->private_data;

    b->released++;
    ArrowSchemaRelease(&b->schema);
    if (b->array.release)
        ArrowArrayRelease(&b->array);
    s->release = NULL;
}

static struct ArrowArrayStream breaks(broken_stream *b)
{
    numbered_rows(&b->schema, &b->array);
    return (struct ArrowArrayStream){.get_schema = broken_schema,
                                     .get_next = broken_next,
                                     .get_last_error = broken_error,
                                     .release = broken_release,
                                     .private_data = b};
}

static void failing_streams_load_nothing(void **state)
{
    const hr_resource_options o = lib_into("t");
    const hr_resource_options wrong = {.size = sizeof(wrong)};
    broken_stream a = {0};
    broken_stream b = {0};
    struct ArrowArrayStream stream = breaks(&a);
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    assert_hr_ok(hr_pipeline_add_arrow(p, &o, &stream, &err), &err, "add");
    assert_int_equal(hr_pipeline_run(p, NULL, &err), HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "the disk is gone"));
    assert_int_equal(a.released, 1);
    assert_int_equal(hr_pipeline_tables(p, &json, &err), HR_E_USAGE);

    stream = breaks(&b); /* taken over, whatever is returned */
    assert_int_equal(hr_pipeline_add_arrow(p, &wrong, &stream, &err), HR_E_CONFIG);
    assert_int_equal(b.released, 1);
    hr_pipeline_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        lib_test(slices_of_the_batch_are_respected), lib_test(slices_of_columns_are_respected),
        lib_test(spoilt_batches_are_refused),        lib_test(nested_arrow_is_refused),
        lib_test(contracts_hold_for_arrow),          lib_test(arrow_rows_come_once),
        lib_test(failing_streams_load_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
