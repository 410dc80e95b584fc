/* A cursor for each parent: where each begins, what a run leaves, and what dlt's turn means. */
#include "support.h"

#include "base/mem.h"
#include "extract/parents.h"
#include "json/json.h"

typedef struct run {
    hr_incremental *inc;
    yyjson_doc *options;
    const char *kept;
    bool floored;
} run;

static const char by_id[] = "id";

static void begin(run *r, const hr_state *state, const char *by)
{
    static const char options[] = "{\"cursor_path\": \"at\", \"initial_value\": 0}";
    hr_error err = {0};
    bool more = false;

    r->options = yyjson_read(options, strlen(options), 0);
    assert_hr_ok(hr_incremental_new(&r->inc, yyjson_doc_get_root(r->options), NULL, "r", &err),
                 &err, "new");
    assert_hr_ok(hr_incremental_begin(r->inc, state, "s", &more, NULL, &err), &err, "begin");
    assert_hr_ok(hr_parents_begin(r->inc, state, "s", by, &r->kept, &r->floored, &err), &err,
                 "parents");
}

static void end(run *r)
{
    hr_incremental_free(r->inc);
    yyjson_doc_free(r->options);
}

/* The rows of one parent; how many are kept. */
static int load(const run *r, uint64_t page, uint64_t parent, const char *rows)
{
    const hr_step step = hr_incremental_step(r->inc);
    yyjson_doc *doc = yyjson_read(rows, strlen(rows), 0);
    hr_error err = {0};
    yyjson_val *item;
    void *worker = NULL;
    size_t i, n;
    int kept = 0;

    assert_hr_ok(step.open(step.self, &worker, &err), &err, "open");
    assert_hr_ok(step.begin_page(worker, page, parent, &err), &err, rows);
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, item)
    {
        yyjson_val *left = item;

        assert_hr_ok(step.item(worker, &left, &err), &err, rows);
        kept += left != NULL;
    }
    assert_hr_ok(step.keep_page(worker, &err), &err, "keep");
    assert_hr_ok(step.close(worker, false, &err), &err, "close");
    yyjson_doc_free(doc);
    return kept;
}

static void finish(const run *r, hr_state *state)
{
    hr_error err = {0};

    assert_hr_ok(hr_incremental_finish(r->inc, state, "s", &err), &err, "finish");
}

static void carry_over(const run *from, const run *to)
{
    hr_error err = {0};
    hr_parent_row row;

    for (size_t i = 0; i < hr_parents_n_moved(from->inc); i++) {
        hr_parents_moved(from->inc, i, &row);
        assert_hr_ok(hr_parents_add(to->inc, hr_str_from(row.parent), row.value, row.hashes, &err),
                     &err, row.parent);
    }
}

static hr_state *new_state(void)
{
    hr_state *s = NULL;

    assert_int_equal(hr_state_new(&s, "/", NULL), HR_OK);
    return s;
}

static void each_parent_goes_on_where_it_stopped(void **unused)
{
    hr_state *state = new_state();
    run first, second;

    (void)unused;
    begin(&first, state, by_id);
    assert_null(first.kept);
    assert_int_equal(load(&first, 0, 1, "[{\"at\": 5}, {\"at\": 9}]"), 2);
    assert_int_equal(load(&first, 1, 3, "[{\"at\": 2}]"), 1);
    finish(&first, state);
    assert_int_equal(hr_parents_n_moved(first.inc), 2);

    begin(&second, state, by_id);
    assert_non_null(second.kept);
    assert_false(second.floored);
    carry_over(&first, &second);
    assert_int_equal(load(&second, 0, 1, "[{\"at\": 9}, {\"at\": 8}, {\"at\": 10}]"), 1);
    assert_int_equal(load(&second, 1, 3, "[{\"at\": 2}, {\"at\": 2, \"new\": 1}, {\"at\": 3}]"), 2);
    assert_int_equal(load(&second, 2, 5, "[{\"at\": 1}]"), 1);
    finish(&second, state);
    assert_int_equal(hr_parents_n_moved(second.inc), 3);
    end(&first);
    end(&second);
    hr_state_free(state);
}

static void what_another_cursor_has_passed_counts_as_loaded(void **unused)
{
    hr_state *state = new_state();
    run first, second;

    (void)unused;
    begin(&first, state, by_id);
    assert_int_equal(load(&first, 0, 1, "[{\"at\": 5}]"), 1);
    finish(&first, state);

    begin(&second, state, "name"); /* by other fields, so the parents are all unknown */
    assert_null(second.kept);
    assert_true(second.floored);
    assert_int_equal(load(&second, 0, 1, "[{\"at\": 4}, {\"at\": 5}, {\"at\": 6}]"), 1);
    assert_int_equal(load(&second, 1, 3, "[{\"at\": 4}]"), 0);
    finish(&second, state);
    assert_int_equal(hr_parents_n_moved(second.inc), 1);
    end(&first);
    end(&second);
    hr_state_free(state);
}

static void rows_that_are_none_are_refused(void **unused)
{
    hr_state *state = new_state();
    hr_error err = {0};
    run r;

    (void)unused;
    begin(&r, state, by_id);
    assert_int_equal(hr_parents_add(r.inc, HR_STR("7"), HR_STR("1"), HR_STR(""), &err),
                     HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "is no number of a parent"));
    assert_int_equal(
        hr_parents_add(r.inc, HR_STR("0000000000000007"), HR_STR("{}"), HR_STR(""), &err), HR_OK);
    hr_parent_start at;
    assert_int_equal(hr_parents_start(r.inc, 7, &at, &err), HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "is no value of a cursor"));
    end(&r);
    hr_state_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_parent_goes_on_where_it_stopped),
        cmocka_unit_test(what_another_cursor_has_passed_counts_as_loaded),
        cmocka_unit_test(rows_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
