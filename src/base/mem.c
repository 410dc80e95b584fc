#include "base/mem.h"

#include <stdlib.h> /* defines __GLIBC__ */
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>

#include "headrace/headrace.h"

#ifdef HR_FAULTS
#include <stdatomic.h>

static bool allocation_fails(void)
{
    static atomic_long count;
    static atomic_long planned = -1;
    long n = atomic_load(&planned);

    if (n < 0) {
        const char *env = getenv("HR_FAIL_ALLOC"); /* read before any other thread exists */

        n = env ? strtol(env, NULL, 10) : 0;
        atomic_store(&planned, n);
    }
    return n > 0 && atomic_fetch_add(&count, 1) + 1 == n;
}
#else
static bool allocation_fails(void)
{
    return false;
}
#endif

void *hr_malloc(size_t size)
{
    return allocation_fails() ? NULL : malloc(size ? size : 1);
}

void *hr_calloc(size_t n, size_t size)
{
    return allocation_fails() ? NULL : calloc(n ? n : 1, size ? size : 1);
}

void *hr_realloc(void *p, size_t size)
{
    return allocation_fails() ? NULL : realloc(p, size ? size : 1);
}

char *hr_strndup(hr_str s)
{
    char *copy = hr_malloc(s.n + 1);

    if (copy) {
        if (s.n)
            memcpy(copy, s.p, s.n);
        copy[s.n] = '\0';
    }
    return copy;
}

char *hr_strdup(const char *s)
{
    return hr_strndup(hr_str_from(s));
}

bool hr_grow(void *items, size_t n, size_t *cap, size_t item_size)
{
    void *p;

    if (n < *cap)
        return true;
    memcpy(&p, items, sizeof(p)); /* whatever its type, a pointer is copied as bytes */
    p = hr_realloc(p, (*cap ? *cap * 2 : 8) * item_size);
    if (!p)
        return false;
    memcpy(items, &p, sizeof(p));
    *cap = *cap ? *cap * 2 : 8;
    return true;
}

/* There in a program that allocates with jemalloc. */
extern int mallctl(const char *name, void *old, size_t *old_size, void *value, size_t size)
    __attribute__((weak));

void hr_give_back(void)
{
    if (mallctl) {
        (void)mallctl("arena.4096.purge", NULL, NULL, NULL, 0); /* 4096: all arenas */
        return;
    }
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

hr_status hr_nomem(hr_error *err)
{
    return hr_fail(err, HR_E_NOMEM, "out of memory");
}

void hr_free(void *p)
{
    free(p);
}
