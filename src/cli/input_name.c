#include "cli/input_name.h"

#include <stdlib.h>
#include <string.h>

#include "cli/text.h"

static const char *const packed[] = {".gz", ".zst", NULL};
static const char *const kinds[] = {".json", ".jsonl", ".ndjson", NULL};

/* Length without the first ending of the list that fits; a name is never left empty. */
static size_t without_ending(const char *p, size_t n, const char *const *endings)
{
    for (; *endings; endings++) {
        const size_t k = strlen(*endings);

        if (n > k && memcmp(p + n - k, *endings, k) == 0)
            return n - k;
    }
    return n;
}

static char *name_of(const char *path)
{
    size_t n = strlen(path);

    while (n > 1 && path[n - 1] == '/')
        n--;

    const char *slash = memrchr(path, '/', n);
    const char *p = slash ? slash + 1 : path;
    n -= (size_t)(p - path);
    n = without_ending(p, n, packed);
    return cli_copy(p, without_ending(p, n, kinds));
}

static hr_status check(const char *path, const char *name, hr_error *err)
{
    if (strcmp(path, "-") == 0)
        return hr_fail(err, HR_E_USAGE, "standard input has no name; say --table NAME");
    if (strpbrk(name, "*?["))
        return hr_fail(err, HR_E_USAGE, "the pattern %s stands for several files; say --table NAME",
                       path);
    if (name[strspn(name, "./")] == '\0')
        return hr_fail(err, HR_E_USAGE, "%s gives no name for the table; say --table NAME", path);
    return HR_OK;
}

hr_status cli_input_name(char **name, const char *const *paths, size_t n_paths, hr_error *err)
{
    char *first = NULL;
    hr_status st = HR_OK;

    for (size_t i = 0; i < n_paths && st == HR_OK; i++) {
        char *next = name_of(paths[i]);

        st = check(paths[i], next, err);
        if (st == HR_OK && first && strcmp(first, next) != 0)
            st = hr_fail(err, HR_E_USAGE,
                         "the files %s and %s have different names; say --table NAME to load all "
                         "into one table",
                         paths[0], paths[i]);
        if (first)
            free(next);
        else
            first = next;
    }
    if (st != HR_OK) {
        free(first);
        return st;
    }
    *name = first;
    return HR_OK;
}
