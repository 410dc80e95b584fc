#include "support.h"

#include "base/hash.h"

static const struct base64_case {
    const char *label;
    hr_str bytes;
    const char *text;
} base64_cases[] = {
    {"empty", HR_STR_INIT(""), ""},
    {"one byte", HR_STR_INIT("f"), "Zg=="},
    {"two bytes", HR_STR_INIT("fo"), "Zm8="},
    {"three bytes", HR_STR_INIT("foo"), "Zm9v"},
    {"four bytes", HR_STR_INIT("foob"), "Zm9vYg=="},
    {"whole alphabet's end", HR_STR_INIT("\xfb\xff\xbf"), "+/+/"},
    {"NUL bytes", HR_STR_INIT("\0\0\0\0"), "AAAAAA=="},
};

static void base64_goes_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(base64_cases); i++) {
        const struct base64_case *c = &base64_cases[i];
        char text[32];
        hr_buf back = {0};

        assert_int_equal(hr_base64(c->bytes.p, c->bytes.n, text), strlen(c->text));
        assert_string_equal(text, c->text);
        assert_true(hr_base64_decode(hr_str_from(c->text), &back));
        assert_str_equal(hr_buf_str(&back), c->bytes, c->label);
        hr_buf_release(&back);

        assert_int_equal(hr_base64_bare(c->bytes.p, c->bytes.n, text), strcspn(c->text, "="));
        assert_memory_equal(text, c->text, strcspn(c->text, "="));
    }
}

static void other_text_is_not_base64(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "Zg",    "Zg=",    "Z",    "Z===", "====",       "=Zg=", "Zg==Zg==", "Zm 9v",
        "Zm9v ", "Zm9v\n", "Zm9_", "Zm9-", "Zm\xc3\xa9", "Zh==", "Zm9=",     "Zm9v====",
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_buf out = {0};

        (void)hr_buf_addz(&out, "kept");
        if (hr_base64_decode(hr_str_from(cases[i]), &out))
            fail_msg("'%s' was decoded", cases[i]);
        assert_string_equal(out.data, "kept");
        hr_buf_release(&out);
    }
}

static void digests_are_the_standard_ones(void **state)
{
    (void)state;
    unsigned char bytes[32];
    char text[48];
    hr_error err = {0};

    assert_hr_ok(hr_shake128("abc", 3, bytes, 15, &err), &err, "shake");
    (void)hr_base64_bare(bytes, 15, text);
    assert_string_equal(text, "WIEJLdgYv1z4o923k/vL");
    assert_hr_ok(hr_sha3_256("abc", 3, bytes, &err), &err, "sha3");
    (void)hr_base64(bytes, 32, text);
    assert_string_equal(text, "Ophdp0/iJbIEXBcta9OQvYVfCG4+nVJbRr/iRRFDFTI=");
    assert_hr_ok(hr_shake128(NULL, 0, bytes, 4, &err), &err, "empty");
    assert_memory_equal(bytes, "\x7f\x9c\x2b\xa4", 4);
}

/* The hashes that dlt makes of values: incremental deduplication, rows, keys, the state. */
static const struct golden {
    const char *label;
    const char *text;
    size_t bytes;
    const char *want;
} goldens[] = {
    {"incremental value 2", "2", 9, "Tp44cKMYfAuJ"},
    {"incremental value 3", "3", 9, "Cn/dwi436vBb"},
    {"incremental value 5", "5", 9, "tIXXf9wiHssy"},
    {"upsert key", "{\"id\":1}", 10, "z5jIxXIbUnmbKw"},
    {"row", "{\"id\":1,\"l\":[{\"a\":1,\"m\":[5]}],\"z\":0}", 10, "iUTB3IGb1P1+zA"},
    {"row without system keys", "{\"a\":1,\"b\":\"x\"}", 10, "khlsLbyhkJKGeQ"},
    {"nested row", "{\"A\":{\"y\":[1,{\"a\":2,\"b\":1}],\"z\":1},\"\u017c\":\"\u017c\"}", 10,
     "1ajZ3Zd6tvfu/w"},
};

static void hashes_of_rows_are_those_of_dlt(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(goldens); i++) {
        const struct golden *g = &goldens[i];
        unsigned char bytes[16];
        char text[32];
        hr_error err = {0};

        assert_hr_ok(hr_shake128(g->text, strlen(g->text), bytes, g->bytes, &err), &err, g->label);
        (void)hr_base64_bare(bytes, g->bytes, text);
        if (strcmp(text, g->want) != 0)
            fail_msg("%s: got %s, want %s", g->label, text, g->want);
    }
}

static void the_hash_of_the_state_is_that_of_dlt(void **state)
{
    (void)state;
    static const char json[] =
        "{\"dataset_name\":\"ds\",\"default_schema_name\":\"p1\",\"destination_name\":null,"
        "\"destination_type\":\"dlt.destinations.duckdb\",\"pipeline_name\":\"p1\","
        "\"schema_names\":[\"p1\"]}";
    unsigned char bytes[32];
    char text[48];
    hr_error err = {0};

    assert_hr_ok(hr_sha3_256(json, strlen(json), bytes, &err), &err, "state");
    (void)hr_base64(bytes, sizeof(bytes), text);
    assert_string_equal(text, "55tgyEsjSVSU8HXVMJW34czp/gIJSmFYaKluKgxI1W4=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_of_the_state_is_that_of_dlt),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(other_text_is_not_base64),
        cmocka_unit_test(digests_are_the_standard_ones),
        cmocka_unit_test(hashes_of_rows_are_those_of_dlt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
