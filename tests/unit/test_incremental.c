/* Cursors: how values compare, what lag does to them, and which rows of which runs are new. */
#include "support.h"

#include "base/mem.h"
#include "extract/incremental.h"
#include "extract/lag.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* ---- values ---- */

static hr_cursor cursor_of(const char *json, yyjson_doc **doc)
{
    hr_cursor c = {0};

    *doc = yyjson_read(json, strlen(json),
                       YYJSON_READ_ALLOW_INVALID_UNICODE | YYJSON_READ_BIGNUM_AS_RAW);
    assert_non_null(*doc);
    assert_true(hr_cursor_of_json(yyjson_doc_get_root(*doc), &c));
    return c;
}

static void values_compare_by_what_they_mean(void **state)
{
    static const struct {
        const char *a, *b;
        int want; /* 2: they do not compare */
    } cases[] = {
        {"1", "2", -1},
        {"2", "1.5", 1},
        {"2", "2.0", 0},
        {"9007199254740993", "9007199254740992.0", 1},
        {"18446744073709551615", "-1", 1},
        {"123456789012345678901234567890", "1e30", -1},
        {"\"b\"", "\"a\"", 1},
        {"\"a\"", "\"aa\"", -1},
        {"\"9\"", "\"10\"", 1},
        {"1", "\"1\"", 2},
        {"\"2024-01-01T00:00:00Z\"", "\"2024-01-01T01:00:00+01:00\"", 0},
        {"\"2024-01-01T00:00:00.5Z\"", "\"2024-01-01T00:00:00.25Z\"", 1},
        {"\"2024-01-01T00:00:00.5Z\"", "\"2024-01-01T00:00:00.500000Z\"", 0},
        {"\"2024-01-01T00:00:00.0000001Z\"", "\"2024-01-01T00:00:00.00000009Z\"", 1},
        {"\"2024-01-01T00:00:00.0000001Z\"", "\"2024-01-01T00:00:00.00000010Z\"", 0},
        {"\"2024-01-01\"", "\"2024-01-01T00:00:00Z\"", 0},
        {"\"2024-01-01 10:00\"", "\"2024-01-01T09:59:59Z\"", 1},
        {"\"2024-12-31T23:00:00-05:00\"", "\"2025-01-01T00:00:00Z\"", 1},
        {"\"zebra\"", "\"2024-01-01\"", 1},
        {"\"20240101\"", "\"2024-01-01\"", 1}, /* digits alone are a text */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        yyjson_doc *da, *db;
        const hr_cursor a = cursor_of(cases[i].a, &da);
        const hr_cursor b = cursor_of(cases[i].b, &db);
        int there = 2;
        int back = 2;

        if (hr_cursor_compare(&a, &b, &there))
            assert_true(hr_cursor_compare(&b, &a, &back));
        if ((there > 0) - (there < 0) != (cases[i].want > 0) - (cases[i].want < 0) &&
            there != cases[i].want)
            fail_msg("%s, %s: %d, want %d", cases[i].a, cases[i].b, there, cases[i].want);
        if (cases[i].want != 2 && (there > 0) != (back < 0))
            fail_msg("%s, %s: not the same the other way", cases[i].a, cases[i].b);
        yyjson_doc_free(da);
        yyjson_doc_free(db);
    }
}

static void lag_keeps_the_form_of_a_value(void **state)
{
    static const struct {
        const char *last, *initial;
        double lag;
        int sign;
        const char *want;
    } cases[] = {
        {"10", "null", 3, 1, "10-3"},
        {"10", "null", 2.5, 1, "7"},
        {"2.5", "null", 1, 1, "1.5"},
        {"10", "8", 3, 1, "8"},
        {"10", "null", 3, -1, "13"},
        {"\"2023-03-02\"", "null", 1, 1, "\"2023-03-01\""},
        {"\"2023-03-02\"", "\"2023-03-02\"", 1, 1, "\"2023-03-02\""},
        {"\"2023-03-02T02:00:00Z\"", "null", 3600, 1, "\"2023-03-02T01:00:00Z\""},
        {"\"2023-03-02T00:30:00.250+02:00\"", "null", 3600, 1, "\"2023-03-01T23:30:00.250+02:00\""},
        {"\"2023-03-02 00:30\"", "null", 60, 1, "\"2023-03-02 00:29\""},
        {"\"2023-03-02T10:30:00Z\"", "\"2023-01-01\"", 1, 1, "\"2023-03-01T00:00:00Z\""},
        {"\"2023-03-02T10:30:00Z\"", "\"2023-05-01\"", 1, -1, "\"2023-03-03T23:59:59Z\""},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        yyjson_doc *dl, *di = NULL;
        const hr_cursor last = cursor_of(cases[i].last, &dl);
        const hr_cursor initial =
            strcmp(cases[i].initial, "null") ? cursor_of(cases[i].initial, &di) : (hr_cursor){0};
        hr_cursor_copy out = {0};
        hr_error err = {0};
        hr_buf text = {0};

        assert_hr_ok(hr_cursor_lag(&last, &initial, cases[i].lag, cases[i].sign, &out, &err), &err,
                     cases[i].last);
        hr_cursor_show(&out.v, &text);
        assert_string_equal(text.data, strcmp(cases[i].want, "10-3") ? cases[i].want : "7");
        hr_buf_release(&text);
        hr_cursor_copy_release(&out);
        yyjson_doc_free(dl);
        yyjson_doc_free(di);
    }
    hr_error err = {0};
    hr_cursor_copy out = {0};
    hr_cursor word;
    assert_true(hr_cursor_of_text(HR_STR("abc"), &word));
    assert_int_equal(hr_cursor_lag(&word, &(hr_cursor){0}, 1, 1, &out, &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "\"abc\""));
}

/* ---- runs ---- */

/* One run over pages of items; the rows that were kept, as text. Pages are given to instances in
 * turn, the last page first, as workers might. */
static hr_status run(hr_state *s, const char *options, const char *key, const char *const *pages,
                     size_t n_pages, hr_buf *kept, hr_error *err)
{
    yyjson_doc *doc = yyjson_read(options, strlen(options), 0);
    yyjson_doc *key_doc = key ? yyjson_read(key, strlen(key), 0) : NULL;
    hr_incremental *inc = NULL;
    void *instances[2] = {0};
    hr_buf rows[8] = {{0}};
    bool more;

    hr_buf_reset(kept);
    hr_status st =
        hr_incremental_new(&inc, yyjson_doc_get_root(doc), yyjson_doc_get_root(key_doc), "r", err);
    if (st == HR_OK)
        st = hr_incremental_begin(inc, s, "src", &more, NULL, err);
    const hr_step step = st == HR_OK ? hr_incremental_step(inc) : (hr_step){0};
    for (size_t i = 0; i < 2 && st == HR_OK; i++)
        st = step.open(step.self, &instances[i], err);
    for (size_t p = n_pages; p-- > 0 && st == HR_OK;) {
        yyjson_doc *page = yyjson_read(pages[p], strlen(pages[p]), 0);
        yyjson_val *item;
        size_t i, n;

        assert_non_null(page);
        for (int again = 0; again < 2 && st == HR_OK;
             again++) { /* each page is gone through twice */
            hr_buf_reset(&rows[p]);
            st = step.begin_page(instances[p % 2], p, 0, err);
            yyjson_arr_foreach(yyjson_doc_get_root(page), i, n, item)
            {
                yyjson_val *left = item;

                if (st == HR_OK)
                    st = step.item(instances[p % 2], &left, err);
                if (st == HR_OK && left)
                    hr_buf_addf(&rows[p], "%s ", yyjson_get_str(yyjson_obj_get(item, "id")));
            }
        }
        if (st == HR_OK)
            st = step.keep_page(instances[p % 2], err);
        yyjson_doc_free(page);
    }
    for (size_t i = 0; i < 2; i++) {
        if (instances[i])
            assert_int_equal(step.close(instances[i], st != HR_OK, NULL), HR_OK);
    }
    if (st == HR_OK)
        st = hr_incremental_finish(inc, s, "src", err);
    for (size_t p = 0; p < N_OF(rows); p++) {
        hr_buf_add(kept, hr_buf_str(&rows[p]));
        hr_buf_release(&rows[p]);
    }
    hr_incremental_free(inc);
    yyjson_doc_free(doc);
    yyjson_doc_free(key_doc);
    return st;
}

#define PAGES(...) \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void assert_kept(hr_state *s, const char *options, const char *const *pages, size_t n,
                        const char *want)
{
    hr_error err = {0};
    hr_buf kept = {0};

    assert_hr_ok(run(s, options, "\"id\"", pages, n, &kept, &err), &err, want);
    assert_string_equal(kept.data ? kept.data : "", want);
    hr_buf_release(&kept);
}

static hr_state *new_state(void)
{
    hr_state *s = NULL;

    assert_int_equal(hr_state_new(&s, "/", NULL), HR_OK);
    return s;
}

static void equal_cursors_are_loaded_once(void **state)
{
    static const char options[] = "{\"cursor_path\":\"at\",\"initial_value\":0}";
    hr_state *s = new_state();

    (void)state;
    assert_kept(
        s, options,
        PAGES("[{\"id\":\"a\",\"at\":1},{\"id\":\"b\",\"at\":3}]", "[{\"id\":\"c\",\"at\":3}]"),
        "a b c ");
    assert_kept(s, options,
                PAGES("[{\"id\":\"b\",\"at\":3},{\"id\":\"d\",\"at\":3},{\"id\":\"e\",\"at\":2}]",
                      "[{\"id\":\"c\",\"at\":3}]"),
                "d ");
    assert_kept(s, options, PAGES("[{\"id\":\"d\",\"at\":3},{\"id\":\"b\",\"at\":3.0}]"), "");
    assert_kept(s, options, PAGES("[{\"id\":\"f\",\"at\":5},{\"id\":\"g\",\"at\":4}]"), "f g ");
    hr_buf text = {0};
    assert_int_equal(hr_json_write(hr_state_sources(s), true, NULL, &text, NULL), HR_OK);
    assert_non_null(strstr(text.data, "\"last_value\":5,\"start_value\":3,\"unique_hashes\":[\""));
    hr_buf_release(&text);
    hr_state_free(s);
}

/* The rows that dlt #2479 lost: late ones, within the lag. */
static void late_rows_within_the_lag_are_loaded(void **state)
{
    static const char options[] = "{\"cursor_path\":\"at\",\"lag\":3600}";
    hr_state *s = new_state();

    (void)state;
    assert_kept(s, options, PAGES("[{\"id\":\"a\",\"at\":\"2024-01-01T10:00:00Z\"}]"), "a ");
    assert_kept(s, options,
                PAGES("[{\"id\":\"b\",\"at\":\"2024-01-01T09:30:00Z\"},"
                      "{\"id\":\"c\",\"at\":\"2024-01-01T08:59:59Z\"}]"),
                "b ");
    /* b did not move the cursor back */
    assert_kept(s, options, PAGES("[{\"id\":\"d\",\"at\":\"2024-01-01T08:45:00Z\"}]"), "");
    hr_state_free(s);
}

static void zones_and_precision_do_not_matter(void **state)
{
    static const char options[] = "{\"cursor_path\":\"at\"}";
    hr_state *s = new_state();

    (void)state;
    assert_kept(s, options,
                PAGES("[{\"id\":\"a\",\"at\":\"2024-01-01T10:00:00+02:00\"}]",
                      "[{\"id\":\"b\",\"at\":\"2024-01-01T09:00:00Z\"}]"),
                "a b ");
    assert_kept(s, options,
                PAGES("[{\"id\":\"b\",\"at\":\"2024-01-01T11:00:00.000+02:00\"},"
                      "{\"id\":\"c\",\"at\":\"2024-01-01T10:30:00+02:00\"},"
                      "{\"id\":\"d\",\"at\":\"2024-01-01T09:00:00.1Z\"}]"),
                "d ");
    hr_state_free(s);
}

static void a_million_rows_at_the_boundary_fit_the_state(void **state)
{
    enum { TIES = 5000 };
    static const char options[] = "{\"cursor_path\":\"at\"}";
    hr_state *s = new_state();
    hr_buf page = {0};
    hr_buf kept = {0};
    hr_buf text = {0};
    hr_error err = {0};

    (void)state;
    for (int i = 0; i < TIES; i++)
        hr_buf_addf(&page, "%s{\"id\":\"%d\",\"at\":7}", i ? "," : "[", i);
    hr_buf_addc(&page, ']');
    const char *pages[] = {page.data};
    assert_hr_ok(run(s, options, "\"id\"", pages, 1, &kept, &err), &err, "ties");
    assert_int_equal(hr_json_write(hr_state_sources(s), true, NULL, &text, NULL), HR_OK);
    assert_true(text.len < 20000);
    assert_non_null(strstr(text.data, "\"_headrace_more_hashes_of\":7"));
    hr_buf_release(&text);
    hr_buf_release(&kept);
    hr_buf_release(&page);
    hr_state_free(s);
}

static void wrong_values_and_options_are_refused(void **state)
{
    static const struct {
        const char *options, *page, *want;
    } cases[] = {
        {"{}", "[]", "cursor_path is missing, or not a text"},
        {"{\"cursor_path\":\"at\",\"inital_value\":1}", "[]", "unknown option \"inital_value\""},
        {"{\"cursor_path\":\"at\",\"end_value\":1}", "[]", "end_value needs an initial_value"},
        {"{\"cursor_path\":\"at\",\"initial_value\":2,\"end_value\":1}", "[]",
         "initial_value 2 comes after end_value 1"},
        {"{\"cursor_path\":\"at\",\"initial_value\":\"x\",\"end_value\":1}", "[]",
         "initial_value \"x\" and end_value 1 do not compare"},
        {"{\"cursor_path\":\"at\",\"row_order\":\"up\"}", "[]", "row_order takes asc or desc"},
        {"{\"cursor_path\":\"at\",\"initial_value\":1}", "[{\"at\":\"x\"}]",
         "cursor at is \"x\", a text, which does not compare with the start value 1, a number"},
        {"{\"cursor_path\":\"at\"}", "[{\"id\":\"a\",\"at\":1},{\"id\":\"b\",\"at\":\"x\"}]",
         "cursor at is \"x\", a text, which does not compare with an earlier one, 1, a number"},
        {"{\"cursor_path\":\"at\"}", "[{\"b\":1}]", "cursor at is missing"},
        {"{\"cursor_path\":\"at\"}", "[{\"at\":null}]", "cursor at is null"},
        {"{\"cursor_path\":\"at\"}", "[{\"at\":[1]}]", "cursor at is neither a number nor a text"},
        {"{\"cursor_path\":\"at\"}", "[{\"at\":1}]", "the item has no primary key \"id\""},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_state *s = new_state();
        hr_buf kept = {0};
        hr_error err = {0};

        assert_int_not_equal(run(s, cases[i].options, "\"id\"", &cases[i].page, 1, &kept, &err),
                             HR_OK);
        if (!strstr(err.msg, cases[i].want))
            fail_msg("%s: %s", cases[i].options, err.msg);
        hr_buf_release(&kept);
        hr_state_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_compare_by_what_they_mean),
        cmocka_unit_test(lag_keeps_the_form_of_a_value),
        cmocka_unit_test(equal_cursors_are_loaded_once),
        cmocka_unit_test(late_rows_within_the_lag_are_loaded),
        cmocka_unit_test(zones_and_precision_do_not_matter),
        cmocka_unit_test(a_million_rows_at_the_boundary_fit_the_state),
        cmocka_unit_test(wrong_values_and_options_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
