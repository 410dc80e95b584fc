#include "support.h"

#include <math.h>

#include "value/convert.h"
#include "value/number.h"

/* Each pair of types was compared with dlt 1.31 (coerce_value) on some hundred values, doubles and
 * number texts on 250,000 random ones. What differs, differs on purpose:
 *
 *  - Bigint, double, decimal to bool: only 0 and 1; dlt makes everything else true.
 *  - Bigint, decimal, whole numbers in text to double: only when held exactly; dlt rounds. Text
 *    beyond the largest double fails; dlt gives infinity.
 *  - Double to bigint: -0.0 fails; dlt gives 0. Beyond 64 bits fails; dlt fails at load.
 *  - Anything to decimal and wei: only what precision and scale hold exactly; dlt leaves it to
 *    the database, which rounds or fails. -0.0 fails.
 *  - Anything to date: only at midnight UTC; dlt drops the time of day.
 *  - Numbers in text: no underscores, no digits of other scripts, no nan and inf, nothing but
 *    digits after 0x (dlt also takes 0x-1, 0x0x1, 0x_1).
 *  - Text to binary: excess padding and left-over bits in base64 and spaces in hex fail.
 *  - Text to json: objects and arrays only (dlt unwraps scalars and fails at load); their numbers
 *    keep their digits and repeated keys stay.
 *  - Decimal to text: always plain; dlt writes 1E-9 for small ones.
 *  - Seconds out of range to timestamp fail; dlt may raise an error that ends the job. */

static const hr_target to_text = {HR_TYPE_TEXT, -1, -1};
static const hr_target to_double = {HR_TYPE_DOUBLE, -1, -1};
static const hr_target to_bool = {HR_TYPE_BOOL, -1, -1};
static const hr_target to_timestamp = {HR_TYPE_TIMESTAMP, -1, -1};
static const hr_target to_bigint = {HR_TYPE_BIGINT, -1, -1};
static const hr_target to_json = {HR_TYPE_JSON, -1, -1};
static const hr_target to_decimal = {HR_TYPE_DECIMAL, -1, -1};
static const hr_target to_wei = {HR_TYPE_WEI, -1, -1};
static const hr_target to_date = {HR_TYPE_DATE, -1, -1};
static const hr_target to_time = {HR_TYPE_TIME, -1, -1};
static const hr_target to_binary = {HR_TYPE_BINARY, -1, -1};

static hr_value text(const char *s)
{
    return (hr_value){.type = HR_TYPE_TEXT, .text = hr_str_from(s)};
}

static hr_value bigint(int64_t i)
{
    return (hr_value){.type = HR_TYPE_BIGINT, .i = i};
}

static hr_value real(double d)
{
    return (hr_value){.type = HR_TYPE_DOUBLE, .d = d};
}

static hr_value boolean(bool b)
{
    return (hr_value){.type = HR_TYPE_BOOL, .b = b};
}

static hr_value decimal(const char *digits, int scale)
{
    hr_number n;
    hr_value v = {.type = HR_TYPE_DECIMAL, .scale = scale};

    assert_true(hr_number_parse(hr_str_from(digits), &n));
    assert_true(hr_number_to_decimal(&n, 38, scale, &v.dec));
    return v;
}

/* A value as text that tests can hold: numbers as they print, "fails" for no value. */
static void show(bool ok, const hr_value *v, hr_buf *out)
{
    hr_buf_reset(out);
    if (!ok) {
        (void)hr_buf_addz(out, "fails");
        return;
    }
    switch (v->type) {
    case HR_TYPE_DOUBLE:
        hr_text_of_double(v->d, out);
        break;
    case HR_TYPE_BOOL:
        (void)hr_buf_addz(out, v->b ? "true" : "false");
        break;
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        hr_text_of_decimal(v->dec, v->scale, out);
        break;
    case HR_TYPE_TEXT:
    case HR_TYPE_JSON:
    case HR_TYPE_BINARY:
        (void)hr_buf_add(out, v->text);
        break;
    default:
        hr_text_of_decimal(v->i, 0, out);
    }
}

static void expect(hr_value in, hr_target target, const char *want, const char *label)
{
    hr_value out = {.type = HR_N_TYPES};
    hr_buf scratch = {0}, shown = {0};
    const bool ok = hr_convert(&in, target, &out, &scratch);

    assert_int_equal(out.type, ok ? target.type : HR_N_TYPES);
    show(ok, &out, &shown);
    if (!hr_str_eq(hr_buf_str(&shown), hr_str_from(want)))
        fail_msg("%s '%s' to %s: got '%s', want '%s'", hr_type_name(in.type), label,
                 hr_type_name(target.type), shown.data, want);
    assert_false(scratch.failed);
    hr_buf_release(&scratch);
    hr_buf_release(&shown);
}

/* ---- from text ---- */

static const struct text_case {
    const char *in;
    const char *bigint, *real, *decimal, *wei;
} number_cases[] = {
    {"0", "0", "0.0", "0.000000000", "0"},
    {"-1", "-1", "-1.0", "-1.000000000", "-1"},
    {"+5", "5", "5.0", "5.000000000", "5"},
    {"007", "7", "7.0", "7.000000000", "7"},
    {" 7 ", "7", "7.0", "7.000000000", "7"},
    {"\u20037\u00a0", "7", "7.0", "7.000000000", "7"},
    {"0xff", "255", "255.0", "255.000000000", "255"},
    {"0xFf", "255", "255.0", "255.000000000", "255"},
    {" 0x10 ", "16", "16.0", "16.000000000", "16"},
    {"0x7fffffffffffffff", "9223372036854775807", "fails", "9223372036854775807.000000000",
     "9223372036854775807"},
    {"0x8000000000000000", "fails", "9.223372036854776e+18", "9223372036854775808.000000000",
     "9223372036854775808"},
    {"0x4b3b4ca85a86c47a098a223fffffffff", "fails", "fails", "fails",
     "99999999999999999999999999999999999999"},
    {"0x4b3b4ca85a86c47a098a224000000000", "fails", "fails", "fails", "fails"},
    {"0xffffffffffffffffffffffffffffffff", "fails", "fails", "fails", "fails"},
    {"0XFF", "fails", "fails", "fails", "fails"},
    {"-0x1", "fails", "fails", "fails", "fails"},
    {"0x", "fails", "fails", "fails", "fails"},
    {"0x-1", "fails", "fails", "fails", "fails"},
    {"0x0x1", "fails", "fails", "fails", "fails"},
    {"0xg", "fails", "fails", "fails", "fails"},
    {"1_000", "fails", "fails", "fails", "fails"},
    {"\u0663", "fails", "fails", "fails", "fails"},
    {"1e3", "fails", "1000.0", "1000.000000000", "1000"},
    {"1.0", "fails", "1.0", "1.000000000", "1"},
    {"2.5", "fails", "2.5", "2.500000000", "fails"},
    {"-0", "0", "-0.0", "0.000000000", "0"},
    {"-0.0", "fails", "-0.0", "0.000000000", "0"},
    {".5", "fails", "0.5", "0.500000000", "fails"},
    {"5.", "fails", "5.0", "5.000000000", "5"},
    {"1.e2", "fails", "100.0", "100.000000000", "100"},
    {"1E+5", "fails", "100000.0", "100000.000000000", "100000"},
    {"1200e-2", "fails", "12.0", "12.000000000", "12"},
    {"", "fails", "fails", "fails", "fails"},
    {" ", "fails", "fails", "fails", "fails"},
    {".", "fails", "fails", "fails", "fails"},
    {"+", "fails", "fails", "fails", "fails"},
    {"1e", "fails", "fails", "fails", "fails"},
    {"1e+", "fails", "fails", "fails", "fails"},
    {"e5", "fails", "fails", "fails", "fails"},
    {"--1", "fails", "fails", "fails", "fails"},
    {"1 2", "fails", "fails", "fails", "fails"},
    {"1.2.3", "fails", "fails", "fails", "fails"},
    {"nan", "fails", "fails", "fails", "fails"},
    {"inf", "fails", "fails", "fails", "fails"},
    {"-Infinity", "fails", "fails", "fails", "fails"},
    {"x", "fails", "fails", "fails", "fails"},
    {"9223372036854775807", "9223372036854775807", "fails", "9223372036854775807.000000000",
     "9223372036854775807"},
    {"9223372036854775808", "fails", "9.223372036854776e+18", "9223372036854775808.000000000",
     "9223372036854775808"},
    {"-9223372036854775808", "-9223372036854775808", "-9.223372036854776e+18",
     "-9223372036854775808.000000000", "-9223372036854775808"},
    {"9007199254740992", "9007199254740992", "9007199254740992.0", "9007199254740992.000000000",
     "9007199254740992"},
    {"9007199254740993", "9007199254740993", "fails", "9007199254740993.000000000",
     "9007199254740993"},
    {"9007199254740993.0", "fails", "9007199254740992.0", "9007199254740993.000000000",
     "9007199254740993"},
    {"10000000000000000000000", "fails", "1e+22", "10000000000000000000000.000000000",
     "10000000000000000000000"},
    {"99999999999999999999999999999.999999999", "fails", "1e+29",
     "99999999999999999999999999999.999999999", "fails"},
    {"100000000000000000000000000000", "fails", "fails", "fails", "100000000000000000000000000000"},
    {"99999999999999999999999999999999999999", "fails", "fails", "fails",
     "99999999999999999999999999999999999999"},
    {"100000000000000000000000000000000000000", "fails", "fails", "fails", "fails"},
    {"1e308", "fails", "1e+308", "fails", "fails"},
    {"1e309", "fails", "fails", "fails", "fails"},
    {"-1e99999999999999999999", "fails", "fails", "fails", "fails"},
    {"1e-99999999999999999999", "fails", "0.0", "fails", "fails"},
    {"0e99999999999999999999", "fails", "0.0", "0.000000000", "0"},
    {"5e-324", "fails", "5e-324", "fails", "fails"},
    {"0.12345678901234567890", "fails", "0.12345678901234568", "fails", "fails"},
    {"0.000000001", "fails", "1e-09", "0.000000001", "fails"},
    {"0.0000000010", "fails", "1e-09", "0.000000001", "fails"},
    {"0.0000000001", "fails", "1e-10", "fails", "fails"},
};

static void numbers_in_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(number_cases); i++) {
        const struct text_case *c = &number_cases[i];

        expect(text(c->in), to_bigint, c->bigint, c->in);
        expect(text(c->in), to_double, c->real, c->in);
        expect(text(c->in), to_decimal, c->decimal, c->in);
        expect(text(c->in), to_wei, c->wei, c->in);
        expect(text(c->in), to_text, c->in, c->in);
    }
}

static void text_with_a_nul_is_no_number(void **state)
{
    (void)state;
    const hr_value v = {.type = HR_TYPE_TEXT, .text = HR_STR_INIT("1\0")};

    expect(v, to_bigint, "fails", "1\\0");
    expect(v, to_double, "fails", "1\\0");
    expect(v, to_timestamp, "fails", "1\\0");
}

static void words_become_bools(void **state)
{
    (void)state;
    static const char *const trues[] = {"yes", "true", "t", "y", "1", "TRUE", "True", "yEs"};
    static const char *const falses[] = {"no", "false", "f", "n", "0", "FALSE", "N"};
    static const char *const others[] = {"",    " true", "true ", "2",   "on",
                                         "off", "tru",   "truee", "1.0", "{rue"};

    for (size_t i = 0; i < N_OF(trues); i++)
        expect(text(trues[i]), to_bool, "true", trues[i]);
    for (size_t i = 0; i < N_OF(falses); i++)
        expect(text(falses[i]), to_bool, "false", falses[i]);
    for (size_t i = 0; i < N_OF(others); i++)
        expect(text(others[i]), to_bool, "fails", others[i]);
}

static const struct time_case {
    const char *in;
    const char *timestamp, *date, *time;
} time_cases[] = {
    {"2024-01-01T10:00:00Z", "1704103200000000", "fails", "fails"},
    {"2024-01-01T00:00:00Z", "1704067200000000", "19723", "fails"},
    {"2024-01-01 00:00:00.000001", "1704067200000001", "fails", "fails"},
    {"2024-01-01T23:30:00-02:00", "1704159000000000", "fails", "fails"},
    {"2024-01-01T22:00:00-02:00", "1704153600000000", "19724", "fails"},
    {"2024-01-01", "1704067200000000", "19723", "fails"},
    {"2024", "1704067200000000", "19723", "fails"},
    {"20240101", "1704067200000000", "19723", "fails"},
    {"1969-12-31", "-86400000000", "-1", "fails"},
    {"202401", "202401000000", "fails", "fails"},
    {" 1580405246 ", "1580405246000000", "fails", "fails"},
    {"123", "123000000", "fails", "fails"},
    {"86400", "86400000000", "1", "fails"},
    {"-86400", "-86400000000", "-1", "fails"},
    {"1.5", "1500000", "fails", "fails"},
    {"1e10", "10000000000000000", "fails", "fails"},
    {"0.0000015", "2", "fails", "fails"},
    {"0.0000025", "2", "fails", "fails"},
    {"1e15", "fails", "fails", "fails"},
    {"-62135596800", "-62135596800000000", "-719162", "fails"},
    {"-62135596801", "fails", "fails", "fails"},
    {"253402300799.9999999", "fails", "fails", "fails"},
    {"0x80", "fails", "fails", "fails"},
    {"nan", "fails", "fails", "fails"},
    {"10:30", "fails", "fails", "37800000000"},
    {"10:30:00+02:00", "fails", "fails", "30600000000"},
    {"T01:30+02:00", "fails", "fails", "84600000000"},
    {"10:30:00.123456789", "fails", "fails", "37800123456"},
    {"2024 10:", "fails", "fails", "fails"},
    {" 2024-01-01", "fails", "fails", "fails"},
    {"4111 12:22,5", "67563462120500000", "fails", "fails"},
    {"x", "fails", "fails", "fails"},
    {"", "fails", "fails", "fails"},
};

static void times_in_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(time_cases); i++) {
        const struct time_case *c = &time_cases[i];

        expect(text(c->in), to_timestamp, c->timestamp, c->in);
        expect(text(c->in), to_date, c->date, c->in);
        expect(text(c->in), to_time, c->time, c->in);
    }
}

static const struct pair {
    const char *in, *want;
} binary_cases[] =
    {
        {"", ""},
        {"QUI=", "AB"},
        {"QUJD", "ABC"},
        {"0x4142", "AB"},
        {"0x", ""},
        {"0x6a6B", "jk"},
        {"QUI", "fails"},
        {"QR==", "fails"},
        {"QUJD==", "fails"},
        {"Q UI=", "fails"},
        {"0xdea", "fails"},
        {"0xgg", "fails"},
        {"0x41 42", "fails"},
        {"0x4-", "fails"},
        {"!", "fails"},
},
  json_cases[] = {
      {"{\"a\": 1}", "{\"a\":1}"},
      {" [1, 2 ] ", "[1,2]"},
      {"[]", "[]"},
      {"{\"x\":1.10,\"y\":[1e5,null,12345678901234567890123]}",
       "{\"x\":1.10,\"y\":[1e5,null,12345678901234567890123]}"},
      {"{\"a\":\"\\u00e9\\/\"}", "{\"a\":\"\u00e9/\"}"},
      {"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"},
      {"\"s\"", "fails"},
      {"1", "fails"},
      {"null", "fails"},
      {"", "fails"},
      {"{bad", "fails"},
      {"[1]x", "fails"},
      {"[NaN]", "fails"},
      {"[\"\\ud800\"]", "fails"},
};

static void binary_and_json_in_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(binary_cases); i++)
        expect(text(binary_cases[i].in), to_binary, binary_cases[i].want, binary_cases[i].in);
    for (size_t i = 0; i < N_OF(json_cases); i++)
        expect(text(json_cases[i].in), to_json, json_cases[i].want, json_cases[i].in);
}

/* ---- from numbers ---- */

static const struct int_case {
    int64_t in;
    const char *real, *boolean, *timestamp, *date, *decimal, *text;
} int_cases[] = {
    {0, "0.0", "false", "0", "0", "0.000000000", "0"},
    {1, "1.0", "true", "1000000", "fails", "1.000000000", "1"},
    {-1, "-1.0", "fails", "-1000000", "fails", "-1.000000000", "-1"},
    {5, "5.0", "fails", "5000000", "fails", "5.000000000", "5"},
    {86400, "86400.0", "fails", "86400000000", "1", "86400.000000000", "86400"},
    {INT64_C(1) << 53, "9007199254740992.0", "fails", "fails", "fails",
     "9007199254740992.000000000", "9007199254740992"},
    {(INT64_C(1) << 53) + 1, "fails", "fails", "fails", "fails", "9007199254740993.000000000",
     "9007199254740993"},
    {INT64_C(1) << 60, "1.152921504606847e+18", "fails", "fails", "fails",
     "1152921504606846976.000000000", "1152921504606846976"},
    {INT64_MAX, "fails", "fails", "fails", "fails", "9223372036854775807.000000000",
     "9223372036854775807"},
    {INT64_MIN, "-9.223372036854776e+18", "fails", "fails", "fails",
     "-9223372036854775808.000000000", "-9223372036854775808"},
    {253402300799, "253402300799.0", "fails", "253402300799000000", "fails",
     "253402300799.000000000", "253402300799"},
    {253402300800, "253402300800.0", "fails", "fails", "fails", "253402300800.000000000",
     "253402300800"},
};

static void bigints(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(int_cases); i++) {
        const struct int_case *c = &int_cases[i];

        expect(bigint(c->in), to_double, c->real, c->text);
        expect(bigint(c->in), to_bool, c->boolean, c->text);
        expect(bigint(c->in), to_timestamp, c->timestamp, c->text);
        expect(bigint(c->in), to_date, c->date, c->text);
        expect(bigint(c->in), to_decimal, c->decimal, c->text);
        expect(bigint(c->in), to_wei, c->text, c->text);
        expect(bigint(c->in), to_text, c->text, c->text);
        expect(bigint(c->in), to_time, "fails", c->text);
        expect(bigint(c->in), to_json, "fails", c->text);
    }
    expect(bigint(0), to_binary, "", "0");
    expect(bigint(0x41), to_binary, "A", "65");
    expect(bigint(0x434241), to_binary, "ABC", "0x434241");
    expect(bigint(-1), to_binary, "fails", "-1");
}

static const struct double_case {
    double in;
    const char *bigint, *boolean, *timestamp, *decimal, *wei, *text;
} double_cases[] = {
    {0.0, "0", "false", "0", "0.000000000", "0", "0.0"},
    {-0.0, "fails", "fails", "0", "fails", "fails", "-0.0"},
    {1.0, "1", "true", "1000000", "1.000000000", "1", "1.0"},
    {2.0, "2", "fails", "2000000", "2.000000000", "2", "2.0"},
    {2.5, "fails", "fails", "2500000", "2.500000000", "fails", "2.5"},
    {1.1, "fails", "fails", "1100000", "1.100000000", "fails", "1.1"},
    {1.005, "fails", "fails", "1005000", "1.005000000", "fails", "1.005"},
    {0.1 + 0.2, "fails", "fails", "300000", "fails", "fails", "0.30000000000000004"},
    {1e15, "1000000000000000", "fails", "fails", "1000000000000000.000000000", "1000000000000000",
     "1000000000000000.0"},
    {1e16, "10000000000000000", "fails", "fails", "10000000000000000.000000000",
     "10000000000000000", "1e+16"},
    {123456789012345.6, "fails", "fails", "fails", "123456789012345.600000000", "fails",
     "123456789012345.6"},
    {123456789012345680.0, "123456789012345680", "fails", "fails", "123456789012345680.000000000",
     "123456789012345680", "1.2345678901234568e+17"},
    {1e22, "fails", "fails", "fails", "10000000000000000000000.000000000",
     "10000000000000000000000", "1e+22"},
    {1e100, "fails", "fails", "fails", "fails", "fails", "1e+100"},
    {0.0001, "fails", "fails", "100", "0.000100000", "fails", "0.0001"},
    {0.00001, "fails", "fails", "10", "0.000010000", "fails", "1e-05"},
    {1e-7, "fails", "fails", "0", "0.000000100", "fails", "1e-07"},
    {1.5e-9, "fails", "fails", "0", "fails", "fails", "1.5e-09"},
    {5e-324, "fails", "fails", "0", "fails", "fails", "5e-324"},
    {1.7976931348623157e308, "fails", "fails", "fails", "fails", "fails",
     "1.7976931348623157e+308"},
    {-0x1p63, "-9223372036854775808", "fails", "fails", "-9223372036854776000.000000000",
     "-9223372036854776000", "-9.223372036854776e+18"},
    {0x1p63, "fails", "fails", "fails", "9223372036854776000.000000000", "9223372036854776000",
     "9.223372036854776e+18"},
    {0x1p-44, "fails", "fails", "0", "fails", "fails", "5.684341886080802e-14"},
    {1700000000.5, "fails", "fails", "1700000000500000", "1700000000.500000000", "fails",
     "1700000000.5"},
    {0.0000005, "fails", "fails", "0", "0.000000500", "fails", "5e-07"},
    {0.0000015, "fails", "fails", "2", "0.000001500", "fails", "1.5e-06"},
    {-0.0000015, "fails", "fails", "-2", "-0.000001500", "fails", "-1.5e-06"},
    {253402300800.0, "253402300800", "fails", "fails", "253402300800.000000000", "253402300800",
     "253402300800.0"},
    {INFINITY, "fails", "fails", "fails", "fails", "fails", "inf"},
    {-INFINITY, "fails", "fails", "fails", "fails", "fails", "-inf"},
    {NAN, "fails", "fails", "fails", "fails", "fails", "nan"},
};

static void doubles(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(double_cases); i++) {
        const struct double_case *c = &double_cases[i];

        expect(real(c->in), to_bigint, c->bigint, c->text);
        expect(real(c->in), to_bool, c->boolean, c->text);
        expect(real(c->in), to_timestamp, c->timestamp, c->text);
        expect(real(c->in), to_decimal, c->decimal, c->text);
        expect(real(c->in), to_wei, c->wei, c->text);
        expect(real(c->in), to_text, c->text, c->text);
        expect(real(c->in), to_json, "fails", c->text);
        expect(real(c->in), to_binary, "fails", c->text);
        expect(real(c->in), to_time, "fails", c->text);
    }
    expect(real(86400.0), to_date, "1", "86400.0");
    expect(real(86400.5), to_date, "fails", "86400.5");
}

static void decimals(void **state)
{
    (void)state;
    const hr_target small = {HR_TYPE_DECIMAL, 4, 2};
    const hr_target no_scale = {HR_TYPE_DECIMAL, 20, 0};

    expect(decimal("1.50", 2), to_decimal, "1.500000000", "1.50");
    expect(decimal("1.50", 2), small, "1.50", "1.50");
    expect(decimal("12.345", 3), small, "fails", "12.345");
    expect(decimal("12.340", 3), small, "12.34", "12.340");
    expect(decimal("100", 0), small, "fails", "100");
    expect(decimal("-99.99", 2), small, "-99.99", "-99.99");
    expect(decimal("99999999999999999999999999999", 0), to_decimal,
           "99999999999999999999999999999.000000000", "10^29 - 1");
    expect(decimal("100000000000000000000000000000", 0), to_decimal, "fails", "10^29");
    expect(decimal("18446744073709551615", 0), no_scale, "18446744073709551615", "2^64 - 1");
    expect(decimal("18446744073709551616", 0), to_bigint, "fails", "2^64");
    expect(decimal("-9223372036854775808", 0), to_bigint, "-9223372036854775808", "-2^63");
    expect(decimal("7.00", 2), to_bigint, "7", "7.00");
    expect(decimal("7.01", 2), to_bigint, "fails", "7.01");
    expect(decimal("18446744073709551616", 0), to_double, "1.8446744073709552e+19", "2^64");
    expect(decimal("18446744073709551617", 0), to_double, "fails", "2^64 + 1");
    expect(decimal("0.1", 1), to_double, "0.1", "0.1");
    expect(decimal("1.0", 1), to_bool, "true", "1.0");
    expect(decimal("1.5", 1), to_bool, "fails", "1.5");
    expect(decimal("1", 0), to_timestamp, "fails", "1");
    expect(decimal("-0.05", 2), to_text, "-0.05", "-0.05");
    expect(decimal("12345678901234567890123456789012345678", 0), to_text,
           "12345678901234567890123456789012345678", "38 digits");
    expect(decimal("1.5", 1), to_wei, "fails", "1.5");
    expect(text("12.345"), small, "fails", "12.345");
    expect(text("1e1"), small, "10.00", "1e1");
    expect(bigint(100), small, "fails", "100");
    expect(real(0.125), small, "fails", "0.125");
}

/* ---- from the other types ---- */

static void bools_become_text_only(void **state)
{
    (void)state;
    static const hr_target none[] = {
        {HR_TYPE_BIGINT, -1, -1},    {HR_TYPE_DOUBLE, -1, -1}, {HR_TYPE_DECIMAL, -1, -1},
        {HR_TYPE_TIMESTAMP, -1, -1}, {HR_TYPE_JSON, -1, -1},   {HR_TYPE_WEI, -1, -1},
        {HR_TYPE_DATE, -1, -1},      {HR_TYPE_TIME, -1, -1},   {HR_TYPE_BINARY, -1, -1},
    };

    expect(boolean(true), to_text, "True", "true");
    expect(boolean(false), to_text, "False", "false");
    for (size_t i = 0; i < N_OF(none); i++)
        expect(boolean(true), none[i], "fails", "true");
}

static void json_becomes_text_only(void **state)
{
    (void)state;
    const hr_value v = {.type = HR_TYPE_JSON, .text = HR_STR_INIT("{\"a\":1}")};

    expect(v, to_text, "{\"a\":1}", "json");
    expect(v, to_json, "{\"a\":1}", "json");
    expect(v, to_binary, "fails", "json");
    expect(v, to_bool, "fails", "json");
    expect(v, to_bigint, "fails", "json");
}

static void times_and_bytes_become_text(void **state)
{
    (void)state;
    const hr_value day = {.type = HR_TYPE_DATE, .i = 19723};
    const hr_value moment = {.type = HR_TYPE_TIMESTAMP, .i = 1704103200000000};
    const hr_value midnight = {.type = HR_TYPE_TIMESTAMP, .i = -86400000000};
    const hr_value time = {.type = HR_TYPE_TIME, .i = 37800000100};
    const hr_value bytes = {.type = HR_TYPE_BINARY, .text = HR_STR_INIT("AB")};
    const hr_value nothing = {.type = HR_TYPE_BINARY};

    expect(day, to_text, "2024-01-01", "date");
    expect(day, to_timestamp, "1704067200000000", "date");
    expect(moment, to_text, "2024-01-01T10:00:00+00:00", "timestamp");
    expect(moment, to_date, "fails", "timestamp");
    expect(midnight, to_date, "-1", "midnight");
    expect(moment, to_bigint, "fails", "timestamp");
    expect(time, to_text, "10:30:00.000100", "time");
    expect(bytes, to_text, "QUI=", "bytes");
    expect(bytes, to_bigint, "fails", "bytes");
    expect(nothing, to_text, "", "no bytes");
}

/* ---- the rest of the contract ---- */

static void raw_numbers(void **state)
{
    (void)state;
    static const struct raw_case {
        const char *in;
        hr_type type;
    } cases[] = {
        {"18446744073709551616", HR_TYPE_DECIMAL},
        {"-99999999999999999999999999999999999999", HR_TYPE_DECIMAL},
        {"100000000000000000000000000000000000000", HR_TYPE_TEXT},
        {"1e400", HR_TYPE_TEXT},
        {"1.5", HR_TYPE_TEXT},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        const hr_value v = hr_value_of_raw_number(hr_str_from(cases[i].in));

        assert_int_equal(v.type, cases[i].type);
        assert_int_equal(v.scale, 0);
        expect(v, to_text, cases[i].in, cases[i].in);
    }
}

static void ints_that_fit_doubles(void **state)
{
    (void)state;
    assert_true(hr_int_fits_double(0));
    assert_true(hr_int_fits_double(-(INT64_C(1) << 53)));
    assert_false(hr_int_fits_double((INT64_C(1) << 53) + 1));
    assert_true(hr_int_fits_double((INT64_C(1) << 53) + 2));
    assert_true(hr_int_fits_double(INT64_C(1) << 60));
    assert_false(hr_int_fits_double(INT64_MAX));
    assert_true(hr_int_fits_double(INT64_MIN));
}

static void scratch_is_reused(void **state)
{
    (void)state;
    hr_buf scratch = {0};
    hr_value out;
    hr_value in = bigint(12345);

    assert_true(hr_convert(&in, to_text, &out, &scratch));
    in = real(1.5);
    assert_true(hr_convert(&in, to_text, &out, &scratch));
    assert_str_equal(out.text, HR_STR("1.5"), "second");
    hr_buf_release(&scratch);
}

static void no_memory_is_told_from_no_fit(void **state)
{
    (void)state;
    static const hr_value ins[] = {
        {.type = HR_TYPE_BIGINT, .i = 1234567},
        {.type = HR_TYPE_DOUBLE, .d = 1234.5},
        {.type = HR_TYPE_BINARY, .text = HR_STR_INIT("abcdef")},
        {.type = HR_TYPE_TIMESTAMP, .i = 0},
    };

    for (size_t i = 0; i < N_OF(ins); i++) {
        hr_buf scratch = {.limit = 2};
        hr_value out;

        assert_false(hr_convert(&ins[i], to_text, &out, &scratch));
        assert_true(scratch.failed);
        hr_buf_release(&scratch);
    }

    hr_buf scratch = {.limit = 2};
    hr_value out, in = text("[1,2,3]");
    assert_false(hr_convert(&in, to_json, &out, &scratch));
    assert_true(scratch.failed);
    in = text("1.25e1");
    assert_false(hr_convert(&in, to_double, &out, &scratch));
    assert_true(scratch.failed);
    in = text("x");
    assert_false(hr_convert(&in, to_double, &out, &scratch));
    assert_false(scratch.failed);
    hr_buf_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_text),
        cmocka_unit_test(text_with_a_nul_is_no_number),
        cmocka_unit_test(words_become_bools),
        cmocka_unit_test(times_in_text),
        cmocka_unit_test(binary_and_json_in_text),
        cmocka_unit_test(bigints),
        cmocka_unit_test(doubles),
        cmocka_unit_test(decimals),
        cmocka_unit_test(bools_become_text_only),
        cmocka_unit_test(json_becomes_text_only),
        cmocka_unit_test(times_and_bytes_become_text),
        cmocka_unit_test(raw_numbers),
        cmocka_unit_test(ints_that_fit_doubles),
        cmocka_unit_test(scratch_is_reused),
        cmocka_unit_test(no_memory_is_told_from_no_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
