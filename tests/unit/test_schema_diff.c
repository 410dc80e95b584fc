/* What is new between two versions of a schema. */
#include "support.h"

#include "schema/diff.h"

static hr_error err;

static hr_table *add_table(hr_schema *s, const char *name)
{
    hr_table *t = NULL;

    assert_hr_ok(hr_schema_add_table(s, hr_str_from(name), (hr_str){0}, name, "append", &t, &err),
                 &err, name);
    assert_hr_ok(hr_table_set_seen_data(s, t, &err), &err, name);
    return t;
}

static void add_column(hr_schema *s, hr_table *t, const char *name, hr_type type, bool variant)
{
    const hr_column_spec spec = {.name = hr_str_from(name), .type = type, .variant = variant};

    assert_hr_ok(hr_table_add_column(s, t, &spec, NULL, &err), &err, name);
}

static hr_schema *first_version(void)
{
    hr_schema *s = NULL;

    assert_hr_ok(hr_schema_new(&s, "shop", &err), &err, "new");
    hr_table *orders = add_table(s, "orders");
    add_column(s, orders, "id", HR_TYPE_BIGINT, false);
    add_column(s, orders, "note", HR_TYPE_NONE, false);
    return s;
}

static void expect(const hr_schema_changes *got, size_t i, hr_schema_change_kind kind,
                   const char *table, const char *column)
{
    assert_true(i < got->n);
    assert_int_equal(got->items[i].kind, kind);
    assert_string_equal(got->items[i].table, table);
    if (column)
        assert_string_equal(got->items[i].column, column);
    else
        assert_null(got->items[i].column);
}

static void test_all_is_new(void **state)
{
    hr_schema *s = first_version();
    hr_schema_changes got = {0};

    (void)state;
    assert_hr_ok(hr_schema_diff(NULL, s, &got, &err), &err, "diff");
    assert_int_equal(got.n, 2); /* no system tables, no incomplete column */
    expect(&got, 0, HR_NEW_TABLE, "orders", NULL);
    expect(&got, 1, HR_NEW_COLUMN, "orders", "id");
    assert_int_equal(got.items[1].type, HR_TYPE_BIGINT);
    hr_schema_changes_release(&got);
    hr_schema_free(s);
}

static void test_additions(void **state)
{
    hr_schema *before = first_version();
    hr_schema *after = NULL;
    hr_schema_changes got = {0};

    (void)state;
    assert_hr_ok(hr_schema_copy(&after, before, &err), &err, "copy");
    hr_table *orders = hr_schema_table(after, HR_STR("orders"));
    hr_column *id = hr_table_column(orders, HR_STR("id"));
    hr_column *note = hr_table_column(orders, HR_STR("note"));
    assert_hr_ok(hr_column_set_type(after, note, HR_TYPE_TEXT, -1, -1, &err), &err, "complete");
    assert_hr_ok(hr_column_set_type(after, id, HR_TYPE_DECIMAL, 38, 0, &err), &err, "widen");
    add_column(after, orders, "id__v_text", HR_TYPE_TEXT, true);
    add_column(after, add_table(after, "items"), "sku", HR_TYPE_TEXT, false);

    assert_hr_ok(hr_schema_diff(before, after, &got, &err), &err, "diff");
    assert_int_equal(got.n, 5);
    expect(&got, 0, HR_NEW_TYPE, "orders", "id");
    assert_int_equal(got.items[0].before, HR_TYPE_BIGINT);
    assert_int_equal(got.items[0].type, HR_TYPE_DECIMAL);
    expect(&got, 1, HR_NEW_COLUMN, "orders", "note");
    expect(&got, 2, HR_NEW_VARIANT, "orders", "id__v_text");
    expect(&got, 3, HR_NEW_TABLE, "items", NULL);
    expect(&got, 4, HR_NEW_COLUMN, "items", "sku");
    hr_schema_changes_release(&got);

    assert_hr_ok(hr_schema_diff(after, after, &got, &err), &err, "same");
    assert_int_equal(got.n, 0);
    hr_schema_changes_release(&got);
    hr_schema_free(before);
    hr_schema_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_new),
        cmocka_unit_test(test_additions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
