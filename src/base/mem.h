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

/* Makes room for one more in an array that grows by doubling. `items` is the address of the
 * array's pointer. False: out of memory, array unchanged. Use through HR_PUSH. */
bool hr_grow(void *items, size_t n, size_t *cap, size_t item_size);

/* Appends to an array; false: out of memory. */
#define HR_PUSH(items, n, cap, item) \
    (hr_grow(&(items), (n), &(cap), sizeof(*(items))) && ((items)[(n)++] = (item), true))

/* Gives free memory back to the system, as far as the C library can. */
void hr_give_back(void);

hr_status hr_nomem(hr_error *err); /* "out of memory" */

#endif
