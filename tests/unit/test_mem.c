#include "support.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "headrace/headrace.h"

#ifdef HR_FAULTS
/* In a child, since the variable is read once: the third of five allocations fails. */
static int count_failures(void)
{
    int failed = 0;

    (void)setenv("HR_FAIL_ALLOC", "3", 1);
    for (int i = 1; i <= 5; i++) {
        void *p = i % 2 ? hr_malloc(8) : hr_calloc(1, 8);

        if (!p)
            failed = failed * 10 + i;
        hr_free(p);
    }
    return failed;
}
#endif

/* Must come first: nothing was allocated yet. */
static void the_planned_allocation_fails(void **state)
{
    (void)state;
#ifdef HR_FAULTS
    int status = 0;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(count_failures());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
#else
    skip();
#endif
}

static void size_zero_is_memory(void **state)
{
    (void)state;
    void *p = hr_malloc(0);
    void *q = hr_calloc(0, 0);

    assert_non_null(p);
    assert_non_null(q);
    p = hr_realloc(p, 0);
    assert_non_null(p);
    hr_free(p);
    hr_free(q);
    hr_free(NULL);
}

static void copies_are_terminated(void **state)
{
    (void)state;
    char *a = hr_strdup("text");
    char *b = hr_strndup(HR_STR("text!"));
    char *c = hr_strndup((hr_str){0});

    assert_string_equal(a, "text");
    assert_string_equal(b, "text!");
    assert_string_equal(c, "");
    hr_free(a);
    hr_free(b);
    hr_free(c);
}

static void push_appends(void **state)
{
    int64_t *items = NULL;
    size_t n = 0;
    size_t cap = 0;

    (void)state;
    for (int64_t i = 0; i < 1000; i++)
        assert_true(HR_PUSH(items, n, cap, i * i));
    assert_int_equal(n, 1000);
    assert_true(cap >= n && cap < 2 * n + 8);
    for (int64_t i = 0; i < 1000; i++)
        assert_int_equal(items[i], i * i);
    hr_free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_planned_allocation_fails),
        cmocka_unit_test(size_zero_is_memory),
        cmocka_unit_test(copies_are_terminated),
        cmocka_unit_test(push_appends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
