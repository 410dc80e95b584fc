#include "support.h"

#include "base/arena.h"

#if defined(__SANITIZE_ADDRESS__)
#define HR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HR_ASAN 1
#endif
#endif

#ifdef HR_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void blocks_are_aligned_and_apart(void **state)
{
    hr_arena a = {0};
    unsigned char *blocks[2000];

    (void)state;
    for (size_t i = 0; i < N_OF(blocks); i++) {
        blocks[i] = hr_arena_alloc(&a, i % 77);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)(i & 0xff), i % 77);
    }
    for (size_t i = 0; i < N_OF(blocks); i++) {
        for (size_t k = 0; k < i % 77; k++)
            assert_int_equal(blocks[i][k], i & 0xff);
    }
    hr_arena_release(&a);
    assert_int_equal(a.bytes, 0);
    assert_null(a.chunks);
}

static void a_block_may_be_larger_than_any_chunk(void **state)
{
    hr_arena a = {0};
    const size_t large = (size_t)5 << 20;

    (void)state;
    assert_non_null(hr_arena_alloc(&a, 10));
    unsigned char *p = hr_arena_zalloc(&a, large);
    assert_non_null(p);
    assert_int_equal(p[0] | p[large - 1], 0);
    assert_true(a.bytes >= large);
    assert_non_null(hr_arena_alloc(&a, 10));
    hr_arena_release(&a);
}

static void absurd_sizes_are_refused(void **state)
{
    hr_arena a = {0};

    (void)state;
    assert_null(hr_arena_alloc(&a, SIZE_MAX));
    assert_null(hr_arena_alloc(&a, SIZE_MAX - 15));
    assert_null(hr_arena_zalloc(&a, SIZE_MAX / 2 + 1));
    assert_int_equal(a.bytes, 0);
    hr_arena_release(&a);
}

static void strings_are_copied(void **state)
{
    hr_arena a = {0};
    char text[] = "a\0b";

    (void)state;
    const hr_str copy = hr_arena_str(&a, (hr_str){text, 3});
    const char *z = hr_arena_strndup(&a, (hr_str){text, 1});
    const hr_str empty = hr_arena_str(&a, (hr_str){0});
    memset(text, 'x', 3);
    assert_str_equal(copy, HR_STR("a\0b"), "copy");
    assert_int_equal(copy.p[3], 0);
    assert_string_equal(z, "a");
    assert_non_null(empty.p);
    assert_int_equal(empty.n, 0);
    assert_string_equal(empty.p, "");
    hr_arena_release(&a);
}

static void reset_keeps_the_newest_chunk_only(void **state)
{
    hr_arena a = {0};

    (void)state;
    hr_arena_reset(&a);
    for (int i = 0; i < 1000; i++)
        assert_non_null(hr_arena_alloc(&a, 1000));
    const size_t before = a.bytes;
    hr_arena_reset(&a);
    const size_t kept = a.bytes;
    assert_true(kept > 0 && kept < before);
    for (int i = 0; i < 100; i++)
        assert_non_null(hr_arena_alloc(&a, 100));
    assert_int_equal(a.bytes, kept);
    hr_arena_release(&a);
    hr_arena_release(&a);
}

static void overruns_and_late_uses_are_poisoned(void **state)
{
    (void)state;
#ifdef HR_ASAN
    hr_arena a = {0};
    char *p = hr_arena_alloc(&a, 10);
    char *q = hr_arena_alloc(&a, 10);

    assert_false(__asan_address_is_poisoned(p + 9));
    assert_true(__asan_address_is_poisoned(p + 10));
    assert_true(__asan_address_is_poisoned(q - 1));
    hr_arena_reset(&a);
    assert_true(__asan_address_is_poisoned(p));
    assert_true(__asan_address_is_poisoned(q));
    assert_ptr_equal(hr_arena_alloc(&a, 10), p);
    assert_false(__asan_address_is_poisoned(p));
    hr_arena_release(&a);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart),
        cmocka_unit_test(a_block_may_be_larger_than_any_chunk),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(strings_are_copied),
        cmocka_unit_test(reset_keeps_the_newest_chunk_only),
        cmocka_unit_test(overruns_and_late_uses_are_poisoned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
