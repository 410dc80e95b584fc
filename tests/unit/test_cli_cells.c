/* Arrow values as text. Arrays are made by hand: a format, buffers and a length. */
#include "support.h"

#include <limits.h>
#include <stdlib.h>

/* The program is not in the library, so what is tested of it comes along as source. */
#include "cli/cell.c"
#include "cli/cell_time.c"
#include "cli/cell_type.c"
#include "cli/text.c"
#include "cli/utf8.c"

/* The value of row 0 of an array with one buffer of values, as "kind:text". */
static const char *show(const char *format, const char *metadata, const void *const *buffers,
                        int64_t n_buffers, int64_t offset)
{
    static const char kinds[] = "0tnbj";
    static char shown[256];
    const struct ArrowSchema schema = {.format = format, .name = "c", .metadata = metadata};
    const struct ArrowArray array = {
        .length = 1,
        .offset = offset,
        .n_buffers = n_buffers,
        .buffers = (const void **)(uintptr_t)buffers,
    };
    cli_type *t = NULL;
    cli_text out = {0};
    hr_error err = {0};

    assert_hr_ok(cli_type_new(&t, &schema, &err), &err, format);
    const cli_cell_kind kind = cli_cell_add(&out, t, &array, 0, ' ');
    (void)snprintf(shown, sizeof(shown), "%c:%s", kinds[kind], cli_text_z(&out));
    cli_text_release(&out);
    cli_type_free(t);
    return shown;
}

static const char *show_value(const char *format, const void *value)
{
    return show(format, NULL, (const void *[]){NULL, value}, 2, 0);
}

#define I(type, v) (&(const type){v})

static void fixed_width_values(void **state)
{
    (void)state;
    const struct fixed_case {
        const char *format;
        const void *value;
        const char *want;
    } cases[] = {
        {"b", I(uint8_t, 1), "b:true"},
        {"b", I(uint8_t, 2), "b:false"},
        {"c", I(int8_t, INT8_MIN), "n:-128"},
        {"C", I(uint8_t, 255), "n:255"},
        {"s", I(int16_t, -2), "n:-2"},
        {"S", I(uint16_t, UINT16_MAX), "n:65535"},
        {"i", I(int32_t, INT32_MIN), "n:-2147483648"},
        {"I", I(uint32_t, UINT32_MAX), "n:4294967295"},
        {"l", I(int64_t, INT64_MIN), "n:-9223372036854775808"},
        {"l", I(int64_t, 9007199254740993), "n:9007199254740993"},
        {"L", I(uint64_t, UINT64_MAX), "n:18446744073709551615"},
        {"g", I(double, 0.1), "n:0.1"},
        {"g", I(double, 1.0), "n:1.0"},
        {"g", I(double, -0.0), "n:-0.0"},
        {"g", I(double, 1e300), "n:1e+300"},
        {"g", I(double, 5e-324), "n:4.94065645841247e-324"},
        {"g", I(double, 0.1 + 0.2), "n:0.30000000000000004"},
        {"g", I(double, INFINITY), "t:Infinity"},
        {"g", I(double, -INFINITY), "t:-Infinity"},
        {"g", I(double, NAN), "t:NaN"},
        {"f", I(float, 0.1F), "n:0.1"},
        {"f", I(float, 16777217.0F), "n:16777216.0"},
        {"tdD", I(int32_t, 0), "t:1970-01-01"},
        {"tdD", I(int32_t, -1), "t:1969-12-31"},
        {"tdD", I(int32_t, 11016), "t:2000-02-29"},
        {"tdD", I(int32_t, 2932897), "t:10000-01-01"},
        {"tdD", I(int32_t, -719893), "t:-0001-01-01"},
        {"tdD", I(int32_t, INT32_MAX), "t:infinity"},
        {"tdD", I(int32_t, -INT32_MAX), "t:-infinity"},
        {"tdm", I(int64_t, -1), "t:1969-12-31"},
        {"tts", I(int32_t, 86399), "t:23:59:59"},
        {"ttm", I(int32_t, 1), "t:00:00:00.001"},
        {"ttu", I(int64_t, 86400000000), "t:24:00:00"},
        {"ttn", I(int64_t, 1), "t:00:00:00.000000001"},
        {"tss:", I(int64_t, 0), "t:1970-01-01 00:00:00"},
        {"tsm:", I(int64_t, -1), "t:1969-12-31 23:59:59.999"},
        {"tsu:", I(int64_t, 1), "t:1970-01-01 00:00:00.000001"},
        {"tsu:UTC", I(int64_t, 1500000), "t:1970-01-01 00:00:01.500Z"},
        {"tsu:Europe/Berlin", I(int64_t, 0), "t:1970-01-01 00:00:00Z"},
        {"tsu:", I(int64_t, INT64_MIN), "t:-290308-12-21 19:59:05.224192"},
        {"tsu:", I(int64_t, INT64_MAX), "t:infinity"},
        {"tsu:", I(int64_t, -INT64_MAX), "t:-infinity"},
        {"tsn:", I(int64_t, INT64_MIN), "t:1677-09-21 00:12:43.145224192"},
        {"tDs", I(int64_t, INT64_MIN), "t:-PT9223372036854775808S"},
        {"tDm", I(int64_t, -1500), "t:-PT1.500S"},
        {"tiM", I(int32_t, 14), "t:1 year 2 months"},
        {"tiM", I(int32_t, 0), "t:00:00:00"},
    };

    for (size_t i = 0; i < N_OF(cases); i++)
        assert_string_equal(show_value(cases[i].format, cases[i].value), cases[i].want);
}

static void decimals_keep_every_digit(void **state)
{
    (void)state;
    const struct decimal_case {
        const char *format;
        int64_t high;
        uint64_t low;
        const char *want;
    } cases[] = {
        {"d:38,0", 0, 0, "n:0"},
        {"d:38,3", 0, 0, "n:0.000"},
        {"d:38,2", 0, 5, "n:0.05"},
        {"d:38,2", -1, (uint64_t)-150, "n:-1.50"},
        {"d:38,0", INT64_MAX, UINT64_MAX, "n:170141183460469231731687303715884105727"},
        {"d:38,0", INT64_MIN, 0, "n:-170141183460469231731687303715884105728"},
        {"d:38,38", 0, 1, "n:0.00000000000000000000000000000000000001"},
        {"d:3,-2", 0, 12, "n:1200"},
        {"d:4,2,32", 0, 1234, "n:12.34"},
        {"d:18,1,64", 0, (uint64_t)-5, "n:-0.5"},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        struct {
            uint64_t low;
            int64_t high;
        } value = {cases[i].low, cases[i].high};

        assert_string_equal(show_value(cases[i].format, &value), cases[i].want);
    }
}

static void null_comes_from_the_bitmap_and_the_offset(void **state)
{
    (void)state;
    const int32_t values[] = {7, 8, 9};
    const void *const buffers[] = {I(uint8_t, 4), values};

    assert_string_equal(show("i", NULL, buffers, 2, 1), "0:");
    assert_string_equal(show("i", NULL, buffers, 2, 2), "n:9");
    assert_string_equal(show("n", NULL, NULL, 0, 0), "0:");
}

static void text_and_bytes(void **state)
{
    (void)state;
    const int32_t offsets[] = {0, 3, 3};
    const int64_t wide[] = {0, 3};
    const void *const text[] = {NULL, offsets, "abcdef"};
    const void *const large[] = {NULL, wide, "abc"};
    const void *const bytes[] = {NULL, offsets, "\x00\xff\x10"};
    const struct {
        int32_t n;
        char data[12];
    } view = {5, "hello"};
    const struct {
        int32_t n;
        char prefix[4];
        int32_t buffer;
        int32_t offset;
    } far_view = {13, {'l', 'o', 'n', 'g'}, 0, 2};
    const void *const short_text[] = {NULL, &view};
    const void *const long_text[] = {NULL, &far_view, "..longer than 12", NULL};

    assert_string_equal(show("u", NULL, text, 3, 0), "t:abc");
    assert_string_equal(show("u", NULL, text, 3, 1), "t:");
    assert_string_equal(show("U", NULL, large, 3, 0), "t:abc");
    assert_string_equal(show("z", NULL, bytes, 3, 0), "t:00ff10");
    assert_string_equal(show("vu", NULL, short_text, 2, 0), "t:hello");
    assert_string_equal(show("vu", NULL, long_text, 4, 0), "t:longer than 1");
    assert_string_equal(show("w:2", NULL, (const void *[]){NULL, "\x01\x02\x03\x04"}, 2, 1),
                        "t:0304");
}

/* One extension name, and detail when there is one. */
static const char *metadata_of(const char *name, const char *detail)
{
    static char bytes[256];
    char *at = bytes;
    const char *const texts[] = {"ARROW:extension:name", name, "ARROW:extension:metadata", detail};

    memcpy(at, I(int32_t, 2), 4);
    at += 4;
    for (size_t i = 0; i < N_OF(texts); i++) {
        const int32_t n = (int32_t)strlen(texts[i]);

        memcpy(at, &n, 4);
        memcpy(at + 4, texts[i], (size_t)n);
        at += 4 + n;
    }
    return bytes;
}

static const char *show_extension(const char *format, const char *name, const char *detail,
                                  const void *values)
{
    return show(format, metadata_of(name, detail), (const void *[]){NULL, values}, 2, 0);
}

static void extension_types(void **state)
{
    (void)state;
    const int32_t offsets[] = {0, 7, 9};
    const void *const json[] = {NULL, offsets, "{\"a\":1}{]"};
    const int32_t bit_offsets[] = {0, 2};
    const void *const bits[] = {NULL, bit_offsets, "\x05\xfd"};
    const uint64_t clock = (uint64_t)36000000000 << 24 | (57599 - 7200);
    const uint64_t west = (uint64_t)1 << 24 | (57599 + 5400);

    assert_string_equal(show("u", metadata_of("arrow.json", ""), json, 3, 0), "j:{\"a\":1}");
    assert_string_equal(show("u", metadata_of("arrow.json", ""), json, 3, 1), "t:{]");
    assert_string_equal(show("u", metadata_of("other", ""), json, 3, 0), "t:{\"a\":1}");
    assert_string_equal(show_extension("w:16", "arrow.uuid", "",
                                       "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17"
                                       "\x40\x00"),
                        "t:123e4567-e89b-12d3-a456-426614174000");
    assert_string_equal(show_extension("c", "arrow.bool8", "", "\x01"), "b:true");
    assert_string_equal(show_extension("w:16", "arrow.opaque", "{\"type_name\":\"hugeint\"}",
                                       ((const int64_t[]){-1, -1})),
                        "n:-1");
    assert_string_equal(show_extension("w:16", "arrow.opaque", "{\"type_name\":\"uhugeint\"}",
                                       ((const int64_t[]){-1, -1})),
                        "n:340282366920938463463374607431768211455");
    assert_string_equal(
        show("z", metadata_of("arrow.opaque", "{\"type_name\":\"bit\"}"), bits, 3, 0), "t:101");
    assert_string_equal(
        show_extension("w:8", "arrow.opaque", "{\"type_name\":\"time_tz\"}", &clock),
        "t:10:00:00+02:00");
    assert_string_equal(show_extension("w:8", "arrow.opaque", "{\"type_name\":\"time_tz\"}", &west),
                        "t:00:00:00.000001-01:30");
}

/* ---- Nested ---- */

typedef struct node {
    struct ArrowSchema schema;
    struct ArrowArray array;
    struct ArrowSchema *schemas[4];
    struct ArrowArray *arrays[4];
} node;

static void adopt(node *parent, node *child)
{
    const int64_t n = parent->schema.n_children++;

    parent->array.n_children++;
    parent->schemas[n] = &child->schema;
    parent->arrays[n] = &child->array;
    parent->schema.children = parent->schemas;
    parent->array.children = parent->arrays;
}

static void assert_nested(const node *root, int64_t row, const char *want)
{
    cli_type *t = NULL;
    cli_text out = {0};
    hr_error err = {0};

    assert_hr_ok(cli_type_new(&t, &root->schema, &err), &err, want);
    const cli_cell_kind kind = cli_cell_add(&out, t, &root->array, row, ' ');
    assert_int_equal(kind, CLI_CELL_JSON);
    assert_string_equal(cli_text_z(&out), want);
    cli_text_release(&out);
    cli_type_free(t);
}

static void lists_and_structs_are_json(void **state)
{
    (void)state;
    const int32_t numbers[] = {1, 2, 3, 4};
    const int64_t stamps[] = {0, 1, 2, 3};
    const int32_t offsets[] = {0, 2, 2, 4};
    const void *number_buffers[] = {I(uint8_t, 0x0d), numbers};
    const void *stamp_buffers[] = {NULL, stamps};
    const void *list_buffers[] = {NULL, offsets};
    const void *struct_buffers[] = {NULL};
    node number = {.schema = {.format = "i", .name = "n\""},
                   .array = {.length = 4, .n_buffers = 2, .buffers = number_buffers}};
    node stamp = {.schema = {.format = "tss:", .name = "t"},
                  .array = {.length = 4, .n_buffers = 2, .buffers = stamp_buffers}};
    node entry = {.schema = {.format = "+s", .name = "item"},
                  .array = {.length = 4, .n_buffers = 1, .buffers = struct_buffers}};
    node list = {.schema = {.format = "+l", .name = "l"},
                 .array = {.length = 3, .n_buffers = 2, .buffers = list_buffers}};

    adopt(&entry, &number);
    adopt(&entry, &stamp);
    adopt(&list, &entry);
    assert_nested(&list, 0,
                  "[{\"n\\\"\":1,\"t\":\"1970-01-01T00:00:00\"},"
                  "{\"n\\\"\":null,\"t\":\"1970-01-01T00:00:01\"}]");
    assert_nested(&list, 1, "[]");
    list.schema.format = "+w:2";
    assert_nested(&list, 1,
                  "[{\"n\\\"\":3,\"t\":\"1970-01-01T00:00:02\"},"
                  "{\"n\\\"\":4,\"t\":\"1970-01-01T00:00:03\"}]");
}

static void maps_with_text_keys_are_objects(void **state)
{
    (void)state;
    const int32_t offsets[] = {0, 1, 2};
    const int32_t numbers[] = {5, 6};
    const void *key_buffers[] = {NULL, offsets, "ab"};
    const void *value_buffers[] = {NULL, numbers};
    const void *map_buffers[] = {NULL, (const int32_t[]){0, 2}};
    const void *none[] = {NULL};
    node key = {.schema = {.format = "u", .name = "key"},
                .array = {.length = 2, .n_buffers = 3, .buffers = key_buffers}};
    node value = {.schema = {.format = "i", .name = "value"},
                  .array = {.length = 2, .n_buffers = 2, .buffers = value_buffers}};
    node entry = {.schema = {.format = "+s", .name = "entries"},
                  .array = {.length = 2, .n_buffers = 1, .buffers = none}};
    node map = {.schema = {.format = "+m", .name = "m"},
                .array = {.length = 1, .n_buffers = 2, .buffers = map_buffers}};

    adopt(&entry, &key);
    adopt(&entry, &value);
    adopt(&map, &entry);
    assert_nested(&map, 0, "{\"a\":5,\"b\":6}");
}

static void dictionaries_show_their_values(void **state)
{
    (void)state;
    const int32_t offsets[] = {0, 1, 2};
    const void *text_buffers[] = {NULL, offsets, "ab"};
    const void *index_buffers[] = {NULL, "\x01"};
    struct ArrowSchema texts = {.format = "u", .name = ""};
    struct ArrowArray values = {.length = 2, .n_buffers = 3, .buffers = text_buffers};
    const struct ArrowSchema schema = {.format = "C", .name = "e", .dictionary = &texts};
    const struct ArrowArray array = {
        .length = 1, .n_buffers = 2, .buffers = index_buffers, .dictionary = &values};
    cli_type *t = NULL;
    cli_text out = {0};
    hr_error err = {0};

    assert_hr_ok(cli_type_new(&t, &schema, &err), &err, "dictionary");
    assert_int_equal(cli_cell_add(&out, t, &array, 0, ' '), CLI_CELL_TEXT);
    assert_string_equal(cli_text_z(&out), "b");
    assert_false(cli_type_is_number(t));
    cli_text_release(&out);
    cli_type_free(t);
}

static void unknown_formats_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const formats_refused[] = {"e",   "+r", "d:38", "d:5,2,512",
                                                  "w:x", "+l", "tz"};

    for (size_t i = 0; i < N_OF(formats_refused); i++) {
        const struct ArrowSchema schema = {.format = formats_refused[i], .name = "size"};
        cli_type *t = NULL;
        hr_error err = {0};

        assert_int_equal(cli_type_new(&t, &schema, &err), HR_E_UNSUPPORTED);
        assert_null(t);
        assert_non_null(strstr(err.msg, "size"));
        assert_non_null(strstr(err.msg, formats_refused[i]));
    }
}

static void json_strings(void **state)
{
    (void)state;
    static const struct json_case {
        const char *in;
        size_t n;
        const char *want;
    } cases[] = {
        {"", 0, "\"\""},
        {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
        {"\b\f\n\r\t\x01\x7f", 7, "\"\\b\\f\\n\\r\\t\\u0001\\u007f\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"gr\xc3\xbc\xc3\x9f", 6, "\"gr\xc3\xbc\xc3\x9f\""},
        {"\xff\xc3", 2, "\"\\ufffd\\ufffd\""},
        {"\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\""},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        cli_text out = {0};

        cli_text_add_json(&out, cases[i].in, cases[i].n);
        assert_string_equal(cli_text_z(&out), cases[i].want);
        cli_text_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_width_values),
        cmocka_unit_test(decimals_keep_every_digit),
        cmocka_unit_test(null_comes_from_the_bitmap_and_the_offset),
        cmocka_unit_test(text_and_bytes),
        cmocka_unit_test(extension_types),
        cmocka_unit_test(lists_and_structs_are_json),
        cmocka_unit_test(maps_with_text_keys_are_objects),
        cmocka_unit_test(dictionaries_show_their_values),
        cmocka_unit_test(unknown_formats_are_refused_by_name),
        cmocka_unit_test(json_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
