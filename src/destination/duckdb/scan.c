#include "destination/duckdb/scan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool dk_scan_word(const char **at, const char *word)
{
    const size_t n = strlen(word);

    if (strncmp(*at, word, n) != 0)
        return false;
    *at += n;
    return true;
}

bool dk_scan_int(const char **at, int *out)
{
    const size_t n = strspn(*at, "0123456789");
    const long v = strtol(*at, NULL, 10); /* too large a number gives LONG_MAX */

    if (n == 0 || v > INT_MAX)
        return false;
    *at += n;
    *out = (int)v;
    return true;
}
