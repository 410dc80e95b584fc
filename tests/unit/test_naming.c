#include "support.h"

#include <yyjson.h>

#include "base/utf8.h"
#include "schema/naming.h"
#include "test_data.h"

static const hr_naming unlimited = {.max_length = 0};

static const struct name_case {
    const char *raw;
    const char *identifier; /* NULL: refused */
    const char *path;
} name_cases[] = {
    /* words */
    {"eventValue", "event_value", "event_value"},
    {"EventValue", "event_value", "event_value"},
    {"HTTPServerID", "http_server_id", "http_server_id"},
    {"XMLHttpRequest", "xml_http_request", "xml_http_request"},
    {"userIDs", "user_i_ds", "user_i_ds"},
    {"userID", "user_id", "user_id"},
    {"IDs", "i_ds", "i_ds"},
    {"iPhone", "i_phone", "i_phone"},
    {"aBbCc", "a_bb_cc", "a_bb_cc"},
    {"a1B2", "a1_b2", "a1_b2"},
    {"camelCase2Snake", "camel_case2_snake", "camel_case2_snake"},
    /* digits */
    {"1Aa", "_1_aa", "_1_aa"},
    {"123", "_123", "_123"},
    {"__1", "_1", "_1"},
    {"1__2", "_1_2", "_1___2"},
    {"\u0663", "_\u0663", "_\u0663"},
    {"a\u0663B", "a\u0663b", "a\u0663b"},
    {"\u0663Ab", "_\u0663_ab", "_\u0663_ab"},
    {"\U0001D7CE", "_\U0001D7CE", "_\U0001D7CE"},
    {"\u00b2", "x", "x"}, /* superscript two is no decimal digit */
    /* the end */
    {"a_", "ax", "ax"},
    {"SmallBig_", "small_bigx", "small_bigx"},
    {"id#", "idx", "idx"},
    {"%x%", "_xx", "_xx"},
    {"a__", "axx", "a"},
    {"a___", "axxx", "a__x"},
    {"a____", "axxxx", "a"},
    {"a_____", "axxxxx", "a__x"},
    /* only underscores; dlt's path of "__", "____" is empty and ours is not */
    {"_", "x", "x"},
    {"__", "xx", "x"},
    {"___", "xxx", "x"},
    {"____", "xxxx", "x"},
    {"_____", "xxxxx", "x"},
    {"______", "xxxxxx", "x"},
    {"__ __", "xxxxx", "x"},
    {"_ __", "xxxx", "x"},
    {"__-", "xxx", "x"},
    /* the front and the middle */
    {"__a", "_a", "a"},
    {"__typename", "_typename", "typename"},
    {"___a", "_a", "_a"},
    {"_a", "_a", "_a"},
    {"a__b", "a_b", "a__b"},
    {"a___b", "a_b", "a___b"},
    {"a____b", "a_b", "a__b"},
    {"A__B", "a_b", "a__b"},
    {"A__-1", "a_1", "a___1"},
    {"a__ b", "a_b", "a__b"},
    /* no letter of the alphabet */
    {"-", "x", "x"},
    {"!!!", "x", "x"},
    {"- -", "xxx", "xxx"},
    {"\u017c\u00f3\u0142\u0107", "x", "x"},
    {"\u65e5\u672c", "x", "x"},
    {"\u00e9", "x", "x"},
    {"\u00c4__\u00c4", "xxxx", "x__x"},
    {"\u212a", "x", "x"}, /* Kelvin sign: a k only after lower-casing, which comes later */
    {"\u200b", "x", "x"}, /* no white space */
    /* some */
    {"\u00fcber", "_ber", "_ber"},
    {"\u00dcberMensch", "_ber_mensch", "_ber_mensch"},
    {"\U0001f99aPeacock", "_peacock", "_peacock"},
    {"#id", "_id", "_id"},
    {"$set", "_set", "_set"},
    {"+-!*@|", "x_xal", "x_xal"},
    {"a+b", "axb", "axb"},
    {"a@b", "aab", "aab"},
    {"a|b", "alb", "alb"},
    {"-1", "_1", "_1"},
    {"+1", "x1", "x1"},
    {"a b  c", "a_b_c", "a_b_c"},
    {"a.b", "a_b", "a_b"},
    {"x-y--z", "x_y_z", "x_y_z"},
    {"a\nb", "a_b", "a_b"},
    {"a! -b", "a_b", "a_b"},
    /* white space around, as Unicode has it */
    {" a ", "a", "a"},
    {"\u00a0\u2003a\u3000\x1f", "a", "a"},
    {" _ ", "x", "x"},
    {"", NULL, "_empty"},
    {"  \t", NULL, "_empty"},
    {"\xc2\x85", NULL, "_empty"},
};

static void names_follow_the_convention(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        const hr_str raw = hr_str_from(c->raw);
        hr_error err = {0};
        hr_buf out = {0};

        if (c->identifier) {
            assert_hr_ok(hr_naming_identifier(&unlimited, raw, &out, &err), &err, c->raw);
            assert_str_equal(hr_buf_str(&out), hr_str_from(c->identifier), c->raw);
        } else {
            assert_int_equal(hr_naming_identifier(&unlimited, raw, &out, &err), HR_E_SCHEMA);
        }
        hr_buf_reset(&out);
        assert_hr_ok(hr_naming_path(&unlimited, raw, &out, &err), &err, c->raw);
        assert_str_equal(hr_buf_str(&out), hr_str_from(c->path), c->raw);
        hr_buf_release(&out);
    }
}

/* What dlt makes of the same names; data/generate.py asks it. Of some it leaves nothing. */
static void check_vector(const hr_naming *n, yyjson_val *v)
{
    const char *raw = yyjson_get_str(yyjson_arr_get(v, 0));
    const char *identifier = yyjson_get_str(yyjson_arr_get(v, 1));
    const char *path = yyjson_get_str(yyjson_arr_get(v, 2));
    const char *nothing = n->convention == HR_NAMES_SNAKE_CASE ? "x" : "_";
    hr_error err = {0};
    hr_buf out = {0};

    assert_hr_ok(hr_naming_identifier(n, hr_str_from(raw), &out, &err), &err, raw);
    assert_str_equal(hr_buf_str(&out), hr_str_from(identifier), raw);
    hr_buf_reset(&out);
    assert_hr_ok(hr_naming_path(n, hr_str_from(raw), &out, &err), &err, raw);
    assert_str_equal(hr_buf_str(&out), hr_str_from(*path ? path : nothing), raw);
    hr_buf_release(&out);
}

static void names_are_those_of_dlt(void **state)
{
    hr_buf text = read_data("naming.json");
    yyjson_doc *doc = yyjson_read(text.data, text.len, 0);
    yyjson_val *one, *v;
    size_t i, k, max, n;

    (void)state;
    assert_int_equal(yyjson_arr_size(yyjson_doc_get_root(doc)), 8);
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, max, one)
    {
        hr_naming naming = {.max_length =
                                (size_t)yyjson_get_uint(yyjson_obj_get(one, "max_length"))};
        const char *convention = yyjson_get_str(yyjson_obj_get(one, "convention"));

        assert_int_equal(hr_convention_find(convention, &naming.convention, NULL), HR_OK);
        assert_string_equal(hr_convention_name(naming.convention), convention);
        yyjson_arr_foreach(yyjson_obj_get(one, "names"), k, n, v)
        {
            check_vector(&naming, v);
        }
    }
    yyjson_doc_free(doc);
    hr_buf_release(&text);
}

#define A10 "aaaaaaaaaa"
#define B10 "bbbbbbbbbb"
#define A29 A10 A10 "aaaaaaaaa"
#define A28 A10 A10 "aaaaaaaa"
#define B28 B10 B10 "bbbbbbbb"

static const struct limit_case {
    const char *raw;
    size_t max;
    const char *identifier;
    const char *path;
} limit_cases[] = {
    {A10 A10 A10 A10 A10 A10 A10, 63, A29 "mo6cba" A28, A29 "mo6cba" A28},
    {A10 A10 A10 A10 A10 A10 "aaa", 63, A10 A10 A10 A10 A10 A10 "aaa",
     A10 A10 A10 A10 A10 A10 "aaa"},
    {"ThisIsAVeryLongIdentifierNameThatExceedsTheMaximumLengthOfPostgresIdentifiers", 63,
     "this_is_a_very_long_identifielveknangth_of_postgres_identifiers",
     "this_is_a_very_long_identifielveknangth_of_postgres_identifiers"},
    {"VeryLongParent__VeryLongChildName", 20, "very_lomibltald_name", "very_lomibltald_name"},
    {A10 A10 A10 A10 "__" B10 B10 B10 B10, 63, A29 "rsjyfq" B28, A29 "rsjyfq" B28},
    {"   " A10 A10 "  ", 20, A10 A10, A10 A10},
};

static void long_names_get_a_tag(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(limit_cases); i++) {
        const struct limit_case *c = &limit_cases[i];
        const hr_naming limit = {.max_length = c->max};
        hr_error err = {0};
        hr_buf out = {0};

        assert_hr_ok(hr_naming_identifier(&limit, hr_str_from(c->raw), &out, &err), &err, c->raw);
        assert_str_equal(hr_buf_str(&out), hr_str_from(c->identifier), c->raw);
        hr_buf_reset(&out);
        assert_hr_ok(hr_naming_path(&limit, hr_str_from(c->raw), &out, &err), &err, c->raw);
        assert_str_equal(hr_buf_str(&out), hr_str_from(c->path), c->raw);
        hr_buf_release(&out);
    }
}

static void tags_are_those_of_dlt(void **state)
{
    (void)state;
    const hr_naming six = {.max_length = 6};
    hr_error err = {0};
    hr_buf out = {0};

    assert_hr_ok(hr_naming_shorten(&six, HR_STR("abcdefg"), HR_STR("abc"), &out, &err), &err, "");
    assert_string_equal(out.data, "wiejlq");
    hr_buf_release(&out);
}

static void length_is_counted_in_code_points(void **state)
{
    (void)state;
    const hr_naming eight = {.max_length = 8};
    const hr_str eight_digits = HR_STR("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668");
    const hr_str nine = HR_STR("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669");
    hr_error err = {0};
    hr_buf out = {0};

    assert_hr_ok(hr_naming_shorten(&eight, eight_digits, eight_digits, &out, &err), &err, "fits");
    assert_str_equal(hr_buf_str(&out), eight_digits, "fits");
    hr_buf_reset(&out);
    assert_hr_ok(hr_naming_shorten(&eight, nine, HR_STR("abc"), &out, &err), &err, "cut");
    assert_string_equal(out.data, "\u0661wiejlq\u0669");
    hr_buf_release(&out);
}

static void limits_below_the_tag_are_kept(void **state)
{
    (void)state;
    for (size_t max = 1; max < 10; max++) {
        const hr_naming limit = {.max_length = max};
        hr_error err = {0};
        hr_buf out = {0};

        assert_hr_ok(hr_naming_path(&limit, HR_STR("averylongname"), &out, &err), &err, "path");
        assert_int_equal(out.len, max);
        hr_buf_release(&out);
    }
}

static void joins_are_shortened_as_a_whole(void **state)
{
    (void)state;
    const hr_str parent = HR_STR("ordersordersordersordersordersorders");
    const hr_str child = HR_STR("lineslineslineslineslineslines");
    const hr_naming limit = {.max_length = 63};
    hr_error err = {0};
    hr_buf out = {0};

    assert_hr_ok(hr_naming_join(&limit, parent, child, &out, &err), &err, "long");
    assert_string_equal(out.data,
                        "ordersordersordersordersorderv4ohywneslineslineslineslineslines");
    hr_buf_reset(&out);
    assert_hr_ok(hr_naming_join(&limit, HR_STR("a"), HR_STR("b"), &out, &err), &err, "short");
    assert_string_equal(out.data, "a__b");
    hr_buf_reset(&out);
    assert_hr_ok(hr_naming_join(&limit, HR_STR(""), HR_STR("b"), &out, &err), &err, "root");
    assert_string_equal(out.data, "b");
    hr_buf_release(&out);
}

static void schema_names_drop_the_suffix(void **state)
{
    (void)state;
    hr_error err = {0};
    hr_buf out = {0};

    assert_hr_ok(hr_naming_schema_name(HR_STR("GitHub_pipeline"), &out, &err), &err, "suffix");
    assert_string_equal(out.data, "git_hub");
    hr_buf_reset(&out);
    assert_hr_ok(hr_naming_schema_name(HR_STR("a__pipelines"), &out, &err), &err, "none");
    assert_string_equal(out.data, "a_pipelines");
    hr_buf_release(&out);
    assert_int_equal(hr_naming_schema_name(HR_STR("_pipeline"), &out, &err), HR_E_SCHEMA);
    hr_buf_release(&out);
}

static void names_are_appended(void **state)
{
    (void)state;
    hr_error err = {0};
    hr_buf out = {0};

    (void)hr_buf_addz(&out, "t.");
    assert_hr_ok(hr_naming_path(&unlimited, HR_STR("userId"), &out, &err), &err, "path");
    assert_string_equal(out.data, "t.user_id");
    hr_buf_release(&out);
}

static void a_full_buffer_is_an_error(void **state)
{
    (void)state;
    hr_error err = {0};
    hr_buf out = {.limit = 3};

    assert_int_equal(hr_naming_path(&unlimited, HR_STR("userId"), &out, &err), HR_E_NOMEM);
    hr_buf_release(&out);
}

static void bad_utf8_is_one_replaced_character(void **state)
{
    (void)state;
    hr_error err = {0};
    hr_buf out = {0};

    assert_hr_ok(hr_naming_path(&unlimited, HR_STR("a\xff\xe2\x82z\xf0"), &out, &err), &err, "bad");
    assert_string_equal(out.data, "a_zx");
    assert_int_equal(hr_utf8_count(HR_STR("\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80")), 9);
    hr_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_convention),
        cmocka_unit_test(names_are_those_of_dlt),
        cmocka_unit_test(long_names_get_a_tag),
        cmocka_unit_test(tags_are_those_of_dlt),
        cmocka_unit_test(length_is_counted_in_code_points),
        cmocka_unit_test(limits_below_the_tag_are_kept),
        cmocka_unit_test(joins_are_shortened_as_a_whole),
        cmocka_unit_test(schema_names_drop_the_suffix),
        cmocka_unit_test(names_are_appended),
        cmocka_unit_test(a_full_buffer_is_an_error),
        cmocka_unit_test(bad_utf8_is_one_replaced_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
