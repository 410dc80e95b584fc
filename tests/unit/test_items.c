#include "support.h"

#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/items.h"
#include "support/shred.h"

/* The items of a page as compact JSON, one a line; or the error. */
static void read_all(hr_items *it, const hr_page *page, hr_buf *out)
{
    yyjson_val *item = NULL;
    hr_error err;
    hr_status st = hr_items_begin(it, page, &err);

    while (st == HR_OK && (st = hr_items_next(it, &item, &err)) == HR_OK && item) {
        char *text = yyjson_val_write(item, 0, NULL);

        assert_non_null(text);
        hr_buf_addf(out, "%s\n", text);
        free(text);
    }
    if (st != HR_OK)
        hr_buf_addf(out, "error: %s\n", err.msg);
    assert_int_equal(hr_buf_status(out, NULL), HR_OK);
}

static const struct items_case {
    const char *label;
    bool in_array, last;
    const char *text;
    const char *want;
} items_cases[] = {
    {"nothing", false, true, "", ""},
    {"white space", false, true, " \t\r\n ", ""},
    {"an object", false, true, "{\"a\":1}", "{\"a\":1}\n"},
    {"objects, one a line", false, true, "{\"a\":1}\n{\"a\":2}\r\n\n{}\n",
     "{\"a\":1}\n{\"a\":2}\n{}\n"},
    {"concatenated", false, true, "{}{\"a\":1}[1][2,3]\"s\"4 5",
     "{}\n{\"a\":1}\n1\n2\n3\n\"s\"\n4\n5\n"},
    {"an array", false, true, " [ {\"a\":1} , 2 , [3,[4]] , null ] ",
     "{\"a\":1}\n2\n[3,[4]]\nnull\n"},
    {"empty arrays", false, true, "[] [ ] [[]]", "[]\n"},
    {"several arrays", false, true, "[1,2]\n[3]", "1\n2\n3\n"},
    {"scalars", false, true, "1 \"x\" true false null 1.5 -0",
     "1\n\"x\"\ntrue\nfalse\nnull\n1.5\n0\n"},
    {"long numbers and what follows them", false, true,
     "[18446744073709551616,1e400,{\"a\":18446744073709551616},-18446744073709551616] "
     "18446744073709551616\n5",
     "18446744073709551616\n1e400\n{\"a\":18446744073709551616}\n-18446744073709551616\n"
     "18446744073709551616\n5\n"},
    {"inside an array, more to come", true, false, ",1,{\"a\":2}", "1\n{\"a\":2}\n"},
    {"inside an array, nothing here", true, false, " \n", ""},
    {"inside an array, its end", true, true, ", 1 ]\n", "1\n"},
    {"inside an array, only its end", true, true, "]", ""},
    {"the array ends, others begin", true, false, ",1] {\"a\":2} [3", "1\n{\"a\":2}\n3\n"},

    /* errors: line and byte are those of the input, as the page begins at line 11, byte 100 */
    {"the array does not end", true, true, ",1",
     "1\nerror: in: line 11, byte 102: the text ends "
     "inside an array\n"},
    {"nor here", false, true, "[1,\n2",
     "1\n2\nerror: in: line 12, byte 105: the text ends inside an "
     "array\n"},
    {"a comma and nothing", false, true, "[1,",
     "1\nerror: in: line 11, byte 103: the text ends "
     "where a value should come\n"},
    {"a comma too much", false, true, "[1,]", "1\nerror: in: line 11, byte 103: "},
    {"a comma first", false, true, "[,1]", "error: in: line 11, byte 101: "},
    {"no comma", false, true, "[1 2]", "1\nerror: in: line 11, byte 103: expected ',' or ']'"},
    {"an object cut short", false, true,
     "{\"a\":1}\n{\"a\":", "{\"a\":1}\nerror: in: line 12, byte 113"},
    {"no JSON", false, true, "{}\n\n  hello", "{}\nerror: in: line 13, byte 106: "},
    {"a bracket too much", false, true, "{}]", "{}\nerror: in: line 11, byte 102: "},
    {"a lone comma at the top", false, true, "{},{}", "{}\nerror: in: line 11, byte 102: "},
    {"a control character", false, true, "\"a\nb\"", "error: in: line 11, byte 102: "},
    {"a lone surrogate", false, true, "{\"a\":\"\\ud800\"}", "error: in: line 11, byte 1"},
    {"bytes that are no UTF-8", false, true, "{\"a\":\"\xff\"}", "error: in: line 11, byte 106: "},
    {"NaN", false, true, "[NaN]", "error: in: line 11, byte 101: "},
    {"Infinity", false, true, "[-Infinity]", "error: in: line 11, byte 1"},
    {"a leading zero", false, true, "[01]", "error: in: line 11, byte 1"},
    {"a date", false, true, "2024-11-22",
     "error: in: line 11, byte 104: unexpected character behind"},
    {"words run together", false, true, "nulltrue", "error: in: line 11, byte 104: unexpected"},
    {"a number run on", false, true, "1.5.2", "error: in: line 11, byte 103: unexpected"},
    {"a comment", false, true, "/* x */ 1", "error: in: line 11, byte 100: "},
};

/* One reader goes through all pages, so what one leaves behind would show in the next. */
static void pages_give_their_items(void **state)
{
    hr_items it = {0};

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N_OF(items_cases); i++) {
            const struct items_case *c = &items_cases[i];
            hr_page page = test_page(hr_str_from(c->text));
            hr_buf got = {0};

            page.in_array = c->in_array;
            page.last_of_input = c->last;
            page.line = 11;
            page.offset = 100;
            read_all(&it, &page, &got);
            if (!hr_str_starts(hr_buf_str(&got), hr_str_from(c->want)) ||
                (!strstr(c->want, "error") && got.len != strlen(c->want)))
                fail_msg("%s:\n--- got\n%s--- want\n%s", c->label, got.data ? got.data : "",
                         c->want);
            assert_memory_equal(page.data, c->text, page.len);
            hr_buf_release(&got);
            hr_free(page.data);
        }
    }
    hr_items_release(&it);
    hr_items_release(&it);
}

static void a_page_can_be_gone_through_again(void **state)
{
    hr_page page = test_page(HR_STR("[{\"a\":\"x\\ny\"},18446744073709551616,2]"));
    hr_items it = {0};
    hr_buf first = {0}, second = {0};

    (void)state;
    read_all(&it, &page, &first);
    read_all(&it, &page, &second);
    assert_str_equal(hr_buf_str(&second), hr_buf_str(&first), "again");
    assert_int_equal(it.n, 3);
    hr_buf_release(&first);
    hr_buf_release(&second);
    hr_items_release(&it);
    hr_free(page.data);
}

static void where_an_item_begins_is_known(void **state)
{
    hr_page page = test_page(HR_STR("[1,\n  {\"a\":2},\n3]"));
    static const size_t starts[] = {1, 6, 15};
    static const uint64_t lines[] = {1, 2, 3};
    hr_items it = {0};
    yyjson_val *item = NULL;
    hr_error err;

    (void)state;
    assert_hr_ok(hr_items_begin(&it, &page, &err), &err, "begin");
    for (size_t i = 0; i < N_OF(starts); i++) {
        assert_hr_ok(hr_items_next(&it, &item, &err), &err, "next");
        assert_int_equal(it.item_start, starts[i]);
        assert_int_equal(hr_page_line(&page, it.item_start), lines[i]);
    }
    hr_items_release(&it);
    hr_free(page.data);
}

/* A large item grows the reader's memory, which the next pages do without. */
static void memory_of_large_items_is_given_back(void **state)
{
    enum { N = 2000000 };
    hr_buf text = {0};
    hr_items it = {0};
    yyjson_val *item = NULL;
    hr_error err;

    (void)state;
    hr_buf_addz(&text, "[[0");
    for (int i = 1; i < N; i++)
        hr_buf_add(&text, HR_STR(",    1234"));
    hr_buf_addz(&text, "],2]");
    hr_page page = test_page(hr_buf_str(&text));
    assert_hr_ok(hr_items_begin(&it, &page, &err), &err, "begin");
    assert_hr_ok(hr_items_next(&it, &item, &err), &err, "next");
    assert_int_equal(yyjson_arr_size(item), N);
    assert_true(it.pool_cap > N * sizeof(yyjson_val));
    assert_hr_ok(hr_items_next(&it, &item, &err), &err, "next");
    assert_int_equal(yyjson_get_int(item), 2);
    assert_hr_ok(hr_items_next(&it, &item, &err), &err, "end");
    assert_null(item);
    assert_int_equal(it.pool_cap + it.text_cap, 0);
    hr_free(page.data);
    page = test_page(HR_STR("7"));
    assert_hr_ok(hr_items_begin(&it, &page, &err), &err, "begin again");
    assert_hr_ok(hr_items_next(&it, &item, &err), &err, "next");
    assert_int_equal(yyjson_get_int(item), 7);
    hr_items_release(&it);
    hr_free(page.data);
    hr_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_give_their_items),
        cmocka_unit_test(a_page_can_be_gone_through_again),
        cmocka_unit_test(where_an_item_begins_is_known),
        cmocka_unit_test(memory_of_large_items_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
