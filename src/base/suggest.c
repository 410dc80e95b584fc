#include <string.h>

#include "headrace/headrace.h"

enum { MOST_LETTERS = 64 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Damerau's distance, restricted: a swap of two neighbours counts as one. */
static unsigned distance(const char *a, const char *b)
{
    const size_t n = strlen(b);
    unsigned rows[3][MOST_LETTERS + 1];
    unsigned *before = rows[0]; /* two rows up */
    unsigned *above = rows[1];
    unsigned *row = rows[2];

    for (size_t k = 0; k <= n; k++)
        above[k] = before[k] = (unsigned)k;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= n; k++) {
            const unsigned changed = above[k - 1] + (a[i - 1] != b[k - 1]);

            row[k] = least(changed, least(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = least(row[k], before[k - 2] + 1);
        }
        unsigned *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[n];
}

static const char *only_one_starting_with(const char *word, const char *const *words)
{
    const char *found = NULL;

    for (; *words; words++) {
        if (strncmp(*words, word, strlen(word)) != 0)
            continue;
        if (found)
            return NULL;
        found = *words;
    }
    return found;
}

const char *hr_suggest(const char *word, const char *const *words)
{
    const size_t n = strlen(word);
    const char *best = NULL;
    unsigned best_distance = (unsigned)(n / 3 > 1 ? n / 3 : 1) + 1;

    if (n == 0 || n > MOST_LETTERS)
        return NULL;
    for (size_t i = 0; words[i]; i++) {
        if (strlen(words[i]) > MOST_LETTERS)
            continue;
        const unsigned d = distance(word, words[i]);

        if (d < best_distance) {
            best_distance = d;
            best = words[i];
        }
    }
    return best ? best : only_one_starting_with(word, words);
}
