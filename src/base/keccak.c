#include "base/keccak.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const uint64_t round_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

#define LANES 1
#define VEC uint64_t
#define XOR3(x, y, z) ((x) ^ ((y) ^ (z)))
#define PERMUTE permute_1
#define TARGET
#include "base/keccak_lanes.h"

#if defined(__x86_64__)
typedef uint64_t vec4 __attribute__((vector_size(32)));
typedef uint64_t vec8 __attribute__((vector_size(64)));

#define LANES 4
#define VEC vec4
#define XOR3(x, y, z) ((x) ^ ((y) ^ (z)))
#define PERMUTE permute_4
#define TARGET __attribute__((target("avx2")))
#include "base/keccak_lanes.h"

/* Rotations and functions of three operands are single instructions here. */
#define LANES 8
#define VEC vec8
#define XOR3(x, y, z) \
    ((vec8)_mm512_ternarylogic_epi64((__m512i)(x), (__m512i)(y), (__m512i)(z), 0x96))
#define PERMUTE permute_8
#define TARGET __attribute__((target("avx512f")))
#include "base/keccak_lanes.h"
#else
typedef uint64_t vec2 __attribute__((vector_size(16)));

#define LANES 2
#define VEC vec2
#define XOR3(x, y, z) ((x) ^ ((y) ^ (z)))
#define PERMUTE permute_2
#define TARGET
#include "base/keccak_lanes.h"
#endif

size_t hr_keccak_variants(hr_keccak out[HR_KECCAK_VARIANTS])
{
    size_t n = 0;

    out[n++] = (hr_keccak){1, permute_1};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        out[n++] = (hr_keccak){4, permute_4};
    if (__builtin_cpu_supports("avx512f"))
        out[n++] = (hr_keccak){8, permute_8};
#else
    out[n++] = (hr_keccak){2, permute_2};
#endif
    return n;
}
