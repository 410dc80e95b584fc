#include "support.h"

#include "arrow/builder.h"
#include "arrow/fields.h"

/* Values that a row has, by type: so that what is read back can be told from its neighbours. */
static hr_str text_of(int64_t row, char buf[64])
{
    const int n = snprintf(buf, 64, "%lld%.*s", (long long)row, (int)(row % 30),
                           "abcdefghijklmnopqrstuvwxyz0123456789");

    return (hr_str){buf, (size_t)n};
}

static void put_row(hr_builder *b, int64_t row)
{
    char buf[64];
    const int32_t date = (int32_t)row - 5;
    const int64_t wide[2] = {row, -row};
    bool ok = false;

    switch (b->width) {
    case HR_WIDTH_BITS:
        ok = hr_builder_put_bool(b, row, row % 3 == 0);
        break;
    case HR_WIDTH_BYTES:
        ok = hr_builder_put_bytes(b, row, text_of(row, buf));
        break;
    case 8:
        ok = hr_builder_put_i64(b, row, row * 11 - 3);
        break;
    default:
        ok = hr_builder_put_fixed(b, row, b->width == 4 ? (const void *)&date : wide);
        break;
    }
    assert_true(ok);
}

static void assert_row(const hr_builder *b, int64_t row, bool valid, const char *label)
{
    static const uint8_t zeros[16];
    const uint8_t *at = b->values + row * b->width;
    char buf[64];
    const int32_t date = (int32_t)row - 5;
    const int64_t wide[2] = {row, -row};
    const int64_t whole = row * 11 - 3;

    if ((b->validity[row >> 3] >> (row & 7) & 1) != valid)
        fail_msg("%s: row %lld has the wrong validity", label, (long long)row);
    switch (b->width) {
    case HR_WIDTH_BITS:
        assert_int_equal(b->values[row >> 3] >> (row & 7) & 1, valid && row % 3 == 0);
        break;
    case HR_WIDTH_BYTES:
        assert_str_equal((hr_str){(const char *)b->values + b->offsets[row],
                                  (size_t)(b->offsets[row + 1] - b->offsets[row])},
                         valid ? text_of(row, buf) : (hr_str){0}, label);
        break;
    default:
        assert_memory_equal(at,
                            !valid          ? (const void *)zeros
                            : b->width == 4 ? (const void *)&date
                            : b->width == 8 ? (const void *)&whole
                                            : wide,
                            b->width);
        break;
    }
}

/* Rows [0, n) of which those that `every` divides are values. */
static void assert_rows(const hr_builder *b, int64_t n, int64_t every, const char *label)
{
    int64_t n_valid = 0;

    assert_int_equal(b->n, n);
    for (int64_t i = 0; i < n; i++) {
        assert_row(b, i, i % every == 0, label);
        n_valid += i % every == 0;
    }
    assert_int_equal(b->n_valid, n_valid);
}

static void fill(hr_builder *b, int64_t from, int64_t to, int64_t every)
{
    for (int64_t i = from; i < to; i++) {
        if (i % every == 0)
            put_row(b, i);
    }
    assert_true(hr_builder_pad(b, to));
}

static void every_type_holds_what_was_put(void **state)
{
    (void)state;
    for (hr_type type = HR_TYPE_TEXT; type < HR_N_TYPES; type++) {
        for (int64_t every = 1; every < 70; every += 9) {
            hr_builder b;

            hr_builder_init(&b, type);
            fill(&b, 0, 1000, every);
            assert_rows(&b, 1000, every, hr_type_name(type));
            assert_true(hr_builder_used(&b) > 0);
            hr_builder_release(&b);
            assert_int_equal(b.n + b.n_valid + b.cap, 0);
            hr_builder_release(&b);
        }
    }
}

/* Cut at every place, in the middle of bytes of bitmaps too, and filled again with other
 * validity: nothing of the old rows shines through. */
static void truncated_rows_leave_no_trace(void **state)
{
    (void)state;
    for (hr_type type = HR_TYPE_TEXT; type < HR_N_TYPES; type++) {
        for (int64_t cut = 0; cut <= 140; cut++) {
            hr_builder b;

            hr_builder_init(&b, type);
            fill(&b, 0, 140, 1);
            hr_builder_truncate(&b, cut);
            assert_rows(&b, cut, 1, hr_type_name(type));
            assert_true(hr_builder_pad(&b, 200));
            for (int64_t i = 0; i < 200; i++)
                assert_row(&b, i, i < cut, hr_type_name(type));
            assert_int_equal(b.n_valid, cut);
            hr_builder_release(&b);
        }
    }
}

static void truncate_beyond_the_end_does_nothing(void **state)
{
    hr_builder b;

    (void)state;
    hr_builder_init(&b, HR_TYPE_TEXT);
    hr_builder_truncate(&b, 0);
    hr_builder_truncate(&b, 10);
    fill(&b, 0, 10, 3);
    hr_builder_truncate(&b, 10);
    hr_builder_truncate(&b, 11);
    assert_rows(&b, 10, 3, "text");
    hr_builder_release(&b);
}

static void reset_keeps_memory(void **state)
{
    (void)state;
    for (hr_type type = HR_TYPE_TEXT; type < HR_N_TYPES; type++) {
        hr_builder b;

        hr_builder_init(&b, type);
        fill(&b, 0, 500, 1);
        const uint8_t *values = b.values;
        const int64_t cap = b.cap;
        hr_builder_reset(&b);
        assert_int_equal(b.n + b.n_valid + (int64_t)b.bytes_len, 0);
        fill(&b, 0, 500, 7);
        assert_ptr_equal(b.values, values);
        assert_int_equal(b.cap, cap);
        assert_rows(&b, 500, 7, hr_type_name(type));
        hr_builder_release(&b);
    }
}

static void an_untouched_builder_pads(void **state)
{
    (void)state;
    for (hr_type type = HR_TYPE_TEXT; type < HR_N_TYPES; type++) {
        hr_builder b;

        hr_builder_init(&b, type);
        assert_true(hr_builder_pad(&b, 0));
        assert_int_equal(b.cap, 0);
        assert_true(hr_builder_pad(&b, 100));
        assert_true(hr_builder_pad(&b, 50));
        for (int64_t i = 0; i < 100; i++)
            assert_row(&b, i, false, hr_type_name(type));
        assert_int_equal(b.n_valid, 0);
        hr_builder_release(&b);
    }
}

static void two_gibibytes_are_refused(void **state)
{
    static char some[16];
    hr_builder b;

    (void)state;
    hr_builder_init(&b, HR_TYPE_TEXT);
    assert_true(hr_builder_put_bytes(&b, 0, HR_STR("abc")));
    assert_false(hr_builder_put_bytes(&b, 1, (hr_str){some, (size_t)INT32_MAX}));
    assert_false(hr_builder_put_bytes(&b, 1, (hr_str){some, SIZE_MAX / 2}));
    assert_int_equal(b.n, 1);
    assert_true(hr_builder_put_bytes(&b, 1, HR_STR("d")));
    assert_int_equal(b.bytes_len, 4);
    hr_builder_release(&b);
}

static void types_have_their_arrow_formats(void **state)
{
    static const struct format_case {
        hr_arrow_field field;
        const char *format;
    } cases[] = {
        {{HR_STR_INIT("t"), HR_TYPE_TEXT, -1, -1, false}, "u"},
        {{HR_STR_INIT("d"), HR_TYPE_DOUBLE, -1, -1, false}, "g"},
        {{HR_STR_INIT("b"), HR_TYPE_BOOL, -1, -1, false}, "b"},
        {{HR_STR_INIT("z"), HR_TYPE_TIMESTAMP, -1, -1, false}, "tsu:UTC"},
        {{HR_STR_INIT("n"), HR_TYPE_TIMESTAMP, -1, -1, true}, "tsu:"},
        {{HR_STR_INIT("i"), HR_TYPE_BIGINT, -1, -1, false}, "l"},
        {{HR_STR_INIT("j"), HR_TYPE_JSON, -1, -1, false}, "u"},
        {{HR_STR_INIT("dec"), HR_TYPE_DECIMAL, -1, -1, false}, "d:38,9"},
        {{HR_STR_INIT("dec2"), HR_TYPE_DECIMAL, 10, 2, false}, "d:10,2"},
        {{HR_STR_INIT("w"), HR_TYPE_WEI, -1, -1, false}, "d:38,0"},
        {{HR_STR_INIT("day"), HR_TYPE_DATE, -1, -1, false}, "tdD"},
        {{HR_STR_INIT("time"), HR_TYPE_TIME, -1, -1, false}, "ttu"},
        {{HR_STR_INIT("bin"), HR_TYPE_BINARY, -1, -1, false}, "z"},
    };
    hr_arrow_field fields[N_OF(cases)];
    struct ArrowSchema schema = {0};
    hr_error err;

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        fields[i] = cases[i].field;
    assert_hr_ok(hr_arrow_schema(&schema, fields, N_OF(cases), &err), &err, "schema");
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, N_OF(cases));
    for (size_t i = 0; i < N_OF(cases); i++) {
        assert_string_equal(schema.children[i]->format, cases[i].format);
        assert_string_equal(schema.children[i]->name, cases[i].field.name.p);
    }
    schema.release(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_holds_what_was_put),
        cmocka_unit_test(truncated_rows_leave_no_trace),
        cmocka_unit_test(truncate_beyond_the_end_does_nothing),
        cmocka_unit_test(reset_keeps_memory),
        cmocka_unit_test(an_untouched_builder_pads),
        cmocka_unit_test(two_gibibytes_are_refused),
        cmocka_unit_test(types_have_their_arrow_formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
