/* The load step against a real DuckDB: migration, dispositions, the ledger, and what is left
 * when it fails or is killed. */
#include "support.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/packed.h"
#include "load/load.h"
#include "support/batches.h"
#include "support/duckdb.h"

static const hr_destination_ops *const duckdb = &hr_destination_duckdb;

typedef struct fixture {
    char *folder;
    char url[512];
    hr_destination_settings settings;
    hr_destination *d;
    hr_schema *schema;
    hr_table *t, *child;
    hr_arena arena;
    hr_error err;
} fixture;

static const test_column root_columns[] = {{"id", "l", 0}, {"name", "u", 3}, {"_dlt_id", "u", 0}};
static const test_column child_columns[] = {{"value", "l", 0}, {"_dlt_id", "u", 0}};

static hr_column *add_column(fixture *f, hr_table *t, const char *name, hr_type type, bool not_null)
{
    const hr_column_spec spec = {.name = hr_str_from(name), .type = type, .not_null = not_null};
    hr_column *column = NULL;

    assert_hr_ok(hr_table_add_column(f->schema, t, &spec, &column, &f->err), &f->err, name);
    return column;
}

static void make_schema(fixture *f)
{
    hr_error *const err = &f->err;

    assert_hr_ok(hr_schema_new(&f->schema, "shop", err), err, "schema");
    assert_hr_ok(hr_schema_add_state_table(f->schema, err), err, "state table");
    add_column(f, hr_schema_table(f->schema, HR_STR("_dlt_pipeline_state")), "_dlt_id",
               HR_TYPE_TEXT, true);
    assert_hr_ok(hr_schema_add_table(f->schema, HR_STR("orders"), (hr_str){0}, "orders", "append",
                                     &f->t, err),
                 err, "orders");
    add_column(f, f->t, "id", HR_TYPE_BIGINT, false);
    add_column(f, f->t, "name", HR_TYPE_TEXT, false);
    add_column(f, f->t, "hint", HR_TYPE_NONE, false);
    add_column(f, f->t, "_dlt_load_id", HR_TYPE_TEXT, true);
    add_column(f, f->t, "_dlt_id", HR_TYPE_TEXT, true);
    assert_hr_ok(hr_schema_add_table(f->schema, HR_STR("orders__items"), HR_STR("orders"), NULL,
                                     NULL, &f->child, err),
                 err, "items");
    add_column(f, f->child, "value", HR_TYPE_BIGINT, false);
    add_column(f, f->child, "_dlt_id", HR_TYPE_TEXT, true);
    assert_hr_ok(hr_table_set_seen_data(f->schema, f->t, err), err, "seen");
    assert_hr_ok(hr_schema_bump(f->schema, NULL, err), err, "bump");
}

static void open_it(fixture *f)
{
    assert_hr_ok(duckdb->open(&f->d, &f->settings, &f->err), &f->err, "open");
}

static int set_up(void **state)
{
    fixture *const f = calloc(1, sizeof(*f));

    f->folder = test_folder();
    snprintf(f->url, sizeof(f->url), "duckdb:///%s/shop.duckdb", f->folder);
    f->settings = (hr_destination_settings){.url = f->url, .dataset = "shop", .threads = 2};
    make_schema(f);
    open_it(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *const f = *state;

    if (f->d)
        duckdb->close(f->d);
    hr_schema_free(f->schema);
    hr_arena_release(&f->arena);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

/* What one load brings. */
typedef struct brought {
    const char *load_id;
    int64_t roots, children; /* rows; 0: none */
    bool replace;
    bool state;
    int64_t fail_after; /* rows of the root table; 0: never */
} brought;

static hr_status load_rows(fixture *f, const brought *what, hr_load *out)
{
    test_batches roots, children;
    const hr_load_state state = {.version = 3,
                                 .pipeline_name = "pipe's",
                                 .state = HR_STR_INIT("encoded"),
                                 .version_hash = "hash"};

    test_batches_init(&roots, root_columns, N_OF(root_columns), what->roots, 100);
    test_batches_init(&children, child_columns, N_OF(child_columns), what->children, 100);
    if (what->fail_after)
        roots.fail_after = what->fail_after;

    hr_load_table tables[] = {
        {.table = f->t, .batches = what->roots ? &roots.batches : NULL, .replace = what->replace},
        {.table = f->child,
         .batches = what->children ? &children.batches : NULL,
         .replace = what->replace},
    };
    hr_load load = {.settings = &f->settings,
                    .schema = f->schema,
                    .load_id = what->load_id,
                    .tables = tables,
                    .n_tables = N_OF(tables),
                    .state = what->state ? &state : NULL};
    const hr_status st = hr_load_run(&load, &f->d, &f->err);

    test_batches_release(&roots);
    test_batches_release(&children);
    if (out)
        *out = load;
    return st;
}

static void load_ok(fixture *f, const brought *what)
{
    hr_load load;

    assert_hr_ok(load_rows(f, what, &load), &f->err, what->load_id);
    assert_true(load.committed);
    assert_false(load.unknown);
}

/* ---- Loads that succeed. ---- */

static void a_first_load_makes_what_dlt_makes(void **state)
{
    fixture *const f = *state;
    char want[HR_HASH_TEXT + 64];

    load_ok(f, &(brought){.load_id = "1.5", .roots = 250, .state = true});
    test_assert_rows(
        f->d,
        "SELECT table_name, column_name, data_type, is_nullable FROM "
        "information_schema.columns WHERE table_schema = 'shop' AND table_name NOT LIKE "
        "'_dlt_version' ORDER BY table_name, ordinal_position",
        "_dlt_loads|load_id|VARCHAR|NO\n"
        "_dlt_loads|schema_name|VARCHAR|YES\n"
        "_dlt_loads|status|BIGINT|NO\n"
        "_dlt_loads|inserted_at|TIMESTAMP WITH TIME ZONE|NO\n"
        "_dlt_loads|schema_version_hash|VARCHAR|YES\n"
        "_dlt_pipeline_state|version|BIGINT|NO\n"
        "_dlt_pipeline_state|engine_version|BIGINT|NO\n"
        "_dlt_pipeline_state|pipeline_name|VARCHAR|NO\n"
        "_dlt_pipeline_state|state|VARCHAR|NO\n"
        "_dlt_pipeline_state|created_at|TIMESTAMP WITH TIME ZONE|NO\n"
        "_dlt_pipeline_state|version_hash|VARCHAR|YES\n"
        "_dlt_pipeline_state|_dlt_load_id|VARCHAR|NO\n"
        "_dlt_pipeline_state|_dlt_id|VARCHAR|NO\n"
        "orders|id|BIGINT|YES\n"
        "orders|name|VARCHAR|YES\n"
        "orders|_dlt_load_id|VARCHAR|NO\n"
        "orders|_dlt_id|VARCHAR|NO");
    test_assert_rows(f->d, "SELECT count(*), count(name), min(_dlt_load_id) FROM shop.orders",
                     "250|166|1.5");
    snprintf(want, sizeof(want), "1.5|shop|0|%s", f->schema->version_hash);
    test_assert_rows(
        f->d, "SELECT load_id, schema_name, status, schema_version_hash FROM shop._dlt_loads",
        want);
    test_assert_rows(f->d, "SELECT engine_version, schema_name, schema[:1] FROM shop._dlt_version",
                     "11|shop|{");
    test_assert_rows(f->d,
                     "SELECT version, engine_version, pipeline_name, state, version_hash, "
                     "_dlt_load_id, length(_dlt_id) FROM shop._dlt_pipeline_state",
                     "3|4|pipe's|encoded|hash|1.5|14");
}

static void later_loads_add_rows_columns_and_tables(void **state)
{
    fixture *const f = *state;

    load_ok(f, &(brought){.load_id = "1", .roots = 100});
    load_ok(f, &(brought){.load_id = "2", .roots = 100});
    test_assert_rows(f->d, "SELECT count(*) FROM shop._dlt_version", "1");

    add_column(f, f->t, "note", HR_TYPE_JSON, true);
    assert_hr_ok(hr_table_set_seen_data(f->schema, f->child, &f->err), &f->err, "seen");
    assert_hr_ok(hr_schema_bump(f->schema, NULL, &f->err), &f->err, "bump");
    load_ok(f, &(brought){.load_id = "3", .roots = 50, .children = 7});
    test_assert_rows(f->d, "SELECT count(*), count(note) FROM shop.orders", "250|0");
    test_assert_rows(f->d, "SELECT count(*) FROM shop.orders__items", "7");
    test_assert_rows(f->d, "SELECT count(*) FROM shop._dlt_version", "2");
    test_assert_rows(f->d, "SELECT string_agg(load_id, ',' ORDER BY load_id) FROM shop._dlt_loads",
                     "1,2,3");
}

static void replace_empties_tables_without_rows_too(void **state)
{
    fixture *const f = *state;

    /* A table that never saw data is not there, and not missed. */
    load_ok(f, &(brought){.load_id = "1", .roots = 100, .replace = true});
    assert_hr_ok(hr_table_set_seen_data(f->schema, f->child, &f->err), &f->err, "seen");
    load_ok(f, &(brought){.load_id = "2", .roots = 30, .children = 60, .replace = true});
    test_assert_rows(f->d, "SELECT count(*), min(_dlt_load_id) FROM shop.orders", "30|2");
    load_ok(f, &(brought){.load_id = "3", .roots = 10, .replace = true});
    test_assert_rows(f->d, "SELECT count(*) FROM shop.orders", "10");
    test_assert_rows(f->d, "SELECT count(*) FROM shop.orders__items", "0");
    load_ok(f, &(brought){.load_id = "4", .replace = true});
    test_assert_rows(f->d, "SELECT count(*) FROM shop.orders", "0");
}

static void columns_are_found_whatever_their_case(void **state)
{
    fixture *const f = *state;

    test_execute(f->d, "CREATE SCHEMA shop");
    test_execute(f->d, "CREATE TABLE shop.ORDERS (ID BIGINT, Name VARCHAR, _DLT_LOAD_ID VARCHAR, "
                       "_dlt_id VARCHAR, mine VARCHAR)");
    load_ok(f, &(brought){.load_id = "1", .roots = 100});
    test_assert_rows(f->d, "SELECT count(*), count(_dlt_load_id) FROM shop.orders", "100|100");
}

/* ---- Widening. ---- */

static const struct widen_case {
    const char *label, *stored, *value; /* the column as it lies at the destination */
    hr_type to;
    const char *type, *want; /* want NULL: refused */
} widen_cases[] = {
    {"bigint to text", "BIGINT", "-9223372036854775808", HR_TYPE_TEXT, "VARCHAR",
     "-9223372036854775808"},
    {"bigint to double", "BIGINT", "9007199254740992", HR_TYPE_DOUBLE, "DOUBLE",
     "9007199254740992.0"},
    {"bigint that a double can't hold", "BIGINT", "9007199254740993", HR_TYPE_DOUBLE, "", NULL},
    {"largest bigint", "BIGINT", "9223372036854775807", HR_TYPE_DOUBLE, "", NULL},
    {"bigint to decimal", "BIGINT", "9223372036854775807", HR_TYPE_DECIMAL, "DECIMAL(38,9)",
     "9223372036854775807.000000000"},
    {"bigint to wei", "BIGINT", "9223372036854775807", HR_TYPE_WEI, "DECIMAL(38,0)",
     "9223372036854775807"},
    {"double to text", "DOUBLE", "1e19", HR_TYPE_TEXT, "VARCHAR", "1e+19"},
    {"whole double to text", "DOUBLE", "1", HR_TYPE_TEXT, "VARCHAR", "1"},
    {"largest whole double to text", "DOUBLE", "1e18", HR_TYPE_TEXT, "VARCHAR",
     "1000000000000000000"},
    {"minus zero to text", "DOUBLE", "CAST('-0.0' AS DOUBLE)", HR_TYPE_TEXT, "VARCHAR", "-0.0"},
    {"nan to text", "DOUBLE", "CAST('nan' AS DOUBLE)", HR_TYPE_TEXT, "VARCHAR", "nan"},
    {"fraction to text", "DOUBLE", "CAST('0.1' AS DOUBLE)", HR_TYPE_TEXT, "VARCHAR", "0.1"},
    {"binary to text", "BLOB", "'a\\x00'", HR_TYPE_TEXT, "VARCHAR", "YQA="},
    {"bool to text", "BOOLEAN", "true", HR_TYPE_TEXT, "VARCHAR", "True"},
    {"date to text", "DATE", "DATE '2024-02-29'", HR_TYPE_TEXT, "VARCHAR", "2024-02-29"},
    {"timestamp to text", "TIMESTAMPTZ", "TIMESTAMPTZ '2024-02-29 10:00:00+00'", HR_TYPE_TEXT,
     "VARCHAR", "2024-02-29T10:00:00+00:00"},
    {"timestamp with fraction to text", "TIMESTAMPTZ", "TIMESTAMPTZ '2024-02-29 10:00:00.25+00'",
     HR_TYPE_TEXT, "VARCHAR", "2024-02-29T10:00:00.250000+00:00"},
    {"naive timestamp to text", "TIMESTAMP", "TIMESTAMP '2024-02-29 10:00:00.000001'", HR_TYPE_TEXT,
     "VARCHAR", "2024-02-29T10:00:00.000001"},
    {"time to text", "TIME", "TIME '10:00:00'", HR_TYPE_TEXT, "VARCHAR", "10:00:00"},
    {"time with fraction to text", "TIME", "TIME '10:00:00.5'", HR_TYPE_TEXT, "VARCHAR",
     "10:00:00.500000"},
    {"json to text", "JSON", "'{\"a\": 1}'", HR_TYPE_TEXT, "VARCHAR", "{\"a\": 1}"},
    {"text column for json", "VARCHAR", "'[1]'", HR_TYPE_JSON, "VARCHAR", "[1]"},
    {"narrow integer", "INTEGER", "7", HR_TYPE_BIGINT, "BIGINT", "7"},
    {"text to bigint", "VARCHAR", "'7'", HR_TYPE_BIGINT, "", NULL},
    {"double to bigint", "DOUBLE", "7", HR_TYPE_BIGINT, "", NULL},
    {"decimal that would lose digits", "DECIMAL(38,2)", "7", HR_TYPE_DECIMAL, "", NULL},
};

static void check_widening(fixture *f, const struct widen_case *c, int i)
{
    char sql[512], load_id[16];
    hr_column *const column = hr_table_column(f->t, HR_STR("extra"));
    const hr_column_spec spec = {.name = HR_STR_INIT("extra"), .type = c->to};
    hr_status st;

    test_execute(f->d, "DROP TABLE IF EXISTS shop.orders");
    snprintf(sql, sizeof(sql), "CREATE TABLE shop.orders AS SELECT CAST(%s AS %s) AS extra",
             c->value, c->stored);
    test_execute(f->d, sql);
    if (column)
        st = hr_column_set_type(f->schema, column, c->to, -1, -1, &f->err);
    else
        st = hr_table_add_column(f->schema, f->t, &spec, NULL, &f->err);
    assert_hr_ok(st, &f->err, c->label);
    snprintf(load_id, sizeof(load_id), "%d", i);
    st = load_rows(f, &(brought){.load_id = load_id, .roots = 1}, NULL);
    if (!c->want) {
        assert_int_equal(st, HR_E_SCHEMA);
        assert_non_null(strstr(f->err.msg, "table orders, column extra"));
        return;
    }
    assert_hr_ok(st, &f->err, c->label);
    snprintf(sql, sizeof(sql), "%s|%s", c->want, c->type);
    test_assert_rows(
        f->d,
        "SELECT CAST(extra AS VARCHAR), typeof(extra) FROM shop.orders WHERE extra IS NOT NULL",
        sql);
}

static void types_are_widened_without_loss(void **state)
{
    fixture *const f = *state;

    test_execute(f->d, "CREATE SCHEMA shop");
    for (size_t i = 0; i < N_OF(widen_cases); i++)
        check_widening(f, &widen_cases[i], (int)i);
}

/* ---- What is there. ---- */

static void nothing_is_there_before_the_first_load(void **state)
{
    fixture *const f = *state;
    hr_error *const err = &f->err;
    hr_str json;
    hr_load_state stored;
    const char *when = "x";
    int64_t rows = 0;

    assert_hr_ok(hr_load_stored_schema(f->d, "shop", &f->arena, &json, err), err, "schema");
    assert_null(json.p);
    assert_hr_ok(hr_load_stored_state(f->d, "pipe's", &f->arena, &stored, err), err, "state");
    assert_null(stored.state.p);
    assert_hr_ok(hr_load_find(f->d, "1", &f->arena, &when, err), err, "find");
    assert_null(when);
    assert_hr_ok(hr_load_count_rows(f->d, "orders", &rows, err), err, "count");
    assert_int_equal(rows, -1);
}

static void what_was_loaded_is_found_again(void **state)
{
    fixture *const f = *state;
    hr_error *const err = &f->err;
    hr_str json;
    hr_buf want = {0};
    hr_load_state stored;
    const char *when = NULL;
    int64_t rows = 0;

    load_ok(f, &(brought){.load_id = "1", .roots = 5, .state = true});
    add_column(f, f->t, "later", HR_TYPE_BIGINT, false);
    assert_hr_ok(hr_schema_bump(f->schema, NULL, err), err, "bump");
    load_ok(f, &(brought){.load_id = "2", .roots = 5});
    assert_hr_ok(hr_schema_write(f->schema, &want, err), err, "write");
    assert_hr_ok(hr_load_stored_schema(f->d, "shop", &f->arena, &json, err), err, "schema");
    assert_str_equal(json, hr_buf_str(&want), "stored schema");
    /* As dlt stores a schema that is too long for a column. */
    hr_buf packed = {0};
    assert_hr_ok(hr_pack(hr_buf_str(&want), &packed, err), err, "pack");
    hr_buf sql = {0};
    hr_buf_addf(&sql, "UPDATE shop._dlt_version SET schema = '%s'", packed.data);
    test_execute(f->d, sql.data);
    assert_hr_ok(hr_load_stored_schema(f->d, "shop", &f->arena, &json, err), err, "packed");
    assert_str_equal(json, hr_buf_str(&want), "packed schema");
    test_execute(f->d, "UPDATE shop._dlt_version SET schema = 'AAAA'");
    assert_int_equal(hr_load_stored_schema(f->d, "shop", &f->arena, &json, err), HR_E_PARSE);
    assert_non_null(strstr(err->msg, "_dlt_version"));
    hr_buf_release(&sql);
    hr_buf_release(&packed);
    hr_buf_release(&want);
    assert_hr_ok(hr_load_stored_schema(f->d, "other", &f->arena, &json, err), err, "schema");
    assert_null(json.p);

    assert_hr_ok(hr_load_stored_state(f->d, "pipe's", &f->arena, &stored, err), err, "state");
    assert_int_equal(stored.version, 3);
    assert_str_equal(stored.state, HR_STR("encoded"), "state");
    assert_string_equal(stored.version_hash, "hash");
    /* A state whose load is not in the ledger does not count. */
    test_execute(f->d, "DELETE FROM shop._dlt_loads WHERE load_id = '1'");
    assert_hr_ok(hr_load_stored_state(f->d, "pipe's", &f->arena, &stored, err), err, "state");
    assert_null(stored.state.p);

    assert_hr_ok(hr_load_find(f->d, "2", &f->arena, &when, err), err, "find");
    assert_non_null(when);
    assert_non_null(strstr(when, "+00"));
    assert_hr_ok(hr_load_count_rows(f->d, "orders", &rows, err), err, "count");
    assert_int_equal(rows, 10);
}

static void a_clock_that_was_set_back_hides_nothing(void **state)
{
    fixture *const f = *state;
    hr_error *const err = &f->err;
    hr_str json;
    hr_buf want = {0};
    hr_load_state stored;

    load_ok(f, &(brought){.load_id = "1", .roots = 1, .state = true});
    test_execute(f->d, "UPDATE shop._dlt_version SET inserted_at = inserted_at + INTERVAL 1 HOUR");
    add_column(f, f->t, "later", HR_TYPE_BIGINT, false);
    assert_hr_ok(hr_schema_bump(f->schema, NULL, err), err, "bump");
    load_ok(f, &(brought){.load_id = "2", .roots = 1});
    assert_hr_ok(hr_schema_write(f->schema, &want, err), err, "write");
    assert_hr_ok(hr_load_stored_schema(f->d, "shop", &f->arena, &json, err), err, "schema");
    assert_str_equal(json, hr_buf_str(&want), "stored schema");
    hr_buf_release(&want);
    assert_hr_ok(hr_load_stored_state(f->d, "pipe's", &f->arena, &stored, err), err, "state");
    assert_string_equal(stored.newest_load_id, "2");
}

/* ---- Loads that fail. ---- */

static void a_failed_load_leaves_nothing(void **state)
{
    fixture *const f = *state;
    hr_load load;

    assert_int_equal(
        load_rows(f, &(brought){.load_id = "1", .roots = 100000, .fail_after = 50000}, &load),
        HR_E_PARSE);
    assert_non_null(strstr(f->err.msg, "is broken"));
    assert_false(load.committed);
    test_assert_rows(f->d, "SELECT table_name FROM information_schema.tables", "");

    load_ok(f, &(brought){.load_id = "2", .roots = 100});
    assert_int_equal(
        load_rows(f, &(brought){.load_id = "3", .roots = 100, .fail_after = 50, .replace = true},
                  &load),
        HR_E_PARSE);
    test_assert_rows(f->d, "SELECT count(*), min(_dlt_load_id) FROM shop.orders", "100|2");
}

/* Commits whose answer gets lost: one that took effect, and one that did not. */
static hr_destination_ops lossy;

static hr_status commit_and_lose_the_answer(hr_destination *d, hr_error *err)
{
    HR_TRY(duckdb->commit(d, err));
    return hr_fail(err, HR_E_REMOTE, "connection lost");
}

static hr_status lose_the_commit(hr_destination *d, hr_error *err)
{
    duckdb->rollback(d);
    return hr_fail(err, HR_E_REMOTE, "connection lost");
}

static hr_status open_nothing(hr_destination **out, const hr_destination_settings *s, hr_error *err)
{
    (void)s;
    *out = NULL;
    return hr_fail(err, HR_E_REMOTE, "no route");
}

static void a_lost_commit_is_looked_up(void **state)
{
    fixture *const f = *state;
    hr_load load;

    lossy = *duckdb;
    lossy.commit = commit_and_lose_the_answer;
    f->d->ops = &lossy;
    load_ok(f, &(brought){.load_id = "1", .roots = 10});

    lossy.commit = lose_the_commit;
    f->d->ops = &lossy;
    assert_int_equal(load_rows(f, &(brought){.load_id = "2", .roots = 10}, &load), HR_E_REMOTE);
    assert_false(load.committed);
    assert_false(load.unknown);
    test_assert_rows(f->d, "SELECT count(*), count(DISTINCT _dlt_load_id) FROM shop.orders",
                     "10|1");

    lossy.open = open_nothing;
    f->d->ops = &lossy;
    assert_int_equal(load_rows(f, &(brought){.load_id = "3", .roots = 10}, &load), HR_E_REMOTE);
    assert_false(load.committed);
    assert_true(load.unknown);
    assert_non_null(strstr(f->err.msg, "connection lost"));
    assert_non_null(strstr(f->err.msg, "no route"));
    assert_null(f->d);
}

#ifdef HR_FAULTS

static const struct kill_case {
    const char *point;
    const char *loads; /* in the ledger afterwards */
} kill_cases[] = {{"load.begin", "1"},         {"load.after_migrate", "1"},
                  {"load.before_insert", "1"}, {"load.after_insert", "1"},
                  {"load.before_ledger", "1"}, {"load.before_commit", "1"},
                  {"load.after_commit", "1,2"}};

static void killed_child(fixture *f, const char *point)
{
    setenv("HR_KILL_AT", point, 1);
    open_it(f);
    (void)load_rows(f, &(brought){.load_id = "2", .roots = 20000, .replace = true}, NULL);
    _exit(0);
}

static void a_kill_leaves_all_or_nothing(void **state)
{
    for (size_t i = 0; i < N_OF(kill_cases); i++) {
        fixture *f = *state;
        int status = 0;

        load_ok(f, &(brought){.load_id = "1", .roots = 7});
        duckdb->close(f->d);
        f->d = NULL;

        const pid_t child = fork();

        if (child == 0)
            killed_child(f, kill_cases[i].point);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        open_it(f);
        test_assert_rows(f->d,
                         "SELECT string_agg(load_id, ',' ORDER BY load_id) FROM shop._dlt_loads",
                         kill_cases[i].loads);
        test_assert_rows(f->d, "SELECT count(*) FROM shop.orders",
                         kill_cases[i].loads[1] ? "20000" : "7");
        tear_down(state);
        set_up(state);
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_first_load_makes_what_dlt_makes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(later_loads_add_rows_columns_and_tables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replace_empties_tables_without_rows_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_are_found_whatever_their_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(types_are_widened_without_loss, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_there_before_the_first_load, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_loaded_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_hides_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_load_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_commit_is_looked_up, set_up, tear_down),
#ifdef HR_FAULTS
        cmocka_unit_test_setup_teardown(a_kill_leaves_all_or_nothing, set_up, tear_down),
#endif
    };

    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
