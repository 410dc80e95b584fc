/* The folder of load packages: which there are, and what stays of them. */
#include "support.h"

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package_int.h"
#include "support/packages.h"

static hr_error err;

static void packages_are_listed_by_age_and_state(void **state)
{
    hr_schema *s = pkg_schema(NULL, 0);
    hr_package_entry *list = NULL;
    size_t n = 0;
    char *nowhere = hr_path_join(pkg_folder(), "nowhere");

    (void)state;
    assert_hr_ok(hr_package_list(nowhere, &list, &n, &err), &err, "no folder");
    assert_int_equal(n, 0);
    hr_free(nowhere);
    hr_package *begun = pkg_begin("1700000003.25");
    hr_package *complete = pkg_reopened(pkg_begin("1700000001.5"), s);
    hr_package *loaded = pkg_reopened(pkg_begin("1700000002.5"), s);
    assert_hr_ok(hr_package_mark_loaded(loaded, &err), &err, "mark");
    char *broken = hr_path_join(pkg_folder(), "1700000000.1");
    char *other = hr_path_join(pkg_folder(), "not a package");
    assert_hr_ok(hr_make_folders(broken, &err), &err, "broken");
    assert_hr_ok(hr_make_folders(other, &err), &err, "other");
    assert_hr_ok(hr_package_list(pkg_folder(), &list, &n, &err), &err, "list");
    assert_int_equal(n, 4);
    assert_string_equal(list[0].load_id, "1700000000.1");
    assert_int_equal(list[0].status, HR_PACKAGE_BROKEN);
    assert_string_equal(list[1].load_id, "1700000001.5");
    assert_int_equal(list[1].status, HR_PACKAGE_COMPLETE);
    assert_true(list[1].rereadable);
    assert_int_equal(list[2].status, HR_PACKAGE_LOADED);
    assert_int_equal(list[3].status, HR_PACKAGE_BEGUN);
    assert_int_equal(hr_package_open(&(hr_package *){NULL}, pkg_folder(), "1700000003.25", &err),
                     HR_E_USAGE);
    hr_free(list);
    hr_free(broken);
    hr_free(other);
    hr_package_free(begun);
    hr_package_free(complete);
    hr_package_free(loaded);
    hr_schema_free(s);
}

static void a_loaded_package_keeps_no_data(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = pkg_schema(tables, 1);
    char *path = NULL;
    hr_package *p = pkg_small(s, &path);

    (void)state;
    assert_true(hr_path_exists(path));
    assert_hr_ok(hr_package_mark_loaded(p, &err), &err, "mark");
    assert_false(hr_path_exists(path));
    hr_free(path);
    path = hr_path_join(p->dir, "manifest.json");
    assert_false(hr_path_exists(path));
    hr_free(path);
    path = hr_path_join(p->dir, "loaded.json");
    hr_buf text = {0};
    assert_hr_ok(hr_read_file(path, &text, &err), &err, "record");
    assert_non_null(strstr(text.data, "\"tables\":{\"t\":20}"));
    hr_buf_release(&text);
    hr_free(path);
    hr_package_free(p);
    hr_schema_free(s);
}

static char *put_file(const char *dir, const char *name)
{
    char *path = hr_path_join(dir, name);

    assert_hr_ok(hr_replace_file(path, HR_STR("x"), false, &err), &err, name);
    return path;
}

static void what_stayed_of_a_loaded_package_is_removed(void **state)
{
    hr_schema *s = pkg_schema(NULL, 0);
    hr_package *p = pkg_reopened(pkg_begin("1700000002.5"), s);

    (void)state;
    assert_hr_ok(hr_package_mark_loaded(p, &err), &err, "mark");
    char *data = put_file(p->dir, "0007.arrow");
    char *manifest = put_file(p->dir, "manifest.json");
    char *loaded = hr_path_join(p->dir, "loaded.json");
    hr_package_tidy(pkg_folder(), p->load_id);
    assert_false(hr_path_exists(data));
    assert_false(hr_path_exists(manifest));
    assert_true(hr_path_exists(loaded));
    hr_free(data);
    hr_free(manifest);
    hr_free(loaded);
    hr_package_free(p);
    hr_schema_free(s);
}

/* Taken for another state than it is in, it would be thrown away or loaded twice. */
static void a_package_that_cannot_be_looked_at_is_an_error(void **state)
{
    hr_package_entry *list = NULL;
    size_t n = 7;
    char *unreadable = hr_path_join(pkg_folder(), "1700000004.5/begun.json");

    (void)state;
    assert_hr_ok(hr_make_folders(unreadable, &err), &err, "a folder for a file");
    assert_int_equal(hr_package_list(pkg_folder(), &list, &n, &err), HR_E_IO);
    assert_null(list);
    assert_int_equal(n, 0);
    hr_free(unreadable);
}

static void a_package_that_cannot_be_written_says_so(void **state)
{
    hr_package *p = pkg_begin("1.5");
    hr_package_writer *w = NULL;
    int64_t ids[3] = {1, 2, 3};
    const hr_batch_column column = {
        .field = {.name = HR_STR("id"), .type = HR_TYPE_BIGINT, .precision = -1, .scale = -1},
        .data = ids,
        .data_bytes = sizeof(ids)};
    const hr_batch batch = {HR_STR("t"), 3, &column, 1};

    (void)state;
    assert_hr_ok(hr_remove_tree(p->dir, &err), &err, "remove");
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    assert_int_equal(hr_package_write(w, &batch, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "0001.arrow: No such file"));
    hr_package_writer_free(w);
    assert_int_equal(hr_package_seal(p, &err), HR_E_IO);
    hr_package_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pkg_test(packages_are_listed_by_age_and_state),
        pkg_test(a_loaded_package_keeps_no_data),
        pkg_test(what_stayed_of_a_loaded_package_is_removed),
        pkg_test(a_package_that_cannot_be_looked_at_is_an_error),
        pkg_test(a_package_that_cannot_be_written_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
