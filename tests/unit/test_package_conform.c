/* A column that was written with one type is read with the one that its table has now. */
#include "support.h"

#include <nanoarrow/nanoarrow.h>

#include "headrace/headrace.h"
#include "package/package_int.h"
#include "support/package_rows.h"
#include "support/packages.h"
#include "value/convert.h"

static hr_error err;

/* One column of `values` as it was written, read as it is now. */
static const struct conform_case {
    const char *label;
    hr_arrow_field from, to;
    const char *values[3]; /* as text; NULL: null */
    const char *want;      /* NULL: refused */
} conform_cases[] = {
#define FIELD(type, precision, scale)                             \
    {                                                             \
        HR_STR_INIT("c"), HR_TYPE_##type, precision, scale, false \
    }
    {"bigint to double",
     FIELD(BIGINT, -1, -1),
     FIELD(DOUBLE, -1, -1),
     {"1", NULL, "-7"},
     "1.0 - -7.0"},
    {"bigint beyond double",
     FIELD(BIGINT, -1, -1),
     FIELD(DOUBLE, -1, -1),
     {"1", NULL, "9007199254740993"},
     NULL},
    {"bigint to decimal",
     FIELD(BIGINT, -1, -1),
     FIELD(DECIMAL, 38, 0),
     {"9223372036854775807", NULL, "-1"},
     "9223372036854775807 - -1"},
    {"bigint to text",
     FIELD(BIGINT, -1, -1),
     FIELD(TEXT, -1, -1),
     {"12", NULL, "-1"},
     "'12' - '-1'"},
    {"double to text",
     FIELD(DOUBLE, -1, -1),
     FIELD(TEXT, -1, -1),
     {"1.5", "1e100", NULL},
     "'1.5' '1e+100' -"},
    {"bool to text",
     FIELD(BOOL, -1, -1),
     FIELD(TEXT, -1, -1),
     {"true", NULL, "false"},
     "'True' - 'False'"},
    {"decimal to text",
     FIELD(DECIMAL, 38, 0),
     FIELD(TEXT, -1, -1),
     {"18446744073709551616", NULL, "5"},
     "'18446744073709551616' - '5'"},
    {"decimal without a scale to text",
     FIELD(DECIMAL, -1, -1),
     FIELD(TEXT, -1, -1),
     {"1.25", NULL, "2"},
     NULL /* set below: dlt's default scale is 9 */},
    {"timestamp to text",
     FIELD(TIMESTAMP, -1, -1),
     FIELD(TEXT, -1, -1),
     {"2024-01-01T00:00:00Z", NULL, NULL},
     "'2024-01-01T00:00:00+00:00' - -"},
    {"date to text",
     FIELD(DATE, -1, -1),
     FIELD(TEXT, -1, -1),
     {"2024-01-02", NULL, NULL},
     "'2024-01-02' - -"},
    {"json to text",
     FIELD(JSON, -1, -1),
     FIELD(TEXT, -1, -1),
     {"{\"a\":1}", NULL, "[]"},
     "'{\"a\":1}' - '[]'"},
    {"all null", FIELD(BIGINT, -1, -1), FIELD(TEXT, -1, -1), {NULL, NULL, NULL}, "- - -"},
#undef FIELD
};

static void put_text(hr_builder *b, int64_t row, const char *text, const hr_arrow_field *f)
{
    const hr_value in = {.type = HR_TYPE_TEXT, .text = hr_str_from(text)};
    hr_buf scratch = {0};
    hr_value v;
    int32_t day = 0;

    if (!hr_convert(&in, (hr_target){f->type, f->precision, f->scale}, &v, &scratch))
        fail_msg("%s is no %s", text, hr_type_name(f->type));
    switch (b->width) {
    case HR_WIDTH_BITS:
        assert_true(hr_builder_put_bool(b, row, v.b));
        break;
    case HR_WIDTH_BYTES:
        assert_true(hr_builder_put_bytes(b, row, v.text));
        break;
    case 4:
        day = (int32_t)v.i;
        assert_true(hr_builder_put_fixed(b, row, &day));
        break;
    case 8:
        assert_true(v.type == HR_TYPE_DOUBLE ? hr_builder_put_double(b, row, v.d)
                                             : hr_builder_put_i64(b, row, v.i));
        break;
    default:
        assert_true(hr_builder_put_fixed(b, row, &v.dec));
        break;
    }
    hr_buf_release(&scratch);
}

/* Written to a package with the one type and read with the other. */
static hr_status read_as(const struct conform_case *c, hr_buf *out)
{
    hr_schema *s = NULL;
    hr_table *t = NULL;
    hr_package *p = pkg_begin("1.5");
    hr_package_writer *w = NULL;
    hr_package_reader *r = NULL;
    hr_builder b;
    struct ArrowArray a = {0};
    const hr_column_spec spec = {.name = c->to.name,
                                 .type = c->to.type,
                                 .has_precision = c->to.precision >= 0,
                                 .has_scale = c->to.scale >= 0,
                                 .precision = c->to.precision,
                                 .scale = c->to.scale};

    hr_builder_init(&b, c->from.type);
    for (int64_t row = 0; row < 3; row++) {
        if (c->values[row])
            put_text(&b, row, c->values[row], &c->from);
    }
    const hr_batch_column column = pkg_column(&b, 3, c->from);
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    assert_hr_ok(hr_package_write(w, &(hr_batch){HR_STR("t"), 3, &column, 1}, &err), &err, "write");
    pkg_finish(w);
    assert_hr_ok(hr_schema_new(&s, "s", &err), &err, "schema");
    assert_hr_ok(hr_schema_add_table(s, HR_STR("t"), (hr_str){0}, "t", "append", &t, &err), &err,
                 "table");
    assert_hr_ok(hr_table_add_column(s, t, &spec, NULL, &err), &err, "column");
    assert_hr_ok(hr_package_reader_new(&r, p, t, &err), &err, "reader");
    const hr_batches *batches = hr_package_reader_batches(r);
    const hr_status st = batches->next(batches->self, &a, &err);
    for (int64_t row = 0; row < 3 && st == HR_OK; row++) {
        hr_buf_addz(out, row ? " " : "");
        if (!test_arrow_value(batches->schema->children[0], a.children[0], row, out))
            hr_buf_addc(out, '-');
    }
    if (a.release)
        a.release(&a);
    hr_package_reader_free(r);
    hr_package_free(p);
    hr_schema_free(s);
    hr_builder_release(&b);
    assert_hr_ok(hr_package_discard(pkg_folder(), "1.5", &err), &err, "discard");
    return st;
}

static void widened_columns_convert_exactly_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(conform_cases); i++) {
        struct conform_case c = conform_cases[i];
        hr_buf got = {0};

        if (strstr(c.label, "without a scale"))
            c.want = "'1.250000000' - '2.000000000'";
        const hr_status st = read_as(&c, &got);
        if (!c.want && st != HR_E_SCHEMA)
            fail_msg("%s: status %d, want a refusal", c.label, (int)st);
        if (!c.want)
            assert_non_null(strstr(err.msg, "column \"c\""));
        else if (st != HR_OK)
            fail_msg("%s: %s", c.label, err.msg);
        else
            assert_str_equal(hr_buf_str(&got), hr_str_from(c.want), c.label);
        hr_buf_release(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pkg_test(widened_columns_convert_exactly_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
