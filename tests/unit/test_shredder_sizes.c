/* The relational normalizer: wide rows, deep objects and lists, long texts. */
#include "support.h"

#include "support/shred.h"

static void a_row_may_have_ten_thousand_columns(void **state)
{
    hr_buf json = {0};
    test_shred s;

    (void)state;
    for (int row = 0; row < 3; row++) {
        hr_buf_addz(&json, "{");
        for (int i = 0; i < 10000; i++)
            hr_buf_addf(&json, "%s\"column %d\":%d", i ? "," : "", row == 2 ? 9999 - i : i,
                        i + row);
        hr_buf_addz(&json, "}");
    }
    test_shred_init(&s, NULL, 65536);
    assert_true(test_shred_add(&s, hr_buf_str(&json)));
    assert_int_equal(s.root->n_columns, 10000);
    assert_int_equal(s.root->n_rows, 3);
    assert_int_equal(s.shredder.tally.values, 30000);
    for (size_t i = 0; i < 10000; i++) {
        const hr_builder *b = &s.root->columns[i]->builder;
        int64_t got[3];

        assert_int_equal(b->n_valid, 3);
        memcpy(got, b->values, sizeof(got));
        assert_int_equal(got[0], i);
        assert_int_equal(got[1], i + 1);
        assert_int_equal(got[2], 9999 - i + 2);
    }
    hr_buf_release(&json);
    test_shred_release(&s);
}

static void nest(hr_buf *json, int depth, const char *open, const char *core, const char *close)
{
    hr_buf_reset(json);
    for (int i = 0; i < depth; i++)
        hr_buf_addz(json, open);
    hr_buf_addz(json, core);
    for (int i = 0; i < depth; i++)
        hr_buf_addz(json, close);
}

static void objects_nest_a_thousand_deep(void **state)
{
    hr_buf json = {0};
    test_shred s;

    (void)state;
    nest(&json, 1000, "{\"a\":", "1", "}");
    test_shred_init(&s, NULL, 65536);
    assert_true(test_shred_add(&s, hr_buf_str(&json)));
    assert_int_equal(s.root->n_columns, 1);
    assert_int_equal(s.root->columns[0]->spec.name.n, 1000 + 999 * 2);
    assert_int_equal(s.root->columns[0]->spec.type, HR_TYPE_BIGINT);
    test_shred_release(&s);

    nest(&json, 3000, "{\"a\":", "1", "}");
    test_shred_init(&s, NULL, 65536);
    assert_true(test_shred_add(&s, hr_buf_str(&json)));
    assert_int_equal(s.root->n_columns, 1);
    assert_int_equal(s.root->columns[0]->spec.type, HR_TYPE_JSON);
    assert_int_equal(s.root->columns[0]->builder.bytes_len, 3000 * 6 + 1 - 1001 * 6);
    hr_buf_release(&json);
    test_shred_release(&s);
}

static void lists_nest_a_thousand_deep(void **state)
{
    static const int depths[] = {1000, 100000};
    hr_buf json = {0};

    (void)state;
    for (size_t i = 0; i < N_OF(depths); i++) {
        test_shred s;

        nest(&json, depths[i], "[", "1", "]");
        test_shred_init(&s, NULL, 65536);
        if (!test_shred_add(&s, hr_buf_str(&json)))
            fail_msg("depth %d: %s", depths[i], s.err.msg);
        /* A level for the outermost list, two for each in it, until they are used up. */
        assert_int_equal(s.shredder.tables.n, 1 + 500);
        test_shred_release(&s);
    }
    hr_buf_release(&json);
}

static void a_string_may_have_ten_megabytes(void **state)
{
    const size_t n = (size_t)10 << 20;
    hr_buf json = {0};
    test_shred s;

    (void)state;
    hr_buf_addz(&json, "{\"a\":\"");
    assert_true(hr_buf_reserve(&json, n + 10));
    memset(json.data + json.len, 'x', n);
    json.len += n;
    hr_buf_addz(&json, "\",\"b\":1}");
    test_shred_init(&s, NULL, 65536);
    assert_true(test_shred_add(&s, hr_buf_str(&json)));
    assert_int_equal(s.root->columns[0]->builder.bytes_len, n);
    assert_int_equal(s.root->columns[0]->builder.values[n - 1], 'x');
    assert_int_equal(s.root->columns[1]->builder.n_valid, 1);
    hr_buf_release(&json);
    test_shred_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_may_have_ten_thousand_columns),
        cmocka_unit_test(objects_nest_a_thousand_deep),
        cmocka_unit_test(lists_nest_a_thousand_deep),
        cmocka_unit_test(a_string_may_have_ten_megabytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
