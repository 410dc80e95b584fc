/* What the properties of tables and columns come to. */
#include "test_data.h"

#include "headrace/headrace.h"
#include "schema/strategy.h"
#include "json/json.h"

static hr_error err;

static hr_schema *new_schema(void)
{
    hr_schema *s = NULL;

    assert_hr_ok(hr_schema_new(&s, "shop", &err), &err, "new");
    return s;
}

static hr_table *add_table(hr_schema *s, const char *name, const char *parent)
{
    hr_table *t = NULL;
    const hr_str above = parent ? hr_str_from(parent) : (hr_str){0};

    assert_hr_ok(hr_schema_add_table(s, hr_str_from(name), above, parent ? NULL : name,
                                     parent ? NULL : "append", &t, &err),
                 &err, name);
    return t;
}

static hr_column *add_column(hr_schema *s, hr_table *t, const char *name)
{
    const hr_column_spec spec = {.name = hr_str_from(name), .type = HR_TYPE_TEXT};
    hr_column *c = NULL;

    assert_hr_ok(hr_table_add_column(s, t, &spec, &c, &err), &err, name);
    return c;
}

static void set_text(hr_schema *s, hr_table *t, const char *property, const char *value)
{
    hr_json_mval *val = value ? yyjson_mut_strcpy(s->doc, value) : NULL;

    assert_hr_ok(hr_table_set(s, t, property, val, &err), &err, property);
}

static void set_flag(hr_schema *s, hr_column *c, const char *property, bool value)
{
    assert_hr_ok(hr_column_set(s, c, property, yyjson_mut_bool(s->doc, value), &err), &err,
                 property);
}

static hr_merge merge_of(const hr_table *t)
{
    hr_merge merge = HR_MERGE_NONE;

    assert_hr_ok(hr_table_merge(t, &merge, &err), &err, "merge");
    return merge;
}

static void fields_show_properties(void **state)
{
    hr_schema *s = new_schema(), *copy = NULL;
    hr_table *t = add_table(s, "t", NULL);
    hr_column *c = add_column(s, t, "c");

    (void)state;
    assert_false(c->primary_key || c->merge_key || c->unique || c->row_key || c->root_key);
    assert_false(c->hard_delete || c->valid_from || c->valid_to || c->row_version);
    assert_int_equal(c->dedup_sort, HR_DEDUP_NONE);
    set_flag(s, c, "primary_key", true);
    set_flag(s, c, "merge_key", true);
    set_flag(s, c, "hard_delete", true);
    set_flag(s, c, "x-valid-from", true);
    set_flag(s, c, "x-valid-to", true);
    set_flag(s, c, "x-row-version", true);
    assert_hr_ok(hr_column_set(s, c, "dedup_sort", yyjson_mut_str(s->doc, "desc"), &err), &err,
                 "dedup_sort");
    assert_hr_ok(hr_column_set(s, c, "x-active-record-timestamp",
                               yyjson_mut_str(s->doc, "9999-12-31"), &err),
                 &err, "active");
    set_text(s, t, "x-replace-strategy", "insert-from-staging");
    set_text(s, t, "x-boundary-timestamp", "2026-01-01");
    set_text(s, t, "x-merge-source-filter", "a > 1");
    set_text(s, t, "x-merge-destination-scope", "b > 1");
    assert_hr_ok(hr_table_set(s, t, "x-merge-skip-unchanged-rows", yyjson_mut_true(s->doc), &err),
                 &err, "skip");

    /* The same, read from the document. */
    assert_hr_ok(hr_schema_copy(&copy, s, &err), &err, "copy");
    const hr_table *there = hr_schema_table(copy, HR_STR("t"));
    const hr_column *read = hr_table_column(there, HR_STR("c"));
    assert_true(read->primary_key && read->merge_key && read->hard_delete && read->valid_from &&
                read->valid_to && read->row_version);
    assert_int_equal(read->dedup_sort, HR_DEDUP_DESC);
    assert_string_equal(read->active_record_timestamp, "9999-12-31");
    assert_string_equal(there->replace_strategy, "insert-from-staging");
    assert_string_equal(there->boundary_timestamp, "2026-01-01");
    assert_string_equal(there->merge_source_filter, "a > 1");
    assert_string_equal(there->merge_destination_scope, "b > 1");
    assert_true(there->merge_skip_unchanged_rows);
    hr_schema_free(copy);

    set_flag(s, c, "primary_key", false);
    set_text(s, t, "x-replace-strategy", NULL);
    assert_false(c->primary_key);
    assert_null(t->replace_strategy);
    assert_int_equal(hr_column_set(s, c, "dedup_sort", yyjson_mut_str(s->doc, "downwards"), &err),
                     HR_E_PARSE);
    assert_non_null(strstr(err.msg, "table t, column c: dedup_sort"));
    hr_schema_free(s);
}

static void new_columns_show_what_settings_say(void **state)
{
    hr_schema *s = new_schema();
    hr_table *t = add_table(s, "t", NULL), *child = add_table(s, "t__l", "t");

    (void)state;
    const hr_column *id = add_column(s, t, "_dlt_id");
    assert_true(id->unique && id->row_key && !id->nullable);
    assert_true(add_column(s, child, "_dlt_parent_id")->parent_key);
    assert_true(add_column(s, child, "_dlt_root_id")->root_key);
    assert_ptr_equal(hr_table_first(t, hr_is_row_key), id);
    assert_null(hr_table_first(t, hr_is_root_key));
    assert_ptr_equal(hr_table_root(s, child), t);
    assert_ptr_equal(hr_table_root(s, t), t);
    hr_schema_free(s);
}

static void strategies_and_row_ids(void **state)
{
    static const struct {
        const char *strategy;
        hr_merge merge;
        hr_row_ids ids;
    } cases[] = {
        {NULL, HR_MERGE_DELETE_INSERT, HR_ROW_IDS_NEW},
        {"delete-insert", HR_MERGE_DELETE_INSERT, HR_ROW_IDS_NEW},
        {"upsert", HR_MERGE_UPSERT, HR_ROW_IDS_KEY},
        {"insert-only", HR_MERGE_INSERT_ONLY, HR_ROW_IDS_KEY},
        {"scd2", HR_MERGE_SCD2, HR_ROW_IDS_NEW},
    };
    hr_schema *s = new_schema();
    hr_table *t = add_table(s, "t", NULL);
    hr_merge merge;

    (void)state;
    set_text(s, t, "x-merge-strategy", "scd2");
    assert_int_equal(merge_of(t), HR_MERGE_NONE); /* the disposition is append */
    assert_hr_ok(hr_table_set_disposition(s, t, "merge", &err), &err, "merge");
    for (size_t i = 0; i < N_OF(cases); i++) {
        set_text(s, t, "x-merge-strategy", cases[i].strategy);
        assert_int_equal(merge_of(t), cases[i].merge);
        assert_int_equal(hr_table_row_ids(t), cases[i].ids);
    }
    set_flag(s, add_column(s, t, "_dlt_id"), "x-row-version", true);
    assert_int_equal(hr_table_row_ids(t), HR_ROW_IDS_ROW);

    set_text(s, t, "x-merge-strategy", "cdc");
    assert_int_equal(hr_table_merge(t, &merge, &err), HR_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "cdc"));
    set_text(s, t, "x-merge-strategy", "magic");
    assert_int_equal(hr_table_merge(t, &merge, &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "\"magic\""));
    hr_schema_free(s);
}

static void assert_config(const hr_schema *s, const char *want)
{
    const yyjson_mut_val *normalizers = hr_json_get(yyjson_mut_doc_get_root(s->doc), "normalizers");
    const yyjson_mut_val *config = hr_json_get(hr_json_get(normalizers, "json"), "config");
    hr_buf out = {0};

    if (config)
        assert_hr_ok(hr_json_write(config, true, NULL, &out, &err), &err, "config");
    hr_buf_addz(&out, "");
    assert_str_equal(hr_buf_str(&out), hr_str_from(want), "config");
    hr_buf_release(&out);
}

static void settle(hr_schema *s, const hr_table *t)
{
    assert_hr_ok(hr_schema_settle_root_key(s, t, &err), &err, "settle");
}

static void root_keys_are_noted(void **state)
{
    hr_schema *s = new_schema();
    hr_table *t = add_table(s, "t", NULL), *u = add_table(s, "u", NULL);

    (void)state;
    settle(s, t);
    assert_config(s, "");
    assert_false(hr_schema_has_root_key(s, t));
    assert_hr_ok(hr_table_set_disposition(s, t, "merge", &err), &err, "merge");
    set_text(s, t, "x-merge-strategy", "scd2");
    settle(s, t);
    assert_config(s, "");
    set_text(s, t, "x-merge-strategy", NULL);
    settle(s, t);
    settle(s, t);
    assert_config(s, "{\"propagation\":{\"tables\":{\"t\":{\"_dlt_id\":\"_dlt_root_id\"}}}}");
    assert_true(hr_schema_has_root_key(s, t));
    assert_false(hr_schema_has_root_key(s, u));

    add_column(s, add_table(s, "u__l", "u"), "_dlt_root_id");
    settle(s, u);
    assert_true(hr_schema_has_root_key(s, u));
    hr_schema_free(s);
}

static void root_keys_can_be_asked_for(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        hr_schema *s = new_schema();
        hr_table *t = add_table(s, "t", NULL);
        yyjson_mut_val *json =
            hr_json_get(hr_json_get(yyjson_mut_doc_get_root(s->doc), "normalizers"), "json");
        yyjson_mut_val *config = yyjson_mut_obj(s->doc);

        assert_true(yyjson_mut_obj_add_bool(s->doc, config, "root_key_propagation", asked) &&
                    yyjson_mut_obj_add_val(s->doc, json, "config", config));
        assert_hr_ok(hr_table_set_disposition(s, t, asked ? "append" : "merge", &err), &err, "t");
        settle(s, t);
        assert_int_equal(hr_schema_has_root_key(s, t), asked);
        hr_schema_free(s);
    }
}

static void root_keys_are_asked_for_by_a_setting(void **state)
{
    hr_schema *s = new_schema();
    hr_table *t = add_table(s, "t", NULL);

    (void)state;
    assert_hr_ok(hr_schema_ask_root_key(s, true, &err), &err, "ask");
    assert_config(s, "{\"root_key_propagation\":true}");
    settle(s, t);
    assert_true(hr_schema_has_root_key(s, t));
    hr_schema_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_show_properties),
        cmocka_unit_test(new_columns_show_what_settings_say),
        cmocka_unit_test(strategies_and_row_ids),
        cmocka_unit_test(root_keys_are_noted),
        cmocka_unit_test(root_keys_can_be_asked_for),
        cmocka_unit_test(root_keys_are_asked_for_by_a_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
