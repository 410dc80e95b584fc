#include "base/arena.h"

#include <stdint.h>

#include "base/mem.h"
#include "headrace/headrace.h"

#if defined(__SANITIZE_ADDRESS__)
#define HR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HR_ASAN 1
#endif
#endif

#ifdef HR_ASAN
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { ALIGN = 16, FIRST_CHUNK = 4096, LARGEST_CHUNK = 1 << 20 };

struct hr_arena_chunk {
    hr_arena_chunk *older;
    size_t cap;
    size_t used;
    size_t pad; /* keeps data[] 16-byte aligned */
    unsigned char data[];
};

_Static_assert(sizeof(hr_arena_chunk) % ALIGN == 0, "chunk data must stay aligned");

static hr_arena_chunk *add_chunk(hr_arena *a, size_t need)
{
    size_t cap = a->chunks ? a->chunks->cap * 2 : FIRST_CHUNK;

    if (cap > LARGEST_CHUNK)
        cap = LARGEST_CHUNK;
    if (cap < need)
        cap = need;
    hr_arena_chunk *c = hr_malloc(sizeof(*c) + cap);
    if (!c)
        return NULL;
    *c = (hr_arena_chunk){.older = a->chunks, .cap = cap};
    ASAN_POISON_MEMORY_REGION(c->data, cap);
    a->chunks = c;
    a->bytes += sizeof(*c) + cap;
    return c;
}

void *hr_arena_alloc(hr_arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    const size_t need = ((size + ALIGN - 1) & ~(size_t)(ALIGN - 1)) + GAP;
    hr_arena_chunk *c = a->chunks;

    if (!c || c->cap - c->used < need) {
        c = add_chunk(a, need);
        if (!c)
            return NULL;
    }
    void *p = c->data + c->used;
    c->used += need;
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return p;
}

void *hr_arena_zalloc(hr_arena *a, size_t size)
{
    void *p = hr_arena_alloc(a, size);

    if (p)
        memset(p, 0, size);
    return p;
}

const char *hr_arena_strndup(hr_arena *a, hr_str s)
{
    char *p = hr_arena_alloc(a, s.n + 1);

    if (p) {
        if (s.n)
            memcpy(p, s.p, s.n);
        p[s.n] = '\0';
    }
    return p;
}

hr_str hr_arena_str(hr_arena *a, hr_str s)
{
    return (hr_str){hr_arena_strndup(a, s), s.n};
}

static void free_chunks(hr_arena *a, hr_arena_chunk *c)
{
    while (c) {
        hr_arena_chunk *older = c->older;

        a->bytes -= sizeof(*c) + c->cap;
        ASAN_UNPOISON_MEMORY_REGION(c->data, c->cap);
        hr_free(c);
        c = older;
    }
}

void hr_arena_reset(hr_arena *a)
{
    hr_arena_chunk *c = a->chunks;

    if (!c)
        return;
    free_chunks(a, c->older);
    c->older = NULL;
    c->used = 0;
    ASAN_POISON_MEMORY_REGION(c->data, c->cap);
}

void hr_arena_release(hr_arena *a)
{
    free_chunks(a, a->chunks);
    *a = (hr_arena){0};
}
