#include "support.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "base/ids.h"
#include "base/keccak.h"

/* A generator of our own, so that a failure can be repeated. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static const struct child_case {
    const char *parent;
    const char *table;
    int64_t idx;
    const char *want;
} child_cases[] = {
    {"JK5uB8jz+gjz9A", "items__l", 0, "wcDRhMbPIxOUSQ"},
    {"d1KiYoWJzp1SVQ", "a", 0, NULL},
    {"d1KiYoWJzp1SVQ", "", 7, NULL},
    {"d1KiYoWJzp1SVQ", "orders__tags", 9999999, NULL},
    {"d1KiYoWJzp1SVQ", "orders__tags", 10000000, NULL},
    {"d1KiYoWJzp1SVQ", "orders__tags", INT64_MAX, NULL},
    {"d1KiYoWJzp1SVQ", "orders__tags", INT64_MIN, NULL},
};

/* The id by the book: OpenSSL's SHAKE-128 and plain base64. */
static void expected_id(const char *parent, hr_str table, int64_t idx, char out[HR_ROW_ID])
{
    unsigned char bytes[HR_ROW_ID_BYTES];
    char text[24];
    hr_error err = {0};
    hr_buf message = {0};

    (void)hr_buf_add(&message, (hr_str){parent, HR_ROW_ID});
    (void)hr_buf_addc(&message, '_');
    (void)hr_buf_add(&message, table);
    (void)hr_buf_addf(&message, "_%lld", (long long)idx);
    assert_hr_ok(hr_shake128(message.data, message.len, bytes, sizeof(bytes), &err), &err, "shake");
    (void)hr_base64_bare(bytes, sizeof(bytes), text);
    memcpy(out, text, HR_ROW_ID);
    hr_buf_release(&message);
}

static void child_ids_are_those_of_dlt(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(child_cases); i++) {
        const struct child_case *c = &child_cases[i];
        char want[HR_ROW_ID], got[HR_ROW_ID];

        hr_child_row_ids(c->parent, &c->idx, 1, hr_str_from(c->table), got);
        expected_id(c->parent, hr_str_from(c->table), c->idx, want);
        if (c->want)
            assert_memory_equal(want, c->want, HR_ROW_ID);
        assert_memory_equal(got, want, HR_ROW_ID);
    }
}

enum { MANY = 37 };

/* One call for several rows of a table whose name has `length` characters. */
static void check_table(size_t length, size_t n, uint64_t *seed)
{
    char *table = malloc(length + 1);
    char parents[MANY * HR_ROW_ID];
    char got[MANY * HR_ROW_ID];
    int64_t idx[MANY];

    assert_non_null(table);
    for (size_t i = 0; i < length; i++)
        table[i] = (char)('a' + next_random(seed) % 26);
    for (size_t i = 0; i < sizeof(parents); i++)
        parents[i] = (char)(next_random(seed) % 255 + 1);
    for (size_t i = 0; i < n; i++)
        idx[i] = (int64_t)(next_random(seed) >> next_random(seed) % 64);

    hr_child_row_ids(parents, idx, n, (hr_str){table, length}, got);
    for (size_t i = 0; i < n; i++) {
        char want[HR_ROW_ID];

        expected_id(parents + i * HR_ROW_ID, (hr_str){table, length}, idx[i], want);
        if (memcmp(got + i * HR_ROW_ID, want, HR_ROW_ID) != 0)
            fail_msg("table of %zu characters, row %zu, index %lld", length, i, (long long)idx[i]);
    }
    free(table);
}

static void child_ids_equal_openssl_at_every_length(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252U;

    for (size_t length = 0; length < 400; length++)
        check_table(length, 1 + length % MANY, &seed);
    check_table(65536, 3, &seed);
}

static void all_widths_permute_alike(void **state)
{
    (void)state;
    hr_keccak variants[HR_KECCAK_VARIANTS];
    const size_t n = hr_keccak_variants(variants);
    uint64_t seed = 42;

    assert_int_equal(variants[0].lanes, 1);
    for (size_t v = 1; v < n; v++) {
        const size_t lanes = variants[v].lanes;
        uint64_t wide[HR_KECCAK_WORDS * HR_KECCAK_MAX_LANES];
        uint64_t single[HR_KECCAK_MAX_LANES][HR_KECCAK_WORDS];

        for (size_t i = 0; i < HR_KECCAK_WORDS * lanes; i++)
            single[i % lanes][i / lanes] = wide[i] = next_random(&seed);
        variants[v].permute(wide);
        for (size_t lane = 0; lane < lanes; lane++) {
            variants[0].permute(single[lane]);
            for (size_t w = 0; w < HR_KECCAK_WORDS; w++)
                assert_true(single[lane][w] == wide[w * lanes + lane]);
        }
    }
}

/* The ten bytes of an id. */
typedef struct id_number {
    uint64_t high;
    uint16_t low;
} id_number;

static id_number number_of(const char *id)
{
    char padded[16] = "..............==";
    hr_buf bytes = {0};
    id_number number = {0};

    memcpy(padded, id, HR_ROW_ID);
    assert_true(hr_base64_decode((hr_str){padded, sizeof(padded)}, &bytes));
    assert_int_equal(bytes.len, HR_ROW_ID_BYTES);
    for (size_t i = 0; i < 8; i++)
        number.high = number.high << 8 | (unsigned char)bytes.data[i];
    number.low = (uint16_t)((unsigned char)bytes.data[8] << 8 | (unsigned char)bytes.data[9]);
    hr_buf_release(&bytes);
    return number;
}

/* More than 2^16 of them, so that the lowest bits overflow. */
static void new_ids_follow_one_another(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 70000};

    for (size_t c = 0; c < N_OF(counts); c++) {
        const size_t n = counts[c];
        char *ids = malloc(n * HR_ROW_ID + 1);
        hr_error err = {0};

        assert_non_null(ids);
        ids[n * HR_ROW_ID] = '!';
        assert_hr_ok(hr_new_row_ids(ids, n, &err), &err, "new ids");
        assert_int_equal(ids[n * HR_ROW_ID], '!');
        for (size_t i = 1; i < n; i++) {
            const id_number last = number_of(ids + (i - 1) * HR_ROW_ID);
            const id_number now = number_of(ids + i * HR_ROW_ID);

            assert_int_equal(now.low, (uint16_t)(last.low + 1));
            assert_true(now.high == last.high + (now.low == 0));
        }
        free(ids);
    }
}

/* Each of the 80 bits is set about half the time. */
static void new_ids_begin_anywhere(void **state)
{
    (void)state;
    enum { N = 6000 };
    int set[80] = {0};

    for (size_t i = 0; i < N; i++) {
        char id[HR_ROW_ID];
        hr_error err = {0};

        assert_hr_ok(hr_new_row_ids(id, 1, &err), &err, "new id");
        const id_number number = number_of(id);
        for (size_t bit = 0; bit < 64; bit++)
            set[bit] += (int)(number.high >> bit & 1);
        for (size_t bit = 0; bit < 16; bit++)
            set[64 + bit] += number.low >> bit & 1;
    }
    for (size_t bit = 0; bit < 80; bit++)
        assert_in_range(set[bit], N / 2 - 400, N / 2 + 400);
}

static void load_ids_grow_as_text_and_number(void **state)
{
    (void)state;
    char last[24] = "0";
    const time_t before = time(NULL);

    for (int i = 0; i < 100000; i++) {
        char id[24];

        hr_load_id(id);
        if (strcmp(last, id) >= 0 && i > 0)
            fail_msg("%s does not come after %s", id, last);
        assert_true(strtod(last, NULL) < strtod(id, NULL));
        memcpy(last, id, sizeof(id));
    }
    assert_true(strtod(last, NULL) >= (double)before);
    assert_true(strtod(last, NULL) < (double)before + 60);
}

static void load_ids_follow_one_of_a_later_clock(void **state)
{
    static const char *const none[] = {"", "x", "-1", "1795453422.5x", "1e300", "nan", "inf"};
    char id[24], later[32];

    (void)state;
    for (size_t i = 0; i < N_OF(none); i++)
        hr_load_ids_after(none[i]);
    hr_load_id(id);
    assert_true(strtod(id, NULL) < (double)time(NULL) + 60);
    (void)snprintf(later, sizeof(later), "%lld.2469376", (long long)time(NULL) + 3600);
    hr_load_ids_after(later);
    hr_load_id(id);
    assert_true(strcmp(id, later) > 0);
    assert_true(strtod(id, NULL) < strtod(later, NULL) + 1);
}

/* What Python prints for the float: the shortest text that reads back as the same number. */
static void load_ids_are_shortest_floats(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char id[24], again[40];
        int digits = 15;

        hr_load_id(id);
        do
            (void)snprintf(again, sizeof(again), "%.*g", digits++, strtod(id, NULL));
        while (strtod(again, NULL) < strtod(id, NULL) || strtod(again, NULL) > strtod(id, NULL));
        if (!strchr(again, '.'))
            memcpy(again + strlen(again), ".0", sizeof(".0"));
        assert_string_equal(id, again);
    }
}

enum { N_THREADS = 4, PER_THREAD = 2000 };

static void *make_load_ids(void *out)
{
    char(*ids)[24] = out;

    for (int i = 0; i < PER_THREAD; i++)
        hr_load_id(ids[i]);
    return NULL;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void load_ids_of_threads_differ(void **state)
{
    (void)state;
    static char ids[N_THREADS * PER_THREAD][24];
    pthread_t threads[N_THREADS];

    for (size_t t = 0; t < N_THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, make_load_ids, ids + t * PER_THREAD), 0);
    for (size_t t = 0; t < N_THREADS; t++)
        assert_int_equal(pthread_join(threads[t], NULL), 0);
    qsort(ids, N_OF(ids), sizeof(ids[0]), compare_text);
    for (size_t i = 1; i < N_OF(ids); i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_ids_are_those_of_dlt),
        cmocka_unit_test(child_ids_equal_openssl_at_every_length),
        cmocka_unit_test(all_widths_permute_alike),
        cmocka_unit_test(new_ids_follow_one_another),
        cmocka_unit_test(new_ids_begin_anywhere),
        cmocka_unit_test(load_ids_grow_as_text_and_number),
        cmocka_unit_test(load_ids_are_shortest_floats),
        cmocka_unit_test(load_ids_of_threads_differ),
        cmocka_unit_test(load_ids_follow_one_of_a_later_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
