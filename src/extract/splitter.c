#include "extract/splitter.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { BLOCK = 64 };

/* One bit a byte of a block; the first byte has the lowest bit. */
typedef struct block_bits {
    uint64_t quote;
    uint64_t backslash;
    uint64_t open;  /* [ and { */
    uint64_t close; /* ] and } */
    uint64_t newline;
} block_bits;

/* What depends on the processor. Always called with constants, so that all of it is inlined. */
typedef void classify_fn(const char *block, block_bits *bits);
typedef uint64_t separators_fn(const char *block); /* commas and white space */

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Bytes that a backslash takes the meaning of. `escaped`: the first byte is one. */
ALWAYS_INLINE uint64_t escaped_bytes(uint64_t backslash, bool *escaped)
{
    uint64_t result = *escaped;
    uint64_t left = backslash & ~result;
    *escaped = false;
    while (left != 0) {
        const uint64_t first = left & -left;
        result |= first << 1;
        left &= ~(first | first << 1);
        *escaped = first >> 63 != 0;
    }
    return result;
}

/* Bit i is the parity of the bits 0 to i. */
ALWAYS_INLINE uint64_t prefix_xor(uint64_t x)
{
    for (unsigned shift = 1; shift < BLOCK; shift *= 2)
        x ^= x << shift;
    return x;
}

ALWAYS_INLINE uint64_t first_bits(size_t n)
{
    return n >= BLOCK ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

ALWAYS_INLINE uint64_t popcount(uint64_t x)
{
    return (uint64_t)__builtin_popcountll(x);
}

/* Steps over one byte that is no part of a string. True: there is a cut place, *after says
 * on which side of the byte. */
ALWAYS_INLINE bool step(hr_splitter *s, char c, size_t *after)
{
    *after = 1;
    switch (c) {
    case '[':
        s->in_array |= s->depth == 0;
        s->depth++;
        return false;
    case '{':
        s->depth++;
        return false;
    case ']':
    case '}':
        s->depth -= s->depth > 0;
        s->in_array &= s->depth > 0;
        return s->depth == 0;
    case ',':
        *after = 0;
        return s->in_array && s->depth == 1;
    default:
        return s->depth == 0;
    }
}

/* Steps over the bytes marked in `bits` until a cut place not before `min`; gives the number of
 * bytes before it, or -1. */
ALWAYS_INLINE int walk(hr_splitter *s, const char *block, uint64_t bits, size_t min)
{
    for (; bits != 0; bits &= bits - 1) {
        const size_t i = (size_t)__builtin_ctzll(bits);
        size_t after;
        if (step(s, block[i], &after) && i + after >= min)
            return (int)(i + after);
    }
    return -1;
}

/* Passes one block; bytes after `width` are 0. As walk(). */
ALWAYS_INLINE int pass_block(hr_splitter *s, const char *block, size_t width, size_t min,
                             classify_fn *classify, separators_fn *separators)
{
    block_bits b;
    classify(block, &b);
    bool carry = s->escaped;
    const uint64_t escaped = escaped_bytes(b.backslash, &carry);
    const uint64_t strings =
        prefix_xor(b.quote & ~escaped) ^ (s->in_string ? ~UINT64_C(0) : UINT64_C(0));
    const uint64_t open = b.open & ~strings;
    const uint64_t close = b.close & ~strings;
    const bool may_cut = min <= width;
    int cut = -1;
    /* Most blocks lie deeper than any place of interest. */
    if (s->depth > popcount(close) + (may_cut && s->in_array)) {
        s->depth += popcount(open) - popcount(close);
    } else {
        const uint64_t between = may_cut ? separators(block) & ~strings : 0;
        cut = walk(s, block, open | close | between, min);
    }
    if (cut >= 0) {
        s->in_string = s->escaped = false;
        s->lines += popcount(b.newline & first_bits((size_t)cut));
        return cut;
    }
    s->in_string = strings >> (width - 1) & 1;
    s->escaped = width == BLOCK ? carry : escaped >> width & 1;
    s->lines += popcount(b.newline);
    return cut;
}

ALWAYS_INLINE bool scan(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min,
                        classify_fn *classify, separators_fn *separators)
{
    min = min > 0 ? min : 1;
    while (*pos < n) {
        char last[BLOCK];
        const char *block = text + *pos;
        size_t width = n - *pos;
        if (width < BLOCK) {
            memset(last, 0, sizeof(last));
            block = memcpy(last, block, width);
        } else {
            width = BLOCK;
        }
        const size_t block_min = min > *pos ? min - *pos : 0;
        const int cut = pass_block(s, block, width, block_min, classify, separators);
        *pos += cut >= 0 ? (size_t)cut : width;
        if (cut >= 0)
            return true;
    }
    return false;
}

ALWAYS_INLINE void classify_portable(const char *block, block_bits *bits)
{
    *bits = (block_bits){0};
    for (unsigned i = 0; i < BLOCK; i++) {
        const char c = block[i];
        const char folded = (char)(c | 0x20);
        bits->quote |= (uint64_t)(c == '"') << i;
        bits->backslash |= (uint64_t)(c == '\\') << i;
        bits->open |= (uint64_t)(folded == '{') << i;
        bits->close |= (uint64_t)(folded == '}') << i;
        bits->newline |= (uint64_t)(c == '\n') << i;
    }
}

ALWAYS_INLINE uint64_t separators_portable(const char *block)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < BLOCK; i++) {
        const char c = block[i];
        bits |= (uint64_t)(c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t') << i;
    }
    return bits;
}

static bool scan_portable(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min)
{
    return scan(s, text, pos, n, min, classify_portable, separators_portable);
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,popcnt")))

AVX2 ALWAYS_INLINE uint64_t equal_avx2(__m256i low, __m256i high, char c)
{
    const __m256i want = _mm256_set1_epi8(c);
    const uint32_t l = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want));
    const uint32_t h = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want));
    return l | (uint64_t)h << 32;
}

AVX2 ALWAYS_INLINE __m256i load_avx2(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2 ALWAYS_INLINE void classify_avx2(const char *block, block_bits *bits)
{
    const __m256i low = load_avx2(block);
    const __m256i high = load_avx2(block + 32);
    const __m256i fold = _mm256_set1_epi8(0x20); /* makes braces of brackets */
    const __m256i folded_low = _mm256_or_si256(low, fold);
    const __m256i folded_high = _mm256_or_si256(high, fold);
    bits->quote = equal_avx2(low, high, '"');
    bits->backslash = equal_avx2(low, high, '\\');
    bits->open = equal_avx2(folded_low, folded_high, '{');
    bits->close = equal_avx2(folded_low, folded_high, '}');
    bits->newline = equal_avx2(low, high, '\n');
}

AVX2 ALWAYS_INLINE uint64_t separators_avx2(const char *block)
{
    const __m256i low = load_avx2(block);
    const __m256i high = load_avx2(block + 32);
    return equal_avx2(low, high, ',') | equal_avx2(low, high, ' ') | equal_avx2(low, high, '\n') |
           equal_avx2(low, high, '\r') | equal_avx2(low, high, '\t');
}

AVX2 static bool scan_avx2(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min)
{
    return scan(s, text, pos, n, min, classify_avx2, separators_avx2);
}

/* SSE2 is in every x86-64 processor. */
ALWAYS_INLINE uint64_t equal_sse2(const __m128i v[4], char c)
{
    const __m128i want = _mm_set1_epi8(c);
    uint64_t bits = 0;
    for (unsigned i = 0; i < 4; i++)
        bits |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], want)) << (16 * i);
    return bits;
}

ALWAYS_INLINE void load_sse2(const char *block, char fold, __m128i v[4])
{
    for (size_t i = 0; i < 4; i++)
        v[i] = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)),
                            _mm_set1_epi8(fold));
}

ALWAYS_INLINE void classify_sse2(const char *block, block_bits *bits)
{
    __m128i plain[4];
    __m128i folded[4];
    load_sse2(block, 0, plain);
    load_sse2(block, 0x20, folded);
    bits->quote = equal_sse2(plain, '"');
    bits->backslash = equal_sse2(plain, '\\');
    bits->open = equal_sse2(folded, '{');
    bits->close = equal_sse2(folded, '}');
    bits->newline = equal_sse2(plain, '\n');
}

ALWAYS_INLINE uint64_t separators_sse2(const char *block)
{
    __m128i v[4];
    load_sse2(block, 0, v);
    return equal_sse2(v, ',') | equal_sse2(v, ' ') | equal_sse2(v, '\n') | equal_sse2(v, '\r') |
           equal_sse2(v, '\t');
}

static bool scan_sse2(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min)
{
    return scan(s, text, pos, n, min, classify_sse2, separators_sse2);
}

#endif

hr_splitter_fn *hr_splitter_variant(size_t i)
{
#if defined(__x86_64__)
    static hr_splitter_fn *const all[] = {scan_avx2, scan_sse2, scan_portable};
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
    i += avx2 ? 0 : 1;
#else
    static hr_splitter_fn *const all[] = {scan_portable};
#endif
    return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

bool hr_splitter_scan(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min)
{
    return hr_splitter_variant(0)(s, text, pos, n, min);
}
