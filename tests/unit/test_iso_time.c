#include "support.h"

#include "value/iso_time.h"

/* What dlt 1.31 with pendulum 3.3 makes of each text; days and micros in UTC. They agree on some
 * hundred thousand generated texts too. Deliberate differences, all HR_ISO_NONE here:
 *  - offsets of 24 hours and more, and times that leave the years 1 to 9999 in UTC: dlt detects
 *    a timestamp and then fails to store it;
 *  - digits that are not ASCII ("\u0662\u0660\u0662\u0664 10:30"): dlt's second grammar takes them.
 */
static const struct iso_case {
    hr_str text;
    hr_iso_kind kind;
    int64_t micros;
    int32_t days;
    bool has_zone;
} iso_cases[] = {
    {HR_STR_INIT("2024-01-01T00:00:00Z"), HR_ISO_DATETIME, 1704067200000000, 19723, true},
    {HR_STR_INIT("2024-01-01 00:00:00"), HR_ISO_DATETIME, 1704067200000000, 19723, false},
    {HR_STR_INIT("2024-01-01T10"), HR_ISO_DATETIME, 1704103200000000, 19723, false},
    {HR_STR_INIT("2024-01-01 10"), HR_ISO_DATETIME, 1704103200000000, 19723, false},
    {HR_STR_INIT("2024-01 10:00"), HR_ISO_DATETIME, 1704103200000000, 19723, false},
    {HR_STR_INIT("20240101T10"), HR_ISO_DATETIME, 1704103200000000, 19723, false},
    {HR_STR_INIT("2024-123T10:00:00"), HR_ISO_DATETIME, 1714644000000000, 19845, false},
    {HR_STR_INIT("2024-W05-1T10:00"), HR_ISO_DATETIME, 1706522400000000, 19751, false},
    {HR_STR_INIT("2024-01-01T10:00:00.123456789Z"), HR_ISO_DATETIME, 1704103200123456, 19723, true},
    {HR_STR_INIT("2024-01-01T10:00:00,5"), HR_ISO_DATETIME, 1704103200500000, 19723, false},
    {HR_STR_INIT("2024-01-01T10:00:00.000001+00:00"), HR_ISO_DATETIME, 1704103200000001, 19723,
     true},
    {HR_STR_INIT("2024/01/15 10:30"), HR_ISO_DATETIME, 1705314600000000, 19737, false},
    {HR_STR_INIT("2024:01:15 10:30"), HR_ISO_DATETIME, 1705314600000000, 19737, false},
    {HR_STR_INIT("20240115 1:5"), HR_ISO_DATETIME, 1705280700000000, 19737, false},
    {HR_STR_INIT("20240101 10:30:00"), HR_ISO_DATETIME, 1704105000000000, 19723, false},
    {HR_STR_INIT("20240101 10:30:00Z"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024 10:30"), HR_ISO_DATETIME, 1704105000000000, 19723, false},
    {HR_STR_INIT("1234 5:6"), HR_ISO_DATETIME, -23225856840000000, -268818, false},
    {HR_STR_INIT("12345:07"), HR_ISO_DATETIME, -23225856780000000, -268818, false},
    {HR_STR_INIT("4111 12:22,5"), HR_ISO_DATETIME, 67563462120500000, 781984, false},
    {HR_STR_INIT("4111 12:22"), HR_ISO_DATETIME, 67563462120000000, 781984, false},
    {HR_STR_INIT("2024-01-01T10:00:00z"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01t10:00:00Z"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT(" 2024-01-01T10:00:00Z"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00Z "), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00 +02:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("Mon, 01 Jan 2024 10:00:00 GMT"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01"), HR_ISO_DATE, 0, 19723, false},
    {HR_STR_INIT("2024"), HR_ISO_DATE, 0, 19723, false},
    {HR_STR_INIT("2024-01"), HR_ISO_DATE, 0, 19723, false},
    {HR_STR_INIT("20240101"), HR_ISO_DATE, 0, 19723, false},
    {HR_STR_INIT("2024-1-1 10:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-13-01T00:00:00Z"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-02-30T00:00:00Z"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00+02:00"), HR_ISO_DATETIME, 1704096000000000, 19723, true},
    {HR_STR_INIT("2024-01-01T10:00:00-05:30"), HR_ISO_DATETIME, 1704123000000000, 19723, true},
    {HR_STR_INIT("2024-01-01T10:00:00+0200"), HR_ISO_DATETIME, 1704096000000000, 19723, true},
    {HR_STR_INIT("2024-01-01T10:00:00+02"), HR_ISO_DATETIME, 1704096000000000, 19723, true},
    {HR_STR_INIT("2024-01-01T10:00:00+02:"), HR_ISO_DATETIME, 1704096000000000, 19723, true},
    {HR_STR_INIT("2024-01-01T10:00:00+02:99"), HR_ISO_DATETIME, 1704090060000000, 19723, true},
    {HR_STR_INIT("2024-01-01T10Z"), HR_ISO_DATETIME, 1704103200000000, 19723, true},
    {HR_STR_INIT("2024-01-01T10:30+02:00"), HR_ISO_DATETIME, 1704097800000000, 19723, true},
    {HR_STR_INIT("20240101T10:30"), HR_ISO_DATETIME, 1704105000000000, 19723, false},
    {HR_STR_INIT("20240101T1030"), HR_ISO_DATETIME, 1704105000000000, 19723, false},
    {HR_STR_INIT("20240101T103015,25"), HR_ISO_DATETIME, 1704105015250000, 19723, false},
    {HR_STR_INIT("20240101T10:30:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T1000"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00+23:59"), HR_ISO_DATETIME, 1704016860000000, 19722, true},
    {HR_STR_INIT("2024-01-01T10:00:00-23:59"), HR_ISO_DATETIME, 1704189540000000, 19724, true},
    {HR_STR_INIT("2024-01-01T10:00:00+24:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00-24:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T24:00:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T23:59:60"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T23:60:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("0000-01-01T00:00:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("0001-01-01T00:00:00Z"), HR_ISO_DATETIME, -62135596800000000, -719162, true},
    {HR_STR_INIT("0001-01-01T00:00:00+00:01"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("9999-12-31T23:59:59.999999Z"), HR_ISO_DATETIME, 253402300799999999, 2932896,
     true},
    {HR_STR_INIT("9999-12-31T23:59:59-00:01"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("1969-12-31T23:59:59.999999Z"), HR_ISO_DATETIME, -1, -1, true},
    {HR_STR_INIT("1900-02-29T00:00:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2000-02-29T00:00:00"), HR_ISO_DATETIME, 951782400000000, 11016, false},
    {HR_STR_INIT("2024-02-29"), HR_ISO_DATE, 0, 19782, false},
    {HR_STR_INIT("2023-366"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-366"), HR_ISO_DATE, 0, 20088, false},
    {HR_STR_INIT("2024-000"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-001"), HR_ISO_DATE, 0, 19723, false},
    {HR_STR_INIT("2024366"), HR_ISO_DATE, 0, 20088, false},
    {HR_STR_INIT("2024-W00"), HR_ISO_DATE, 0, 19716, false},
    {HR_STR_INIT("2024-W01-0"), HR_ISO_DATE, 0, 19722, false},
    {HR_STR_INIT("2024-W05"), HR_ISO_DATE, 0, 19751, false},
    {HR_STR_INIT("2024W05"), HR_ISO_DATE, 0, 19751, false},
    {HR_STR_INIT("2024W053"), HR_ISO_DATE, 0, 19753, false},
    {HR_STR_INIT("2024-W053"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024W05-3"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-W05-8"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2020-W53-7"), HR_ISO_DATE, 0, 18630, false},
    {HR_STR_INIT("2021-W53"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-W54"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2015-W53"), HR_ISO_DATE, 0, 16797, false},
    {HR_STR_INIT("0001-W00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("9999-W52-7"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("9999-W52-5"), HR_ISO_DATE, 0, 2932896, false},
    {HR_STR_INIT("202401"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024/01/15"), HR_ISO_DATE, 0, 19737, false},
    {HR_STR_INIT("2024/0115"), HR_ISO_DATE, 0, 19737, false},
    {HR_STR_INIT("202401:30"), HR_ISO_DATE, 0, 19752, false},
    {HR_STR_INIT("202401:30:15"), HR_ISO_DATETIME, 1704072615000000, 19723, false},
    {HR_STR_INIT("2024011510:30"), HR_ISO_DATETIME, 1705314600000000, 19737, false},
    {HR_STR_INIT("20241232 10:30"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("10:30"), HR_ISO_TIME, 37800000000, 0, false},
    {HR_STR_INIT("T10:30"), HR_ISO_TIME, 37800000000, 0, false},
    {HR_STR_INIT("10:30:00Z"), HR_ISO_TIME, 37800000000, 0, true},
    {HR_STR_INIT("T10:30:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("T1030"), HR_ISO_TIME, 37800000000, 0, false},
    {HR_STR_INIT("T103000.5"), HR_ISO_TIME, 37800500000, 0, false},
    {HR_STR_INIT("1:30"), HR_ISO_TIME, 5400000000, 0, false},
    {HR_STR_INIT("1:5:9"), HR_ISO_TIME, 3909000000, 0, false},
    {HR_STR_INIT("10:30+02:00"), HR_ISO_TIME, 30600000000, 0, true},
    {HR_STR_INIT("T01:30+02:00"), HR_ISO_TIME, 84600000000, 0, true},
    {HR_STR_INIT("T23:30-02:00"), HR_ISO_TIME, 5400000000, 0, true},
    {HR_STR_INIT("24:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("T24"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("25:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("10::30"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("10:30:"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024 10:"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00."), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00.Z"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00+"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00+2"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:00Zx"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01TT10:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01  10:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("10:30.123456789"), HR_ISO_TIME, 37800123456, 0, false},
    {HR_STR_INIT("1:30.1234567891"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("P1D"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01/2024-01-02"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("1700000000"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("1580405246"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("x"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("-"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T10:00:0"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01T1a:00:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-0a-01T10:00:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01:01T10:00:00"), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("4111 12:22|5"), HR_ISO_DATETIME, 67563462120500000, 781984, false},
    {HR_STR_INIT(""), HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("2024-01-01\000"
                 "10:00"),
     HR_ISO_NONE, 0, 0, false},
    {HR_STR_INIT("\u0662\u0660\u0662\u0664 10:30"), HR_ISO_NONE, 0, 0, false},
};

static void texts_parse_as_in_dlt(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(iso_cases); i++) {
        const struct iso_case *c = &iso_cases[i];
        hr_iso got = {.micros = -7, .days = -7};
        const hr_iso_kind kind = hr_iso_parse(c->text, &got);

        if (kind != c->kind)
            fail_msg("'%s': kind %d, want %d", c->text.p, (int)kind, (int)c->kind);
        if (kind == HR_ISO_NONE)
            continue;
        if (got.micros != c->micros || got.days != c->days || got.has_zone != c->has_zone)
            fail_msg("'%s': %lld us, day %d, zone %d", c->text.p, (long long)got.micros, got.days,
                     got.has_zone);
    }
}

/* Every day of the calendar, as text and back. */
static void all_days_go_both_ways(void **state)
{
    (void)state;
    int32_t days = -719162;
    char last[HR_ISO_TEXT_MAX] = "0000-12-31";

    for (; days <= 2932896; days++) {
        char text[HR_ISO_TEXT_MAX] = "";
        hr_iso got;

        assert_int_equal(hr_iso_date_text(days, text), HR_ISO_DATE_LEN);
        assert_int_equal(hr_iso_parse((hr_str){text, HR_ISO_DATE_LEN}, &got), HR_ISO_DATE);
        assert_int_equal(got.days, days);
        assert_true(memcmp(last, text, HR_ISO_DATE_LEN) < 0);
        memcpy(last, text, sizeof(last));
    }
    assert_memory_equal(last, "9999-12-31", HR_ISO_DATE_LEN);
}

static const struct text_case {
    int64_t micros;
    const char *text;
} text_cases[] = {
    {0, "1970-01-01T00:00:00+00:00"},
    {-1, "1969-12-31T23:59:59.999999+00:00"},
    {1704103200000000, "2024-01-01T10:00:00+00:00"},
    {1704103200000100, "2024-01-01T10:00:00.000100+00:00"},
    {-62135596800000000, "0001-01-01T00:00:00+00:00"},
    {253402300799999999, "9999-12-31T23:59:59.999999+00:00"},
};

static void times_are_written_as_in_dlt(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(text_cases); i++) {
        const struct text_case *c = &text_cases[i];
        char text[HR_ISO_TEXT_MAX];
        const hr_str got = {text, hr_iso_datetime_text(c->micros, text)};
        hr_iso back;

        assert_str_equal(got, hr_str_from(c->text), c->text);
        assert_int_equal(hr_iso_parse(got, &back), HR_ISO_DATETIME);
        assert_true(back.micros == c->micros && back.has_zone);
    }
    char text[HR_ISO_TEXT_MAX];
    assert_str_equal((hr_str){text, hr_iso_time_text(86399999999, text)}, HR_STR("23:59:59.999999"),
                     "time");
    assert_str_equal((hr_str){text, hr_iso_time_text(3600000000, text)}, HR_STR("01:00:00"),
                     "time");
}

static void range_ends_with_the_years(void **state)
{
    (void)state;
    assert_true(hr_iso_in_range(-62135596800000000));
    assert_false(hr_iso_in_range(-62135596800000001));
    assert_true(hr_iso_in_range(253402300799999999));
    assert_false(hr_iso_in_range(253402300800000000));
    assert_false(hr_iso_in_range(INT64_MIN));
}

/* The reader of the usual shape must not see what is behind the text. */
static void every_shorter_text_is_read_within_its_end(void **state)
{
    (void)state;
    static const char text[] = "2024-01-01T10:00:00.123456+02:00";
    hr_iso got;

    for (size_t n = 0; n < sizeof(text); n++) {
        char exact[sizeof(text)];

        memset(exact, '5', sizeof(exact));
        memcpy(exact, text, n);
        const hr_iso_kind a = hr_iso_parse((hr_str){exact, n}, &got);
        memset(exact + n, 'x', sizeof(exact) - n);
        assert_int_equal(hr_iso_parse((hr_str){exact, n}, &got), a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_parse_as_in_dlt),
        cmocka_unit_test(all_days_go_both_ways),
        cmocka_unit_test(times_are_written_as_in_dlt),
        cmocka_unit_test(range_ends_with_the_years),
        cmocka_unit_test(every_shorter_text_is_read_within_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
