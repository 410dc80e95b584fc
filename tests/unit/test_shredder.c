/* The relational normalizer: what dlt 1.31 makes of the same values, and what Headrace refuses.
 * support/shred.h tells how rows are written down here. */
#include "support.h"

#include "headrace/headrace.h"
#include "support/shred.h"

/* ---- rows ---- */

typedef struct row_case {
    const char *label;
    const char *json;
    const char *want;
} row_case;

static const row_case row_cases[] = {
    {"nothing", "", ""},
    {"an empty array", "[]", ""},
    {"an empty object is a row", "{}", "t:\n"},
    {"null items are no rows", "null [null, {\"a\":1}]", "t: a=1\n"},
    {"scalars", "{\"i\":-5,\"d\":1.0,\"b\":true,\"s\":\"x\",\"e\":\"\",\"n\":null}",
     "t: i=-5 d=1.0 b=true s='x' e=''\n"},
    {"bare scalars", "1 \"s\" [2.5, true]",
     "t: value=1\nt: value__v_text='s'\nt: value__v_double=2.5\nt: value__v_bool=true\n"},
    {"objects flatten, the last one first",
     "{\"a\":{\"x\":1,\"q\":{\"z\":1},\"w\":2},\"b\":2,\"c\":{\"y\":3},\"e\":4}",
     "t: b=2 e=4 c__y=3 a__x=1 a__w=2 a__q__z=1\n"},
    {"lists become child tables",
     "{\"id\":1,\"tags\":[\"a\",\"b\"],\"ship\":{\"city\":\"X\",\"geo\":{\"lat\":1.5}},"
     "\"lines\":[{\"sku\":\"s1\",\"opts\":[[1,2],[]]}]}",
     "t: id=1 ship__city='X' ship__geo__lat=1.5\n"
     "t__tags 0.0: value='a'\n"
     "t__tags 0.1: value='b'\n"
     "t__lines 0.0: sku='s1'\n"
     "t__lines__opts 0.0:\n"
     "t__lines__opts 0.1:\n"
     "t__lines__opts__list 0.0: value=1\n"
     "t__lines__opts__list 0.1: value=2\n"},
    {"lists of lists of lists", "{\"l\":[[[1],[]],[[]]]}",
     "t:\n"
     "t__l 0.0:\n"
     "t__l 0.1:\n"
     "t__l__list 0.0:\n"
     "t__l__list 0.1:\n"
     "t__l__list 1.0:\n"
     "t__l__list__list 0.0: value=1\n"},
    {"a mixed list is one table", "{\"l\":[1,{\"a\":2},[3],null,\"s\",{}]}",
     "t:\n"
     "t__l 0.0: value=1\n"
     "t__l 0.1: a=2\n"
     "t__l 0.2:\n"
     "t__l 0.3:\n"
     "t__l 0.4: value__v_text='s'\n"
     "t__l 0.5:\n"
     "t__l__list 2.0: value=3\n"},
    {"lists in objects in lists", "{\"a\":{\"l\":[{\"b\":{\"m\":[7]}}]}}",
     "t:\nt__a__l 0.0:\nt__a__l__b__m 0.0: value=7\n"},
    {"children follow their own parent",
     "[{\"l\":[{\"m\":[1]},{\"m\":[2,3]}]},{\"l\":[]},{\"l\":[{\"m\":[4]}]}]",
     "t:\nt:\nt:\n"
     "t__l 0.0:\nt__l 0.1:\nt__l 2.0:\n"
     "t__l__m 0.0: value=1\nt__l__m 1.0: value=2\nt__l__m 1.1: value=3\nt__l__m 2.0: value=4\n"},
    {"scalar, object and list under one key", "[{\"a\":1},{\"a\":{\"x\":2}},{\"a\":[3]}]",
     "t: a=1\nt: a__x=2\nt:\nt__a 2.0: value=3\n"},
    {"nulls and empties make nothing", "{\"a\":null,\"b\":{},\"c\":[],\"d\":{\"e\":null,\"f\":[]}}",
     "t:\n"},
    {"null then value", "[{\"a\":null},{\"a\":1},{\"a\":null}]", "t:\nt: a=1\nt:\n"},
    {"a sparse column", "[{\"a\":1},{},{},{\"b\":true},{\"a\":2}]",
     "t: a=1\nt:\nt:\nt: b=true\nt: a=2\n"},

    /* one column, value after value: spec of dlt's coercion */
    {"variants of a bigint",
     "[{\"v\":1},{\"v\":\"2\"},{\"v\":\"x\"},{\"v\":2.0},{\"v\":2.5},{\"v\":true},{\"v\":{\"a\":1}}"
     ","
     "{\"v\":[1]},{\"v\":\"0xff\"},{\"v\":\" 7 \"}]",
     "t: v=1\nt: v=2\nt: v__v_text='x'\nt: v=2\nt: v__v_double=2.5\nt: v__v_bool=true\nt: v__a=1\n"
     "t:\nt: v=255\nt: v=7\nt__v 7.0: value=1\n"},
    {"text takes all scalars",
     "[{\"v\":\"s\"},{\"v\":1},{\"v\":1.5},{\"v\":1e100},{\"v\":true},{\"v\":{\"a\":1}},{\"v\":[1]}"
     "]",
     "t: v='s'\nt: v='1'\nt: v='1.5'\nt: v='1e+100'\nt: v='True'\nt: v__a=1\nt:\n"
     "t__v 6.0: value=1\n"},
    {"variants of a timestamp",
     "[{\"v\":\"2024-01-01T00:00:00Z\"},{\"v\":1700000000},{\"v\":\"2024-01-02\"},{\"v\":\"x\"},"
     "{\"v\":true},{\"v\":1000000000000000}]",
     "t: v=@1704067200000000\nt: v=@1700000000000000\nt: v=@1704153600000000\nt: v__v_text='x'\n"
     "t: v__v_bool=true\nt: v__v_bigint=1000000000000000\n"},
    {"a variant keeps the type of its name",
     "[{\"v\":1},{\"v\":\"2024-01-01T00:00:00Z\"},{\"v\":\"x\"}]",
     "t: v=1\nt: v__v_text='2024-01-01T00:00:00Z'\nt: v__v_text='x'\n"},

    /* numbers */
    {"integers to the limits of 64 bits",
     "[{\"a\":9223372036854775807},{\"a\":-9223372036854775808}]",
     "t: a=9223372036854775807\nt: a=-9223372036854775808\n"},
    {"integers beyond 64 bits are decimals",
     "[{\"a\":9223372036854775808},{\"a\":18446744073709551616},{\"a\":-9223372036854775809},"
     "{\"a\":99999999999999999999999999999999999999},{\"a\":5}]",
     "t: a=9223372036854775808\nt: a=18446744073709551616\nt: a=-9223372036854775809\n"
     "t: a=99999999999999999999999999999999999999\nt: a=5\n"},
    {"integers beyond 38 digits are text", "{\"a\":100000000000000000000000000000000000000}",
     "t: a='100000000000000000000000000000000000000'\n"},
    {"a big integer beside small ones", "[{\"a\":1},{\"a\":18446744073709551616}]",
     "t: a=1\nt: a__v_decimal=18446744073709551616\n"},
    {"integers that a double cannot hold",
     "[{\"a\":1.5},{\"a\":9007199254740992},{\"a\":9007199254740993}]",
     "t: a=1.5\nt: a=9007199254740992.0\nt: a__v_bigint=9007199254740993\n"},
    {"a fraction that overflows", "[{\"a\":1.5},{\"a\":1e400},{\"a\":-1e400}]",
     "t: a=1.5\nt: a__v_text='1e400'\nt: a__v_text='-1e400'\n"},
    {"1e400 alone", "{\"a\":1e400}", "t: a='1e400'\n"},
    {"negative zero", "[{\"d\":-0.0},{\"d\":0.0},{\"d\":-0}]", "t: d=-0.0\nt: d=0.0\nt: d=0.0\n"},
    {"-0.0 is no bigint", "[{\"d\":0},{\"d\":-0.0}]", "t: d=0\nt: d__v_double=-0.0\n"},
    {"tiny numbers", "[{\"a\":5e-324},{\"a\":1e-400}]", "t: a=5e-324\nt: a=0.0\n"},

    /* text */
    {"NUL in a string", "{\"a\":\"x\\u0000y\"}", "t: a='x\\00y'\n"},
    {"escapes", "{\"a\":\"\\u00e9\\ud83d\\ude00\\n\\\"\"}", "t: a='\u00e9\U0001F600\\0a\"'\n"},

    /* names */
    {"names are normalized", "{\"HTTPServerID\":1,\"a b\":2,\"\u00e9\":3,\"1\":4}",
     "t: http_server_id=1 a_b=2 x=3 _1=4\n"},
    {"the empty name", "{\"\":1}", "t: _empty=1\n"},
    {"a path in a key is a path", "[{\"a__b\":1},{\"a\":{\"b\":2}}]", "t: a__b=1\nt: a__b=2\n"},
    {"a list by either path", "[{\"a__l\":[1]},{\"a\":{\"l\":[2]}}]",
     "t:\nt:\nt__a__l 0.0: value=1\nt__a__l 1.0: value=2\n"},
    {"a user's column named value", "[{\"value\":1},5]", "t: value=1\nt: value=5\n"},
    {"a user's column named list", "{\"l\":[{\"list\":[1]},[2]]}",
     "t:\nt__l 0.0:\nt__l 0.1:\nt__l__list 0.0: value=1\nt__l__list 1.0: value=2\n"},

    /* key order changes from object to object */
    {"keys out of order",
     "[{\"a\":1,\"b\":2,\"c\":3},{\"c\":6,\"a\":4,\"b\":5},{\"b\":8},{\"d\":0,\"a\":7}]",
     "t: a=1 b=2 c=3\nt: a=4 b=5 c=6\nt: b=8\nt: a=7 d=0\n"},
    {"same names in different objects", "{\"a\":{\"id\":1},\"b\":{\"id\":2},\"id\":3}",
     "t: id=3 b__id=2 a__id=1\n"},
};

static void rows_are_as_dlt_makes_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(row_cases); i++) {
        const row_case *c = &row_cases[i];
        test_shred s;
        hr_buf got = {0};

        test_shred_init(&s, NULL, 65536);
        (void)test_shred_add(&s, hr_str_from(c->json));
        test_shred_rows(&s, &got);
        assert_str_equal(hr_buf_str(&got), hr_str_from(c->want), c->label);
        hr_buf_release(&got);
        test_shred_release(&s);
    }
}

/* ---- columns ---- */

static const row_case column_cases[] = {
    {"system columns come after the first row's", "[{\"b\":1,\"a\":2},{\"a\":1,\"b\":2,\"c\":3}]",
     "t(b bigint, a bigint, _dlt_load_id text!, _dlt_id text!, c bigint)\n"},
    {"an empty row", "{}", "t(_dlt_load_id text!, _dlt_id text!)\n"},
    {"children", "{\"l\":[1,{\"a\":true}],\"x\":1}",
     "t(x bigint, _dlt_load_id text!, _dlt_id text!)\n"
     "t__l < t(value bigint, _dlt_parent_id text!, _dlt_list_idx bigint!, _dlt_id text!, a "
     "bool)\n"},
    {"a list of lists", "{\"l\":[[1]]}",
     "t(_dlt_load_id text!, _dlt_id text!)\n"
     "t__l < t(_dlt_parent_id text!, _dlt_list_idx bigint!, _dlt_id text!)\n"
     "t__l__list < t__l(value bigint, _dlt_parent_id text!, _dlt_list_idx bigint!, _dlt_id "
     "text!)\n"},
    {"all types",
     "{\"i\":1,\"d\":1.5,\"b\":true,\"s\":\"x\",\"t\":\"2024-01-01T00:00:00Z\","
     "\"w\":18446744073709551616,\"day\":\"2024-01-01\",\"n\":null}",
     "t(i bigint, d double, b bool, s text, t timestamp, w decimal(38,0), day text, "
     "_dlt_load_id text!, _dlt_id text!)\n"},
    {"variants come where they are met", "[{\"v\":1,\"w\":2},{\"v\":\"x\"},{\"u\":1}]",
     "t(v bigint, w bigint, _dlt_load_id text!, _dlt_id text!, v__v_text text~, u bigint)\n"},
    {"first seen in the last row", "[{},{},{\"z\":1}]",
     "t(_dlt_load_id text!, _dlt_id text!, z bigint)\n"},
};

static void columns_come_in_dlts_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(column_cases); i++) {
        const row_case *c = &column_cases[i];
        test_shred s;
        hr_buf got = {0};

        test_shred_init(&s, NULL, 65536);
        if (!test_shred_add(&s, hr_str_from(c->json)))
            fail_msg("%s: %s", c->label, s.err.msg);
        test_shred_columns(&s, &got);
        assert_str_equal(hr_buf_str(&got), hr_str_from(c->want), c->label);
        hr_buf_release(&got);
        test_shred_release(&s);
    }
}

/* ---- the nesting limit ---- */

static const char objects_first[] = "{\"a\":{\"b\":{\"l\":[{\"x\":{\"y\":{\"z\":1}}}]}}}";
static const char lists_only[] = "{\"l\":[[[1]]]}";

static const struct nesting_case {
    int max;
    const char *json;
    const char *want;
} nesting_cases[] = {
    {0, objects_first, "t: a=`{\"b\":{\"l\":[{\"x\":{\"y\":{\"z\":1}}}]}}`\n"},
    {1, objects_first, "t: a__b=`{\"l\":[{\"x\":{\"y\":{\"z\":1}}}]}`\n"},
    {2, objects_first, "t: a__b__l=`[{\"x\":{\"y\":{\"z\":1}}}]`\n"},
    {3, objects_first, "t:\nt__a__b__l 0.0: x__y__z=1\n"},
    {1000, objects_first, "t:\nt__a__b__l 0.0: x__y__z=1\n"},
    {0, lists_only, "t: l=`[[[1]]]`\n"},
    {1, lists_only, "t:\nt__l 0.0: list=`[[1]]`\n"},
    {2, lists_only, "t:\nt__l 0.0: list=`[[1]]`\n"},
    {3, lists_only, "t:\nt__l 0.0:\nt__l__list 0.0: list=`[1]`\n"},
    {4, lists_only, "t:\nt__l 0.0:\nt__l__list 0.0: list=`[1]`\n"},
    {5, lists_only, "t:\nt__l 0.0:\nt__l__list 0.0:\nt__l__list__list 0.0: value=1\n"},
    {0, "[[1,2],5]", "t: value=`[1,2]`\nt: value__v_bigint=5\n"},
    {0, "{\"a\":{},\"b\":[]}", "t: a=`{}` b=`[]`\n"},
    {0, "{\"a\":{\"k\":[1.0,\"x\",null,18446744073709551616]}}",
     "t: a=`{\"k\":[1.0,\"x\",null,18446744073709551616]}`\n"},
    {0, "{\"a\":\"x\"} {\"a\":[1e22,1e-7,1.0]}", "t: a='x'\nt: a='[1e+22,1e-7,1.0]'\n"},
};

static void the_limit_leaves_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(nesting_cases); i++) {
        const struct nesting_case *c = &nesting_cases[i];
        const hr_shred_options options = {.max_nesting = c->max};
        test_shred s;
        hr_buf got = {0};
        char label[128];

        (void)snprintf(label, sizeof(label), "max %d of %s", c->max, c->json);
        test_shred_init(&s, &options, 65536);
        (void)test_shred_add(&s, hr_str_from(c->json));
        test_shred_rows(&s, &got);
        assert_str_equal(hr_buf_str(&got), hr_str_from(c->want), label);
        hr_buf_release(&got);
        test_shred_release(&s);
    }
}

/* A column that is json stays json at any level. */
static void json_columns_do_not_unfold(void **state)
{
    const hr_shred_options options = {.max_nesting = 1};
    test_shred s;
    hr_buf got = {0};

    (void)state;
    test_shred_init(&s, &options, 65536);
    assert_true(test_shred_add(&s, HR_STR("{\"a\":{\"b\":{\"c\":1}}} {\"a__b\":{\"c\":2}}")));
    test_shred_rows(&s, &got);
    assert_str_equal(hr_buf_str(&got), hr_str_from("t: a__b=`{\"c\":1}`\nt: a__b=`{\"c\":2}`\n"),
                     "json");
    hr_buf_release(&got);
    test_shred_release(&s);
}

/* ---- long names ---- */

/* Another worker's view of what `from` has added so far. The schema, which has the names, is the
 * caller's. */
static hr_schema *mirror(test_shred *to, test_shred *from)
{
    hr_schema *schema = NULL;
    hr_catalog *catalog = NULL;
    hr_commit outcome = HR_CATALOG_CONFLICT;
    hr_table *root = NULL;
    hr_error err;
    size_t pos = 0;
    hr_changes all = {0};

    assert_hr_ok(hr_schema_new(&schema, "s", &err), &err, "schema");
    assert_hr_ok(hr_schema_add_table(schema, HR_STR("t"), (hr_str){0}, "t", "append", &root, &err),
                 &err, "root");
    assert_hr_ok(hr_catalog_new(&catalog, schema, false, &err), &err, "catalog");
    assert_hr_ok(hr_catalog_catch_up(catalog, &pos, &all, &err), &err, "catch up");
    assert_hr_ok(hr_catalog_turn(catalog, 0, &err), &err, "turn");
    assert_hr_ok(hr_catalog_commit(catalog, 0, pos, &from->shredder.tables.delta, &outcome, &err),
                 &err, "commit");
    assert_int_equal(outcome, HR_CATALOG_DONE);
    assert_hr_ok(hr_tables_catch_up(&to->shredder.tables, catalog, &err), &err, "mirror");
    hr_changes_release(&all);
    hr_catalog_free(catalog);
    return schema;
}

/* What lies below a name that had to be shortened is shortened by its whole path, also where
 * only the shortened name is known so far. */
static void long_names_are_shortened_by_their_path(void **state)
{
    static const char key[] = "an_unusually_long_name_for_a_column_that_goes_on";
    char scalar[128], object[128];
    test_shred alone, first, second;
    hr_buf want = {0}, got = {0};

    (void)state;
    (void)snprintf(scalar, sizeof(scalar), "{\"%s\":1}", key);
    (void)snprintf(object, sizeof(object), "{\"%s\":{\"x\":1,\"l\":[2]}}", key);
    test_shred_init(&alone, NULL, 20);
    assert_true(test_shred_add(&alone, hr_str_from(object)));
    test_shred_rows(&alone, &want);
    test_shred_init(&first, NULL, 20);
    assert_true(test_shred_add(&first, hr_str_from(scalar)));
    test_shred_init(&second, NULL, 20);
    hr_schema *schema = mirror(&second, &first);
    assert_true(test_shred_add(&second, hr_str_from(object)));
    test_shred_rows(&second, &got);
    assert_str_equal(hr_buf_str(&got), hr_str_from(want.data), "where the column was known");
    hr_buf_release(&want);
    hr_buf_release(&got);
    test_shred_release(&alone);
    test_shred_release(&first);
    test_shred_release(&second);
    hr_schema_free(schema);
}

/* ---- pages taken back ---- */

static const char *const first_pages[] = {
    "", "{\"a\":1}", "{\"a\":1,\"l\":[{\"b\":1}]}", "{\"v\":\"s\",\"w\":[[1]]}", "5 6",
};

/* Some of them fail half-way. */
static const char *const taken_back[] = {
    "{\"a\":\"x\",\"b\":[{\"c\":[1]}],\"v\":2.5}",
    "{\"a__l\":[1],\"l__m\":[1],\"l__opts\":[1]}",
    "{\"v\":{\"a\":\"s\"},\"l\":[\"s\",\"t\",[true]],\"value\":\"s\"}",
    "{\"v\":true,\"o\":{\"l\":[[[1]]],\"l\":2}}",
    "[1,2,{\"id\":{\"x\":1}},{\"value\":2,\"Value\":3}]",
};

/* Columns and rows of `page` after `first`, with other pages between that were taken back. */
static void shred_after(const char *first, size_t n_between, const char *page, hr_buf *out)
{
    test_shred s;

    test_shred_init(&s, NULL, 65536);
    assert_true(test_shred_add(&s, hr_str_from(first)));
    hr_tables_keep(&s.shredder.tables);
    for (size_t i = 0; i < n_between; i++) {
        (void)test_shred_add(&s, hr_str_from(taken_back[i]));
        hr_tables_roll_back(&s.shredder.tables);
    }
    if (!test_shred_add(&s, hr_str_from(page)))
        fail_msg("%s: %s", page, s.err.msg);
    test_shred_columns(&s, out);
    test_shred_rows(&s, out);
    test_shred_release(&s);
}

static void a_page_taken_back_leaves_no_trace(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(first_pages) * N_OF(row_cases); i++) {
        const char *first = first_pages[i % N_OF(first_pages)];
        const row_case *c = &row_cases[i / N_OF(first_pages)];
        hr_buf want = {0}, got = {0};

        shred_after(first, 0, c->json, &want);
        shred_after(first, N_OF(taken_back), c->json, &got);
        if (want.len)
            assert_str_equal(hr_buf_str(&got), hr_str_from(want.data), c->label);
        hr_buf_release(&want);
        hr_buf_release(&got);
    }
}

/* A list that was first seen at one place, in a page taken back, may belong to another. */
static void a_table_taken_back_may_get_another_parent(void **state)
{
    hr_buf got = {0};
    test_shred s, first;

    (void)state;
    test_shred_init(&s, NULL, 65536);
    assert_true(test_shred_add(&s, HR_STR("{\"a__b\":[1]}")));
    hr_tables_roll_back(&s.shredder.tables);
    test_shred_init(&first, NULL, 65536);
    assert_true(test_shred_add(&first, HR_STR("{\"a\":[{\"b\":[1]}]}")));
    hr_schema *schema = mirror(&s, &first);
    assert_true(test_shred_add(&s, HR_STR("{\"a\":[{\"b\":[2]}]}")));
    test_shred_rows(&s, &got);
    assert_str_equal(hr_buf_str(&got), hr_str_from("t:\nt__a 0.0:\nt__a__b 0.0: value=2\n"),
                     "rows");
    assert_true(test_shred_add(&s, HR_STR("{\"a__b\":[3]}")));
    hr_buf_reset(&got);
    test_shred_rows(&s, &got);
    assert_str_equal(
        hr_buf_str(&got),
        hr_str_from("t:\nt:\nt__a 0.0:\nt__a__b 0.0: value=2\nt__a__b /t 1.0: value=3\n"), "rows");
    hr_buf_release(&got);
    test_shred_release(&s);
    test_shred_release(&first);
    hr_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_as_dlt_makes_them),
        cmocka_unit_test(columns_come_in_dlts_order),
        cmocka_unit_test(the_limit_leaves_json),
        cmocka_unit_test(json_columns_do_not_unfold),
        cmocka_unit_test(long_names_are_shortened_by_their_path),
        cmocka_unit_test(a_page_taken_back_leaves_no_trace),
        cmocka_unit_test(a_table_taken_back_may_get_another_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
