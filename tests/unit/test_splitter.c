#include "support.h"

#include <stdlib.h>

#include "extract/splitter.h"

/* What the scanner's contract says, one byte at a time. */
static bool slow_scan(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min)
{
    min = min > 0 ? min : 1;
    for (; *pos < n; ++*pos) {
        const char c = text[*pos];
        const bool was_escaped = s->escaped;
        bool cut = false;

        if (!s->in_string && c == ',' && s->in_array && s->depth == 1 && *pos >= min) {
            s->escaped = false;
            return true;
        }
        s->escaped = c == '\\' && !was_escaped;
        if (c == '"' && !was_escaped) {
            s->in_string = !s->in_string;
        } else if (!s->in_string) {
            if (c == '[' || c == '{') {
                if (s->depth++ == 0 && c == '[')
                    s->in_array = true;
            } else if (c == ']' || c == '}') {
                if (s->depth > 0)
                    s->depth--;
                if (s->depth == 0)
                    s->in_array = false;
                cut = s->depth == 0;
            } else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
                cut = s->depth == 0;
            }
        }
        s->lines += c == '\n';
        if (cut && *pos + 1 >= min) {
            s->escaped = false;
            ++*pos;
            return true;
        }
    }
    return false;
}

static uint32_t random_below(uint64_t *seed, uint32_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % n;
}

static void assert_same_state(const hr_splitter *a, const hr_splitter *b)
{
    assert_int_equal(a->depth, b->depth);
    assert_int_equal(a->lines, b->lines);
    assert_int_equal(a->in_array, b->in_array);
    assert_int_equal(a->in_string, b->in_string);
    assert_int_equal(a->escaped, b->escaped);
}

/* A copy of the very size, so that the sanitizer sees a read beyond the end. */
static char *part(hr_str text, size_t from, size_t to)
{
    char *copy = malloc(to - from + (to == from));
    assert_non_null(copy);
    memcpy(copy, text.p + from, to - from);
    return copy;
}

/* Cuts `text` into pages of `min` bytes, seeing it in pieces of at most `piece` bytes, and
 * compares each step with slow_scan(). Gives the number of cuts. */
static size_t compare(hr_splitter_fn *scan, hr_str text, size_t min, uint32_t piece)
{
    uint64_t seed = min * 1000 + piece;
    hr_splitter fast = {0};
    hr_splitter slow = {0};
    size_t base = 0;
    size_t seen = 0;
    size_t pos = 0;
    size_t cuts = 0;

    for (;;) {
        char *copy = part(text, base, seen);
        size_t want = pos;
        const bool cut = scan(&fast, copy, &pos, seen - base, min);
        assert_int_equal(slow_scan(&slow, copy, &want, seen - base, min), cut);
        assert_int_equal(want, pos);
        assert_same_state(&slow, &fast);
        free(copy);
        if (cut) {
            const hr_splitter restart = {
                .depth = fast.in_array, .in_array = fast.in_array, .lines = fast.lines};
            assert_same_state(&restart, &fast);
            base += pos;
            pos = 0;
            cuts++;
        } else if (seen == text.n) {
            return cuts;
        } else {
            seen += 1 + random_below(&seed, piece);
            seen = seen < text.n ? seen : text.n;
        }
    }
}

static void compare_all(hr_str text, size_t min, uint32_t piece)
{
    for (size_t i = 0; hr_splitter_variant(i) != NULL; i++)
        compare(hr_splitter_variant(i), text, min, piece);
}

static const struct place_case {
    const char *label;
    const char *text;
    const char *cut; /* with | at the places */
} place_cases[] = {
    {"nothing", "", ""},
    {"objects", "{}{\"a\":{}}", "{}|{\"a\":{}}|"},
    {"lines", "{}\n{}\n", "{}|\n|{}|\n|"},
    {"array", "[1,{\"b\":[2,3]},[4,5]]", "[1|,{\"b\":[2,3]}|,[4,5]]|"},
    {"arrays", "[1] [2,3]", "[1]| |[2|,3]|"},
    {"array, then object", "[1,2]{\"a\":[1,2]}", "[1|,2]|{\"a\":[1,2]}|"},
    {"scalars", "1 \"a b\"\ttrue\r\n", "1 |\"a b\"\t|true\r|\n|"},
    {"spaces in an array", "[ 1 , 2 ]", "[ 1 |, 2 ]|"},
    {"brackets in a string", "{\"}]\":\"{[\"}{}", "{\"}]\":\"{[\"}|{}|"},
    {"escapes", "{\"\\\"}\":\"\\\\\"}{}", "{\"\\\"}\":\"\\\\\"}|{}|"},
    {"unterminated string", "{} \"{} ", "{}| |\"{} "},
    {"closed too often", "]}{}", "]|}|{}|"},
    {"never closed", "[[[[", "[[[["},
};

static void cuts_at_the_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(place_cases); i++) {
        const struct place_case *c = &place_cases[i];
        for (size_t v = 0; hr_splitter_variant(v) != NULL; v++) {
            hr_splitter s = {0};
            const hr_str text = hr_str_from(c->text);
            char got[128];
            size_t n = 0;
            size_t pos = 0;
            for (size_t base = 0; base < text.n; base += pos) {
                pos = 0;
                const bool cut = hr_splitter_variant(v)(&s, text.p + base, &pos, text.n - base, 1);
                memcpy(got + n, text.p + base, pos);
                n += pos;
                if (cut)
                    got[n++] = '|';
            }
            assert_str_equal((hr_str){got, n}, hr_str_from(c->cut), c->label);
        }
    }
}

static void counts_lines_and_depth(void **state)
{
    (void)state;
    const hr_str text = HR_STR("{\n\"a\":\n[1,\n2]\n}\n\n");
    hr_splitter s = {0};
    size_t pos = 0;
    assert_true(hr_splitter_scan(&s, text.p, &pos, text.n, 1));
    assert_int_equal(pos, text.n - 2);
    assert_int_equal(s.lines, 4);
    assert_int_equal(s.depth, 0);
}

/* Text of few characters, so that brackets, quotes and escapes meet in all ways. */
static void agrees_with_the_slow_one_on_noise(void **state)
{
    (void)state;
    static const char alphabets[][24] = {"[]{},\"\\ \n1a", "\\\\\\\"\"{}", "[[[[]]]],,,,1",
                                         "{{{{{}\"aaaaaaa\\,\n"};
    uint64_t seed = 7;
    for (size_t round = 0; round < 600; round++) {
        const char *alphabet = alphabets[round % N_OF(alphabets)];
        char text[700];
        const size_t n = random_below(&seed, sizeof(text));
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[random_below(&seed, (uint32_t)strlen(alphabet))];
        const size_t min = random_below(&seed, 300);
        compare_all((hr_str){text, n}, min, 1 + random_below(&seed, 200));
    }
}

static void agrees_on_random_bytes(void **state)
{
    (void)state;
    uint64_t seed = 11;
    char text[4096];
    for (size_t round = 0; round < 40; round++) {
        for (size_t i = 0; i < sizeof(text); i++)
            text[i] = (char)random_below(&seed, 256);
        compare_all((hr_str){text, sizeof(text)}, random_below(&seed, 500), 300);
    }
}

/* Runs of backslashes of every length, over every border of blocks. */
static void follows_escapes_over_blocks(void **state)
{
    (void)state;
    for (size_t run = 1; run < 140; run++) {
        char text[400];
        const size_t lead = run % 64;
        memset(text, 'x', sizeof(text));
        text[lead] = '"';
        memset(text + lead + 1, '\\', run);
        memcpy(text + lead + 1 + run, "\"{} \"{} ", 8);
        compare_all((hr_str){text, lead + run + 9}, 1, 90);
    }
}

static void takes_deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *text = malloc(2 * DEPTH);
    assert_non_null(text);
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    hr_splitter s = {0};
    size_t pos = 0;
    assert_false(hr_splitter_scan(&s, text, &pos, 2 * DEPTH - 1, 1));
    assert_int_equal(s.depth, 1);
    assert_true(hr_splitter_scan(&s, text, &pos, 2 * DEPTH, 1));
    assert_int_equal(pos, 2 * DEPTH);
    assert_false(s.in_array);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_at_the_places),
        cmocka_unit_test(counts_lines_and_depth),
        cmocka_unit_test(agrees_with_the_slow_one_on_noise),
        cmocka_unit_test(agrees_on_random_bytes),
        cmocka_unit_test(follows_escapes_over_blocks),
        cmocka_unit_test(takes_deep_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
