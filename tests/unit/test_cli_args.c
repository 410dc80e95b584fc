/* The command line: options, their values, and what is said about wrong ones. */
#include "support.h"

#include <stdlib.h>

/* The program is not in the library, so what is tested of it comes along as source. */
#include "cli/args.c"
#include "cli/input_name.c"
#include "cli/options.c"
#include "cli/text.c"
#include "cli/utf8.c"
#include "config/strategies.h"
#include "headrace/headrace.h"

static const cli_option_id all_but_limit[] = {
    CLI_OPT_TABLE,
    CLI_OPT_WRITE_DISPOSITION,
    CLI_OPT_MAX_TABLE_NESTING,
    CLI_OPT_WORKERS,
    CLI_OPT_MEM,
    CLI_OPT_PROGRESS,
    CLI_OPT_FORMAT,
    CLI_OPT_JSON,
    CLI_OPT_TO,
    CLI_OPT_HELP,
    CLI_OPT_END,
};

static const cli_command command = {.name = "load", .options = all_but_limit};

enum { MOST_ARGS = 8 };

static hr_status read_line(cli_args *a, const char *const *words, hr_error *err)
{
    char *argv[MOST_ARGS];
    int argc = 0;

    while (words[argc]) {
        argv[argc] = (char *)(uintptr_t)words[argc];
        argc++;
    }
    return cli_args_read(a, &command, argc, argv, err);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void options_may_stand_anywhere(void **state)
{
    (void)state;
    cli_args a = {0};
    hr_error err = {0};

    assert_hr_ok(read_line(&a,
                           WORDS("a.json", "--table=x=y", "--write-disposition", "replace", "-",
                                 "--json", "b.json"),
                           &err),
                 &err, "mixed");
    assert_string_equal(a.table, "x=y");
    assert_string_equal(a.write_disposition, "replace");
    assert_true(a.json);
    assert_int_equal(a.n_operands, 3);
    assert_string_equal(a.operands[1], "-");
    assert_string_equal(a.operands[2], "b.json");
    cli_args_release(&a);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    cli_args a = {0};
    hr_error err = {0};

    assert_hr_ok(read_line(&a, WORDS("--table", "x", "--table", "y", "--", "--json"), &err), &err,
                 "--");
    assert_string_equal(a.table, "y");
    assert_false(a.json);
    assert_string_equal(a.operands[0], "--json");
    cli_args_release(&a);
}

static void numbers_are_given_or_not(void **state)
{
    (void)state;
    cli_args a = {0};
    hr_error err = {0};

    assert_hr_ok(read_line(&a, WORDS("--max-table-nesting", "0", "--mem", "64M"), &err), &err, "n");
    assert_true(a.max_table_nesting.given);
    assert_int_equal(a.max_table_nesting.n, 0);
    assert_int_equal(a.mem.n, 64 << 20);
    assert_false(a.workers.given);
    cli_args_release(&a);
}

static void wrong_lines_are_refused_in_plain_words(void **state)
{
    (void)state;
    static const struct wrong_case {
        const char *words[3];
        const char *want;
    } cases[] = {
        {{"--tabel", "x"}, "unknown option --tabel; did you mean --table?"},
        {{"--tabel=x"}, "unknown option --tabel; did you mean --table?"},
        {{"--write", "x"}, "unknown option --write; did you mean --write-disposition?"},
        {{"--quite-other"}, "unknown option --quite-other; see headrace help load"},
        {{"--limit", "3"}, "headrace load takes no --limit; see headrace help load"},
        {{"-x"}, "unknown option -x; a file whose name begins with a dash is given as ./-x"},
        {{"--table"}, "--table needs a value: --table NAME"},
        {{"--table", "--json"}, "--table needs a value: --table NAME"},
        {{"--table="}, "--table needs a value: --table NAME"},
        {{"--json=yes"}, "--json takes no value"},
        {{"--workers", "0"}, "--workers takes a whole number (1 to 256), not \"0\""},
        {{"--workers", "two"}, "--workers takes a whole number (1 to 256), not \"two\""},
        {{"--workers", "-1"}, "--workers takes a whole number (1 to 256), not \"-1\""},
        {{"--workers", "99999999999999999999"},
         "--workers takes a whole number (1 to 256), not \"99999999999999999999\""},
        {{"--mem", "1K"}, "--mem takes a size such as 64M or 1G (32M to 1024T), not \"1K\""},
        {{"--format", "jsn"}, "--format takes table|csv|json, not \"jsn\"; did you mean json?"},
        {{"--format", "xml"}, "--format takes table|csv|json, not \"xml\""},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        cli_args a = {0};
        hr_error err = {0};

        assert_int_equal(read_line(&a, cases[i].words, &err), HR_E_USAGE);
        assert_string_equal(err.msg, cases[i].want);
        assert_null(a.operands);
    }
}

static void sizes(void **state)
{
    (void)state;
    static const struct size_case {
        const char *text;
        uint64_t want; /* 0: refused */
    } cases[] = {
        {"1000", 1000},
        {"1000b", 1000},
        {"256M", UINT64_C(256) << 20},
        {"64MiB", UINT64_C(64) << 20},
        {"64mib", UINT64_C(64) << 20},
        {"1G", UINT64_C(1) << 30},
        {"1.5G", UINT64_C(3) << 29},
        {"2GB", 2000000000},
        {"1kB", 1000},
        {"1T", UINT64_C(1) << 40},
        {"", 0},
        {"M", 0},
        {"-1M", 0},
        {"1 M", 0},
        {"1.M", 0},
        {"1X", 0},
        {"1Mi", 0},
        {"0x10", 0},
        {"1e3", 0},
        {"99999999999T", 0},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        uint64_t bytes = 0;

        assert_int_equal(cli_args_size(cases[i].text, &bytes), cases[i].want != 0);
        assert_int_equal(bytes, cases[i].want);
    }
}

static void suggestions(void **state)
{
    (void)state;
    static const char *const words[] = {"load", "tables", "table", "show", "packages", NULL};
    static const struct suggest_case {
        const char *word;
        const char *want;
    } cases[] = {
        {"laod", "load"},      {"loda", "load"},     {"lod", "load"}, {"tabel", "table"},
        {"tabless", "tables"}, {"pack", "packages"}, {"xyz", NULL},   {"", NULL},
        {"delete", NULL},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        const char *got = hr_suggest(cases[i].word, words);

        if (cases[i].want && got)
            assert_string_equal(got, cases[i].want);
        else
            assert_ptr_equal(got, cases[i].want);
    }
}

static void a_file_names_its_table(void **state)
{
    (void)state;
    static const struct name_case {
        const char *paths[3];
        const char *want; /* NULL: refused */
        const char *why;
    } cases[] = {
        {{"events.json"}, "events", NULL},
        {{"logs/events-2024.jsonl.gz"}, "events-2024", NULL},
        {{"/a/b/x.ndjson.zst"}, "x", NULL},
        {{"data.tar"}, "data.tar", NULL},
        {{".json"}, ".json", NULL},
        {{"logs/"}, "logs", NULL},
        {{"a/x.json", "b/x.json.gz"}, "x", NULL},
        {{"a.json", "b.json"}, NULL, "different names"},
        {{"-"}, NULL, "standard input"},
        {{"logs/*.json"}, NULL, "pattern"},
        {{".."}, NULL, "no name"},
        {{"/"}, NULL, "no name"},
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        const size_t n = cases[i].paths[1] ? 2 : 1;
        char *name = NULL;
        hr_error err = {0};
        const hr_status st = cli_input_name(&name, cases[i].paths, n, &err);

        if (cases[i].want) {
            assert_hr_ok(st, &err, cases[i].paths[0]);
            assert_string_equal(name, cases[i].want);
        } else {
            assert_int_equal(st, HR_E_USAGE);
            assert_non_null(strstr(err.msg, cases[i].why));
            assert_non_null(strstr(err.msg, "--table"));
        }
        free(name);
    }
}

/* Every row has a name and help, lists have words, and no two share a name. */
static void the_table_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLI_OPT_END; i++) {
        const cli_option *o = &cli_options[i];
        char list[LIST_TEXT];
        const char *words[LIST_WORDS];

        assert_non_null(o->name);
        assert_non_null(o->help);
        assert_string_equal(find_option(&command, o->name, strlen(o->name))->name, o->name);
        assert_int_equal(o->arg == NULL, o->kind == CLI_KIND_FLAG);
        if (o->kind != CLI_KIND_WORD && o->kind != CLI_KIND_CHOICE)
            continue;
        split_list(o->arg, list, words);
        for (size_t k = 0; words[k]; k++)
            assert_true(words[k][0] != '\0');
        assert_true(words[0] && words[1]);
    }
}

/* --help has to name the strategies; they are the library's. */
static void merge_strategies_are_those_of_the_library(void **state)
{
    char list[LIST_TEXT];
    const char *words[LIST_WORDS];

    (void)state;
    split_list(cli_options[CLI_OPT_MERGE_STRATEGY].arg, list, words);
    for (int m = HR_MERGE_NONE + 1; m <= HR_MERGE_SCD2; m++)
        assert_string_equal(words[m - 1], hr_merge_name((hr_merge)m));
    assert_null(words[HR_MERGE_SCD2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(numbers_are_given_or_not),
        cmocka_unit_test(wrong_lines_are_refused_in_plain_words),
        cmocka_unit_test(sizes),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(a_file_names_its_table),
        cmocka_unit_test(the_table_is_whole),
        cmocka_unit_test(merge_strategies_are_those_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
