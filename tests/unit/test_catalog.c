#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "headrace/headrace.h"
#include "normalize/catalog.h"

typedef struct fixture {
    hr_schema *schema;
    hr_catalog *catalog;
    hr_error err;
} fixture;

static void open_catalog(fixture *f, bool depth_matters)
{
    hr_table *t = NULL;

    assert_hr_ok(hr_schema_new(&f->schema, "s", &f->err), &f->err, "schema");
    assert_hr_ok(
        hr_schema_add_table(f->schema, HR_STR("t"), (hr_str){0}, "t", "append", &t, &f->err),
        &f->err, "table");
    assert_hr_ok(hr_catalog_new(&f->catalog, f->schema, depth_matters, &f->err), &f->err, "new");
}

static void close_catalog(fixture *f)
{
    hr_catalog_free(f->catalog);
    hr_schema_free(f->schema);
    *f = (fixture){0};
}

static size_t catch_up(fixture *f, size_t pos)
{
    hr_changes news = {0};

    assert_hr_ok(hr_catalog_catch_up(f->catalog, &pos, &news, &f->err), &f->err, "catch up");
    hr_changes_release(&news);
    return pos;
}

static hr_change column(const char *name, hr_type type)
{
    return (hr_change){.kind = HR_CHANGE_COLUMN,
                       .table = HR_STR("t"),
                       .column = {.name = hr_str_from(name), .type = type}};
}

static hr_change child(const char *name, const char *parent)
{
    return (hr_change){
        .kind = HR_CHANGE_TABLE, .table = hr_str_from(name), .parent = hr_str_from(parent)};
}

static hr_commit commit(fixture *f, uint64_t page, size_t pos, const hr_change *changes, size_t n)
{
    hr_changes delta = {0};
    hr_commit outcome = HR_CATALOG_CONFLICT;

    for (size_t i = 0; i < n; i++)
        assert_true(hr_changes_add(&delta, &changes[i]));
    assert_hr_ok(hr_catalog_turn(f->catalog, page, &f->err), &f->err, "turn");
    assert_hr_ok(hr_catalog_commit(f->catalog, page, pos, &delta, &outcome, &f->err), &f->err,
                 "commit");
    hr_changes_release(&delta);
    return outcome;
}

/* "name:type ..." of table t. */
static void assert_columns(const fixture *f, const char *want)
{
    const hr_table *t = hr_schema_table(f->schema, HR_STR("t"));
    hr_buf got = {0};

    for (size_t i = 0; i < t->n_columns; i++)
        hr_buf_addf(&got, "%s%s:%s", i ? " " : "", t->columns[i]->name,
                    hr_type_name(t->columns[i]->type));
    assert_string_equal(got.data ? got.data : "", want);
    hr_buf_release(&got);
}

static void the_whole_schema_comes_at_first(void **state)
{
    fixture f;
    hr_changes all = {0};
    size_t pos = 0;
    size_t tables = 0;

    (void)state;
    open_catalog(&f, false);
    assert_hr_ok(hr_catalog_catch_up(f.catalog, &pos, &all, &f.err), &f.err, "catch up");
    for (size_t i = 0; i < all.n; i++)
        tables += all.items[i].kind == HR_CHANGE_TABLE;
    assert_int_equal(tables, f.schema->n_tables);
    assert_true(all.n > tables);
    hr_changes_release(&all);
    assert_false(hr_catalog_moved(f.catalog, pos));
    assert_hr_ok(hr_catalog_catch_up(f.catalog, &pos, &all, &f.err), &f.err, "no news");
    assert_int_equal(all.n, 0);
    close_catalog(&f);
}

/* Two pages worked on the same state; the second comes after the first. */
static const struct commit_case {
    const char *label;
    bool depth_matters;
    hr_change first[3];
    hr_change second[3];
    hr_commit want;
    const char *columns; /* after both; NULL: as after the first */
} commit_cases[] = {
    {"different columns",
     false,
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_BIGINT}}},
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("b"), .type = HR_TYPE_TEXT}}},
     HR_CATALOG_DONE,
     "a:bigint b:text"},
    {"the same columns in another order",
     false,
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_BIGINT}},
      {.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("b"), .type = HR_TYPE_TEXT}}},
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("b"), .type = HR_TYPE_TEXT}},
      {.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("c"), .type = HR_TYPE_BOOL}},
      {.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_BIGINT}}},
     HR_CATALOG_DONE,
     "a:bigint b:text c:bool"},
    {"another type",
     false,
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_BIGINT}}},
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("n"), .type = HR_TYPE_TEXT}},
      {.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_TEXT}}},
     HR_CATALOG_CONFLICT,
     "a:bigint"},
    {"another scale",
     false,
     {{.kind = HR_CHANGE_COLUMN,
       .column = {HR_STR_INIT("a"), HR_TYPE_DECIMAL, false, false, true, true, 38, 0}}},
     {{.kind = HR_CHANGE_COLUMN,
       .column = {HR_STR_INIT("a"), HR_TYPE_DECIMAL, false, false, true, true, 38, 9}}},
     HR_CATALOG_CONFLICT,
     "a:decimal"},
    {"a widened column, whatever the other page did",
     false,
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_BIGINT}},
      {.kind = HR_CHANGE_WIDEN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_TEXT}}},
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("b"), .type = HR_TYPE_TEXT}}},
     HR_CATALOG_CONFLICT,
     "a:text"},
    {"a json column where depth matters",
     true,
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_JSON}}},
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("b"), .type = HR_TYPE_TEXT}}},
     HR_CATALOG_CONFLICT,
     "a:json"},
    {"a json column where it does not",
     false,
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("a"), .type = HR_TYPE_JSON}}},
     {{.kind = HR_CHANGE_COLUMN, .column = {.name = HR_STR_INIT("b"), .type = HR_TYPE_TEXT}}},
     HR_CATALOG_DONE,
     "a:json b:text"},
};

static size_t fill(hr_change out[3], const hr_change in[3])
{
    size_t n = 0;

    for (; n < 3 && in[n].column.name.n; n++) {
        out[n] = in[n];
        out[n].table = HR_STR("t");
    }
    return n;
}

static void pages_side_by_side_agree_or_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(commit_cases); i++) {
        const struct commit_case *c = &commit_cases[i];
        hr_change changes[3];
        fixture f;

        open_catalog(&f, c->depth_matters);
        const size_t pos = catch_up(&f, 0);
        assert_int_equal(commit(&f, 0, pos, changes, fill(changes, c->first)), HR_CATALOG_DONE);
        if (commit(&f, 1, pos, changes, fill(changes, c->second)) != c->want)
            fail_msg("%s: the wrong outcome", c->label);
        assert_columns(&f, c->columns);
        if (c->want ==
            HR_CATALOG_CONFLICT) { /* with its turn, a page that caught up goes through */
            const hr_change late = column("late", HR_TYPE_BIGINT);

            assert_int_equal(commit(&f, 1, catch_up(&f, pos), &late, 1), HR_CATALOG_DONE);
        }
        close_catalog(&f);
    }
}

static void tables_of_two_parents_conflict(void **state)
{
    const hr_change one[] = {child("t__a", "t"), child("t__a__b", "t__a")};
    const hr_change two[] = {child("t__a__b", "t")};
    fixture f;

    (void)state;
    open_catalog(&f, false);
    const size_t pos = catch_up(&f, 0);
    assert_int_equal(commit(&f, 0, pos, one, N_OF(one)), HR_CATALOG_DONE);
    assert_int_equal(commit(&f, 1, pos, two, N_OF(two)), HR_CATALOG_CONFLICT);
    assert_int_equal(commit(&f, 1, catch_up(&f, pos), one, N_OF(one)), HR_CATALOG_DONE);
    assert_string_equal(hr_schema_table(f.schema, HR_STR("t__a__b"))->parent.p, "t__a");
    close_catalog(&f);
}

static void a_column_without_a_type_is_completed(void **state)
{
    const hr_column_spec hint = {.name = HR_STR("a")};
    const hr_column_spec other = {.name = HR_STR("b"), .type = HR_TYPE_BOOL};
    const hr_change change = column("a", HR_TYPE_TEXT);
    fixture f;
    hr_table *t;

    (void)state;
    open_catalog(&f, false);
    t = hr_schema_table(f.schema, HR_STR("t"));
    assert_hr_ok(hr_table_add_column(f.schema, t, &hint, NULL, &f.err), &f.err, "hint");
    assert_hr_ok(hr_table_add_column(f.schema, t, &other, NULL, &f.err), &f.err, "other");
    assert_int_equal(commit(&f, 0, catch_up(&f, 0), &change, 1), HR_CATALOG_DONE);
    assert_columns(&f, "b:bool a:text");
    close_catalog(&f);
}

/* Pages may pass in any order, also far ahead; the turn waits for all before. */
static void passes_come_in_any_order(void **state)
{
    fixture f;

    (void)state;
    open_catalog(&f, false);
    const size_t pos = catch_up(&f, 0);
    for (uint64_t page = 1000; page > 0; page--)
        hr_catalog_pass(f.catalog, page);
    hr_catalog_pass(f.catalog, 0);
    assert_int_equal(commit(&f, 1001, pos, NULL, 0), HR_CATALOG_DONE);
    for (uint64_t page = 1003; page < 5000; page += 2) {
        hr_catalog_pass(f.catalog, page);
        assert_int_equal(commit(&f, page - 1, pos, NULL, 0), HR_CATALOG_DONE);
    }
    close_catalog(&f);
}

static void stopping_ends_the_wait(void **state)
{
    fixture f;

    (void)state;
    open_catalog(&f, false);
    hr_catalog_stop(f.catalog);
    assert_int_equal(hr_catalog_turn(f.catalog, 5, &f.err), HR_E_CANCELLED);
    hr_catalog_pass(f.catalog, 5000); /* far ahead, and yet it returns */
    close_catalog(&f);
}

/* ---- threads ---- */

enum { THREADS = 4, PAGES = 400 };

typedef struct crew {
    fixture f;
    atomic_uint_fast64_t next;
    atomic_int cancelled;
} crew;

static void *wait_for_a_turn(void *arg)
{
    crew *c = arg;
    hr_error err;

    if (hr_catalog_turn(c->f.catalog, atomic_fetch_add(&c->next, 1) + 1, &err) == HR_E_CANCELLED)
        atomic_fetch_add(&c->cancelled, 1);
    return NULL;
}

static void all_who_wait_are_woken(void **state)
{
    crew c = {0};
    pthread_t threads[THREADS];

    (void)state;
    open_catalog(&c.f, false);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_a_turn, &c), 0);
    usleep(20000);
    hr_catalog_stop(c.f.catalog);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&c.cancelled), THREADS);
    close_catalog(&c.f);
}

static hr_type type_of(uint64_t page, uint64_t key)
{
    static const hr_type types[] = {HR_TYPE_TEXT, HR_TYPE_BIGINT, HR_TYPE_BOOL};

    return types[(page * 31 + key * 7) % N_OF(types)];
}

/* A page gives column c<page / 4 + k> a type of its own choosing, unless it is there already. */
static void build_delta(const crew *c, uint64_t page, const hr_changes *known, hr_changes *delta,
                        char names[3][16])
{
    (void)c;
    for (uint64_t k = 0; k < 3; k++) {
        bool there = false;

        (void)snprintf(names[k], 16, "c%d", (int)(page / 4 + k));
        const hr_change change = column(names[k], type_of(page, k));
        for (size_t i = 0; i < known->n; i++)
            there = there || (known->items[i].kind == HR_CHANGE_COLUMN &&
                              hr_str_eq(known->items[i].column.name, change.column.name));
        if (!there && !hr_changes_add(delta, &change))
            abort();
    }
}

static void work_page(crew *c, uint64_t page, size_t *pos, hr_changes *known)
{
    hr_commit outcome = HR_CATALOG_CONFLICT;
    bool my_turn = false;

    while (outcome == HR_CATALOG_CONFLICT) {
        hr_changes delta = {0};
        char names[3][16];
        hr_error err;

        if (hr_catalog_catch_up(c->f.catalog, pos, known, &err) != HR_OK)
            abort();
        build_delta(c, page, known, &delta, names);
        if (!my_turn && !delta.n) {
            hr_catalog_pass(c->f.catalog, page);
            return;
        }
        if (!my_turn && hr_catalog_turn(c->f.catalog, page, &err) != HR_OK)
            abort();
        my_turn = true;
        if (hr_catalog_commit(c->f.catalog, page, *pos, &delta, &outcome, &err) != HR_OK)
            abort();
        hr_changes_release(&delta);
    }
}

static void *work(void *arg)
{
    crew *c = arg;
    hr_changes known = {0};
    size_t pos = 0;

    for (uint64_t page; (page = atomic_fetch_add(&c->next, 1)) < PAGES;)
        work_page(c, page, &pos, &known);
    hr_changes_release(&known);
    return NULL;
}

static void run_pages(int n_threads, hr_buf *schema)
{
    crew c = {0};
    pthread_t threads[THREADS];

    open_catalog(&c.f, false);
    for (int i = 0; i < n_threads; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &c), 0);
    for (int i = 0; i < n_threads; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_hr_ok(hr_schema_write(c.f.schema, schema, &c.f.err), &c.f.err, "write");
    close_catalog(&c.f);
}

static void the_outcome_is_that_of_one_thread(void **state)
{
    hr_buf want = {0};

    (void)state;
    run_pages(1, &want);
    for (int round = 0; round < 20; round++) {
        hr_buf got = {0};

        run_pages(THREADS, &got);
        assert_str_equal(hr_buf_str(&got), hr_buf_str(&want), "schema");
        hr_buf_release(&got);
    }
    hr_buf_release(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_schema_comes_at_first),
        cmocka_unit_test(pages_side_by_side_agree_or_conflict),
        cmocka_unit_test(tables_of_two_parents_conflict),
        cmocka_unit_test(a_column_without_a_type_is_completed),
        cmocka_unit_test(passes_come_in_any_order),
        cmocka_unit_test(stopping_ends_the_wait),
        cmocka_unit_test(all_who_wait_are_woken),
        cmocka_unit_test(the_outcome_is_that_of_one_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
