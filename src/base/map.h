/* map.h -- hash map from strings to pointers (open addressing, XXH3).
 *
 * Keys are borrowed: they must live as long as the map. An all-zero hr_map is valid and
 * empty. Not thread-safe. */
#ifndef HR_BASE_MAP_H
#define HR_BASE_MAP_H

#include <stdint.h>

#include "base/str.h"

typedef struct hr_map_slot {
    hr_str key;
    uint64_t hash;
    void *value; /* NULL: the slot is free */
} hr_map_slot;

typedef struct hr_map {
    hr_map_slot *slots;
    size_t n;
    size_t cap; /* 0 or a power of two */
} hr_map;

void *hr_map_get(const hr_map *m, hr_str key); /* NULL: absent */
/* Adds or replaces; `value` is not NULL. False: out of memory, map unchanged. */
bool hr_map_put(hr_map *m, hr_str key, void *value);
void hr_map_remove(hr_map *m, hr_str key); /* absent is fine */
void hr_map_release(hr_map *m);

#endif
