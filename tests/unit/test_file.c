#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"

static char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

/* "<folder>/name", the caller's. */
static char *in(const char *name)
{
    char *path = hr_path_join(folder, name);

    assert_non_null(path);
    return path;
}

static void assert_file(const char *path, hr_str want)
{
    hr_buf got = {0};
    hr_error err;

    assert_hr_ok(hr_read_file(path, &got, &err), &err, path);
    assert_str_equal(hr_buf_str(&got), want, path);
    hr_buf_release(&got);
}

static void files_are_replaced_whole(void **state)
{
    char *path = in("f");
    char *temp = in("f.new");
    hr_error err;

    (void)state;
    assert_hr_ok(hr_replace_file(path, HR_STR("one"), false, &err), &err, "new");
    assert_file(path, HR_STR("one"));
    assert_hr_ok(hr_replace_file(path, HR_STR("t\0o!"), true, &err), &err, "again, durable");
    assert_file(path, HR_STR("t\0o!"));
    assert_hr_ok(hr_replace_file(path, (hr_str){0}, false, &err), &err, "empty");
    assert_file(path, (hr_str){0});
    assert_false(hr_path_exists(temp));
    hr_free(temp);
    hr_free(path);
}

static void reading_appends(void **state)
{
    char *path = in("f");
    hr_buf b = {0};
    hr_error err;

    (void)state;
    test_file(folder, "f", "text", 4);
    hr_buf_addz(&b, "a ");
    assert_hr_ok(hr_read_file(path, &b, &err), &err, "read");
    assert_string_equal(b.data, "a text");
    hr_buf_release(&b);
    hr_free(path);
}

static void what_is_no_file_is_told(void **state)
{
    char *absent = in("none");
    char *below_none = in("none/f");
    hr_buf b = {0};
    hr_error err;

    (void)state;
    assert_int_equal(hr_read_file(absent, &b, &err), HR_E_IO);
    assert_int_equal(err.os_errno, ENOENT);
    assert_non_null(strstr(err.msg, absent));
    assert_int_equal(hr_read_file(folder, &b, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "is not a file"));
    assert_int_equal(hr_replace_file(below_none, HR_STR("x"), false, &err), HR_E_IO);
    assert_int_equal(err.os_errno, ENOENT);
    assert_int_equal(hr_sync_path(absent, &err), HR_E_IO);
    hr_buf_release(&b);
    hr_free(below_none);
    hr_free(absent);
}

static void ranges_are_read_exactly(void **state)
{
    char *path = in("f");
    char got[8] = {0};
    hr_error err;

    (void)state;
    test_file(folder, "f", "0123456789", 10);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_hr_ok(hr_read_at(fd, got, 4, 6, path, &err), &err, "the end");
    assert_string_equal(got, "6789");
    assert_hr_ok(hr_read_at(fd, got, 0, 100, path, &err), &err, "nothing");
    assert_int_equal(hr_read_at(fd, got, 5, 6, path, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "ends at byte 10"));
    assert_int_equal(hr_write_all(fd, "x", 1, path, &err), HR_E_IO);
    assert_int_equal(err.os_errno, EBADF);
    (void)close(fd);
    hr_free(path);
}

static void folders_are_made_and_removed_to_any_depth(void **state)
{
    char *deep = in("a/b//c/d");
    char *top = in("a");
    char *outside = in("outside");
    char *link = in("a/b/link");
    char *file = in("a/f");
    hr_error err;

    (void)state;
    assert_hr_ok(hr_make_folders(deep, &err), &err, "make");
    assert_hr_ok(hr_make_folders(deep, &err), &err, "make again");
    assert_true(hr_path_exists(deep));
    test_file(deep, "f", "x", 1);
    test_file(folder, "a/f", "x", 1);
    test_file(folder, "outside", "kept", 4);
    assert_int_equal(symlink(outside, link), 0);
    assert_hr_ok(hr_remove_tree(top, &err), &err, "remove");
    assert_false(hr_path_exists(top));
    assert_file(outside, HR_STR("kept")); /* links are not followed */
    assert_hr_ok(hr_remove_tree(top, &err), &err, "remove what is gone");
    hr_free(deep);
    hr_free(top);
    hr_free(outside);
    hr_free(link);
    hr_free(file);
}

static void paths_are_joined(void **state)
{
    static const struct join_case {
        const char *a, *b, *want;
    } cases[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "/b"}};

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        char *got = hr_path_join(cases[i].a, cases[i].b);

        assert_string_equal(got, cases[i].want);
        hr_free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_replaced_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reading_appends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ranges_are_read_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folders_are_made_and_removed_to_any_depth, set_up,
                                        tear_down),
        cmocka_unit_test(paths_are_joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
