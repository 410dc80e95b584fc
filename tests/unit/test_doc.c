/* Documents: what YAML's scalars are, where values stand, what is refused. */
#include "support.h"

#include <stdlib.h>

#include "config/doc.h"
#include "headrace/headrace.h"

static hr_doc *parse(const char *text)
{
    hr_doc *doc = NULL;
    hr_error err = {0};

    assert_hr_ok(hr_doc_parse_yaml(&doc, hr_str_from(text), "f.yaml", &err), &err, text);
    return doc;
}

static void assert_json(const hr_doc *doc, const char *want, const char *label)
{
    size_t n = 0;
    char *json = yyjson_val_write(hr_doc_root(doc), 0, &n);

    assert_non_null(json);
    assert_str_equal((hr_str){json, n}, hr_str_from(want), label);
    free(json);
}

static const struct {
    const char *yaml;
    const char *json;
} values[] = {
    {"", "null"},
    {"# nothing", "null"},
    {"[~, null, Null, NULL, ]", "[null,null,null,null]"},
    {"[true, True, FALSE, yes, no, on, off, y]",
     "[true,true,false,\"yes\",\"no\",\"on\",\"off\",\"y\"]"},
    {"[0, -1, +7, 007, 0x1F, 0o17, 0b1, 1_000]", "[0,-1,7,7,31,15,\"0b1\",\"1_000\"]"},
    {"[9223372036854775807, -9223372036854775808, 18446744073709551615]",
     "[9223372036854775807,-9223372036854775808,18446744073709551615]"},
    {"[18446744073709551616, -9223372036854775809, +00018446744073709551616, "
     "-00009223372036854775809]",
     "[18446744073709551616,-9223372036854775809,18446744073709551616,-9223372036854775809]"},
    {"[1.5, .5, 1., 1e3, -2.5E-1, 1.2.3, ., e3]",
     "[1.5,0.5,1.0,1000.0,-0.25,\"1.2.3\",\".\",\"e3\"]"},
    {"[2024-01-01, 12:30:45, \"1\", '2', !!str 3]",
     "[\"2024-01-01\",\"12:30:45\",\"1\",\"2\",\"3\"]"},
    {"{1: a, yes: b, ~: c}", "{\"1\":\"a\",\"yes\":\"b\",\"~\":\"c\"}"},
    {"a: &x {k: [1, 2]}\nb: *x\nc: *x",
     "{\"a\":{\"k\":[1,2]},\"b\":{\"k\":[1,2]},\"c\":{\"k\":[1,2]}}"},
    {"a: |\n  x\n  y\nb: >\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\"}"},
    {"\xEF\xBB\xBF"
     "a: Gr\xC3\xBC\xC3\x9F"
     "e",
     "{\"a\":\"Gr\xC3\xBC\xC3\x9F"
     "e\"}"},
    {"---\na: 1\n...\n", "{\"a\":1}"},
};

static void yaml_is_read_by_the_core_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(values); i++) {
        hr_doc *doc = parse(values[i].yaml);

        assert_json(doc, values[i].json, values[i].yaml);
        hr_doc_free(doc);
    }
}

static const struct {
    const char *yaml;
    const char *message;
} refusals[] = {
    {"a: 1\nb: 2\na: 3", "f.yaml:3:1: key \"a\" stands in this object twice"},
    {"a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins; a file holds one"},
    {"? [a]\n: b", "f.yaml:1:3: a key is a text, not a list or an object"},
    {"a: [1, .inf]", "f.yaml:1:8: infinity and \"not a number\" cannot be used here"},
    {"a: 1e999", "f.yaml:1:4: this number is larger than a double can be"},
    {"a: 0xFFFFFFFFFFFFFFFFF", "f.yaml:1:4: a number in 0x or 0o has at most 64 bits"},
    {"a: !!binary aGk=", "f.yaml:1:4: tags other than !!str"},
    {"a: &x {k: 1}\nb:\n  <<: *x", "f.yaml:3:3: merge keys (<<)"},
    {"a: *x", "f.yaml:1:4: no anchor of this name stands before this alias"},
    {"a: &x [*x]", "f.yaml:1:8: this alias stands inside of what it names"},
    {"a: [1", "f.yaml:2:1: not YAML: did not find expected ',' or ']'"},
    {"a:\n\t- b", "f.yaml:2:1: not YAML: found character that cannot start any token"},
    {"a: \xFF", "f.yaml: not YAML: "},
};

static void what_is_wrong_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(refusals); i++) {
        hr_doc *doc = NULL;
        hr_error err = {0};

        assert_int_equal(hr_doc_parse_yaml(&doc, hr_str_from(refusals[i].yaml), "f.yaml", &err),
                         HR_E_CONFIG);
        assert_null(doc);
        if (strncmp(err.msg, refusals[i].message, strlen(refusals[i].message)) != 0)
            fail_msg("%s: %s", refusals[i].yaml, err.msg);
    }
}

/* Each alias doubles what it names. */
static void aliases_cannot_blow_up(void **state)
{
    hr_buf text = {0};
    hr_doc *doc = NULL;
    hr_error err = {0};

    (void)state;
    hr_buf_addz(&text, "a0: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++)
        hr_buf_addf(&text, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    assert_int_equal(hr_doc_parse_yaml(&doc, hr_buf_str(&text), "bomb.yaml", &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "aliases make the document too long"));
    hr_buf_reset(&text);
    hr_buf_addz(&text, "a0: &a0 [x]\n");
    for (int i = 1; i < 200; i++)
        hr_buf_addf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    assert_int_equal(hr_doc_parse_yaml(&doc, hr_buf_str(&text), "deep.yaml", &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "aliases nest the document too deeply"));
    hr_buf_release(&text);
}

static void depth_is_bounded(void **state)
{
    char text[2 * HR_DOC_DEPTH + 2] = {0};
    hr_doc *doc = NULL;
    hr_error err = {0};

    (void)state;
    memset(text, '[', HR_DOC_DEPTH);
    memset(text + HR_DOC_DEPTH, ']', HR_DOC_DEPTH);
    assert_hr_ok(hr_doc_parse_yaml(&doc, hr_str_from(text), "d", &err), &err, "yaml");
    hr_doc_free(doc);
    assert_hr_ok(hr_doc_parse_json(&doc, hr_str_from(text), "d", &err), &err, "json");
    hr_doc_free(doc);
    memset(text, '[', HR_DOC_DEPTH + 1);
    memset(text + HR_DOC_DEPTH + 1, ']', HR_DOC_DEPTH);
    assert_int_equal(hr_doc_parse_yaml(&doc, hr_str_from(text), "d", &err), HR_E_CONFIG);
    memset(text, '{', 1);
    assert_int_equal(hr_doc_parse_json(&doc, hr_str_from("{\"a\":1"), "d", &err), HR_E_CONFIG);
}

static void assert_place(const hr_doc *doc, const yyjson_val *val, const char *want)
{
    hr_buf place = {0};

    hr_doc_add_place(doc, val, &place);
    assert_str_equal(hr_buf_str(&place), hr_str_from(want), want);
    hr_buf_release(&place);
}

static void places_are_those_of_the_text(void **state)
{
    hr_doc *doc = parse("a:\n  b: [1, {c: x}]\nd: &q {e: f}\ng: *q\nh: 1");

    (void)state;
    assert_place(doc, yyjson_ptr_get(hr_doc_root(doc), "/a/b/1/c"), "f.yaml:2:14");
    assert_place(doc, yyjson_ptr_get(hr_doc_root(doc), "/g/e"), "f.yaml:3:11");
    assert_place(doc, yyjson_ptr_get(hr_doc_root(doc), "/h"), "f.yaml:5:4");
    assert_place(doc, hr_doc_root(doc), "f.yaml:1:1");
    hr_doc_free(doc);
}

static void json_has_paths(void **state)
{
    hr_error err = {0};
    hr_doc *doc = NULL;

    (void)state;
    assert_hr_ok(
        hr_doc_parse_json(&doc, HR_STR("{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":[]}"), "hints", &err),
        &err, "json");
    assert_place(doc, yyjson_ptr_get(hr_doc_root(doc), "/a/b/1/c"), "hints: a.b[1].c");
    assert_place(doc, yyjson_ptr_get(hr_doc_root(doc), "/d"), "hints: d");
    assert_place(doc, hr_doc_root(doc), "hints");
    hr_doc_free(doc);
    assert_int_equal(hr_doc_parse_json(&doc, HR_STR("{\"a\":[{\"b\":1,\"b\":2}]}"), "hints", &err),
                     HR_E_CONFIG);
    assert_string_equal(err.msg, "hints: a[0].b: this key stands here twice");
    assert_int_equal(hr_doc_parse_json(&doc, HR_STR("{\n \"a\": tru}"), "hints", &err),
                     HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "hints:2:7: not JSON"));
}

static hr_status shout(void *ctx, const hr_doc *doc, const yyjson_val *val, hr_buf *out,
                       bool *changed, hr_error *err)
{
    union {
        const yyjson_val *in;
        yyjson_val *out;
    } v = {.in = val};
    const char *text = yyjson_get_str(v.out);

    (void)ctx;
    if (strcmp(text, "bad") == 0)
        return hr_doc_fail(doc, val, err, HR_E_CONFIG, "bad");
    *changed = strcmp(text, "loud") == 0;
    hr_buf_addz(out, "LOUDER");
    return HR_OK;
}

static void texts_can_be_expanded(void **state)
{
    hr_doc *doc = parse("loud: loud\nlist: [quiet, loud, {x: loud}]\nn: 1");
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_doc_expand(doc, shout, NULL, &err), &err, "expand");
    assert_json(doc,
                "{\"loud\":\"LOUDER\",\"list\":[\"quiet\",\"LOUDER\",{\"x\":\"LOUDER\"}],\"n\":1}",
                "expanded");
    yyjson_val *x = yyjson_ptr_get(hr_doc_root(doc), "/list/2/x");
    assert_place(doc, x, "f.yaml:2:25");
    assert_true(hr_doc_is_expanded(doc, x));
    assert_false(hr_doc_is_expanded(doc, yyjson_ptr_get(hr_doc_root(doc), "/list/0")));
    hr_doc_free(doc);

    doc = parse("a: loud\nb: bad");
    assert_int_equal(hr_doc_expand(doc, shout, NULL, &err), HR_E_CONFIG);
    assert_string_equal(err.msg, "f.yaml:2:4: bad");
    assert_json(doc, "{\"a\":\"loud\",\"b\":\"bad\"}", "as it was");
    hr_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaml_is_read_by_the_core_schema),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(aliases_cannot_blow_up),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(places_are_those_of_the_text),
        cmocka_unit_test(json_has_paths),
        cmocka_unit_test(texts_can_be_expanded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
