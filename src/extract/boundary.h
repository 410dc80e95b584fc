/* boundary.h -- the last cursor value of a run, and which rows have it.
 *
 * The next run asks for rows from that value on, and gets the rows that have it again; so the
 * hash of each is kept. Rows that stand at a value which a later row passes are forgotten at
 * once, so memory grows with the rows at one value only: 32 bytes each. Not thread-safe. */
#ifndef HR_EXTRACT_BOUNDARY_H
#define HR_EXTRACT_BOUNDARY_H

#include "extract/cursor.h"

enum {
    HR_ROW_HASH = 15,     /* bytes; dlt before 1.29 stored all of them */
    HR_ROW_HASH_NOW = 9,  /* dlt stores these today */
    HR_ROW_HASH_TEXT = 21 /* base64 and the NUL */
};

typedef struct hr_tied_row {
    uint64_t page;
    uint32_t in_page;
    unsigned char hash[HR_ROW_HASH];
} hr_tied_row;

/* Zero is empty. */
typedef struct hr_boundary {
    hr_cursor_copy last; /* .v.kind NONE: no row yet */
    hr_tied_row *rows;
    size_t n, cap;
} hr_boundary;

void hr_boundary_reset(hr_boundary *b); /* empty, memory kept */
void hr_boundary_release(hr_boundary *b);

/* Takes in what `more` has: of the two values the one that wins (`sign` 1: the greater, -1: the
 * lesser), with the rows of both when they are equal. `more` is empty afterwards. */
hr_status hr_boundary_merge(hr_boundary *b, hr_boundary *more, int sign, hr_error *err);

/* What was in `into` is gone; its memory is used again. */
HR_NODISCARD hr_status hr_boundary_copy(hr_boundary *into, const hr_boundary *b, hr_error *err);

/* Puts rows in the order of the input. */
void hr_boundary_sort(hr_boundary *b);

/* Text of the first `n` bytes of a hash, base64 without padding. */
void hr_row_hash_text(const unsigned char *hash, size_t n, char out[HR_ROW_HASH_TEXT]);

/* ---- hashes that an earlier run left ---- */

/* A set of hashes of `width` bytes. Zero but for `width` is empty. */
typedef struct hr_hash_set {
    size_t width;
    unsigned char *slots; /* `width` bytes and one that says whether the slot is taken */
    size_t n, cap;
} hr_hash_set;

bool hr_hash_set_add(hr_hash_set *s, const unsigned char *hash); /* false: out of memory */
/* The same of its text; what is no text of a hash, or of a shorter one, is left out. */
HR_NODISCARD hr_status hr_hash_set_add_text(hr_hash_set *s, hr_str text, hr_error *err);
bool hr_hash_set_has(const hr_hash_set *s, const unsigned char *hash);
void hr_hash_set_release(hr_hash_set *s);

#endif
