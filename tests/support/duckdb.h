/* duckdb.h -- a DuckDB file in a folder of its own, and what it holds. */
#ifndef HR_TESTS_SUPPORT_DUCKDB_H
#define HR_TESTS_SUPPORT_DUCKDB_H

#include "destination/destination.h"
#include "support/batches.h"

typedef struct test_duckdb {
    char *folder;
    char url[512]; /* of shop.duckdb there */
    hr_destination *d;
} test_duckdb;

/* *state is a test_duckdb with the empty dataset ds. */
int test_duckdb_setup(void **state);
int test_duckdb_teardown(void **state);

#define test_duckdb_case(f) \
    cmocka_unit_test_setup_teardown((f), test_duckdb_setup, test_duckdb_teardown)

hr_status test_open(hr_destination **d, const char *url, const char *dataset, bool read_only,
                    hr_error *err);

/* The following are for every destination. */
void test_execute(hr_destination *d, const char *sql);

/* All of `b` into a table of the dataset. */
hr_status test_insert(hr_destination *d, const char *table, const test_batches *b,
                      const char *load_id, hr_error *err);

/* Rows as text: cells joined by '|', rows by '\n', NULL as "~". */
void test_assert_rows(hr_destination *d, const char *sql, const char *want);

#endif
