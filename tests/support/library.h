/* library.h -- what tests of the public API share: a pipeline in a folder of its own, and a
 * callback that plays a part. Everything here goes through headrace.h alone, but for Arrow arrays.
 */
#ifndef HR_TEST_SUPPORT_LIBRARY_H
#define HR_TEST_SUPPORT_LIBRARY_H

#include <nanoarrow/nanoarrow.h>
#include <yyjson.h>

#include "headrace/headrace.h"

/* For cmocka_unit_test_setup_teardown: the folder that the pipelines below live in. */
int lib_setup(void **state);
int lib_teardown(void **state);
const char *lib_folder(void);

#define lib_test(f) cmocka_unit_test_setup_teardown((f), lib_setup, lib_teardown)

/* Dataset d in NAME.duckdb, two workers. lib_open: the one that is called lib. */
hr_pipeline *lib_open_named(const char *name);
hr_pipeline *lib_open(void);

/* The messages of events since the last pipeline was opened, a line each. */
const char *lib_heard(void);

hr_resource_options lib_into(const char *table);

/* The first column of a query's rows, joined by blanks; "NULL" for null. The query casts to text.
 * Until the next call. */
const char *lib_ask(hr_pipeline *p, const char *sql);

#define assert_asks(p, sql, want) assert_string_equal(lib_ask((p), (sql)), (want))

/* Takes a text that hr_free frees. */
yyjson_doc *lib_parse(char *json);
const char *lib_member(yyjson_doc *doc, const char *pointer);

/* A JSON callback that plays a part. */
typedef struct lib_actor {
    const char *text;
    size_t at, step; /* bytes a piece */
    size_t calls;
    size_t fail_at;    /* the call that fails; 0: none */
    hr_pipeline *stop; /* cancelled in the first call; NULL: none */
    void (*act)(struct lib_actor *);
    int closed;
} lib_actor;

hr_json_source lib_plays(lib_actor *a);
void lib_add(hr_pipeline *p, const char *table, lib_actor *a);

/* A run of that text alone. */
void lib_load(hr_pipeline *p, const char *table, const char *text);

/* A batch in the making: start_struct, each column's type, start_array, rows of values, finish. A
 * decimal has ten digits, two of them decimals; `unit` and `zone` are those of times. */
void lib_start_struct(struct ArrowSchema *schema, int64_t n_columns);
void lib_set_column(struct ArrowSchema *column, const char *name, enum ArrowType type,
                    enum ArrowTimeUnit unit, const char *zone);
void lib_set_plain(struct ArrowSchema *column, const char *name, enum ArrowType type);
void lib_start_array(struct ArrowSchema *schema, struct ArrowArray *array);
void lib_end_row(struct ArrowArray *array);
void lib_finish_array(struct ArrowArray *array);

/* A run of that batch alone; takes schema and array over. `hints` may be NULL. */
hr_status lib_load_arrow(hr_pipeline *p, const char *table, const char *hints,
                         struct ArrowSchema *schema, struct ArrowArray *array, hr_error *err);

#endif
