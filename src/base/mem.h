/* mem.h -- the one door to the heap.
 *
 * All of libheadrace allocates through these, so that the fault build can make the n-th
 * allocation fail (environment HR_FAIL_ALLOC=n). NULL means out of memory; size 0 is
 * treated as 1. All are safe from several threads. */
#ifndef HR_BASE_MEM_H
#define HR_BASE_MEM_H

#include <stddef.h>

#include "base/str.h"
#include "headrace/error.h"

void *hr_malloc(size_t size);
void *hr_calloc(size_t n, size_t size);
/* On failure `p` stays valid. */
void *hr_realloc(void *p, size_t size);
/* NUL-terminated copies. */
char *hr_strdup(const char *s);
char *hr_strndup(hr_str s);

hr_status hr_nomem(hr_error *err); /* "out of memory" */

#endif
