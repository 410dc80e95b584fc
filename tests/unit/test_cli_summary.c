/* What a run says: progress lines and the summary of a load. */
#include "support.h"

#include <stdlib.h>
#include <unistd.h>

/* The program is not in the library, so what is tested of it comes along as source. */
#include "cli/cell.c"
#include "cli/cell_time.c"
#include "cli/cell_type.c"
#include "cli/grid.c"
#include "cli/json.c"
#include "cli/progress.c"
#include "cli/report.c"
#include "cli/rows.c"
#include "cli/style.c"
#include "cli/summary.c"
#include "cli/text.c"
#include "cli/utf8.c"

static void assert_summary(const char *json, const char *want)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
    char *text = NULL;
    size_t n = 0;
    const cli_style style = {.out = open_memstream(&text, &n)};

    assert_non_null(doc);
    cli_summary_print(&style, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    assert_int_equal(fclose(style.out), 0);
    assert_string_equal(text, want);
    free(text);
}

static void a_load_is_told_in_full(void **state)
{
    (void)state;
    assert_summary(
        "{\"destination\":\"duckdb:///x.duckdb\",\"dataset\":\"d\",\"load_id\":\"1.5\","
        "\"status\":\"loaded\",\"schema\":{\"name\":\"s\",\"version\":2,\"new\":true},"
        "\"seconds\":61.4,\"steps\":[{\"name\":\"extract\",\"seconds\":2,\"bytes\":12345678,"
        "\"rows\":5000}],\"tables\":["
        "{\"name\":\"a\",\"rows\":4000,\"new\":true,\"new_columns\":[{},{}]},"
        "{\"name\":\"a__a\",\"rows\":0,\"new\":true,\"new_columns\":[]},"
        "{\"name\":\"a__b\",\"rows\":1000,\"new\":false,\"write_disposition\":\"replace\","
        "\"new_columns\":[{\"name\":\"x\",\"type\":\"text\"}]},"
        "{\"name\":\"c\",\"rows\":0,\"new_columns\":["
        "{\"name\":\"c1\",\"type\":\"text\"},{\"name\":\"c2\",\"type\":\"text\"},"
        "{\"name\":\"c3\",\"type\":\"text\"},{\"name\":\"c4\",\"type\":\"text\"},"
        "{\"name\":\"c5\",\"type\":\"text\"},{\"name\":\"c6\",\"type\":\"text\"},"
        "{\"name\":\"c7\",\"type\":\"text\"}]}],"
        "\"values\":{\"in\":12345,\"loaded\":12344,\"discarded\":1,\"reasons\":["
        "{\"reason\":\"duplicate key\",\"count\":1,\"example\":\"k\\u001b\"}]}}",
        "Loaded 5,000 rows into duckdb:///x.duckdb, dataset d, in 1 min 1 s.\n"
        "\n"
        " table |  rows | changes\n"
        "-------+-------+--------------------------------------------------------------------\n"
        " a     | 4,000 | new table, 2 columns\n"
        " a__a  |     0 | made again\n"
        " a__b  | 1,000 | replaced; new column x text\n"
        " c     |     0 | new columns c1 text, c2 text, c3 text, c4 text, c5 text and 2 more\n"
        "\n"
        "extract   2.0 s, 12.3 MB, 5,000 rows, 2,500 rows/s\n"
        "values    12,345 in = 12,344 loaded + 1 discarded\n"
        "          1 discarded: duplicate key, such as k\\x1b\n"
        "schema    s, version 2 (new)\n"
        "load id   1.5\n");
}

static void nothing_is_said_so(void **state)
{
    (void)state;
    assert_summary("{\"status\":\"nothing\",\"destination\":\"duckdb:///x\"}",
                   "Nothing to load: the input has no rows.\n");
}

static void a_described_step_shows_what_is_known(void **state)
{
    (void)state;
    static const struct step_case {
        hr_event event;
        uint64_t memory;
        const char *want;
    } cases[] = {
        {{.rows = 1}, 0, "1 row"},
        {{.bytes = 12345678, .rows = 1234, .seconds = 2},
         85000000,
         "12.3 MB, 1,234 rows, 617 rows/s, 85.0 MB memory"},
        {{.rows = 10, .seconds = 2, .bytes_total = 100, .bytes_read = 40},
         0,
         "10 rows, 5 rows/s, 3.0 s left"},
        {{.rows = 10, .rows_total = 30, .seconds = 2}, 0, "10 rows, 5 rows/s, 4.0 s left"},
        {{.rows = 30, .rows_total = 30, .seconds = 2, .done = true}, 0, "30 rows, 15 rows/s"},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        cli_text out = {0};

        cli_progress_describe(&out, &cases[i].event, cases[i].memory, ", ");
        assert_string_equal(out.p, cases[i].want);
        cli_text_release(&out);
    }
}

static void memory_is_known_here(void **state)
{
    (void)state;
    assert_in_range(cli_progress_memory(), 100000, UINT64_C(1) << 50);
}

static char *progress_of(cli_progress_mode mode)
{
    const hr_event begun = {.kind = HR_EVENT_PROGRESS, .step = "extract", .rows = 1, .seconds = 1};
    const hr_event done = {
        .kind = HR_EVENT_PROGRESS, .step = "extract", .resource = "t", .rows = 2, .done = true};
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    cli_progress p;

    cli_progress_init(&p, out, mode);
    cli_progress_event(&p, &begun);
    cli_progress_event(&p, &done);
    cli_progress_release(&p);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void a_log_has_the_last_event_of_a_step(void **state)
{
    (void)state;
    static const char start[] = "headrace: extract t done: 2 rows, ";
    char *text = progress_of(CLI_PROGRESS_LOG);

    assert_memory_equal(text, start, sizeof(start) - 1);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    free(text);
}

static void a_pipe_is_quiet(void **state)
{
    (void)state;
    char *text = progress_of(CLI_PROGRESS_AUTO);

    assert_string_equal(text, "");
    free(text);
}

static void json_progress_is_json(void **state)
{
    (void)state;
    char *text = progress_of(CLI_PROGRESS_JSON);
    char *line = text;
    size_t n = 0;

    for (char *end = strchr(line, '\n'); end; end = strchr(line, '\n')) {
        yyjson_doc *doc = yyjson_read(line, (size_t)(end - line), 0);

        assert_non_null(doc);
        assert_string_equal(cli_json_text(yyjson_doc_get_root(doc), "event", ""), "progress");
        yyjson_doc_free(doc);
        line = end + 1;
        n++;
    }
    assert_int_equal(n, 2);
    assert_int_equal(*line, '\0');
    free(text);
}

static void numbers_for_people(void **state)
{
    (void)state;
    static const struct number_case {
        uint64_t n;
        const char *count;
        const char *bytes;
    } cases[] = {
        {0, "0", "0 B"},
        {999, "999", "999 B"},
        {1000, "1,000", "1.0 kB"},
        {999960, "999,960", "1.0 MB"},
        {123456789, "123,456,789", "123 MB"},
        {UINT64_MAX, "18,446,744,073,709,551,615", "18.4 EB"},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        cli_text out = {0};

        cli_text_add_count(&out, cases[i].n);
        assert_string_equal(out.p, cases[i].count);
        cli_text_reset(&out);
        cli_text_add_bytes(&out, cases[i].n);
        assert_string_equal(out.p, cases[i].bytes);
        cli_text_release(&out);
    }
}

static void durations_for_people(void **state)
{
    (void)state;
    static const struct duration_case {
        double seconds;
        const char *want;
    } cases[] = {
        {0, "0 ms"},       {-1, "0 ms"},         {0.0123, "12 ms"},     {0.9996, "1.0 s"},
        {59.94, "59.9 s"}, {59.96, "1 min 0 s"}, {3599.6, "1 h 0 min"}, {7384, "2 h 3 min"},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        cli_text out = {0};

        cli_text_add_seconds(&out, cases[i].seconds);
        assert_string_equal(out.p, cases[i].want);
        cli_text_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_is_told_in_full),
        cmocka_unit_test(nothing_is_said_so),
        cmocka_unit_test(a_described_step_shows_what_is_known),
        cmocka_unit_test(memory_is_known_here),
        cmocka_unit_test(a_log_has_the_last_event_of_a_step),
        cmocka_unit_test(a_pipe_is_quiet),
        cmocka_unit_test(json_progress_is_json),
        cmocka_unit_test(numbers_for_people),
        cmocka_unit_test(durations_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
