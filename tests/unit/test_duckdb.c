#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "destination/destination.h"
#include "destination/duckdb/library.h"
#include "headrace/headrace.h"
#include "support/batches.h"

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

typedef struct fixture {
    char *folder;
    char url[512];
    hr_destination *d;
    hr_arena arena;
} fixture;

static hr_status open_url(hr_destination **d, const char *url, const char *dataset, bool read_only,
                          hr_error *err)
{
    const hr_destination_settings s = {
        .url = url, .dataset = dataset, .read_only = read_only, .threads = 2};

    return ops->open(d, &s, err);
}

static void execute(hr_destination *d, const char *sql)
{
    hr_error err;

    assert_hr_ok(ops->execute(d, sql, &err), &err, sql);
}

/* Rows as text: cells joined by '|', rows by '\n', NULL as "~". */
static void assert_rows(fixture *f, const char *sql, const char *want)
{
    hr_error err;
    hr_rows rows;
    hr_buf text = {0};

    assert_hr_ok(ops->select(f->d, sql, &f->arena, &rows, &err), &err, sql);
    for (size_t i = 0; i < rows.n_rows * rows.n_columns; i++) {
        if (i)
            hr_buf_addc(&text, i % rows.n_columns ? '|' : '\n');
        hr_buf_addz(&text, rows.cells[i] ? rows.cells[i] : "~");
    }
    hr_buf_addz(&text, "");
    assert_str_equal(hr_buf_str(&text), hr_str_from(want), sql);
    hr_buf_release(&text);
}

static int set_up(void **state)
{
    fixture *const f = calloc(1, sizeof(*f));
    hr_error err;

    f->folder = test_folder();
    snprintf(f->url, sizeof(f->url), "duckdb:///%s/shop.duckdb", f->folder);
    assert_hr_ok(open_url(&f->d, f->url, "ds", false, &err), &err, "open");
    execute(f->d, "CREATE SCHEMA ds");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *const f = *state;

    ops->close(f->d);
    hr_arena_release(&f->arena);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static hr_status insert_batches(fixture *f, const char *table, test_batches *b, const char *load_id,
                                hr_error *err)
{
    char target[512];
    const hr_insert what = {.target = target, .batches = &b->batches, .load_id = load_id};

    snprintf(target, sizeof(target), "%s.\"%s\"", f->d->qualifier, table);
    return ops->insert(f->d, &what, err);
}

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

static void create_all(fixture *f, test_column *columns)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "CREATE TABLE ds.t (");
    for (size_t i = 0; i < N_OF(value_cases); i++) {
        columns[i] = value_cases[i].column;
        hr_buf_addf(&sql, "\"%s\" %s, ", value_cases[i].column.name, value_cases[i].type);
    }
    hr_buf_addz(&sql, "_dlt_load_id VARCHAR NOT NULL)");
    execute(f->d, sql.data);
    hr_buf_release(&sql);
}

static void every_value_arrives(void **state)
{
    fixture *const f = *state;
    test_column columns[N_OF(value_cases)];
    test_batches b;
    hr_error err;
    hr_buf sql = {0};

    create_all(f, columns);
    test_batches_init(&b, columns, N_OF(columns), 20000, 3001);
    assert_hr_ok(insert_batches(f, "t", &b, "17'5", &err), &err, "insert");
    assert_int_equal(b.alive, 0);
    assert_rows(f, "SELECT count(*), count(DISTINCT i), min(_dlt_load_id) FROM ds.t",
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
        assert_rows(f, sql.data, "0");
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

static hr_status insert_text(fixture *f, const char *table, const char *name,
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
    fixture *const f = *state;
    static const int32_t offsets[] = {0, 0, 1, 4, 23};
    static const char bytes[] = "\0"
                                "a\0b"
                                "\0twelve and more..\0";
    hr_error err;

    execute(f->d, "CREATE TABLE ds.s (\"odd \"\"name\" VARCHAR)");
    assert_hr_ok(insert_text(f, "s", "odd \"name", offsets, bytes, 4, &err), &err, "insert");
    assert_rows(f, "SELECT hex(\"odd \"\"name\") FROM ds.s ORDER BY length(\"odd \"\"name\")",
                "\n00\n610062\n007477656C766520616E64206D6F72652E2E00");
}

static void json_is_taken_as_it_is(void **state)
{
    fixture *const f = *state;
    static const int32_t offsets[] = {0, 8, 15};
    /* The second is no JSON: that it is not refused shows that nothing was parsed again. */
    static const char bytes[] = "{\"a\": 1}not {it";
    hr_error err;

    execute(f->d, "CREATE TABLE ds.j (j JSON)");
    assert_hr_ok(insert_text(f, "j", "j", offsets, bytes, 2, &err), &err, "insert");
    assert_rows(f, "SELECT CAST(j AS VARCHAR) FROM ds.j ORDER BY 1", "not {it\n{\"a\": 1}");
}

/* ---- Failures. ---- */

static void the_error_of_a_batch_comes_back_whole(void **state)
{
    fixture *const f = *state;
    static const test_column c = {"i", "l", 0};
    test_batches b;
    hr_error err;

    execute(f->d, "CREATE TABLE ds.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 100000, 1000);
    b.fail_after = 50000;
    assert_hr_ok(ops->begin(f->d, &err), &err, "begin");
    assert_int_equal(insert_batches(f, "t", &b, NULL, &err), HR_E_PARSE);
    assert_non_null(strstr(err.msg, "batch at row 5"));
    assert_non_null(strstr(err.msg, "is broken"));
    assert_ptr_equal(strstr(err.msg, "table "), err.msg);
    assert_null(strstr(err.msg, "Error"));
    ops->rollback(f->d);
    assert_int_equal(b.alive, 0);
    test_batches_release(&b);

    /* The handle is fit for the next load. */
    test_batches_init(&b, &c, 1, 10, 3);
    assert_hr_ok(insert_batches(f, "t", &b, NULL, &err), &err, "insert after a failure");
    assert_rows(f, "SELECT count(*) FROM ds.t", "10");
    test_batches_release(&b);
}

static void a_rolled_back_load_leaves_nothing(void **state)
{
    fixture *const f = *state;
    static const test_column c = {"i", "l", 0};
    test_batches b;
    hr_error err;

    assert_hr_ok(ops->begin(f->d, &err), &err, "begin");
    execute(f->d, "CREATE TABLE ds.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 300000, 1000);
    assert_hr_ok(insert_batches(f, "t", &b, NULL, &err), &err, "insert");
    ops->rollback(f->d);
    test_batches_release(&b);
    assert_rows(f, "SELECT table_name FROM information_schema.tables", "");
}

static void a_null_in_a_not_null_column_is_a_schema_error(void **state)
{
    fixture *const f = *state;
    static const test_column c = {"i", "l", 7};
    test_batches b;
    hr_error err;

    execute(f->d, "CREATE TABLE ds.t (i BIGINT NOT NULL)");
    test_batches_init(&b, &c, 1, 100, 10);
    assert_int_equal(insert_batches(f, "t", &b, NULL, &err), HR_E_SCHEMA);
    test_batches_release(&b);
}

static void the_table_function_is_of_no_use_to_others(void **state)
{
    fixture *const f = *state;
    hr_error err;
    hr_rows rows;

    assert_rows(f,
                "SELECT count(*) > 0 FROM duckdb_functions() "
                "WHERE function_name LIKE 'headrace_batches%'",
                "true");
    assert_rows(f, "SELECT 1", "1");
    for (int i = 0; i < 50; i++) {
        char sql[64];

        snprintf(sql, sizeof(sql), "SELECT * FROM headrace_batches_%d()", i);
        assert_int_not_equal(ops->select(f->d, sql, &f->arena, &rows, &err), HR_OK);
    }
}

/* ---- Files. ---- */

static void files_that_are_no_database_are_refused(void **state)
{
    fixture *const f = *state;
    char url[600];
    char junk[20000];
    hr_destination *d = NULL;
    hr_error err;

    memset(junk, 'x', sizeof(junk));
    test_file(f->folder, "junk.duckdb", junk, sizeof(junk));
    snprintf(url, sizeof(url), "duckdb:///%s/junk.duckdb", f->folder);
    assert_int_equal(open_url(&d, url, "ds", false, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "not a valid DuckDB database"));
    assert_null(d);

    test_file(f->folder, "rows.jsonl", "{\"a\":1}\n", 8);
    snprintf(url, sizeof(url), "duckdb:///%s/rows.jsonl", f->folder);
    assert_int_equal(open_url(&d, url, "ds", true, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "not a valid DuckDB database"));
    assert_null(d);

    snprintf(url, sizeof(url), "duckdb:///%s/no/such.duckdb", f->folder);
    assert_int_equal(open_url(&d, url, "ds", false, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "folder"));
}

static void an_empty_file_becomes_a_database(void **state)
{
    fixture *const f = *state;
    char url[600];
    hr_destination *d = NULL;
    hr_error err;

    test_file(f->folder, "empty.duckdb", "", 0);
    snprintf(url, sizeof(url), "duckdb:///%s/empty.duckdb", f->folder);
    assert_hr_ok(open_url(&d, url, "ds", false, &err), &err, "open");
    execute(d, "CREATE TABLE empty.main.t (a INTEGER)");
    ops->close(d);
}

static void nothing_to_read_is_no_error(void **state)
{
    fixture *const f = *state;
    char url[600];
    hr_destination *d = NULL;
    hr_error err;

    snprintf(url, sizeof(url), "duckdb:///%s/none.duckdb", f->folder);
    assert_hr_ok(open_url(&d, url, "ds", true, &err), &err, "open");
    assert_null(d);
    snprintf(url, sizeof(url), "duckdb:///%s/no/none.duckdb", f->folder);
    assert_hr_ok(open_url(&d, url, "ds", true, &err), &err, "open");
    assert_null(d);
    assert_int_equal(access(url + 10, F_OK), -1);
}

static void the_file_may_be_called_like_the_dataset(void **state)
{
    fixture *const f = *state;
    static const test_column c = {"i", "l", 0};
    fixture same = {0};
    test_batches b;
    hr_error err;

    snprintf(same.url, sizeof(same.url), "duckdb:///%s/Twin.duckdb", f->folder);
    assert_hr_ok(open_url(&same.d, same.url, "twin", false, &err), &err, "open");
    execute(same.d, "CREATE SCHEMA twin");
    execute(same.d, "CREATE TABLE twin.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 100, 10);
    assert_hr_ok(insert_batches(&same, "t", &b, NULL, &err), &err, "insert");
    assert_rows(&same, "SELECT count(*) FROM twin.t", "100");
    test_batches_release(&b);
    ops->close(same.d);
    hr_arena_release(&same.arena);
}

static void the_storage_version_can_be_chosen(void **state)
{
    fixture *const f = *state;
    fixture old = {0};
    hr_error err;

    assert_rows(f,
                "SELECT tags['storage_version'] FROM duckdb_databases() "
                "WHERE database_name = 'shop'",
                "v1.4.0+");
    snprintf(old.url, sizeof(old.url), "duckdb:///%s/old.duckdb?storage_version=v1.0.0", f->folder);
    for (int i = 0; i < 2; i++) {
        assert_hr_ok(open_url(&old.d, old.url, "ds", false, &err), &err, "open");
        assert_rows(&old,
                    "SELECT tags['storage_version'] FROM duckdb_databases() "
                    "WHERE database_name = 'old'",
                    "v1.0.0+");
        ops->close(old.d);
        /* A file keeps its version, whatever the URL says later. */
        snprintf(old.url, sizeof(old.url), "duckdb:///%s/old.duckdb?storage_version=v1.2.0",
                 f->folder);
    }
    hr_arena_release(&old.arena);

    snprintf(old.url, sizeof(old.url), "duckdb:///%s/new.duckdb?storage_version=v77", f->folder);
    assert_int_not_equal(open_url(&old.d, old.url, "ds", false, &err), HR_OK);
    assert_non_null(strstr(err.msg, "v77"));
    snprintf(old.url, sizeof(old.url), "%s/new.duckdb", f->folder);
    assert_int_equal(access(old.url, F_OK), -1);
}

static void handles_of_one_process_share_the_file(void **state)
{
    fixture *const f = *state;
    static const test_column c = {"i", "l", 0};
    fixture other = {0};
    test_batches b;
    hr_error err;

    snprintf(other.url, sizeof(other.url), "duckdb:///%s/./shop.duckdb", f->folder);
    assert_hr_ok(open_url(&other.d, other.url, "ds", false, &err), &err, "open again");
    execute(f->d, "CREATE TABLE ds.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 100, 10);
    assert_hr_ok(insert_batches(&other, "t", &b, NULL, &err), &err, "insert");
    ops->close(other.d);
    assert_rows(f, "SELECT count(*) FROM ds.t", "100");
    test_batches_release(&b);
}

/* Runs in a child: holds the file until it is killed. */
static void hold_file(const char *url, int ready)
{
    hr_destination *d = NULL;
    const bool ok = open_url(&d, url, "ds", false, NULL) == HR_OK;

    if (write(ready, ok ? "y" : "n", 1) == 1)
        pause();
    _exit(0);
}

/* Forks while no database is open here: one would have threads of its own. */
static void a_locked_file_names_its_holder(void **state)
{
    char *const folder = test_folder();
    char url[600], pid_text[32], answer = 0;
    int ready[2];
    hr_destination *d = NULL;
    hr_error err;

    (void)state;
    snprintf(url, sizeof(url), "duckdb:///%s/held.duckdb", folder);
    assert_int_equal(pipe(ready), 0);

    const pid_t child = fork();

    if (child == 0)
        hold_file(url, ready[1]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');

    const hr_status st = open_url(&d, url, "ds", false, &err);

    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    test_folder_remove(folder);
    assert_int_equal(st, HR_E_BUSY);
    assert_true(err.retryable);
    snprintf(pid_text, sizeof(pid_text), "process %d (", (int)child);
    assert_non_null(strstr(err.msg, pid_text));
    assert_non_null(strstr(err.msg, "held.duckdb"));
}

/* ---- URLs. ---- */

static const struct url_case {
    const char *url, *shown; /* shown NULL: refused */
} url_cases[] = {
    {"duckdb:///a.duckdb", "duckdb:///a.duckdb"},
    {"duckdb:////tmp/a%20b.duckdb?storage_version=v1.0.0",
     "duckdb:////tmp/a b.duckdb?storage_version=v1.0.0"},
    {"duckdb:///a.duckdb?threads=3&password=x", "duckdb:///a.duckdb"},
    {"duckdb:///", NULL},
    {"duckdb://a.duckdb", NULL},
    {"duckdb:///:memory:", NULL},
    {"duckdb:///a%zz", NULL},
    {"duckdb:///a%2", NULL},
    {"duckdb:///a%00", NULL},
    {"duckdb:///a?read_only", NULL},
    {"duckdb:///a?read_only=maybe", NULL},
};

static void urls_are_read_and_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(url_cases); i++) {
        const struct url_case *const c = &url_cases[i];
        hr_buf shown = {0};
        hr_error err;
        const hr_status st = ops->describe(c->url, &shown, &err);

        assert_int_equal(st, c->shown ? HR_OK : HR_E_CONFIG);
        if (c->shown)
            assert_str_equal(hr_buf_str(&shown), hr_str_from(c->shown), c->url);
        hr_buf_release(&shown);
    }
}

static void destinations_are_found_by_scheme(void **state)
{
    const hr_destination_ops *found = NULL;
    hr_error err;

    (void)state;
    assert_hr_ok(hr_destination_find("duckdb:///x", &found, &err), &err, "find");
    assert_ptr_equal(found, ops);
    assert_int_equal(hr_destination_find("oracle://u:secret@h/x", &found, &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "duckdb"));
    assert_null(strstr(err.msg, "secret"));
}

static void settings_reach_duckdb(void **state)
{
    fixture *const f = *state;
    fixture set = {0};
    hr_error err;

    snprintf(set.url, sizeof(set.url), "duckdb:///%s/set.duckdb?default_order=DESC", f->folder);
    assert_hr_ok(open_url(&set.d, set.url, "ds", false, &err), &err, "open");
    assert_rows(&set,
                "SELECT upper(current_setting('default_order'))[:4], "
                "current_setting('TimeZone')",
                "DESC|UTC");
    ops->close(set.d);
    hr_arena_release(&set.arena);
    snprintf(set.url, sizeof(set.url), "duckdb:///%s/set.duckdb?no_such_setting=1", f->folder);
    assert_int_equal(open_url(&set.d, set.url, "ds", false, &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "no_such_setting"));
}

/* ---- Queries. ---- */

static void a_query_comes_as_a_stream(void **state)
{
    fixture *const f = *state;
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    hr_error err;
    int64_t rows = 0;

    execute(f->d, "CREATE TABLE ds.t AS SELECT range AS a, 'x' || range AS b FROM range(10000)");
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
    fixture *const f = *state;
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
    fixture *const f = *state;
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
        cmocka_unit_test_setup_teardown(every_value_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_with_nul_arrive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_is_taken_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_error_of_a_batch_comes_back_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rolled_back_load_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_null_in_a_not_null_column_is_a_schema_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_table_function_is_of_no_use_to_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(files_that_are_no_database_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_file_becomes_a_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_read_is_no_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_may_be_called_like_the_dataset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_storage_version_can_be_chosen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(handles_of_one_process_share_the_file, set_up, tear_down),
        cmocka_unit_test(a_locked_file_names_its_holder),
        cmocka_unit_test(urls_are_read_and_shown),
        cmocka_unit_test(destinations_are_found_by_scheme),
        cmocka_unit_test_setup_teardown(settings_reach_duckdb, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_query_comes_as_a_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_query_that_fails_says_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(work_can_be_interrupted, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("duckdb", tests, NULL, NULL);
}
