/* keccak.h -- the permutation under SHAKE-128, several independent states side by side.
 *
 * Hashing one short text costs one run of the permutation, and a vector unit runs it over
 * 4 or 8 texts in the time of one. Only base/ids.c needs that; all other hashes are in
 * base/hash.h. Pure and thread-safe. */
#ifndef HR_BASE_KECCAK_H
#define HR_BASE_KECCAK_H

#include <stddef.h>
#include <stdint.h>

enum {
    HR_KECCAK_WORDS = 25,      /* of 64 bits, in one state */
    HR_KECCAK_MAX_LANES = 8,   /* states side by side */
    HR_KECCAK_VARIANTS = 3,    /* at most */
    HR_SHAKE128_RATE = 21 * 8, /* bytes of a message that one permutation takes in */
};

typedef struct hr_keccak {
    size_t lanes;
    /* Word w of state l is state[w * lanes + l]. */
    void (*permute)(uint64_t *state);
} hr_keccak;

/* What this processor can run: one lane first, the widest last. Returns how many. */
size_t hr_keccak_variants(hr_keccak out[HR_KECCAK_VARIANTS]);

#endif
