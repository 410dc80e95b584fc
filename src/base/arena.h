/* arena.h -- memory that lives and dies together.
 *
 * An all-zero hr_arena is valid and empty. Blocks are 16-byte aligned and never freed
 * singly. Under AddressSanitizer each block is followed by a poisoned gap, and everything
 * is poisoned on reset, so overruns and uses after reset are reported. Not thread-safe. */
#ifndef HR_BASE_ARENA_H
#define HR_BASE_ARENA_H

#include "base/str.h"

typedef struct hr_arena_chunk hr_arena_chunk;

typedef struct hr_arena {
    hr_arena_chunk *chunks; /* newest first */
    size_t bytes;           /* all memory held */
} hr_arena;

void *hr_arena_alloc(hr_arena *a, size_t size);      /* NULL: out of memory */
void *hr_arena_zalloc(hr_arena *a, size_t size);     /* zeroed */
const char *hr_arena_strndup(hr_arena *a, hr_str s); /* NUL-terminated copy */
hr_str hr_arena_str(hr_arena *a, hr_str s);          /* copy; .p == NULL: out of memory */
void hr_arena_reset(hr_arena *a);                    /* empty; keeps the newest chunk */
void hr_arena_release(hr_arena *a);

#endif
