#include "support.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

void assert_str_equal(hr_str got, hr_str want, const char *label)
{
    if (got.n != want.n || (got.n && memcmp(got.p, want.p, got.n) != 0))
        fail_msg("%s: got \"%.*s\" (%zu bytes), want \"%.*s\" (%zu bytes)", label, (int)got.n,
                 got.p ? got.p : "", got.n, (int)want.n, want.p ? want.p : "", want.n);
}

char *test_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/headrace-test-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(path))
        fail_msg("cannot make a folder %s", path);
    char *copy = strdup(path);
    assert_non_null(copy);
    return copy;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void test_folder_remove(char *path)
{
    if (path && nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        fail_msg("cannot remove %s", path);
    free(path);
}

void test_file(const char *folder, const char *name, const void *bytes, size_t n)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        fail_msg("cannot write %s", path);
}
