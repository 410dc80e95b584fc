/* Hints: what is taken, what is refused, and what they make of a schema document. */
#include "support.h"

#include "config/hints.h"
#include "headrace/headrace.h"
#include "schema/apply.h"

static void wrong_hints_are_refused_in_plain_words(void **state)
{
    static const char *const cases[][2] = {
        {"[1]", "hints are a JSON object"},
        {"{\"a\":", "hints are not JSON: unexpected end of data at byte 5"},
        {"{\"primary_keys\":\"a\"}", "unknown hint \"primary_keys\"; did you mean primary_key?"},
        {"{\"primary_key\":1}", "primary_key takes a name or a list of names"},
        {"{\"primary_key\":[\"\"]}", "primary_key takes a name or a list of names"},
        {"{\"max_table_nesting\":1001}", "max_table_nesting takes a whole number from 0 to 1000"},
        {"{\"columns\":\"a\"}", "columns takes an object or a list of objects"},
        {"{\"on_conflict\":\"narrow\"}", "on_conflict takes variant or widen, not \"narrow\""},
        {"{\"write_disposition\":\"upend\"}",
         "write_disposition takes append, replace, merge, skip, or an object with "
         "\"disposition\", not \"upend\""},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_hints h;
        hr_error err = {0};

        assert_int_equal(hr_hints_parse(&h, cases[i][0], &err), HR_E_CONFIG);
        assert_string_equal(err.msg, cases[i][1]);
        assert_null(h.doc);
    }
}

static hr_status apply(hr_schema *s, const char *text, hr_error *err)
{
    const hr_naming naming = {0};
    hr_hints h;

    HR_TRY(hr_hints_parse(&h, text, err));
    hr_status st = hr_schema_apply_hints(s, &h, "R", "r", (hr_str){0}, &naming, err);
    hr_hints_release(&h);
    return st == HR_OK ? hr_schema_reindex(s, err) : st;
}

static void keys_belong_to_the_newest_hints(void **state)
{
    hr_schema *s = NULL;
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_schema_new(&s, "s", &err), &err, "new");
    assert_hr_ok(apply(s, "{\"primary_key\":[\"a\",\"B c\"],\"merge_key\":\"a\"}", &err), &err,
                 "1");
    hr_table *t = hr_schema_table(s, HR_STR("r"));
    assert_non_null(t);
    assert_string_equal(t->resource, "R");
    assert_int_equal(t->n_columns, 2);
    assert_string_equal(t->columns[1]->name, "b_c");
    assert_false(t->columns[1]->nullable);
    assert_hr_ok(
        apply(s, "{\"columns\":{\"a\":{\"data_type\":\"bigint\"}},\"primary_key\":\"d\"}", &err),
        &err, "2");
    t = hr_schema_table(s, HR_STR("r"));
    assert_string_equal(t->columns[1]->name, "a"); /* complete now: it moved */
    assert_int_equal(t->columns[1]->type, HR_TYPE_BIGINT);
    hr_buf text = {0};
    assert_hr_ok(hr_schema_write(s, &text, &err), &err, "write");
    assert_non_null(strstr(text.data, "\"b_c\":{\"name\":\"b_c\",\"nullable\":false}"));
    assert_non_null(
        strstr(text.data, "\"d\":{\"name\":\"d\",\"nullable\":false,\"primary_key\":true}"));
    assert_non_null(strstr(text.data, "\"merge_key\":true"));
    hr_buf_release(&text);
    hr_schema_free(s);
}

static void hints_that_cannot_be_meant_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"{\"columns\":{\"a\":{\"data_type\":\"int\"}}}",
         "resource R: columns: a: data_type takes text, double, bool, timestamp, bigint, json, "
         "decimal, wei, date, time or binary"},
        {"{\"columns\":{\"a\":{\"typ\":1}}}", "resource R: columns: a: unknown property \"typ\""},
        {"{\"columns\":{\"a\":1}}", "resource R: columns: a takes an object of properties"},
        {"{\"columns\":[{\"data_type\":\"text\"}]}",
         "resource R: columns: each of a list has a \"name\""},
        {"{\"references\":[{\"columns\":[\"a\"]}]}",
         "resource R: references: each has referenced_table, and as many columns as "
         "referenced_columns"},
        {"{\"nested_hints\":{\"a__b\":{}}}",
         "resource R: nested_hints: table r__a__b has no parent r__a; hint the tables in between, "
         "too"},
        {"{\"nested_hints\":{\"a\":{\"colums\":{}}}}",
         "nested_hints: a: unknown hint \"colums\"; did you mean columns?"},
        {"{\"write_disposition\":{\"disposition\":\"merge\",\"stratgy\":\"scd2\"}}",
         "write_disposition: there is no option \"stratgy\"; did you mean strategy?"},
        {"{\"additional_table_hints\":{\"parent\":\"x\"}}",
         "resource R: additional_table_hints: \"parent\" is neither a description nor begins with "
         "x-"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_schema *s = NULL;
        hr_error err = {0};

        assert_hr_ok(hr_schema_new(&s, "s", &err), &err, "new");
        assert_int_not_equal(apply(s, cases[i][0], &err), HR_OK);
        assert_string_equal(err.msg, cases[i][1]);
        hr_schema_free(s);
    }
}

static void scd2_makes_its_columns(void **state)
{
    hr_schema *s = NULL;
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_schema_new(&s, "s", &err), &err, "new");
    assert_hr_ok(apply(s,
                       "{\"write_disposition\":{\"disposition\":\"merge\",\"strategy\":\"scd2\","
                       "\"validity_column_names\":[\"From\",\"till\"]}}",
                       &err),
                 &err, "scd2");
    const hr_table *t = hr_schema_table(s, HR_STR("r"));
    assert_int_equal(t->n_columns, 3);
    assert_string_equal(t->columns[0]->name, "from");
    assert_int_equal(t->columns[1]->type, HR_TYPE_TIMESTAMP);
    assert_string_equal(t->columns[2]->name, "_dlt_id");
    assert_string_equal(t->write_disposition, "merge");
    hr_schema_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_hints_are_refused_in_plain_words),
        cmocka_unit_test(keys_belong_to_the_newest_hints),
        cmocka_unit_test(hints_that_cannot_be_meant_are_refused),
        cmocka_unit_test(scd2_makes_its_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
