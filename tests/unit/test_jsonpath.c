#include "test_data.h"

#include "base/buf.h"
#include "headrace/headrace.h"
#include "json/jsonpath.h"

static bool collect(void *ctx, yyjson_val *v)
{
    yyjson_mut_doc *out = ctx;

    (void)yyjson_mut_arr_append(yyjson_mut_doc_get_root(out), yyjson_val_mut_copy(out, v));
    return true;
}

static void check_matches(const hr_jsonpath *p, yyjson_val *doc, yyjson_val *want,
                          const char *label)
{
    yyjson_mut_doc *found = yyjson_mut_doc_new(NULL);

    yyjson_mut_doc_set_root(found, yyjson_mut_arr(found));
    assert_true(hr_jsonpath_each(p, doc, collect, found));
    yyjson_doc *got = yyjson_mut_doc_imut_copy(found, NULL);
    if (!yyjson_equals(yyjson_doc_get_root(got), want))
        fail_msg("%s: got %s", label, yyjson_write(got, 0, NULL));
    yyjson_val *first = hr_jsonpath_first(p, doc);
    assert_true(yyjson_arr_size(want) ? yyjson_equals(first, yyjson_arr_get_first(want)) : !first);
    yyjson_doc_free(got);
    yyjson_mut_doc_free(found);
}

static void check_case(yyjson_val *doc, yyjson_val *row)
{
    const char *path = yyjson_get_str(yyjson_obj_get(row, "path"));
    const char *simple = yyjson_get_str(yyjson_obj_get(row, "simple"));
    yyjson_val *want = yyjson_obj_get(row, "want");
    hr_jsonpath *p = NULL;
    hr_error err = {0};
    const hr_status st = hr_jsonpath_compile(&p, hr_str_from(path), &err);

    if (!want) {
        if (st != HR_E_CONFIG)
            fail_msg("%s should be refused", path);
        return;
    }
    assert_hr_ok(st, &err, path);
    check_matches(p, doc, want, path);
    assert_str_equal(hr_jsonpath_simple(p), simple ? hr_str_from(simple) : HR_STR(""), path);
    hr_jsonpath_free(p);
}

static void finds_what_dlt_finds(void **state)
{
    hr_buf text = read_data("jsonpath/cases.json");
    yyjson_doc *all = yyjson_read(text.data, text.len, 0);
    yyjson_val *doc = yyjson_obj_get(yyjson_doc_get_root(all), "doc");
    yyjson_arr_iter it = yyjson_arr_iter_with(yyjson_obj_get(yyjson_doc_get_root(all), "cases"));

    (void)state;
    assert_true(yyjson_arr_iter_has_next(&it));
    for (yyjson_val *row; (row = yyjson_arr_iter_next(&it));)
        check_case(doc, row);
    yyjson_doc_free(all);
    hr_buf_release(&text);
}

static void says_what_is_wrong_and_where(void **state)
{
    static const struct {
        const char *path, *want;
    } cases[] = {
        {"a.[", "JSONPath a.[: at character 4: expected a name"},
        {"", "JSONPath : at character 1: the path ends where a name should come"},
        {"a['b", "JSONPath a['b: at character 3: this quote is never closed"},
        {"a[?(@.x =~ 'y')]",
         "JSONPath a[?(@.x =~ 'y')]: at character 9: the operator =~ is not known"},
        {"a[99999999999999999999]",
         "JSONPath a[99999999999999999999]: at character 3: this number is too large"},
        {"a b", "JSONPath a b: at character 3: expected '.', '..', '[' or the end"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_jsonpath *p = NULL;
        hr_error err = {0};

        assert_int_equal(hr_jsonpath_compile(&p, hr_str_from(cases[i].path), &err), HR_E_CONFIG);
        assert_string_equal(err.msg, cases[i].want);
    }
}

static void tests_an_item(void **state)
{
    static const struct {
        const char *test;
        bool want;
    } cases[] = {
        {"@.id == 3", true},
        {"@.id > 3", false},
        {"id >= 3 && @.s != 'y'", true},
        {"!@.gone", true},
        {"@.big == 18446744073709551615", false}, /* beyond 64 bits signed: refused below */
        {"@.big > 9223372036854775807", true},
        {"$.id == 3", true},
    };
    const char *text = "{\"id\":3,\"s\":\"x\",\"big\":18446744073709551616}";
    yyjson_doc *doc = yyjson_read(text, strlen(text), YYJSON_READ_BIGNUM_AS_RAW);

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_jsonpath *p = NULL;
        hr_error err = {0};
        const hr_status st = hr_jsonpath_compile_test(&p, hr_str_from(cases[i].test), &err);

        if (st != HR_OK) {
            assert_false(cases[i].want);
            continue;
        }
        if (hr_jsonpath_test(p, yyjson_doc_get_root(doc)) != cases[i].want)
            fail_msg("%s", cases[i].test);
        hr_jsonpath_free(p);
    }
    yyjson_doc_free(doc);
}

static void quoted_names_come_back(void **state)
{
    static const char *const names[] = {"id", "x.y", "it's", "a\\b", "", "where", "1a", "*", "a b"};

    (void)state;
    for (size_t i = 0; i < N_OF(names); i++) {
        hr_jsonpath *p = NULL;
        hr_buf text = {0};
        hr_error err;

        hr_jsonpath_quote(&text, hr_str_from(names[i]));
        assert_hr_ok(hr_jsonpath_compile(&p, hr_buf_str(&text), &err), &err, text.data);
        assert_str_equal(hr_jsonpath_simple(p), hr_str_from(names[i]), text.data);
        hr_jsonpath_free(p);
        hr_buf_release(&text);
    }
}

static void depth_and_length_have_bounds(void **state)
{
    char text[HR_JSONPATH_LENGTH + 2];
    hr_jsonpath *p = NULL;

    (void)state;
    memset(text, '(', sizeof(text));
    assert_int_equal(hr_jsonpath_compile(&p, (hr_str){text, 100}, NULL), HR_E_CONFIG);
    assert_int_equal(hr_jsonpath_compile(&p, (hr_str){text, sizeof(text)}, NULL), HR_E_CONFIG);
    memset(text, 'a', sizeof(text));
    for (size_t i = 1; i < HR_JSONPATH_LENGTH - 1; i += 2)
        text[i] = '.';
    assert_int_equal(hr_jsonpath_compile(&p, (hr_str){text, HR_JSONPATH_LENGTH - 1}, NULL), HR_OK);
    assert_null(hr_jsonpath_first(p, NULL));
    hr_jsonpath_free(p);
    hr_jsonpath_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_dlt_finds),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(tests_an_item),
        cmocka_unit_test(quoted_names_come_back),
        cmocka_unit_test(depth_and_length_have_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
