/* Load packages: what is written is read back, by the table's columns as they are then. */
#include "support.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package_int.h"
#include "support/package_rows.h"
#include "support/packages.h"
#include "value/convert.h"

static hr_error err;

/* The lines that test_package_rows gives for the same. */
static void expect_rows(hr_buf *out, const char *table, unsigned which, int64_t first, int64_t rows,
                        int64_t null_every)
{
    for (int64_t n = first; n < first + rows; n++) {
        hr_buf_addf(out, "%s %lld: id=%lld", table, (long long)n, (long long)n);
        for (size_t i = 0; i < PKG_N_TYPES; i++) {
            const hr_type type = pkg_types[i];

            if (!(which >> i & 1) || (null_every && n % null_every == 0))
                continue;
            hr_buf_addf(out, " %s=", hr_type_name(type));
            switch (type) {
            case HR_TYPE_DOUBLE:
                hr_text_of_double((double)n / 4, out);
                break;
            case HR_TYPE_BOOL:
                hr_buf_addz(out, n % 2 ? "true" : "false");
                break;
            case HR_TYPE_DATE:
                hr_buf_addf(out, "day %lld", (long long)n);
                break;
            case HR_TYPE_DECIMAL:
            case HR_TYPE_WEI:
                hr_text_of_decimal((hr_int128)n * 1000000000000 - 7, type == HR_TYPE_WEI ? 0 : 2,
                                   out);
                break;
            case HR_TYPE_TEXT:
            case HR_TYPE_JSON:
            case HR_TYPE_BINARY:
                hr_buf_addf(out, "'%lld%.*s'", (long long)n, (int)(n % 9), "abcdefghi");
                break;
            default:
                hr_buf_addf(out, "%s%lld", type == HR_TYPE_BIGINT ? "" : "@", (long long)n * 1000);
                break;
            }
        }
        hr_buf_addc(out, '\n');
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(hr_buf *text)
{
    char **lines = calloc(text->len + 1, sizeof(*lines));
    hr_buf sorted = {0};
    size_t n = 0;

    for (char *at = text->data; at && *at; at = strchr(at, '\n') + 1)
        lines[n++] = strndup(at, (size_t)(strchr(at, '\n') - at) + 1);
    qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++) {
        hr_buf_addz(&sorted, lines[i]);
        free(lines[i]);
    }
    free(lines);
    hr_buf_release(text);
    *text = sorted;
}

static void assert_rows(const hr_package *p, const hr_schema *s, hr_buf *want, const char *label)
{
    hr_buf got = {0};

    sort_lines(want);
    assert_hr_ok(test_package_rows(p, s, &got, &err), &err, label);
    assert_str_equal(hr_buf_str(&got), hr_buf_str(want), label);
    hr_buf_release(&got);
    hr_buf_release(want);
}

static const struct batch_case {
    const char *label;
    struct {
        unsigned which;
        int64_t rows, null_every;
    } batches[4];
} batch_cases[] = {
    {"all types", {{0x7ff, 100, 0}}},
    {"with nulls", {{0x7ff, 100, 3}}},
    {"one row", {{0x7ff, 1, 0}}},
    {"a null row", {{0x7ff, 1, 1}}},
    {"several batches", {{0x7ff, 10, 0}, {0x7ff, 65, 2}, {0x7ff, 1, 0}}},
    {"columns come and go", {{0x003, 10, 0}, {0x7fc, 20, 2}, {0x000, 5, 0}, {0x7ff, 3, 0}}},
    {"each type by itself", {{0x001, 9, 2}, {0x010, 9, 2}, {0x040, 9, 2}, {0x004, 9, 2}}},
};

static void what_is_written_is_read(void **state)
{
    static const char *const tables[] = {"t", "u"};
    hr_schema *s = pkg_schema(tables, N_OF(tables));

    (void)state;
    for (size_t i = 0; i < N_OF(batch_cases); i++) {
        const struct batch_case *c = &batch_cases[i];
        hr_package *p = pkg_begin("1.5");
        hr_package_writer *w = NULL;
        hr_buf want = {0};
        int64_t first = 0;

        assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
        for (size_t k = 0; k < 4 && c->batches[k].rows; k++) {
            for (size_t t = 0; t < N_OF(tables); t++) {
                pkg_write(w, tables[t], c->batches[k].which, first, c->batches[k].rows,
                          c->batches[k].null_every);
                expect_rows(&want, tables[t], c->batches[k].which, first, c->batches[k].rows,
                            c->batches[k].null_every);
            }
            first += c->batches[k].rows;
        }
        pkg_finish(w);
        p = pkg_reopened(p, s);
        assert_int_equal(hr_package_rows(p, HR_STR("t")), first);
        assert_int_equal(hr_package_rows(p, HR_STR("none")), 0);
        assert_rows(p, s, &want, c->label);
        hr_package_free(p);
        assert_hr_ok(hr_package_discard(pkg_folder(), "1.5", &err), &err, "discard");
    }
    hr_schema_free(s);
}

/* Columns that no batch has are left out of the reader's schema; those that some batch lacks are
 * null there, and _dlt_load_id, which no package holds, never comes. */
static void only_columns_with_values_are_read(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = pkg_schema(tables, 1);
    hr_package *p = pkg_begin("1.5");
    hr_package_writer *w = NULL;
    hr_package_reader *r = NULL;
    struct ArrowArray a = {0};

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    pkg_write(w, "t", 0x011, 0, 10, 0);
    pkg_write(w, "t", 0x001, 10, 5, 0);
    pkg_finish(w);
    p = pkg_reopened(p, s);
    assert_hr_ok(hr_package_reader_new(&r, p, hr_schema_table(s, HR_STR("t")), &err), &err, "read");
    const hr_batches *b = hr_package_reader_batches(r);
    assert_int_equal(b->rows, 15);
    assert_int_equal(b->schema->n_children, 3);
    assert_string_equal(b->schema->children[0]->name, "id");
    assert_string_equal(b->schema->children[1]->name, "text");
    assert_string_equal(b->schema->children[2]->name, "bigint");
    for (int64_t rows = 0; rows < 15; rows += a.length) {
        if (a.release)
            a.release(&a);
        assert_hr_ok(b->next(b->self, &a, &err), &err, "next");
        assert_int_equal(a.n_children, 3);
        assert_int_equal(a.children[2]->null_count == a.length, a.length == 5);
        if (rows + a.length == 15)
            break;
    }
    a.release(&a);
    for (int i = 0; i < 3; i++) {
        assert_hr_ok(b->next(b->self, &a, &err), &err, "after the end");
        assert_null(a.release);
    }
    hr_package_reader_free(r);
    hr_package_free(p);
    hr_schema_free(s);
}

static void batches_with_the_same_columns_share_a_file(void **state)
{
    hr_package *p = pkg_begin("1.5");
    hr_package_writer *w = NULL;

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    pkg_write(w, "t", 0x001, 0, 10, 0);
    pkg_write(w, "t", 0x001, 10, 10, 0);
    assert_int_equal(p->n_files, 1);
    assert_int_equal(p->files[0]->n_batches, 2);
    pkg_write(w, "u", 0x001, 0, 10, 0);
    pkg_write(w, "t", 0x003, 20, 10, 0);
    pkg_write(w, "t", 0x001, 20, 10, 0);
    assert_int_equal(p->n_files, 4);
    assert_string_equal(p->files[3]->name, "0004.arrow");
    pkg_finish(w);
    hr_package_free(p);
}

/* Any Arrow library must open the files: magic at both ends, and the length of what is between. */
static void files_are_arrow_ipc_files(void **state)
{
    hr_package *p = pkg_begin("1.5");
    hr_package_writer *w = NULL;
    hr_buf bytes = {0};

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    pkg_write(w, "t", 0x7ff, 0, 10, 3);
    pkg_finish(w);
    char *path = hr_path_join(p->dir, p->files[0]->name);
    assert_hr_ok(hr_read_file(path, &bytes, &err), &err, "read");
    assert_int_equal(bytes.len, p->files[0]->bytes);
    assert_memory_equal(bytes.data, "ARROW1\0\0", 8);
    assert_memory_equal(bytes.data + bytes.len - 6, "ARROW1", 6);
    assert_true(p->files[0]->batches[0].offset % 8 == 0);
    hr_free(path);
    hr_buf_release(&bytes);
    hr_package_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pkg_test(what_is_written_is_read),
        pkg_test(only_columns_with_values_are_read),
        pkg_test(batches_with_the_same_columns_share_a_file),
        pkg_test(files_are_arrow_ipc_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
