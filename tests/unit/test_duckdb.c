/* DuckDB as a destination: values there and back, failures, queries. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "destination/destination.h"
#include "destination/duckdb/library.h"
#include "headrace/headrace.h"
#include "support/duckdb.h"

#include <duckdb.h>

/* What is declared by hand must be what DuckDB's header says. */
_Static_assert(sizeof(dk_result) == sizeof(duckdb_result), "duckdb_result");
_Static_assert(sizeof(dk_string) == sizeof(duckdb_string_t), "duckdb_string_t");
_Static_assert((int)DK_BOOLEAN == (int)DUCKDB_TYPE_BOOLEAN, "type");
_Static_assert((int)DK_INTEGER == (int)DUCKDB_TYPE_INTEGER, "type");
_Static_assert((int)DK_BIGINT == (int)DUCKDB_TYPE_BIGINT, "type");
_Static_assert((int)DK_DOUBLE == (int)DUCKDB_TYPE_DOUBLE, "type");
_Static_assert((int)DK_TIMESTAMP == (int)DUCKDB_TYPE_TIMESTAMP, "type");
_Static_assert((int)DK_TIMESTAMP_TZ == (int)DUCKDB_TYPE_TIMESTAMP_TZ, "type");
_Static_assert((int)DK_DATE == (int)DUCKDB_TYPE_DATE, "type");
_Static_assert((int)DK_TIME == (int)DUCKDB_TYPE_TIME, "type");
_Static_assert((int)DK_VARCHAR == (int)DUCKDB_TYPE_VARCHAR, "type");
_Static_assert((int)DK_BLOB == (int)DUCKDB_TYPE_BLOB, "type");
_Static_assert((int)DK_ERROR_INTERRUPT == (int)DUCKDB_ERROR_INTERRUPT, "error");
_Static_assert((int)DK_ERROR_TRANSACTION == (int)DUCKDB_ERROR_TRANSACTION, "error");
_Static_assert((int)DK_ERROR_CONSTRAINT == (int)DUCKDB_ERROR_CONSTRAINT, "error");
_Static_assert((int)DK_ERROR_OUT_OF_MEMORY == (int)DUCKDB_ERROR_OUT_OF_MEMORY, "error");

static const hr_destination_ops *const ops = &hr_destination_duckdb;

/* ---- Values. ---- */

#define TEXT "left('a text that is longer than most of them are', CAST(r % 40 AS BIGINT)) || r"

/* Each column with the expression that gives what its row r must hold. */
static const struct value_case {
    test_column column;
    const char *type, *want;
} value_cases[] = {
    {{"i", "l", 0}, "BIGINT NOT NULL", "r * 7 - 3"},
    {{"i5", "l", 5}, "BIGINT", "r * 7 - 3"},
    {{"narrow", "l", 0}, "HUGEINT", "r * 7 - 3"},
    {{"f", "g", 7}, "DOUBLE", "r / 2"},
    {{"b", "b", 4}, "BOOLEAN", "r % 3 = 0"},
    {{"u", "u", 0}, "VARCHAR", TEXT},
    {{"u2", "u", 2}, "VARCHAR", TEXT},
    {{"z", "z", 6}, "BLOB", "CAST(" TEXT " AS BLOB)"},
    {{"day", "tdD", 0}, "DATE", "DATE '1970-01-01' + CAST(r % 20000 AS INTEGER)"},
    {{"t", "ttu", 3}, "TIME", "TIME '00:00:00' + to_microseconds(r % 86400000000)"},
    {{"at", "tsu:UTC", 0},
     "TIMESTAMP WITH TIME ZONE",
     "timezone('UTC', make_timestamp(1700000000000000 + r))"},
    {{"naive", "tsu:", 9}, "TIMESTAMP", "make_timestamp(1700000000000000 + r)"},
    {{"d38", "d:38,9", 2}, "DECIMAL(38,9)", "CAST(r % 9999 AS DECIMAL(38,9)) / 1000000000"},
    {{"d18", "d:18,2", 0},
     "DECIMAL(18,2)",
     "CAST(CAST(r % 9999 AS DOUBLE) / 100 AS DECIMAL(18,2))"},
    {{"d9", "d:9,2", 0}, "DECIMAL(9,2)", "CAST(CAST(r % 9999 AS DOUBLE) / 100 AS DECIMAL(9,2))"},
    {{"d4", "d:4,2", 0}, "DECIMAL(4,2)", "CAST(CAST(r % 9999 AS DOUBLE) / 100 AS DECIMAL(4,2))"},
    {{"none", "u", 1}, "VARCHAR", "NULL"},
    {{"nothing", "g", 1}, "DOUBLE", "NULL"},
};

static void create_all(test_duckdb *f, test_column *columns)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "CREATE TABLE ds.t (");
    for (size_t i = 0; i < N_OF(value_cases); i++) {
        columns[i] = value_cases[i].column;
        hr_buf_addf(&sql, "\"%s\" %s, ", value_cases[i].column.name, value_cases[i].type);
    }
    hr_buf_addz(&sql, "_dlt_load_id VARCHAR NOT NULL)");
    test_execute(f->d, sql.data);
    hr_buf_release(&sql);
}

static void every_value_arrives(void **state)
{
    test_duckdb *const f = *state;
    test_column columns[N_OF(value_cases)];
    test_batches b;
    hr_error err;
    hr_buf sql = {0};

    create_all(f, columns);
    test_batches_init(&b, columns, N_OF(columns), 20000, 3001);
    assert_hr_ok(test_insert(f->d, "t", &b, "17'5", &err), &err, "insert");
    assert_int_equal(b.alive, 0);
    test_assert_rows(f->d, "SELECT count(*), count(DISTINCT i), min(_dlt_load_id) FROM ds.t",
                     "20000|20000|17'5");
    for (size_t i = 0; i < N_OF(value_cases); i++) {
        const struct value_case *const c = &value_cases[i];

        hr_buf_reset(&sql);
        hr_buf_addf(&sql,
                    "SELECT count(*) FROM (SELECT *, (i + 3) // 7 AS r FROM ds.t) "
                    "WHERE \"%s\" IS DISTINCT FROM CASE WHEN %lld > 0 AND r %% %lld = 0 "
                    "THEN NULL ELSE %s END",
                    c->column.name, (long long)c->column.null_every,
                    (long long)(c->column.null_every ? c->column.null_every : 1), c->want);
        test_assert_rows(f->d, sql.data, "0");
    }
    hr_buf_release(&sql);
    test_batches_release(&b);
}

/* Rows of one text column, given once. */
typedef struct text_batch {
    const void *buffers[3];
    struct ArrowArray column, *children[1];
    struct ArrowSchema text, *fields[1], schema;
    atomic_bool given; /* several threads ask */
} text_batch;

static void release_nothing(struct ArrowArray *a)
{
    a->release = NULL;
}

static hr_status next_text(void *self, struct ArrowArray *out, hr_error *err)
{
    text_batch *const b = self;
    const bool given = atomic_exchange(&b->given, true);

    (void)err;
    *out = (struct ArrowArray){.length = b->column.length,
                               .n_children = 1,
                               .children = b->children,
                               .release = given ? NULL : release_nothing};
    return HR_OK;
}

static hr_status insert_text(test_duckdb *f, const char *table, const char *name,
                             const int32_t *offsets, const char *bytes, int64_t rows, hr_error *err)
{
    text_batch b = {.buffers = {NULL, offsets, bytes},
                    .text = {.format = "u", .name = name},
                    .schema = {.format = "+s", .n_children = 1}};
    b.column = (struct ArrowArray){.length = rows, .n_buffers = 3, .buffers = b.buffers};
    b.children[0] = &b.column;
    b.fields[0] = &b.text;
    b.schema.children = b.fields;

    const hr_batches batches = {
        .self = &b, .schema = &b.schema, .rows = (uint64_t)rows, .next = next_text};
    char target[512];
    const hr_insert what = {.target = target, .batches = &batches};

    snprintf(target, sizeof(target), "%s.\"%s\"", f->d->qualifier, table);
    return ops->insert(f->d, &what, err);
}

static void texts_with_nul_arrive(void **state)
{
    test_duckdb *const f = *state;
    static const int32_t offsets[] = {0, 0, 1, 4, 23};
    static const char bytes[] = "\0"
                                "a\0b"
                                "\0twelve and more..\0";
    hr_error err;

    test_execute(f->d, "CREATE TABLE ds.s (\"odd \"\"name\" VARCHAR)");
    assert_hr_ok(insert_text(f, "s", "odd \"name", offsets, bytes, 4, &err), &err, "insert");
    test_assert_rows(f->d,
                     "SELECT hex(\"odd \"\"name\") FROM ds.s ORDER BY length(\"odd \"\"name\")",
                     "\n00\n610062\n007477656C766520616E64206D6F72652E2E00");
}

static void json_is_taken_as_it_is(void **state)
{
    test_duckdb *const f = *state;
    static const int32_t offsets[] = {0, 8, 15};
    /* The second is no JSON: that it is not refused shows that nothing was parsed again. */
    static const char bytes[] = "{\"a\": 1}not {it";
    hr_error err;

    test_execute(f->d, "CREATE TABLE ds.j (j JSON)");
    assert_hr_ok(insert_text(f, "j", "j", offsets, bytes, 2, &err), &err, "insert");
    test_assert_rows(f->d, "SELECT CAST(j AS VARCHAR) FROM ds.j ORDER BY 1", "not {it\n{\"a\": 1}");
}

/* ---- Failures. ---- */

static void the_error_of_a_batch_comes_back_whole(void **state)
{
    test_duckdb *const f = *state;
    static const test_column c = {"i", "l", 0};
    test_batches b;
    hr_error err;

    test_execute(f->d, "CREATE TABLE ds.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 100000, 1000);
    b.fail_after = 50000;
    assert_hr_ok(ops->begin(f->d, &err), &err, "begin");
    assert_int_equal(test_insert(f->d, "t", &b, NULL, &err), HR_E_PARSE);
    assert_non_null(strstr(err.msg, "batch at row 5"));
    assert_non_null(strstr(err.msg, "is broken"));
    assert_ptr_equal(strstr(err.msg, "table "), err.msg);
    assert_null(strstr(err.msg, "Error"));
    ops->rollback(f->d);
    assert_int_equal(b.alive, 0);
    test_batches_release(&b);

    /* The handle is fit for the next load. */
    test_batches_init(&b, &c, 1, 10, 3);
    assert_hr_ok(test_insert(f->d, "t", &b, NULL, &err), &err, "insert after a failure");
    test_assert_rows(f->d, "SELECT count(*) FROM ds.t", "10");
    test_batches_release(&b);
}

static void a_rolled_back_load_leaves_nothing(void **state)
{
    test_duckdb *const f = *state;
    static const test_column c = {"i", "l", 0};
    test_batches b;
    hr_error err;

    assert_hr_ok(ops->begin(f->d, &err), &err, "begin");
    test_execute(f->d, "CREATE TABLE ds.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 300000, 1000);
    assert_hr_ok(test_insert(f->d, "t", &b, NULL, &err), &err, "insert");
    ops->rollback(f->d);
    test_batches_release(&b);
    test_assert_rows(f->d, "SELECT table_name FROM information_schema.tables", "");
}

static void a_null_in_a_not_null_column_is_a_schema_error(void **state)
{
    test_duckdb *const f = *state;
    static const test_column c = {"i", "l", 7};
    test_batches b;
    hr_error err;

    test_execute(f->d, "CREATE TABLE ds.t (i BIGINT NOT NULL)");
    test_batches_init(&b, &c, 1, 100, 10);
    assert_int_equal(test_insert(f->d, "t", &b, NULL, &err), HR_E_SCHEMA);
    test_batches_release(&b);
}

static void the_table_function_is_of_no_use_to_others(void **state)
{
    test_duckdb *const f = *state;
    hr_error err;
    hr_arena arena = {0};
    hr_rows rows;

    test_assert_rows(f->d,
                     "SELECT count(*) > 0 FROM duckdb_functions() "
                     "WHERE function_name LIKE 'headrace_batches%'",
                     "true");
    test_assert_rows(f->d, "SELECT 1", "1");
    for (int i = 0; i < 50; i++) {
        char sql[64];

        snprintf(sql, sizeof(sql), "SELECT * FROM headrace_batches_%d()", i);
        assert_int_not_equal(ops->select(f->d, sql, &arena, &rows, &err), HR_OK);
    }
    hr_arena_release(&arena);
}

/* ---- Queries. ---- */

static void a_query_comes_as_a_stream(void **state)
{
    test_duckdb *const f = *state;
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    hr_error err;
    int64_t rows = 0;

    test_execute(f->d,
                 "CREATE TABLE ds.t AS SELECT range AS a, 'x' || range AS b FROM range(10000)");
    /* Unqualified: the dataset is the default schema. */
    assert_hr_ok(ops->query(f->d, "SELECT a, b FROM t ORDER BY a", &stream, &err), &err, "query");
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_int_equal(schema.n_children, 2);
    assert_string_equal(schema.children[0]->format, "l");
    assert_string_equal(schema.children[1]->name, "b");
    schema.release(&schema);
    for (;;) {
        assert_int_equal(stream.get_next(&stream, &batch), 0);
        if (!batch.release)
            break;
        assert_int_equal(((const int64_t *)batch.children[0]->buffers[1])[0], rows);
        rows += batch.length;
        batch.release(&batch);
    }
    assert_int_equal(rows, 10000);
    stream.release(&stream);
}

static void a_query_that_fails_says_why(void **state)
{
    test_duckdb *const f = *state;
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    hr_error err;

    assert_int_equal(ops->query(f->d, "SELECT nonsense", &stream, &err), HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "nonsense"));

    /* Only when rows are asked for does it turn out. */
    const hr_status st =
        ops->query(f->d,
                   "SELECT CAST(CASE WHEN range = 90000 THEN 'x' ELSE '1' END AS INTEGER) "
                   "FROM range(100000)",
                   &stream, &err);

    if (st != HR_OK)
        return;
    int code = 0;
    do {
        code = stream.get_next(&stream, &batch);
        if (code == 0 && batch.release)
            batch.release(&batch);
        else
            break;
    } while (true);
    assert_int_not_equal(code, 0);
    assert_non_null(stream.get_last_error(&stream));
    stream.release(&stream);
}

static atomic_bool has_ended;

/* More than once: DuckDB forgets one that comes before the statement. */
static void *interrupt_until_it_ends(void *p)
{
    while (!atomic_load(&has_ended)) {
        usleep(20000);
        ops->interrupt(p);
    }
    return NULL;
}

static void work_can_be_interrupted(void **state)
{
    test_duckdb *const f = *state;
    pthread_t thread;
    hr_error err;

    assert_int_equal(pthread_create(&thread, NULL, interrupt_until_it_ends, f->d), 0);
    const hr_status st = ops->execute(f->d,
                                      "CREATE TABLE ds.t AS SELECT count(*) AS n FROM "
                                      "range(10000000) a, range(1000000) b WHERE a.range + "
                                      "b.range = 7",
                                      &err);
    atomic_store(&has_ended, true);
    pthread_join(thread, NULL);
    assert_int_equal(st, HR_E_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_duckdb_case(every_value_arrives),
        test_duckdb_case(texts_with_nul_arrive),
        test_duckdb_case(json_is_taken_as_it_is),
        test_duckdb_case(the_error_of_a_batch_comes_back_whole),
        test_duckdb_case(a_rolled_back_load_leaves_nothing),
        test_duckdb_case(a_null_in_a_not_null_column_is_a_schema_error),
        test_duckdb_case(the_table_function_is_of_no_use_to_others),
        test_duckdb_case(a_query_comes_as_a_stream),
        test_duckdb_case(a_query_that_fails_says_why),
        test_duckdb_case(work_can_be_interrupted),
    };

    return cmocka_run_group_tests_name("duckdb", tests, NULL, NULL);
}
