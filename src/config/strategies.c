#include "config/strategies.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "headrace/headrace.h"

/* In the order of their enums; merges begin after NONE. */
static const char *const merges[] = {"delete-insert", "upsert", "insert-only", "scd2", NULL};
static const char *const ways[] = {"truncate-and-insert", "insert-from-staging",
                                   "staging-optimized", NULL};

const char *hr_merge_name(hr_merge m)
{
    assert(m != HR_MERGE_NONE);
    return merges[m - 1];
}

const char *hr_replace_name(hr_replace_way w)
{
    return ways[w];
}

/* The place of a name, or of the NULL at the end. */
static int find(const char *const *names, const char *name)
{
    int i = 0;

    while (names[i] && strcmp(names[i], name) != 0)
        i++;
    return i;
}

enum { LIST_TEXT = 128 }; /* more than all names take */

/* "a, b and c" */
static void write_list(const char *const *names, char out[LIST_TEXT])
{
    size_t n = 0;

    for (size_t i = 0; names[i]; i++) {
        const char *before = !i ? "" : names[i + 1] ? ", " : " and ";

        n += (size_t)snprintf(out + n, LIST_TEXT - n, "%s%s", before, names[i]);
        assert(n < LIST_TEXT);
    }
}

static hr_status refuse(const char *what, const char *name, const char *const *names, hr_error *err)
{
    const char *meant = hr_suggest(name, names);
    char list[LIST_TEXT];

    write_list(names, list);
    return meant
               ? hr_fail(err, HR_E_CONFIG, "there is no %s \"%s\"; did you mean %s?", what, name,
                         meant)
               : hr_fail(err, HR_E_CONFIG, "there is no %s \"%s\"; there are %s", what, name, list);
}

static hr_status refuse_cdc(hr_error *err)
{
    char list[LIST_TEXT];

    write_list(merges, list);
    return hr_fail(err, HR_E_UNSUPPORTED, "the merge strategy cdc is not there yet; %s are", list);
}

hr_status hr_merge_by_name(const char *name, hr_merge *out, hr_error *err)
{
    const int at = find(merges, name);

    *out = merges[at] ? (hr_merge)(at + 1) : HR_MERGE_NONE;
    if (*out != HR_MERGE_NONE)
        return HR_OK;
    if (strcmp(name, "cdc") == 0)
        return refuse_cdc(err);
    return refuse("merge strategy", name, merges, err);
}

hr_status hr_replace_by_name(const char *name, hr_replace_way *out, hr_error *err)
{
    const int at = find(ways, name);

    *out = ways[at] ? (hr_replace_way)at : HR_REPLACE_TRUNCATE;
    return ways[at] ? HR_OK : refuse("replace strategy", name, ways, err);
}
