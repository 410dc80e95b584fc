/* packages.h -- what tests of load packages share: a folder of packages, and tables with a column
 * of each type whose values are made from the number of their row. Everything here fails the test
 * when it cannot do its part. */
#ifndef HR_TESTS_SUPPORT_PACKAGES_H
#define HR_TESTS_SUPPORT_PACKAGES_H

#include "arrow/builder.h"
#include "package/package.h"
#include "schema/schema.h"

/* For cmocka_unit_test_setup_teardown: the folder that the packages below live in. */
int pkg_setup(void **state);
int pkg_teardown(void **state);
const char *pkg_folder(void);

#define pkg_test(f) cmocka_unit_test_setup_teardown((f), pkg_setup, pkg_teardown)

/* The types; columns have their names. */
enum { PKG_N_TYPES = 11 };
extern const hr_type pkg_types[PKG_N_TYPES];

/* A package that is begun, of the resource t; hr_package_free() frees it. */
hr_package *pkg_begin(const char *load_id);

/* A batch of `rows` rows of the types that `which` has bits for; values count up from `first`,
 * every `null_every`th is null. Column "id" numbers the rows. */
void pkg_write(hr_package_writer *w, const char *table, unsigned which, int64_t first, int64_t rows,
               int64_t null_every);

/* What the builder holds, padded to `rows` rows, as a column of a batch; borrowed from it. */
hr_batch_column pkg_column(hr_builder *b, int64_t rows, hr_arrow_field field);

/* Finishes and frees the writer. */
void pkg_finish(hr_package_writer *w);

/* These tables with "id" and a column of each type; hr_schema_free() frees it. */
hr_schema *pkg_schema(const char *const *tables, size_t n);

/* Takes a package, seals it, and opens it anew. */
hr_package *pkg_reopened(hr_package *p, const hr_schema *s);

/* A package 1.5 that is sealed, with one file of one batch of 20 rows of table t; hr_free() frees
 * the file's path. */
hr_package *pkg_small(hr_schema *s, char **path);

#endif
