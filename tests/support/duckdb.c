#include "support.h"

#include "support/duckdb.h"

#include <stdlib.h>

#include "headrace/headrace.h"

hr_status test_open(hr_destination **d, const char *url, const char *dataset, bool read_only,
                    hr_error *err)
{
    const hr_destination_settings s = {
        .url = url, .dataset = dataset, .read_only = read_only, .threads = 2};

    return hr_destination_duckdb.open(d, &s, err);
}

int test_duckdb_setup(void **state)
{
    test_duckdb *const f = calloc(1, sizeof(*f));
    hr_error err;

    f->folder = test_folder();
    (void)snprintf(f->url, sizeof(f->url), "duckdb:///%s/shop.duckdb", f->folder);
    assert_hr_ok(test_open(&f->d, f->url, "ds", false, &err), &err, "open");
    test_execute(f->d, "CREATE SCHEMA ds");
    *state = f;
    return 0;
}

int test_duckdb_teardown(void **state)
{
    test_duckdb *const f = *state;

    hr_destination_duckdb.close(f->d);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

void test_execute(hr_destination *d, const char *sql)
{
    hr_error err;

    assert_hr_ok(d->ops->execute(d, sql, &err), &err, sql);
}

hr_status test_insert(hr_destination *d, const char *table, const test_batches *b,
                      const char *load_id, hr_error *err)
{
    char target[512];
    const hr_insert what = {.target = target, .batches = &b->batches, .load_id = load_id};

    (void)snprintf(target, sizeof(target), "%s.\"%s\"", d->qualifier, table);
    return d->ops->insert(d, &what, err);
}

void test_assert_rows(hr_destination *d, const char *sql, const char *want)
{
    hr_arena arena = {0};
    hr_error err;
    hr_rows rows;
    hr_buf text = {0};

    assert_hr_ok(d->ops->select(d, sql, &arena, &rows, &err), &err, sql);
    for (size_t i = 0; i < rows.n_rows * rows.n_columns; i++) {
        if (i)
            hr_buf_addc(&text, i % rows.n_columns ? '|' : '\n');
        hr_buf_addz(&text, rows.cells[i] ? rows.cells[i] : "~");
    }
    hr_buf_addz(&text, "");
    assert_str_equal(hr_buf_str(&text), hr_str_from(want), sql);
    hr_buf_release(&text);
    hr_arena_release(&arena);
}
