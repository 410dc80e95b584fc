/* The relational normalizer: keys that come twice, keys that become one name, and system names. */
#include "support.h"

#include "support/shred.h"

typedef struct row_case {
    const char *label;
    const char *json;
    const char *want;
} row_case;

/* ---- what is refused ---- */

static const row_case refusals[] = {
    {"one key twice", "{\"a\":1,\"a\":2}", "table \"t\": key \"a\" comes twice in one object"},
    {"one key twice, one null", "{\"a\":null,\"a\":2}", "key \"a\" comes twice"},
    {"one key twice, deep", "{\"o\":{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}}",
     "table \"t__o__x\": key \"a\" comes twice"},
    {"two keys, one name", "{\"A\":1,\"a\":2}",
     "keys \"A\" and \"a\" of one row both become \"a\"; rename one, or keep the last with "
     "--on-duplicate-key last"},
    {"two keys, one name, a row later", "[{\"A\":1},{\"a\":2},{\"a\":1,\"A\":1}]",
     "keys \"a\" and \"A\" of one row"},
    {"a path and an object", "{\"a__b\":5,\"a\":{\"b\":6}}",
     "keys \"a__b\" and \"b\" of one row both become \"a__b\""},
    {"an object and a path", "{\"a\":{\"b\":6},\"a__b\":5}",
     "keys \"a__b\" and \"b\" of one row both become \"a__b\""},
    {"two objects", "{\"A\":{\"x\":1},\"a\":{\"y\":1}}", "keys \"A\" and \"a\" of one row"},
    {"two lists", "{\"A\":[1],\"a\":[2,3]}", "keys \"A\" and \"a\" of one row"},
    {"two names without letters", "{\"\u00e9\":1,\"\u00e8\":2}", "both become \"x\""},
    {"a key spelt like a variant in use", "[{\"v\":1},{\"v__v_text\":\"a\",\"v\":\"b\"}]",
     "column \"v__v_text\" would get two values in one row"},
};

static void collisions_are_refused_by_both_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(refusals); i++) {
        const row_case *c = &refusals[i];
        test_shred s;

        test_shred_init(&s, NULL, 65536);
        if (test_shred_add(&s, hr_str_from(c->json)))
            fail_msg("%s: taken", c->label);
        assert_int_equal(s.status, HR_E_SCHEMA);
        if (!strstr(s.err.msg, c->want))
            fail_msg("%s: got \"%s\", want \"%s\"", c->label, s.err.msg, c->want);
        hr_tables_roll_back(&s.shredder.tables);
        assert_int_equal(s.shredder.tables.delta.n, 0);
        assert_int_equal(hr_tables_page_rows(&s.shredder.tables), 0);
        test_shred_release(&s);
    }
}

/* The same key in different objects of a row, or of different kinds, is no collision. */
static void like_names_at_different_places_are_fine(void **state)
{
    static const char *const fine[] = {
        "{\"a\":{\"x\":1},\"b\":{\"x\":2}}", "{\"l\":[{\"a\":1},{\"a\":2}]}",
        "{\"a\":1,\"A\":{\"x\":1}}",         "[{\"a\":1},{\"A\":2}]",
        "{\"l\":[[1],[2]],\"m\":[[1]]}",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(fine); i++) {
        test_shred s;

        test_shred_init(&s, NULL, 65536);
        if (!test_shred_add(&s, hr_str_from(fine[i])))
            fail_msg("%s: %s", fine[i], s.err.msg);
        test_shred_release(&s);
    }
}

/* ---- what is discarded ---- */

static const row_case last_cases[] = {
    {"one key twice", "{\"a\":1,\"b\":2,\"a\":3}",
     "t: b=2 a=3\nvalues 3 discarded 0 system 1 duplicate\n"},
    {"two names", "{\"A\":1,\"a\":2}", "t: a=2\nvalues 2 discarded 0 system 1 duplicate\n"},
    {"three", "{\"a\":1,\"a\":2,\"a\":3}", "t: a=3\nvalues 3 discarded 0 system 2 duplicate\n"},
    {"of other types", "{\"a\":1,\"a\":\"x\"}",
     "t: a='x'\nvalues 2 discarded 0 system 1 duplicate\n"},
    {"of other kinds", "{\"a\":1,\"a\":{\"x\":2}}",
     "t: a__x=2\nvalues 2 discarded 0 system 1 duplicate\n"},
    {"objects with all that is in them", "{\"a\":{\"x\":1,\"y\":[2,null,\"s\"]},\"a\":{\"z\":3}}",
     "t: a__z=3\nvalues 4 discarded 0 system 3 duplicate\n"},
    {"lists", "{\"A\":[1],\"a\":[2,3]}",
     "t:\nt__a 0.0: value=2\nt__a 0.1: value=3\nvalues 3 discarded 0 system 1 duplicate\n"},
    {"a path and an object", "{\"a__b\":5,\"a\":{\"b\":6}}",
     "t: a__b=6\nvalues 2 discarded 0 system 1 duplicate\n"},
    {"lists by two paths", "{\"a__l\":[5,6],\"a\":{\"l\":[7]}}",
     "t:\nt__a__l 0.0: value=7\nvalues 3 discarded 0 system 2 duplicate\n"},
    {"a null that comes early", "{\"a\":null,\"a\":2}", "t: a=2\n"},
    {"nothing twice", "[{\"a\":1},{\"a\":2,\"b\":[{\"a\":1}]}]", "t: a=1\nt: a=2\nt__b 1.0: a=1\n"},
    {"system keys", "{\"_dlt_id\":\"x\",\"_dlt_id\":\"y\",\"a\":1}",
     "t: a=1\nvalues 3 discarded 1 system 1 duplicate\n"},
};

static void the_last_of_duplicates_is_kept(void **state)
{
    const hr_shred_options options = {.max_nesting = HR_MAX_NESTING, .last_wins = true};

    (void)state;
    for (size_t i = 0; i < N_OF(last_cases); i++) {
        test_shred s;
        hr_buf got = {0};

        test_shred_init(&s, &options, 65536);
        (void)test_shred_add(&s, hr_str_from(last_cases[i].json));
        test_shred_rows(&s, &got);
        test_shred_tally(&s, &got);
        assert_str_equal(hr_buf_str(&got), hr_str_from(last_cases[i].want), last_cases[i].label);
        hr_buf_release(&got);
        test_shred_release(&s);
    }
}

static const row_case system_cases[] = {
    {"each of them",
     "{\"_dlt_id\":\"a\",\"_dlt_load_id\":1,\"_dlt_parent_id\":2.5,\"_dlt_list_idx\":true,"
     "\"_dlt_root_id\":\"r\",\"a\":1}",
     "t: a=1\nvalues 6 discarded 5 system 0 duplicate\n"},
    {"in child rows", "{\"l\":[{\"_dlt_id\":\"x\",\"a\":1}]}",
     "t:\nt__l 0.0: a=1\nvalues 2 discarded 1 system 0 duplicate\n"},
    {"containers with all that is in them", "{\"_dlt_id\":{\"a\":[1,2,null]},\"_dlt_load_id\":[]}",
     "t:\nvalues 2 discarded 2 system 0 duplicate\n"},
    {"null", "{\"_dlt_id\":null}", "t:\n"},
    {"by another spelling", "{\"_DLT_ID\":1}", "t:\nvalues 1 discarded 1 system 0 duplicate\n"},
    {"deeper they are only names", "{\"a\":{\"_dlt_id\":5}}", "t: a___dlt_id=5\n"},
    {"others with the prefix are kept", "{\"_dlt_x\":1}", "t: _dlt_x=1\n"},
};

static void system_names_are_discarded_and_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(system_cases); i++) {
        test_shred s;
        hr_buf got = {0};

        test_shred_init(&s, NULL, 65536);
        (void)test_shred_add(&s, hr_str_from(system_cases[i].json));
        test_shred_rows(&s, &got);
        test_shred_tally(&s, &got);
        assert_str_equal(hr_buf_str(&got), hr_str_from(system_cases[i].want),
                         system_cases[i].label);
        hr_buf_release(&got);
        test_shred_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collisions_are_refused_by_both_names),
        cmocka_unit_test(like_names_at_different_places_are_fine),
        cmocka_unit_test(the_last_of_duplicates_is_kept),
        cmocka_unit_test(system_names_are_discarded_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
