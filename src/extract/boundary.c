#include "extract/boundary.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "headrace/headrace.h"

void hr_boundary_reset(hr_boundary *b)
{
    b->last.v = (hr_cursor){0};
    b->n = 0;
}

void hr_boundary_release(hr_boundary *b)
{
    hr_cursor_copy_release(&b->last);
    hr_free(b->rows);
    *b = (hr_boundary){0};
}

static void swap(hr_boundary *a, hr_boundary *b)
{
    const hr_boundary kept = *a;

    *a = *b;
    *b = kept;
}

hr_status hr_boundary_merge(hr_boundary *b, hr_boundary *more, int sign, hr_error *err)
{
    int order = 1;

    if (more->last.v.kind == HR_CURSOR_NONE)
        return HR_OK;
    if (b->last.v.kind != HR_CURSOR_NONE && !hr_cursor_compare(&more->last.v, &b->last.v, &order))
        return hr_fail(err, HR_E_SCHEMA, "cursor values are of two kinds, %s and %s",
                       hr_cursor_kind_name(&b->last.v), hr_cursor_kind_name(&more->last.v));
    if (b->last.v.kind == HR_CURSOR_NONE || order * sign > 0) {
        swap(b, more);
    } else if (order == 0) {
        for (size_t i = 0; i < more->n; i++) {
            if (!HR_PUSH(b->rows, b->n, b->cap, more->rows[i]))
                return hr_nomem(err);
        }
    }
    hr_boundary_reset(more);
    return HR_OK;
}

hr_status hr_boundary_copy(hr_boundary *into, const hr_boundary *b, hr_error *err)
{
    hr_boundary_reset(into);
    if (!hr_cursor_keep(&into->last, &b->last.v))
        return hr_nomem(err);
    for (size_t i = 0; i < b->n; i++) {
        if (!HR_PUSH(into->rows, into->n, into->cap, b->rows[i]))
            return hr_nomem(err);
    }
    return HR_OK;
}

static int by_place(const void *a, const void *b)
{
    const hr_tied_row *x = a;
    const hr_tied_row *y = b;

    if (x->page != y->page)
        return x->page > y->page ? 1 : -1;
    return (x->in_page > y->in_page) - (x->in_page < y->in_page);
}

void hr_boundary_sort(hr_boundary *b)
{
    if (b->n > 1)
        qsort(b->rows, b->n, sizeof(*b->rows), by_place);
}

void hr_row_hash_text(const unsigned char *hash, size_t n, char out[HR_ROW_HASH_TEXT])
{
    (void)hr_base64_bare(hash, n, out);
}

/* ---- sets ---- */

/* The bytes are those of a hash already. */
static size_t place_of(const hr_hash_set *s, const unsigned char *hash)
{
    uint64_t start;

    memcpy(&start, hash, sizeof(start));
    size_t i = (size_t)start & (s->cap - 1);
    for (;; i = (i + 1) & (s->cap - 1)) {
        const unsigned char *slot = s->slots + i * (s->width + 1);

        if (!slot[s->width] || memcmp(slot, hash, s->width) == 0)
            return i;
    }
}

static void put(hr_hash_set *s, const unsigned char *hash)
{
    unsigned char *slot = s->slots + place_of(s, hash) * (s->width + 1);

    s->n += !slot[s->width];
    memcpy(slot, hash, s->width);
    slot[s->width] = 1;
}

static bool grow(hr_hash_set *s)
{
    const hr_hash_set old = *s;

    s->cap = old.cap ? old.cap * 2 : 64;
    s->slots = hr_calloc(s->cap, s->width + 1);
    if (!s->slots) {
        *s = old;
        return false;
    }
    s->n = 0;
    for (size_t i = 0; i < old.cap; i++) {
        const unsigned char *slot = old.slots + i * (s->width + 1);

        if (slot[s->width])
            put(s, slot);
    }
    hr_free(old.slots);
    return true;
}

bool hr_hash_set_add(hr_hash_set *s, const unsigned char *hash)
{
    if (s->n + 1 > s->cap / 3 * 2 && !grow(s))
        return false;
    put(s, hash);
    return true;
}

hr_status hr_hash_set_add_text(hr_hash_set *s, hr_str text, hr_error *err)
{
    hr_buf bytes = {0};
    hr_status st = HR_OK;

    /* 12 and 20 characters are whole groups of base64, so they have no padding to miss. */
    if (text.n != 12 && text.n != 20)
        return HR_OK;
    const bool fits = hr_base64_decode(text, &bytes) && bytes.len >= s->width;
    if (fits && !hr_hash_set_add(s, (const unsigned char *)bytes.data))
        st = hr_nomem(err);
    hr_buf_release(&bytes);
    return st;
}

bool hr_hash_set_has(const hr_hash_set *s, const unsigned char *hash)
{
    if (!s->n)
        return false;
    return s->slots[place_of(s, hash) * (s->width + 1) + s->width] != 0;
}

void hr_hash_set_release(hr_hash_set *s)
{
    hr_free(s->slots);
    *s = (hr_hash_set){0};
}
