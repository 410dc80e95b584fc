#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "config/doc.h"
#include "config/yaml_write.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* What is written is read back as the same JSON. */
static void comes_back(const char *json)
{
    yyjson_mut_doc *doc = NULL;
    hr_buf yaml = {0}, again = {0};
    hr_doc *read = NULL;
    hr_error err = {0};

    assert_int_equal(hr_json_parse(hr_str_from(json), &doc, &err), HR_OK);
    assert_int_equal(hr_yaml_write(yyjson_mut_doc_get_root(doc), &yaml, &err), HR_OK);
    if (hr_doc_parse_yaml(&read, hr_buf_str(&yaml), "yaml", &err) != HR_OK)
        fail_msg("%s: %s\n%s", json, err.msg, yaml.data);
    hr_json_keys keys = {0};
    assert_int_equal(hr_json_write_item(hr_doc_root(read), false, (hr_str){0}, &keys, &again, &err),
                     HR_OK);
    assert_string_equal(again.data, json);
    hr_free(keys.items);
    hr_doc_free(read);
    hr_buf_release(&yaml);
    hr_buf_release(&again);
    yyjson_mut_doc_free(doc);
}

static void test_values_come_back(void **state)
{
    (void)state;
    comes_back("{}");
    comes_back("{\"a\":{},\"b\":[],\"c\":[1,[2,{\"d\":null}]],\"e\":-1.5,\"f\":true}");
    comes_back("{\"on\":false,\"y\":\"y\",\"1\":\"1\",\"\":\"\",\"~\":\"~\",\"a: b\":\"#\"}");
}

static void test_texts_stay_texts(void **state)
{
    static const char *const texts[] = {
        "yes",  "No",  "null", "Null",   "~",      "",           " a",           "1",
        "0x1f", "1e3", ".5",   "-",      "- a",    "2024-01-01", "12:30",        "a: b",
        "a #b", "&a",  "*a",   "!a",     "%a",     "@a",         "{a",           "[a",
        "?",    "<<",  "=",    "a'b",    "a\\\"b", "a\\nb",      "a\\n\\n b\\n", "\\u0001",
        "é ü",  "😀",   "_dlt", "re:^a$", "+1",     "_1",         "a\\tb"};
    char json[64];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        (void)snprintf(json, sizeof(json), "{\"a\":\"%s\"}", texts[i]);
        comes_back(json);
    }
    comes_back("{\"a\":\"\xc2\x85\"}");
}

static void test_form_is_that_of_pyyaml(void **state)
{
    yyjson_mut_doc *doc = NULL;
    hr_buf yaml = {0};

    (void)state;
    assert_int_equal(
        hr_json_parse(HR_STR("{\"a\":{\"b\":[\"x\",2],\"c\":\"yes\"},\"d\":[]}"), &doc, NULL),
        HR_OK);
    assert_int_equal(hr_yaml_write(yyjson_mut_doc_get_root(doc), &yaml, NULL), HR_OK);
    assert_string_equal(yaml.data, "a:\n  b:\n  - x\n  - 2\n  c: 'yes'\nd: []\n");
    hr_buf_release(&yaml);
    yyjson_mut_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back),
        cmocka_unit_test(test_texts_stay_texts),
        cmocka_unit_test(test_form_is_that_of_pyyaml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
