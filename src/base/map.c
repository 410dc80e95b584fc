#include "base/map.h"

#include <xxhash.h>

#include "base/mem.h"
#include "headrace/headrace.h"

static hr_map_slot *find(const hr_map *m, hr_str key, uint64_t hash)
{
    const size_t mask = m->cap - 1;

    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        hr_map_slot *s = &m->slots[i];

        if (!s->value || (s->hash == hash && hr_str_eq(s->key, key)))
            return s;
    }
}

static bool grow(hr_map *m)
{
    hr_map bigger = {.cap = m->cap ? m->cap * 2 : 16};

    bigger.slots = hr_calloc(bigger.cap, sizeof(*bigger.slots));
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].value)
            *find(&bigger, m->slots[i].key, m->slots[i].hash) = m->slots[i];
    }
    bigger.n = m->n;
    hr_free(m->slots);
    *m = bigger;
    return true;
}

void *hr_map_get(const hr_map *m, hr_str key)
{
    return m->n ? find(m, key, XXH3_64bits(key.p, key.n))->value : NULL;
}

bool hr_map_put(hr_map *m, hr_str key, void *value)
{
    if ((m->n + 1) * 4 > m->cap * 3 && !grow(m))
        return false;

    const uint64_t hash = XXH3_64bits(key.p, key.n);
    hr_map_slot *s = find(m, key, hash);
    m->n += !s->value;
    *s = (hr_map_slot){.key = key, .hash = hash, .value = value};
    return true;
}

void hr_map_remove(hr_map *m, hr_str key)
{
    if (!m->n)
        return;
    const size_t mask = m->cap - 1;
    hr_map_slot *hole = find(m, key, XXH3_64bits(key.p, key.n));

    if (!hole->value)
        return;
    m->n--;
    hole->value = NULL;
    /* Slots after the hole move back when their probe path crosses it. */
    for (size_t i = ((size_t)(hole - m->slots) + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
        const size_t h = (size_t)(hole - m->slots);
        const size_t home = (size_t)m->slots[i].hash & mask;

        if (((i - home) & mask) >= ((i - h) & mask)) {
            *hole = m->slots[i];
            hole = &m->slots[i];
            hole->value = NULL;
        }
    }
}

void hr_map_release(hr_map *m)
{
    hr_free(m->slots);
    *m = (hr_map){0};
}
