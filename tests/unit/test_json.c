#include "support.h"

#include <math.h>

#include "base/ids.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

static yyjson_mut_doc *parse(const char *text)
{
    yyjson_mut_doc *doc;
    hr_error err;

    assert_hr_ok(hr_json_parse(hr_str_from(text), &doc, &err), &err, text);
    return doc;
}

static void check_written(const char *text, bool sorted, const char *const *without,
                          const char *want)
{
    yyjson_mut_doc *doc = parse(text);
    hr_buf out = {0};
    hr_error err;

    assert_hr_ok(hr_json_write(yyjson_mut_doc_get_root(doc), sorted, without, &out, &err), &err,
                 text);
    assert_str_equal(hr_buf_str(&out), hr_str_from(want), text);
    hr_buf_release(&out);
    yyjson_mut_doc_free(doc);
}

static void writes_back_what_it_read(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "[true,false,null]",
        "{\"b\":1,\"a\":{\"d\":[],\"c\":\"x\"}}",
        "[1e16,1e+16,1E5,0.10,-0.0,18446744073709551616,123456789012345678901234567890]",
        "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\xc5\xbc\xe2\x80\xa8\xf0\x9f\x98\x80\"",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(texts); i++)
        check_written(texts[i], false, NULL, texts[i]);
}

static void sorts_keys_by_bytes(void **state)
{
    static const char *const without[] = {"a", "zz", NULL};

    (void)state;
    check_written("{\"b\":{\"z\":1,\"a\":[{\"y\":1,\"x\":2}]},\"\xc5\xbc\":0,\"B\":0,\"ba\":0}",
                  true, NULL,
                  "{\"B\":0,\"b\":{\"a\":[{\"x\":2,\"y\":1}],\"z\":1},\"ba\":0,\"\xc5\xbc\":0}");
    check_written("{\"a\":1,\"b\":{\"a\":2},\"zz\":3}", true, without, "{\"b\":{\"a\":2}}");
    check_written("{\"a\":1,\"zz\":3}", false, without, "{}");
}

static void writes_doubles_as_orjson(void **state)
{
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-1.5, "-1.5"},
        {100.0, "100.0"},
        {0.1, "0.1"},
        {0.00001, "0.00001"},
        {0.0000123, "0.0000123"},
        {0.000009, "9e-6"},
        {1e-7, "1e-7"},
        {1.25e-7, "1.25e-7"},
        {1e15, "1000000000000000.0"},
        {9007199254740993.0, "9007199254740992.0"},
        {1e16, "1e+16"},
        {1.2345678901234568e17, "1.2345678901234568e+17"},
        {123456789.125, "123456789.125"},
        {1e21, "1e+21"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {(double)INFINITY, "null"},
        {(double)NAN, "null"},
    };
    yyjson_mut_doc *doc = parse("0");
    hr_error err;

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_buf out = {0};

        assert_hr_ok(hr_json_write(yyjson_mut_real(doc, cases[i].value), false, NULL, &out, &err),
                     &err, cases[i].want);
        assert_str_equal(hr_buf_str(&out), hr_str_from(cases[i].want), cases[i].want);
        hr_buf_release(&out);
    }
    yyjson_mut_doc_free(doc);
}

static void writes_integers_made_here(void **state)
{
    yyjson_mut_doc *doc = parse("[]");
    yyjson_mut_val *list = yyjson_mut_doc_get_root(doc);
    hr_buf out = {0};
    hr_error err;

    (void)state;
    assert_true(yyjson_mut_arr_add_sint(doc, list, INT64_MIN));
    assert_true(yyjson_mut_arr_add_sint(doc, list, 7));
    assert_true(yyjson_mut_arr_add_uint(doc, list, UINT64_MAX));
    assert_hr_ok(hr_json_write(list, false, NULL, &out, &err), &err, "integers");
    assert_string_equal(out.data, "[-9223372036854775808,7,18446744073709551615]");
    hr_buf_release(&out);
    yyjson_mut_doc_free(doc);
}

static void reads_integers(void **state)
{
    yyjson_mut_doc *doc =
        parse("{\"a\":-12,\"max\":9223372036854775807,\"big\":9223372036854775808,"
              "\"real\":1.0,\"text\":\"1\"}");
    const yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
    int64_t n = 0;

    (void)state;
    assert_true(hr_json_int(hr_json_get(root, "a"), &n));
    assert_int_equal(n, -12);
    assert_true(hr_json_int(hr_json_get(root, "max"), &n));
    assert_int_equal(n, INT64_MAX);
    assert_false(hr_json_int(hr_json_get(root, "big"), &n));
    assert_false(hr_json_int(hr_json_get(root, "real"), &n));
    assert_false(hr_json_int(hr_json_get(root, "text"), &n));
    assert_false(hr_json_int(hr_json_get(root, "absent"), &n));
    assert_true(hr_json_int(yyjson_mut_sint(doc, -5), &n));
    assert_int_equal(n, -5);
    assert_false(hr_json_int(yyjson_mut_uint(doc, UINT64_MAX), &n));
    yyjson_mut_doc_free(doc);
}

static void puts_in_place(void **state)
{
    yyjson_mut_doc *doc = parse("{\"a\":1,\"b\":2}");
    yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
    hr_buf out = {0};
    hr_error err;

    (void)state;
    assert_true(hr_json_put(doc, root, "a", yyjson_mut_null(doc)));
    assert_true(hr_json_put(doc, root, "c", yyjson_mut_true(doc)));
    assert_false(hr_json_put(doc, root, "d", NULL));
    assert_hr_ok(hr_json_write(root, false, NULL, &out, &err), &err, "put");
    assert_string_equal(out.data, "{\"a\":null,\"b\":2,\"c\":true}");
    hr_buf_release(&out);
    yyjson_mut_doc_free(doc);
}

static void refuses_what_is_not_json(void **state)
{
    static const char *const texts[] = {"",         " ",     "{",           "{\"a\":01}", "[1,]",
                                        "\"\xff\"", "{} {}", "\"\\ud800\"", "NaN"};
    yyjson_mut_doc *doc;
    hr_error err;

    (void)state;
    for (size_t i = 0; i < N_OF(texts); i++) {
        assert_int_equal(hr_json_parse(hr_str_from(texts[i]), &doc, &err), HR_E_PARSE);
        assert_null(doc);
        assert_non_null(strstr(err.msg, "at byte"));
    }
}

/* One list in another, and brackets in a string that are no nesting. */
static hr_status parse_nested(size_t depth)
{
    static const char inner[] = "\"[[{{\\\"[\"";
    const size_t n = sizeof(inner) - 1;
    char text[1100];
    yyjson_mut_doc *doc;

    memset(text, '[', depth);
    memcpy(text + depth, inner, n);
    memset(text + depth + n, ']', depth);
    const hr_status st = hr_json_parse((hr_str){text, 2 * depth + n}, &doc, NULL);
    yyjson_mut_doc_free(doc);
    return st;
}

static void bounds_depth(void **state)
{
    yyjson_mut_doc *doc = parse("[]");
    yyjson_mut_val *inner = yyjson_mut_doc_get_root(doc);
    hr_buf out = {0};

    (void)state;
    assert_int_equal(parse_nested(HR_JSON_DEPTH), HR_OK);
    assert_int_equal(parse_nested(HR_JSON_DEPTH + 1), HR_E_PARSE);
    for (int i = 1; i < HR_JSON_DEPTH; i++)
        inner = yyjson_mut_arr_add_arr(doc, inner);
    assert_int_equal(hr_json_write(doc->root, true, NULL, &out, NULL), HR_OK);
    assert_int_equal(out.len, 2 * HR_JSON_DEPTH);
    (void)yyjson_mut_arr_add_arr(doc, inner);
    assert_int_equal(hr_json_write(doc->root, true, NULL, &out, NULL), HR_E_UNSUPPORTED);
    hr_buf_release(&out);
    yyjson_mut_doc_free(doc);
}

static void check_item(const char *text, bool sorted, const char *without, const char *want)
{
    yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
    hr_json_keys keys = {0};
    hr_buf out = {0};
    hr_error err;

    assert_hr_ok(hr_json_write_item(yyjson_doc_get_root(doc), sorted, hr_str_from(without), &keys,
                                    &out, &err),
                 &err, text);
    assert_str_equal(hr_buf_str(&out), hr_str_from(want), text);
    hr_buf_release(&out);
    hr_free(keys.items);
    yyjson_doc_free(doc);
}

static void writes_items_as_they_came(void **state)
{
    (void)state;
    check_item("{\"b\":[1,-2,2.50,1e22,true,false,null],\"a\":{\"d\":\"\\u001f/\",\"c\":{}}}",
               false, "",
               "{\"b\":[1,-2,2.5,1e+22,true,false,null],\"a\":{\"d\":\"\\u001f/\",\"c\":{}}}");
    check_item("{\"b\":1,\"ab\":{\"_dlt\":1,\"Z\":2},\"a\":3,\"_dlt_id\":4}", true, "_dlt",
               "{\"a\":3,\"ab\":{\"Z\":2,\"_dlt\":1},\"b\":1}");
}

/* dlt's row ids of upsert and scd2 are hashes of that text. */
static void hashes_of_items_are_those_of_dlt(void **state)
{
    static const char *const cases[][2] = {
        {"{\"id\":1}", "z5jIxXIbUnmbKw"},
        {"{\"z\":0,\"id\":1,\"l\":[{\"a\":1,\"m\":[5]}]}", "iUTB3IGb1P1+zA"},
        {"{\"b\":\"x\",\"a\":1,\"_dlt_x\":5}", "khlsLbyhkJKGeQ"},
        {"{\"A\":{\"z\":1,\"y\":[1,{\"b\":1,\"a\":2}]},\"\xc5\xbc\":\"\xc5\xbc\"}",
         "1ajZ3Zd6tvfu/w"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        yyjson_doc *doc = yyjson_read(cases[i][0], strlen(cases[i][0]), 0);
        hr_json_keys keys = {0};
        hr_buf out = {0};
        char id[HR_ROW_ID];

        assert_int_equal(
            hr_json_write_item(yyjson_doc_get_root(doc), true, HR_STR("_dlt"), &keys, &out, NULL),
            HR_OK);
        hr_text_row_id(hr_buf_str(&out), id);
        assert_str_equal((hr_str){id, sizeof(id)}, hr_str_from(cases[i][1]), cases[i][0]);
        hr_buf_release(&out);
        hr_free(keys.items);
        yyjson_doc_free(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_back_what_it_read),
        cmocka_unit_test(sorts_keys_by_bytes),
        cmocka_unit_test(writes_doubles_as_orjson),
        cmocka_unit_test(writes_integers_made_here),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(puts_in_place),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(bounds_depth),
        cmocka_unit_test(writes_items_as_they_came),
        cmocka_unit_test(hashes_of_items_are_those_of_dlt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
