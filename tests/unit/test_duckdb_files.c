/* DuckDB as a destination: its files, who else has them open, and URLs. */
#include "support.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "destination/destination.h"
#include "headrace/headrace.h"
#include "support/duckdb.h"

static const hr_destination_ops *const ops = &hr_destination_duckdb;

/* ---- Files. ---- */

static void files_that_are_no_database_are_refused(void **state)
{
    test_duckdb *const f = *state;
    char url[600];
    char junk[20000];
    hr_destination *d = NULL;
    hr_error err;

    memset(junk, 'x', sizeof(junk));
    test_file(f->folder, "junk.duckdb", junk, sizeof(junk));
    snprintf(url, sizeof(url), "duckdb:///%s/junk.duckdb", f->folder);
    assert_int_equal(test_open(&d, url, "ds", false, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "not a valid DuckDB database"));
    assert_null(d);

    test_file(f->folder, "rows.jsonl", "{\"a\":1}\n", 8);
    snprintf(url, sizeof(url), "duckdb:///%s/rows.jsonl", f->folder);
    assert_int_equal(test_open(&d, url, "ds", true, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "not a valid DuckDB database"));
    assert_null(d);

    snprintf(url, sizeof(url), "duckdb:///%s/no/such.duckdb", f->folder);
    assert_int_equal(test_open(&d, url, "ds", false, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "folder"));
}

static void an_empty_file_becomes_a_database(void **state)
{
    test_duckdb *const f = *state;
    char url[600];
    hr_destination *d = NULL;
    hr_error err;

    test_file(f->folder, "empty.duckdb", "", 0);
    snprintf(url, sizeof(url), "duckdb:///%s/empty.duckdb", f->folder);
    assert_hr_ok(test_open(&d, url, "ds", false, &err), &err, "open");
    test_execute(d, "CREATE TABLE empty.main.t (a INTEGER)");
    ops->close(d);
}

static void nothing_to_read_is_no_error(void **state)
{
    test_duckdb *const f = *state;
    char url[600];
    hr_destination *d = NULL;
    hr_error err;

    snprintf(url, sizeof(url), "duckdb:///%s/none.duckdb", f->folder);
    assert_hr_ok(test_open(&d, url, "ds", true, &err), &err, "open");
    assert_null(d);
    snprintf(url, sizeof(url), "duckdb:///%s/no/none.duckdb", f->folder);
    assert_hr_ok(test_open(&d, url, "ds", true, &err), &err, "open");
    assert_null(d);
    assert_int_equal(access(url + 10, F_OK), -1);
}

static void the_file_may_be_called_like_the_dataset(void **state)
{
    test_duckdb *const f = *state;
    static const test_column c = {"i", "l", 0};
    test_duckdb same = {0};
    test_batches b;
    hr_error err;

    snprintf(same.url, sizeof(same.url), "duckdb:///%s/Twin.duckdb", f->folder);
    assert_hr_ok(test_open(&same.d, same.url, "twin", false, &err), &err, "open");
    test_execute(same.d, "CREATE SCHEMA twin");
    test_execute(same.d, "CREATE TABLE twin.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 100, 10);
    assert_hr_ok(test_insert(same.d, "t", &b, NULL, &err), &err, "insert");
    test_assert_rows(same.d, "SELECT count(*) FROM twin.t", "100");
    test_batches_release(&b);
    ops->close(same.d);
}

static void the_storage_version_can_be_chosen(void **state)
{
    test_duckdb *const f = *state;
    test_duckdb old = {0};
    hr_error err;

    test_assert_rows(f->d,
                     "SELECT tags['storage_version'] FROM duckdb_databases() "
                     "WHERE database_name = 'shop'",
                     "v1.4.0+");
    snprintf(old.url, sizeof(old.url), "duckdb:///%s/old.duckdb?storage_version=v1.0.0", f->folder);
    for (int i = 0; i < 2; i++) {
        assert_hr_ok(test_open(&old.d, old.url, "ds", false, &err), &err, "open");
        test_assert_rows(old.d,
                         "SELECT tags['storage_version'] FROM duckdb_databases() "
                         "WHERE database_name = 'old'",
                         "v1.0.0+");
        ops->close(old.d);
        /* A file keeps its version, whatever the URL says later. */
        snprintf(old.url, sizeof(old.url), "duckdb:///%s/old.duckdb?storage_version=v1.2.0",
                 f->folder);
    }

    snprintf(old.url, sizeof(old.url), "duckdb:///%s/new.duckdb?storage_version=v77", f->folder);
    assert_int_not_equal(test_open(&old.d, old.url, "ds", false, &err), HR_OK);
    assert_non_null(strstr(err.msg, "v77"));
    snprintf(old.url, sizeof(old.url), "%s/new.duckdb", f->folder);
    assert_int_equal(access(old.url, F_OK), -1);
}

static void handles_of_one_process_share_the_file(void **state)
{
    test_duckdb *const f = *state;
    static const test_column c = {"i", "l", 0};
    test_duckdb other = {0};
    test_batches b;
    hr_error err;

    snprintf(other.url, sizeof(other.url), "duckdb:///%s/./shop.duckdb", f->folder);
    assert_hr_ok(test_open(&other.d, other.url, "ds", false, &err), &err, "open again");
    test_execute(f->d, "CREATE TABLE ds.t (i BIGINT)");
    test_batches_init(&b, &c, 1, 100, 10);
    assert_hr_ok(test_insert(other.d, "t", &b, NULL, &err), &err, "insert");
    ops->close(other.d);
    test_assert_rows(f->d, "SELECT count(*) FROM ds.t", "100");
    test_batches_release(&b);
}

/* Runs in a child: holds the file until it is killed. */
static void hold_file(const char *url, int ready)
{
    hr_destination *d = NULL;
    const bool ok = test_open(&d, url, "ds", false, NULL) == HR_OK;

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

    const hr_status st = test_open(&d, url, "ds", false, &err);

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
    test_duckdb *const f = *state;
    test_duckdb set = {0};
    hr_error err;

    snprintf(set.url, sizeof(set.url), "duckdb:///%s/set.duckdb?default_order=DESC", f->folder);
    assert_hr_ok(test_open(&set.d, set.url, "ds", false, &err), &err, "open");
    test_assert_rows(set.d,
                     "SELECT upper(current_setting('default_order'))[:4], "
                     "current_setting('TimeZone')",
                     "DESC|UTC");
    ops->close(set.d);
    snprintf(set.url, sizeof(set.url), "duckdb:///%s/set.duckdb?no_such_setting=1", f->folder);
    assert_int_equal(test_open(&set.d, set.url, "ds", false, &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "no_such_setting"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_duckdb_case(files_that_are_no_database_are_refused),
        test_duckdb_case(an_empty_file_becomes_a_database),
        test_duckdb_case(nothing_to_read_is_no_error),
        test_duckdb_case(the_file_may_be_called_like_the_dataset),
        test_duckdb_case(the_storage_version_can_be_chosen),
        test_duckdb_case(handles_of_one_process_share_the_file),
        cmocka_unit_test(a_locked_file_names_its_holder),
        cmocka_unit_test(urls_are_read_and_shown),
        cmocka_unit_test(destinations_are_found_by_scheme),
        test_duckdb_case(settings_reach_duckdb),
    };

    return cmocka_run_group_tests_name("duckdb_files", tests, NULL, NULL);
}
