/* Values between Arrow columns and the fields of binary COPY. */
#include "support.h"

#include <nanoarrow/nanoarrow.h>

#include "destination/postgres/decode.h"
#include "destination/postgres/encode.h"
#include "destination/postgres/numeric.h"
#include "destination/postgres/oids.h"
#include "destination/postgres/wire.h"

static const pg_place here = {"t", 11};

/* ---- numeric ---- */

/* From what PostgreSQL 15 sends: select numeric_send('...'::numeric). */
static const struct numeric_case {
    const char *label;
    int64_t value;
    int scale;
    const char *field; /* hexadecimal, without the length */
} numeric_cases[] = {
    {"0", 0, 0, "0000000000000000"},
    {"0.00", 0, 2, "0000000000000002"},
    {"1", 1, 0, "00010000000000000001"},
    {"-1", -1, 0, "00010000400000000001"},
    {"10000", 10000, 0, "00010001000000000001"},
    {"12345678", 12345678, 0, "000200010000000004d2162e"},
    {"0.1", 1, 1, "0001ffff0000000103e8"},
    {"1.5", 15, 1, "000200000000000100011388"},
    {"-123.456", -123456, 3, "0002000040000003007b11d0"},
    {"0.000000001", 1, 9, "0001fffd0000000903e8"},
    {"10000.0001", 100000001, 4, "0003000100000004000100000001"},
    {"9223372036854775807", INT64_MAX, 0, "0005000400000000039a0d2c0170156516af"},
};

static void numerics_have_the_servers_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(numeric_cases); i++) {
        const struct numeric_case *const c = &numeric_cases[i];
        hr_buf out = {0};
        char hex[128] = "";
        hr_int128 back = -7;

        assert_true(pg_add_numeric(&out, c->value, c->scale));
        assert_int_equal(pg_get_i32(out.data), (int)out.len - 4);
        for (size_t k = 4; k < out.len; k++)
            (void)snprintf(hex + 2 * (k - 4), 3, "%02x", (unsigned)(unsigned char)out.data[k]);
        if (strcmp(hex, c->field) != 0)
            fail_msg("%s: %s, not %s", c->label, hex, c->field);
        assert_true(pg_get_numeric((hr_str){out.data + 4, out.len - 4}, c->scale, &back));
        assert_true(back == c->value);
        hr_buf_release(&out);
    }
}

static void numerics_of_38_digits_come_back(void **state)
{
    hr_int128 most = 0;

    (void)state;
    for (int i = 0; i < 38; i++)
        most = most * 10 + 9;
    for (int scale = 0; scale <= 38; scale++) {
        const hr_int128 values[] = {most, -most, most / 7, 1, -10, most - most % 10000};

        for (size_t i = 0; i < N_OF(values); i++) {
            hr_buf out = {0};
            hr_int128 back = 0;

            assert_true(pg_add_numeric(&out, values[i], scale));
            assert_true(pg_get_numeric((hr_str){out.data + 4, out.len - 4}, scale, &back));
            assert_true(back == values[i]);
            hr_buf_release(&out);
        }
    }
}

static void odd_numerics_are_refused(void **state)
{
    static const struct odd {
        const char *label;
        hr_str field;
        int scale;
    } odd[] = {
        {"not a number", HR_STR_INIT("\0\0\0\0\xC0\0\0\0"), 0},
        {"infinity", HR_STR_INIT("\0\0\0\0\xD0\0\0\0"), 0},
        {"a fraction too fine", HR_STR_INIT("\0\1\xFF\xFF\0\0\0\4\0\1"), 3},
        {"39 digits", HR_STR_INIT("\0\1\0\11\0\0\0\0\3\xE8"), 0},
        {"no such digit", HR_STR_INIT("\0\1\0\0\0\0\0\0\x27\x10"), 0},
        {"too short", HR_STR_INIT("\0\1\0\0\0\0\0\0"), 0},
        {"empty", HR_STR_INIT(""), 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(odd); i++) {
        hr_int128 out;

        if (pg_get_numeric(odd[i].field, odd[i].scale, &out))
            fail_msg("%s is taken", odd[i].label);
    }
}

/* ---- text ---- */

typedef struct text_column {
    struct ArrowSchema schema;
    struct ArrowArray array;
} text_column;

static void text_column_init(text_column *t, const hr_str *texts, size_t n)
{
    ArrowSchemaInit(&t->schema);
    assert_int_equal(ArrowSchemaSetType(&t->schema, NANOARROW_TYPE_STRING), 0);
    assert_int_equal(ArrowArrayInitFromSchema(&t->array, &t->schema, NULL), 0);
    assert_int_equal(ArrowArrayStartAppending(&t->array), 0);
    for (size_t i = 0; i < n; i++) {
        const struct ArrowStringView view = {texts[i].p, (int64_t)texts[i].n};

        assert_int_equal(texts[i].p ? ArrowArrayAppendString(&t->array, view)
                                    : ArrowArrayAppendNull(&t->array, 1),
                         0);
    }
    assert_int_equal(ArrowArrayFinishBuildingDefault(&t->array, NULL), 0);
}

static void text_column_release(text_column *t)
{
    t->array.release(&t->array);
    t->schema.release(&t->schema);
}

static const struct text_case {
    const char *label;
    pg_oid oid;
    hr_str text;
    const char *fault; /* what the refusal says; NULL: taken */
    hr_str cleaned;    /* what is sent with remove_nul */
} text_cases[] = {
    {"plain", PG_VARCHAR, HR_STR_INIT("abc"), NULL, HR_STR_INIT("abc")},
    {"UTF-8", PG_VARCHAR, HR_STR_INIT("Gr\xC3\xBC\xC3\x9F"), NULL,
     HR_STR_INIT("Gr\xC3\xBC\xC3\x9F")},
    {"U+FFFD itself", PG_VARCHAR, HR_STR_INIT("\xEF\xBF\xBD"), NULL, HR_STR_INIT("\xEF\xBF\xBD")},
    {"NUL", PG_VARCHAR, HR_STR_INIT("a\0b"), "NUL", HR_STR_INIT("ab")},
    {"NULs", PG_VARCHAR, HR_STR_INIT("\0\0a\0"), "NUL", HR_STR_INIT("a")},
    {"a byte that begins nothing", PG_VARCHAR, HR_STR_INIT("a\xFF"), "not valid UTF-8", {0}},
    {"a letter cut off", PG_VARCHAR, HR_STR_INIT("a\xC3"), "not valid UTF-8", {0}},
    {"a surrogate", PG_VARCHAR, HR_STR_INIT("\xED\xA0\x80"), "not valid UTF-8", {0}},
    {"JSON", PG_JSONB, HR_STR_INIT("[1]"), NULL, HR_STR_INIT("\1[1]")},
    {"NUL in JSON", PG_JSONB, HR_STR_INIT("[\"a\\u0000b\"]"), "NUL", HR_STR_INIT("\1[\"ab\"]")},
    {"no NUL in JSON", PG_JSONB, HR_STR_INIT("[\"\\\\u0000\"]"), NULL,
     HR_STR_INIT("\1[\"\\\\u0000\"]")},
    {"NUL behind a backslash", PG_JSONB, HR_STR_INIT("[\"\\\\\\u0000\"]"), "NUL",
     HR_STR_INIT("\1[\"\\\\\"]")},
    {"such text in a text column", PG_VARCHAR, HR_STR_INIT("\\u0000"), NULL,
     HR_STR_INIT("\\u0000")},
};

static void check_text(const struct text_case *c, const text_column *t, bool remove_nul)
{
    const bool refused = c->fault && (!remove_nul || !strstr(c->fault, "NUL"));
    pg_column column;
    hr_error err = {0};
    hr_buf out = {0};
    const char *why = NULL;

    assert_hr_ok(pg_column_init(&column, "c", "u", c->oid, remove_nul, &err), &err, c->label);

    const hr_status st = pg_column_check(&column, &t->array, &here, &err);

    assert_int_equal(st, refused ? HR_E_SCHEMA : HR_OK);
    if (refused && (!strstr(err.msg, c->fault) || !strstr(err.msg, "table t, column c, row 13")))
        fail_msg("%s: %s", c->label, err.msg);
    if (!refused) {
        assert_true(column.put(&column, &t->array, 2, &out, &why));
        assert_int_equal(pg_get_i32(out.data), (int)out.len - 4);
        assert_str_equal((hr_str){out.data + 4, out.len - 4}, c->cleaned, c->label);
    }
    hr_buf_release(&out);
}

static void text_is_checked_and_cleaned(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(text_cases); i++) {
        const hr_str texts[] = {HR_STR("[]"), {0}, text_cases[i].text};
        text_column t;

        text_column_init(&t, texts, N_OF(texts));
        check_text(&text_cases[i], &t, false);
        check_text(&text_cases[i], &t, true);
        text_column_release(&t);
    }
}

/* ---- what fits where ---- */

static void narrow_integers_are_checked(void **state)
{
    static const struct narrow {
        pg_oid oid;
        int64_t value;
        bool fits;
    } narrow[] = {
        {PG_INT2, 32767, true},     {PG_INT2, -32768, true},    {PG_INT2, 32768, false},
        {PG_INT4, INT32_MAX, true}, {PG_INT4, INT32_MIN, true}, {PG_INT4, INT32_MAX + 1LL, false},
        {PG_INT8, INT64_MIN, true},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(narrow); i++) {
        const void *buffers[] = {NULL, &narrow[i].value};
        const struct ArrowArray array = {.length = 1, .n_buffers = 2, .buffers = buffers};
        pg_column column;
        hr_error err = {0};
        hr_buf out = {0};
        const char *why = NULL;

        assert_hr_ok(pg_column_init(&column, "c", "l", narrow[i].oid, false, &err), &err, "init");
        assert_int_equal(column.put(&column, &array, 0, &out, &why), narrow[i].fits);
        if (!narrow[i].fits)
            assert_non_null(why);
        hr_buf_release(&out);
    }
}

static void columns_of_other_types_are_refused(void **state)
{
    pg_column column;
    hr_error err = {0};

    (void)state;
    assert_int_equal(pg_column_init(&column, "c", "l", PG_TEXT, false, &err), HR_E_SCHEMA);
    assert_int_equal(pg_column_init(&column, "c", "u", 2950, false, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "column c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numerics_have_the_servers_form),
        cmocka_unit_test(numerics_of_38_digits_come_back),
        cmocka_unit_test(odd_numerics_are_refused),
        cmocka_unit_test(text_is_checked_and_cleaned),
        cmocka_unit_test(narrow_integers_are_checked),
        cmocka_unit_test(columns_of_other_types_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
