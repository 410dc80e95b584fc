/* Pipelines of one process that load into one database file at once, and read it in between. */
#include "support.h"

#include <pthread.h>

#include "headrace/headrace.h"
#include "support/library.h"

static hr_pipeline *open_at(const char *name, const char *dataset)
{
    hr_pipeline *p = NULL;
    hr_error err = {0};
    char url[512];

    (void)snprintf(url, sizeof(url), "duckdb:///%s/shared.duckdb", lib_folder());
    const hr_pipeline_options o = {.size = sizeof(o),
                                   .name = name,
                                   .pipelines_dir = lib_folder(),
                                   .destination = url,
                                   .dataset = dataset,
                                   .workers = 2};
    assert_hr_ok(hr_pipeline_open(&p, &o, &err), &err, name);
    return p;
}

enum { ROUNDS = 6 };

typedef struct loader {
    hr_pipeline *p;
    const char *table;
    hr_error err; /* of the first run that failed */
} loader;

/* Asserts nothing: it is not the test's thread. */
static void *load_often(void *ctx)
{
    loader *l = ctx;

    for (int i = 0; i < ROUNDS && l->err.status == HR_OK; i++) {
        lib_actor a = {.text = "[{\"id\":1,\"l\":[1,2]},{\"id\":2}]", .step = 8};
        const hr_resource_options o = lib_into(l->table);
        const hr_json_source s = lib_plays(&a);
        struct ArrowArrayStream rows = {0};

        if (hr_pipeline_add_json(l->p, &o, &s, &l->err) != HR_OK ||
            hr_pipeline_run(l->p, NULL, &l->err) != HR_OK ||
            hr_pipeline_query(l->p, "select 1", &rows, &l->err) != HR_OK)
            break;
        rows.release(&rows);
    }
    return NULL;
}

static void load_at_once(const char *dataset, const char *other_dataset, const char *other_table)
{
    loader l[2] = {{open_at("one", dataset), "a", {0}},
                   {open_at("two", other_dataset), other_table, {0}}};
    pthread_t threads[2];

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load_often, &l[i]), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        if (l[i].err.status != HR_OK)
            fail_msg("%s: %s", l[i].table, l[i].err.msg);
    }
    assert_asks(l[0].p, "select count(*)::text from a",
                strcmp(dataset, other_dataset) == 0 && strcmp("a", other_table) == 0 ? "24" : "12");
    assert_asks(l[1].p, "select count(*)::text from _dlt_loads",
                strcmp(dataset, other_dataset) == 0 ? "12" : "6");
    hr_pipeline_close(l[0].p);
    hr_pipeline_close(l[1].p);
}

static void datasets_are_loaded_at_once(void **state)
{
    (void)state;
    load_at_once("d1", "d2", "b");
}

static void tables_are_loaded_at_once(void **state)
{
    (void)state;
    load_at_once("d", "d", "b");
}

static void one_table_is_loaded_at_once(void **state)
{
    (void)state;
    load_at_once("d", "d", "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        lib_test(datasets_are_loaded_at_once),
        lib_test(tables_are_loaded_at_once),
        lib_test(one_table_is_loaded_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
