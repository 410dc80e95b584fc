/* support.h -- what every unit test includes first: cmocka with the headers that it needs. */
#ifndef HR_TEST_SUPPORT_H
#define HR_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "headrace/error.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails with the label and the error's message unless the call succeeds. */
#define assert_hr_ok(call, err, label)                                               \
    do {                                                                             \
        const hr_status assert_status_ = (call);                                     \
        if (assert_status_ != HR_OK)                                                 \
            fail_msg("%s: status %d: %s", (label), (int)assert_status_, (err)->msg); \
    } while (0)

/* Compares as bytes and shows both on failure. */
void assert_str_equal(hr_str got, hr_str want, const char *label);

/* A new empty folder; the caller owes test_folder_remove(). */
char *test_folder(void);
/* Removes it with all that is in it, and frees the name. */
void test_folder_remove(char *path);

/* A file of these bytes at folder/name; fails the test when it can't be written. */
void test_file(const char *folder, const char *name, const void *bytes, size_t n);

#endif
