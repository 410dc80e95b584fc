/* Arrow streams as resources: which types arrive as what, and values that a column cannot hold. The
 * arrays are nanoarrow's. */
#include "support.h"

#include <nanoarrow/nanoarrow.h>

#include "headrace/headrace.h"
#include "support/library.h"

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
    lib_start_struct(&schema, n + 2);
    for (int64_t i = 0; i < n; i++)
        lib_set_column(schema.children[i], arrow_cases[i].name, arrow_cases[i].type,
                       arrow_cases[i].unit, arrow_cases[i].zone);
    lib_set_plain(schema.children[n], "Row No", NANOARROW_TYPE_INT8);
    lib_set_plain(schema.children[n + 1], "nil", NANOARROW_TYPE_NA);
    lib_start_array(&schema, &array);
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
        lib_end_row(&array);
    }
    lib_finish_array(&array);
    assert_hr_ok(lib_load_arrow(p, "types", NULL, &schema, &array, &err), &err, "run");

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

static void too_fine_a_time_is_refused(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = lib_open();
    hr_error err = {0};

    (void)state;
    lib_start_struct(&schema, 1);
    lib_set_column(schema.children[0], "at", NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_NANO,
                   "UTC");
    lib_start_array(&schema, &array);
    assert_int_equal(ArrowArrayAppendInt(array.children[0], 1000), NANOARROW_OK);
    lib_end_row(&array);
    assert_int_equal(ArrowArrayAppendInt(array.children[0], 1001), NANOARROW_OK);
    lib_end_row(&array);
    lib_finish_array(&array);
    assert_int_equal(lib_load_arrow(p, "t", NULL, &schema, &array, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "row 2"));
    hr_pipeline_close(p);
}

/* One row of decimal(precision, scale) with that unscaled value. */
static hr_status load_decimal(hr_pipeline *p, int precision, int scale, int64_t unscaled,
                              hr_error *err)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    struct ArrowDecimal d;

    lib_start_struct(&schema, 1);
    assert_int_equal(
        ArrowSchemaSetTypeDecimal(schema.children[0], NANOARROW_TYPE_DECIMAL128, precision, scale),
        NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(schema.children[0], "price"), NANOARROW_OK);
    lib_start_array(&schema, &array);
    ArrowDecimalInit(&d, 128, precision, scale);
    ArrowDecimalSetInt(&d, unscaled);
    assert_int_equal(ArrowArrayAppendDecimal(array.children[0], &d), NANOARROW_OK);
    lib_end_row(&array);
    lib_finish_array(&array);
    return lib_load_arrow(p, "t", NULL, &schema, &array, err);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        lib_test(arrow_types_arrive),
        lib_test(too_fine_a_time_is_refused),
        lib_test(decimals_keep_their_value_or_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
