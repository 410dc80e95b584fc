/* test_data.h -- the files under tests/unit/data; tests run in the folder of the project. */
#ifndef HR_TEST_DATA_H
#define HR_TEST_DATA_H

#include "base/buf.h"
#include "support.h"

/* The caller owes hr_buf_release(). Fails the test when the file can't be read. */
static inline hr_buf read_data(const char *name)
{
    char path[256], piece[4096];
    hr_buf b = {0};
    size_t n;

    (void)snprintf(path, sizeof(path), "tests/unit/data/%s", name);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot open %s", path);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        (void)hr_buf_add(&b, (hr_str){piece, n});
    (void)fclose(f);
    return b;
}

#endif
