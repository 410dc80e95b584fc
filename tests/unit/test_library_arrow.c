/* Arrow streams as resources: which types arrive as what, what is refused, and streams that fail.
 * The arrays are nanoarrow's. */
#include "support.h"

#include <errno.h>
#include <nanoarrow/nanoarrow.h>

#include "headrace/headrace.h"
#include "support/library.h"

/* ---- batches ---- */

static void start_array(struct ArrowSchema *schema, struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayInitFromSchema(array, schema, NULL), NANOARROW_OK);
    assert_int_equal(ArrowArrayStartAppending(array), NANOARROW_OK);
}

static void end_row(struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayFinishElement(array), NANOARROW_OK);
}

static void finish_array(struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayFinishBuildingDefault(array, NULL), NANOARROW_OK);
}

static void start_struct(struct ArrowSchema *schema, int64_t n_columns)
{
    ArrowSchemaInit(schema);
    assert_int_equal(ArrowSchemaSetTypeStruct(schema, n_columns), NANOARROW_OK);
}

/* Loads one batch; takes schema and array over. */
static hr_status load_hinted(hr_pipeline *p, const char *table, const char *hints,
                             struct ArrowSchema *schema, struct ArrowArray *array, hr_error *err)
{
    const hr_resource_options o = {.size = sizeof(o), .table = table, .hints = hints};
    struct ArrowArrayStream stream;

    assert_int_equal(ArrowBasicArrayStreamInit(&stream, schema, 1), NANOARROW_OK);
    ArrowBasicArrayStreamSetArray(&stream, 0, array);
    assert_hr_ok(hr_pipeline_add_arrow(p, &o, &stream, err), err, table);
    assert_null(stream.release);
    return hr_pipeline_run(p, NULL, err);
}

static hr_status load_batch(hr_pipeline *p, const char *table, struct ArrowSchema *schema,
                            struct ArrowArray *array, hr_error *err)
{
    return load_hinted(p, table, NULL, schema, array, err);
}

/* Each type with three values: the first, null, the last; as DuckDB shows them. */
typedef struct arrow_case {
    const char *name;
    enum ArrowType type;
    enum ArrowTimeUnit unit; /* time and timestamps */
    const char *zone;
    int64_t first, last;                /* numbers and times */
    const char *first_text, *last_text; /* text and binary */
    const char *want_type, *want_first, *want_last;
} arrow_case;

static const arrow_case arrow_cases[] = {
    {.name = "bool",
     .type = NANOARROW_TYPE_BOOL,
     .first = 1,
     .last = 0,
     .want_type = "BOOLEAN",
     .want_first = "true",
     .want_last = "false"},
    {.name = "i8",
     .type = NANOARROW_TYPE_INT8,
     .first = INT8_MIN,
     .last = INT8_MAX,
     .want_type = "BIGINT",
     .want_first = "-128",
     .want_last = "127"},
    {.name = "i16",
     .type = NANOARROW_TYPE_INT16,
     .first = INT16_MIN,
     .last = INT16_MAX,
     .want_type = "BIGINT",
     .want_first = "-32768",
     .want_last = "32767"},
    {.name = "i32",
     .type = NANOARROW_TYPE_INT32,
     .first = INT32_MIN,
     .last = INT32_MAX,
     .want_type = "BIGINT",
     .want_first = "-2147483648",
     .want_last = "2147483647"},
    {.name = "i64",
     .type = NANOARROW_TYPE_INT64,
     .first = INT64_MIN,
     .last = INT64_MAX,
     .want_type = "BIGINT",
     .want_first = "-9223372036854775808",
     .want_last = "9223372036854775807"},
    {.name = "u8",
     .type = NANOARROW_TYPE_UINT8,
     .first = 0,
     .last = UINT8_MAX,
     .want_type = "BIGINT",
     .want_first = "0",
     .want_last = "255"},
    {.name = "u16",
     .type = NANOARROW_TYPE_UINT16,
     .first = 0,
     .last = UINT16_MAX,
     .want_type = "BIGINT",
     .want_first = "0",
     .want_last = "65535"},
    {.name = "u32",
     .type = NANOARROW_TYPE_UINT32,
     .first = 0,
     .last = UINT32_MAX,
     .want_type = "BIGINT",
     .want_first = "0",
     .want_last = "4294967295"},
    {.name = "u64",
     .type = NANOARROW_TYPE_UINT64,
     .first = 0,
     .last = -1,
     .want_type = "DECIMAL(20,0)",
     .want_first = "0",
     .want_last = "18446744073709551615"},
    {.name = "f32",
     .type = NANOARROW_TYPE_FLOAT,
     .first = -2,
     .last = 3,
     .want_type = "DOUBLE",
     .want_first = "-2.0",
     .want_last = "3.0"},
    {.name = "f64",
     .type = NANOARROW_TYPE_DOUBLE,
     .first = -2,
     .last = 3,
     .want_type = "DOUBLE",
     .want_first = "-2.0",
     .want_last = "3.0"},
    {.name = "txt",
     .type = NANOARROW_TYPE_STRING,
     .first_text = "",
     .last_text = "Gr\xc3\xbc\xc3\x9f",
     .want_type = "VARCHAR",
     .want_first = "",
     .want_last = "Gr\xc3\xbc\xc3\x9f"},
    {.name = "large_txt",
     .type = NANOARROW_TYPE_LARGE_STRING,
     .first_text = "a",
     .last_text = "bb",
     .want_type = "VARCHAR",
     .want_first = "a",
     .want_last = "bb"},
    {.name = "bin",
     .type = NANOARROW_TYPE_BINARY,
     .first_text = "\x01\xff",
     .last_text = "",
     .want_type = "BLOB",
     .want_first = "\\x01\\xFF",
     .want_last = ""},
    {.name = "large_bin",
     .type = NANOARROW_TYPE_LARGE_BINARY,
     .first_text = "\x02",
     .last_text = "z",
     .want_type = "BLOB",
     .want_first = "\\x02",
     .want_last = "z"},
    {.name = "dat",
     .type = NANOARROW_TYPE_DATE32,
     .first = -1,
     .last = 20000,
     .want_type = "DATE",
     .want_first = "1969-12-31",
     .want_last = "2024-10-04"},
    {.name = "time_s",
     .type = NANOARROW_TYPE_TIME32,
     .unit = NANOARROW_TIME_UNIT_SECOND,
     .first = 1,
     .last = 86399,
     .want_type = "TIME",
     .want_first = "00:00:01",
     .want_last = "23:59:59"},
    {.name = "time_us",
     .type = NANOARROW_TYPE_TIME64,
     .unit = NANOARROW_TIME_UNIT_MICRO,
     .first = 1,
     .last = 1500000,
     .want_type = "TIME",
     .want_first = "00:00:00.000001",
     .want_last = "00:00:01.5"},
    {.name = "ts_s",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_SECOND,
     .zone = "UTC",
     .first = -1,
     .last = 1,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1969-12-31 23:59:59",
     .want_last = "1970-01-01 00:00:01"},
    {.name = "ts_ms",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_MILLI,
     .zone = "UTC",
     .first = 1500,
     .last = 2,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1970-01-01 00:00:01.5",
     .want_last = "1970-01-01 00:00:00.002"},
    {.name = "ts_us",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_MICRO,
     .zone = "Europe/Berlin",
     .first = 0,
     .last = 1,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1970-01-01 00:00:00",
     .want_last = "1970-01-01 00:00:00.000001"},
    {.name = "ts_ns",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_NANO,
     .zone = "UTC",
     .first = -1000,
     .last = 7000,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1969-12-31 23:59:59.999999",
     .want_last = "1970-01-01 00:00:00.000007"},
    {.name = "deci",
     .type = NANOARROW_TYPE_DECIMAL128,
     .first = -12345,
     .last = 1,
     .want_type = "DECIMAL(10,2)",
     .want_first = "-123.45",
     .want_last = "0.01"},
};

static void set_case_type(struct ArrowSchema *s, const arrow_case *c)
{
    int code = NANOARROW_OK;

    ArrowSchemaInit(s);
    if (c->type == NANOARROW_TYPE_DECIMAL128)
        code = ArrowSchemaSetTypeDecimal(s, c->type, 10, 2);
    else if (c->unit || c->zone || c->type == NANOARROW_TYPE_TIME32)
        code = ArrowSchemaSetTypeDateTime(s, c->type, c->unit, c->zone);
    else
        code = ArrowSchemaSetType(s, c->type);
    assert_int_equal(code, NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(s, c->name), NANOARROW_OK);
}

static void append_case(struct ArrowArray *a, const arrow_case *c, int64_t v, const char *text)
{
    struct ArrowDecimal d;
    int code = NANOARROW_OK;

    if (text) {
        const struct ArrowBufferView bytes = {{text}, (int64_t)strlen(text)};

        code = ArrowArrayAppendBytes(a, bytes);
    } else if (c->type == NANOARROW_TYPE_DECIMAL128) {
        ArrowDecimalInit(&d, 128, 10, 2);
        ArrowDecimalSetInt(&d, v);
        code = ArrowArrayAppendDecimal(a, &d);
    } else if (c->type == NANOARROW_TYPE_UINT64) {
        code = ArrowArrayAppendUInt(a, (uint64_t)v);
    } else {
        code = ArrowArrayAppendInt(a, v);
    }
    assert_int_equal(code, NANOARROW_OK);
}

static void arrow_types_arrive(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = lib_open();
    hr_error err = {0};
    const int64_t n = (int64_t)N_OF(arrow_cases);

    (void)state;
    start_struct(&schema, n + 2);
    for (int64_t i = 0; i < n; i++)
        set_case_type(schema.children[i], &arrow_cases[i]);
    set_case_type(schema.children[n], &(arrow_case){.name = "Row No", .type = NANOARROW_TYPE_INT8});
    set_case_type(schema.children[n + 1], &(arrow_case){.name = "nil", .type = NANOARROW_TYPE_NA});
    start_array(&schema, &array);
    for (int64_t row = 0; row < 3; row++) {
        for (int64_t i = 0; i < n; i++) {
            const arrow_case *c = &arrow_cases[i];

            if (row == 1)
                assert_int_equal(ArrowArrayAppendNull(array.children[i], 1), NANOARROW_OK);
            else
                append_case(array.children[i], c, row ? c->last : c->first,
                            row ? c->last_text : c->first_text);
        }
        assert_int_equal(ArrowArrayAppendInt(array.children[n], row), NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendNull(array.children[n + 1], 1), NANOARROW_OK);
        end_row(&array);
    }
    finish_array(&array);
    assert_hr_ok(load_batch(p, "types", &schema, &array, &err), &err, "run");

    for (int64_t i = 0; i < n; i++) {
        const arrow_case *c = &arrow_cases[i];
        char sql[400], want[300];

        /* The session's time zone would show: instants are compared in UTC. */
        const bool zoned = c->type == NANOARROW_TYPE_TIMESTAMP;
        (void)snprintf(
            sql, sizeof(sql),
            "select concat(any_value(typeof(%s)), ': ', string_agg(coalesce((%s%s)::varchar, "
            "'NULL'), ' ' order by row_no)) from types",
            c->name, c->name, zoned ? " at time zone 'UTC'" : "");
        (void)snprintf(want, sizeof(want), "%s: %s NULL %s", c->want_type, c->want_first,
                       c->want_last);
        assert_asks(p, sql, want);
    }
    assert_asks(p, "select count(*)::varchar from duckdb_columns() where column_name = 'nil'", "0");
    hr_pipeline_close(p);
}

/* Rows 0..9 with texts and a null at 5. */
static void numbered_rows(struct ArrowSchema *schema, struct ArrowArray *array)
{
    start_struct(schema, 3);
    set_case_type(schema->children[0], &(arrow_case){.name = "i", .type = NANOARROW_TYPE_INT32});
    set_case_type(schema->children[1], &(arrow_case){.name = "t", .type = NANOARROW_TYPE_STRING});
    set_case_type(schema->children[2], &(arrow_case){.name = "b", .type = NANOARROW_TYPE_BOOL});
    start_array(schema, array);
    for (int64_t i = 0; i < 10; i++) {
        const char letter[] = {(char)('a' + i), '\0'};

        assert_int_equal(ArrowArrayAppendInt(array->children[0], i), NANOARROW_OK);
        if (i == 5)
            assert_int_equal(ArrowArrayAppendNull(array->children[1], 1), NANOARROW_OK);
        else
            assert_int_equal(ArrowArrayAppendString(array->children[1], ArrowCharView(letter)),
                             NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendInt(array->children[2], i % 2), NANOARROW_OK);
        end_row(array);
    }
    finish_array(array);
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
    assert_hr_ok(load_batch(p, "t", &schema, &array, &err), &err, "run");
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
    assert_hr_ok(load_batch(p, "t", &schema, &array, &err), &err, "run");
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
        assert_int_equal(load_batch(p, "t", &schema, &array, &err), spoilt_cases[i].status);
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
    start_struct(&schema, 1);
    assert_int_equal(ArrowSchemaSetType(schema.children[0], NANOARROW_TYPE_LIST), NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetType(schema.children[0]->children[0], NANOARROW_TYPE_INT32),
                     NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(schema.children[0], "items"), NANOARROW_OK);
    start_array(&schema, &array);
    finish_array(&array);
    assert_int_equal(load_batch(p, "t", &schema, &array, &err), HR_E_UNSUPPORTED);
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

    start_struct(&schema, 2);
    set_case_type(schema.children[0], &(arrow_case){.name = "id", .type = NANOARROW_TYPE_INT64});
    set_case_type(schema.children[1], &(arrow_case){.name = extra, .type = type});
    start_array(&schema, &array);
    for (int64_t i = 0; i < 3; i++) {
        assert_int_equal(ArrowArrayAppendInt(array.children[0], first + i), NANOARROW_OK);
        if (i != 1)
            assert_int_equal(ArrowArrayAppendNull(array.children[1], 1), NANOARROW_OK);
        else if (type == NANOARROW_TYPE_STRING)
            assert_int_equal(ArrowArrayAppendString(array.children[1], ArrowCharView("x")),
                             NANOARROW_OK);
        else
            assert_int_equal(ArrowArrayAppendInt(array.children[1], 7), NANOARROW_OK);
        end_row(&array);
    }
    finish_array(&array);
    return load_hinted(p, "t", hints, &schema, &array, err);
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

static void too_fine_a_time_is_refused(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    start_struct(&schema, 1);
    set_case_type(schema.children[0], &(arrow_case){.name = "at",
                                                    .type = NANOARROW_TYPE_TIMESTAMP,
                                                    .unit = NANOARROW_TIME_UNIT_NANO,
                                                    .zone = "UTC"});
    start_array(&schema, &array);
    assert_int_equal(ArrowArrayAppendInt(array.children[0], 1000), NANOARROW_OK);
    end_row(&array);
    assert_int_equal(ArrowArrayAppendInt(array.children[0], 1001), NANOARROW_OK);
    end_row(&array);
    finish_array(&array);
    assert_int_equal(load_batch(p, "t", &schema, &array, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "row 2"));
    hr_pipeline_close(p);
}

/* One row of decimal(precision, scale) with that unscaled value. */
/* Rows (id, at) with at in seconds after the epoch. */
static hr_status load_instants(hr_pipeline *p, const int64_t (*rows)[2], size_t n, hr_error *err)
{
    static const char hints[] = "{\"incremental\":{\"cursor_path\":\"at\"},\"primary_key\":\"id\"}";
    struct ArrowSchema schema;
    struct ArrowArray array;

    start_struct(&schema, 2);
    set_case_type(schema.children[0], &(arrow_case){.name = "id", .type = NANOARROW_TYPE_INT64});
    set_case_type(schema.children[1], &(arrow_case){.name = "at",
                                                    .type = NANOARROW_TYPE_TIMESTAMP,
                                                    .unit = NANOARROW_TIME_UNIT_SECOND,
                                                    .zone = "UTC"});
    start_array(&schema, &array);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ArrowArrayAppendInt(array.children[0], rows[i][0]), NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendInt(array.children[1], rows[i][1]), NANOARROW_OK);
        end_row(&array);
    }
    finish_array(&array);
    return load_hinted(p, "t", hints, &schema, &array, err);
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

static hr_status load_decimal(hr_pipeline *p, int precision, int scale, int64_t unscaled,
                              hr_error *err)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    struct ArrowDecimal d;

    start_struct(&schema, 1);
    assert_int_equal(
        ArrowSchemaSetTypeDecimal(schema.children[0], NANOARROW_TYPE_DECIMAL128, precision, scale),
        NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(schema.children[0], "price"), NANOARROW_OK);
    start_array(&schema, &array);
    ArrowDecimalInit(&d, 128, precision, scale);
    ArrowDecimalSetInt(&d, unscaled);
    assert_int_equal(ArrowArrayAppendDecimal(array.children[0], &d), NANOARROW_OK);
    end_row(&array);
    finish_array(&array);
    return load_batch(p, "t", &schema, &array, err);
}

static void decimals_keep_their_value_or_are_refused(void **state)
{
    static const char prices[] = "select string_agg(price::varchar, ' ' order by price) from t";
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    assert_hr_ok(load_decimal(p, 10, 2, 125, &err), &err, "decimal(10,2)");
    assert_hr_ok(load_decimal(p, 8, 1, 25, &err), &err, "decimal(8,1) fits");
    assert_asks(p, prices, "1.25 2.50");
    assert_int_equal(load_decimal(p, 12, 4, 12345, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "price"));
    assert_asks(p, prices, "1.25 2.50");
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
        lib_test(arrow_types_arrive),
        lib_test(slices_of_the_batch_are_respected),
        lib_test(slices_of_columns_are_respected),
        lib_test(spoilt_batches_are_refused),
        lib_test(nested_arrow_is_refused),
        lib_test(contracts_hold_for_arrow),
        lib_test(too_fine_a_time_is_refused),
        lib_test(decimals_keep_their_value_or_are_refused),
        lib_test(arrow_rows_come_once),
        lib_test(failing_streams_load_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
