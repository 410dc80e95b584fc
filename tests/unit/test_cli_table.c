/* Results as tables, CSV and JSON. */
#include "support.h"

#include <stdlib.h>

/* The program is not in the library, so what is tested of it comes along as source. */
#include "cli/cell.c"
#include "cli/cell_time.c"
#include "cli/cell_type.c"
#include "cli/grid.c"
#include "cli/rows.c"
#include "cli/text.c"
#include "cli/utf8.c"

typedef struct sink {
    cli_style style;
    char *text;
    size_t n;
} sink;

static void sink_open(sink *s, unsigned width, bool unicode)
{
    *s = (sink){0};
    s->style =
        (cli_style){.out = open_memstream(&s->text, &s->n), .width = width, .unicode = unicode};
    assert_non_null(s->style.out);
}

static void sink_expect(sink *s, const char *want)
{
    assert_int_equal(fclose(s->style.out), 0);
    assert_string_equal(s->text, want);
    free(s->text);
}

static const cli_column two[] = {{"id", true}, {"name", false}};

static void write_two(sink *s, cli_format format)
{
    cli_rows *r = cli_rows_begin(&s->style, format, two, 2);

    cli_rows_number(r, 7);
    cli_rows_text(r, "a,\"b\"");
    cli_rows_number(r, 1234);
    cli_rows_text(r, NULL);
    cli_rows_cell(r, CLI_CELL_NULL, "", 0);
    cli_rows_text(r, "");
    cli_rows_cell(r, CLI_CELL_NUMBER, "-1", 2);
    cli_rows_text(r, "NULL");
    cli_rows_cell(r, CLI_CELL_NUMBER, "2", 1);
    cli_rows_text(r, "l\n\x1b[0m\xe6\x9d\xb1");
    cli_rows_end(r);
}

static void a_table_in_a_pipe_is_plain_and_whole(void **state)
{
    (void)state;
    sink s;

    (void)cli_utf8_init();
    sink_open(&s, 0, false);
    write_two(&s, CLI_FORMAT_TABLE);
    sink_expect(&s, "   id | name\n"
                    "------+--------------\n"
                    "    7 | a,\"b\"\n"
                    " 1234 | NULL\n"
                    " NULL | \n"
                    "   -1 | 'NULL'\n"
                    "    2 | l\\n\\x1b[0m\xe6\x9d\xb1\n");
}

static void csv_tells_null_from_an_empty_text(void **state)
{
    (void)state;
    sink s;

    sink_open(&s, 0, false);
    write_two(&s, CLI_FORMAT_CSV);
    sink_expect(&s, "id,name\n"
                    "7,\"a,\"\"b\"\"\"\n"
                    "1234,\n"
                    ",\"\"\n"
                    "-1,NULL\n"
                    "2,\"l\n\x1b[0m\xe6\x9d\xb1\"\n");
}

static void json_is_an_array_of_objects(void **state)
{
    (void)state;
    sink s;

    sink_open(&s, 0, false);
    write_two(&s, CLI_FORMAT_JSON);
    sink_expect(&s, "[\n"
                    "{\"id\":7,\"name\":\"a,\\\"b\\\"\"},\n"
                    "{\"id\":1234,\"name\":null},\n"
                    "{\"id\":null,\"name\":\"\"},\n"
                    "{\"id\":-1,\"name\":\"NULL\"},\n"
                    "{\"id\":2,\"name\":\"l\\n\\u001b[0m\xe6\x9d\xb1\"}\n"
                    "]\n");
}

static void no_rows(void **state)
{
    (void)state;
    sink s;

    sink_open(&s, 0, false);
    cli_rows_end(cli_rows_begin(&s.style, CLI_FORMAT_JSON, two, 2));
    cli_rows_end(cli_rows_begin(&s.style, CLI_FORMAT_CSV, two, 2));
    cli_rows_end(cli_rows_begin(&s.style, CLI_FORMAT_TABLE, two, 2));
    sink_expect(&s, "[]\nid,name\n id | name\n----+------\n");
}

static void json_keys_are_made_unique(void **state)
{
    (void)state;
    static const cli_column same[] = {{"a", true}, {"a", true}, {"a_1", true}, {"a", true}};
    sink s;

    sink_open(&s, 0, false);
    cli_rows *r = cli_rows_begin(&s.style, CLI_FORMAT_JSON, same, 4);
    for (uint64_t i = 1; i <= 4; i++)
        cli_rows_number(r, i);
    cli_rows_end(r);
    sink_expect(&s, "[\n{\"a\":1,\"a_2\":2,\"a_1\":3,\"a_3\":4}\n]\n");
}

static void a_terminal_cuts_the_widest_column(void **state)
{
    (void)state;
    static const cli_column three[] = {{"id", true}, {"a", false}, {"b", false}};
    sink s;

    (void)cli_utf8_init();
    sink_open(&s, 28, true);
    cli_rows *r = cli_rows_begin(&s.style, CLI_FORMAT_TABLE, three, 3);
    cli_rows_number(r, 1);
    cli_rows_text(r, "\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac");
    cli_rows_text(r, "abcdefghijkl");
    cli_rows_end(r);
    sink_expect(&s, " id \xe2\x94\x82 a         \xe2\x94\x82 b\n"
                    "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\xbc\xe2\x94\x80"
                    "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
                    "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\xbc\xe2\x94\x80"
                    "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
                    "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\n"
                    "  1 \xe2\x94\x82 \xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac\xe2\x80\xa6 "
                    "\xe2\x94\x82 abcdefgh\xe2\x80\xa6\n"
                    "(1 row)\n");
}

static void too_many_columns_become_blocks(void **state)
{
    (void)state;
    static const cli_column many[] = {{"first_column", true}, {"b", false}, {"third", false}};
    sink s;

    sink_open(&s, 20, false);
    cli_rows *r = cli_rows_begin(&s.style, CLI_FORMAT_TABLE, many, 3);
    for (int i = 0; i < 2; i++) {
        cli_rows_text(r, "some longer text");
        cli_rows_text(r, "another");
        cli_rows_text(r, NULL);
    }
    cli_rows_end(r);
    sink_expect(&s, "row 1\n"
                    " first_column | some ~\n"
                    " b            | anoth~\n"
                    " third        | NULL\n"
                    "\n"
                    "row 2\n"
                    " first_column | some ~\n"
                    " b            | anoth~\n"
                    " third        | NULL\n"
                    "(2 rows)\n");
}

/* The 1001st row is longer than the sample let expect: it sticks out and nothing is lost. */
static void rows_after_the_sample_pass_through(void **state)
{
    (void)state;
    static const cli_column one[] = {{"t", false}};
    static const char tail[] = "\n a\n longer than all\n a\n";
    sink s;

    sink_open(&s, 0, false);
    cli_rows *r = cli_rows_begin(&s.style, CLI_FORMAT_TABLE, one, 1);
    for (int i = 0; i < 1002; i++)
        cli_rows_text(r, i == 1000 ? "longer than all" : "a");
    cli_rows_end(r);
    assert_int_equal(fclose(s.style.out), 0);
    assert_string_equal(s.text + s.n - strlen(tail), tail);
    assert_memory_equal(s.text, " t\n---\n a\n", 10);
    free(s.text);
}

/* ---- From a stream ---- */

typedef struct numbers {
    int64_t values[10];
    int batches; /* of ten */
    bool fails;
    const void *buffers[2];
    const void *no_buffers[1];
    struct ArrowArray child;
    struct ArrowArray *children[1];
    struct ArrowSchema child_schema;
    struct ArrowSchema *child_schemas[1];
    int released;
} numbers;

static int numbers_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    numbers *n = s->private_data;

    n->child_schema = (struct ArrowSchema){.format = "l", .name = "n"};
    n->child_schemas[0] = &n->child_schema;
    *out = (struct ArrowSchema){.format = "+s", .n_children = 1, .children = n->child_schemas};
    return 0;
}

static void release_batch(struct ArrowArray *a)
{
    ((numbers *)a->private_data)->released++;
    a->release = NULL;
}

static int numbers_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    numbers *n = s->private_data;

    *out = (struct ArrowArray){0};
    if (n->batches == 0)
        return n->fails ? 5 : 0;
    n->batches--;
    for (int i = 0; i < 10; i++)
        n->values[i] = i;
    n->buffers[1] = n->values;
    n->child = (struct ArrowArray){.length = 10, .n_buffers = 2, .buffers = n->buffers};
    n->children[0] = &n->child;
    *out = (struct ArrowArray){.length = 10,
                               .n_buffers = 1,
                               .buffers = n->no_buffers,
                               .n_children = 1,
                               .children = n->children,
                               .release = release_batch,
                               .private_data = n};
    return 0;
}

static const char *numbers_error(struct ArrowArrayStream *s)
{
    (void)s;
    return "the disk is gone";
}

static void a_limit_cuts_a_batch_and_says_so(void **state)
{
    (void)state;
    numbers n = {.batches = 3};
    struct ArrowArrayStream stream = {numbers_schema, numbers_next, numbers_error, NULL, &n};
    hr_error err = {0};
    bool more = false;
    sink s;

    sink_open(&s, 0, false);
    assert_hr_ok(cli_rows_write(&s.style, CLI_FORMAT_CSV, &stream, 12, &more, &err), &err, "limit");
    sink_expect(&s, "n\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n1\n");
    assert_true(more);
    assert_int_equal(n.released, 2);
}

static void a_limit_that_just_fits_is_not_more(void **state)
{
    (void)state;
    numbers n = {.batches = 1};
    struct ArrowArrayStream stream = {numbers_schema, numbers_next, numbers_error, NULL, &n};
    hr_error err = {0};
    bool more = true;
    sink s;

    sink_open(&s, 0, false);
    assert_hr_ok(cli_rows_write(&s.style, CLI_FORMAT_CSV, &stream, 10, &more, &err), &err, "fits");
    sink_expect(&s, "n\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert_false(more);
}

/* What came is shown, but no reader may take it for the whole. */
static void a_stream_that_breaks_is_an_error(void **state)
{
    (void)state;
    static const struct broken_case {
        cli_format format;
        int batches;
        unsigned width;
        const char *want;
    } cases[] = {
        {CLI_FORMAT_JSON, 0, 0, ""},
        {CLI_FORMAT_CSV, 0, 0, "n\n"},
        {CLI_FORMAT_TABLE, 0, 80, ""},
        {CLI_FORMAT_TABLE, 1, 80, " n\n---\n 0\n 1\n 2\n 3\n 4\n 5\n 6\n 7\n 8\n 9\n"},
        {CLI_FORMAT_JSON, 1, 0,
         "[\n{\"n\":0},\n{\"n\":1},\n{\"n\":2},\n{\"n\":3},\n{\"n\":4},\n{\"n\":5},\n"
         "{\"n\":6},\n{\"n\":7},\n{\"n\":8},\n{\"n\":9}\n"},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        numbers n = {.batches = cases[i].batches, .fails = true};
        struct ArrowArrayStream stream = {numbers_schema, numbers_next, numbers_error, NULL, &n};
        hr_error err = {0};
        bool more;
        sink s;

        sink_open(&s, cases[i].width, false);
        assert_int_equal(cli_rows_write(&s.style, cases[i].format, &stream, 0, &more, &err),
                         HR_E_REMOTE);
        assert_string_equal(err.msg, "the disk is gone");
        sink_expect(&s, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_in_a_pipe_is_plain_and_whole),
        cmocka_unit_test(csv_tells_null_from_an_empty_text),
        cmocka_unit_test(json_is_an_array_of_objects),
        cmocka_unit_test(no_rows),
        cmocka_unit_test(json_keys_are_made_unique),
        cmocka_unit_test(a_terminal_cuts_the_widest_column),
        cmocka_unit_test(too_many_columns_become_blocks),
        cmocka_unit_test(rows_after_the_sample_pass_through),
        cmocka_unit_test(a_limit_cuts_a_batch_and_says_so),
        cmocka_unit_test(a_limit_that_just_fits_is_not_more),
        cmocka_unit_test(a_stream_that_breaks_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
