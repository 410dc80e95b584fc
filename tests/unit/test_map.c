#include "support.h"

#include "base/map.h"

enum { KEYS = 3000 };

typedef struct key {
    char text[16];
    bool in;
} key;

static key keys[KEYS];

static hr_str name_of(const key *k)
{
    return hr_str_from(k->text);
}

static int make_keys(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(keys[i].text, sizeof(keys[i].text), "key-%d", i);
        keys[i].in = false;
    }
    return 0;
}

static void assert_holds(const hr_map *m, const char *label)
{
    size_t n = 0;

    for (int i = 0; i < KEYS; i++) {
        const void *got = hr_map_get(m, name_of(&keys[i]));

        n += keys[i].in;
        if (got != (keys[i].in ? &keys[i] : NULL))
            fail_msg("%s: %s is %s", label, keys[i].text, keys[i].in ? "lost" : "still there");
    }
    assert_int_equal(m->n, n);
}

static void an_empty_map_has_nothing(void **state)
{
    hr_map m = {0};

    (void)state;
    assert_null(hr_map_get(&m, HR_STR("a")));
    assert_null(hr_map_get(&m, (hr_str){0}));
    hr_map_remove(&m, HR_STR("a"));
    hr_map_release(&m);
    hr_map_release(&m);
}

static void values_are_found_and_replaced(void **state)
{
    hr_map m = {0};
    int one = 1;
    int two = 2;

    (void)state;
    assert_true(hr_map_put(&m, HR_STR("a"), &one));
    assert_true(hr_map_put(&m, HR_STR("a\0b"), &two));
    assert_true(hr_map_put(&m, (hr_str){0}, &two)); /* the empty key is a key */
    assert_ptr_equal(hr_map_get(&m, HR_STR("a")), &one);
    assert_ptr_equal(hr_map_get(&m, HR_STR("a\0b")), &two);
    assert_ptr_equal(hr_map_get(&m, HR_STR("")), &two);
    assert_true(hr_map_put(&m, HR_STR("a"), &two));
    assert_ptr_equal(hr_map_get(&m, HR_STR("a")), &two);
    assert_int_equal(m.n, 3);
    hr_map_release(&m);
}

/* Removal moves later slots of a probe chain back. With random puts and removals at changing
 * fill, chains of all lengths come up, those around the end of the table too. */
static void nothing_is_lost_by_removal(void **state)
{
    hr_map m = {0};
    uint32_t seed = 12345;

    (void)state;
    for (int round = 0; round < 60000; round++) {
        seed = seed * 1664525U + 1013904223U;
        const uint32_t range = round < 20000 ? 12 : round < 40000 ? 90 : KEYS;
        key *k = &keys[(seed >> 8) % range];

        if (k->in)
            hr_map_remove(&m, name_of(k));
        else
            assert_true(hr_map_put(&m, name_of(k), k));
        k->in = !k->in;
        if (round % 1000 == 0)
            assert_holds(&m, "on the way");
    }
    assert_holds(&m, "at the end");
    for (int i = 0; i < KEYS; i++) {
        hr_map_remove(&m, name_of(&keys[i]));
        keys[i].in = false;
        if (i % 500 == 0)
            assert_holds(&m, "emptying");
    }
    assert_int_equal(m.n, 0);
    hr_map_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(values_are_found_and_replaced),
        cmocka_unit_test_setup(nothing_is_lost_by_removal, make_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
