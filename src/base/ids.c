#include "base/ids.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <time.h>

#include "base/keccak.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are loaded as they lie");

/* ---- base64 of ten bytes ---- */

/* Eight 6-bit numbers, one a byte, to eight characters of the base64 alphabet. No lookups and
 * no branches: the steps between the alphabet's runs are added where a number is beyond them. */
static uint64_t base64_chars(uint64_t v)
{
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t above_25 = (v + ones * (128 - 26)) >> 7 & ones;
    const uint64_t above_51 = (v + ones * (128 - 52)) >> 7 & ones;
    const uint64_t above_61 = (v + ones * (128 - 62)) >> 7 & ones;
    const uint64_t above_62 = (v + ones * (128 - 63)) >> 7 & ones;

    return v + ones * 'A' + above_25 * ('a' - 'Z' - 1) - above_51 * ('z' + 1 - '0') -
           above_61 * ('9' + 1 - '+') + above_62 * ('/' - '+' - 1);
}

/* 48 bits to eight numbers of 6 bits; the highest bits go to the lowest byte. */
static uint64_t sextets(uint64_t bits)
{
    uint64_t v = bits >> 24 | (bits & 0xFFFFFF) << 32;

    v = (v >> 12 & 0x00000FFF00000FFF) | (v & 0x00000FFF00000FFF) << 16;
    return (v >> 6 & 0x003F003F003F003F) | (v & 0x003F003F003F003F) << 8;
}

/* `first` holds bytes 0 to 7 of the id, `second` bytes 8 and 9 at its low end. */
static void put_row_id(uint64_t first, uint64_t second, char out[HR_ROW_ID])
{
    const uint64_t head = __builtin_bswap64(first);
    const uint64_t tail = (head & 0xFFFF) << 16 | __builtin_bswap16((uint16_t)second);
    const uint64_t front = base64_chars(sextets(head >> 16));
    const uint64_t back = base64_chars(sextets(tail << 16));

    memcpy(out, &front, 8);
    memcpy(out + 8, &back, HR_ROW_ID - 8);
}

/* ---- new ids ---- */

static hr_status fill_random(void *out, size_t n, hr_error *err)
{
    unsigned char *p = out;

    while (n > 0) {
        const ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return hr_fail_errno(err, errno, "cannot get random bytes");
        p += got;
        n -= (size_t)got;
    }
    return HR_OK;
}

hr_status hr_new_row_ids(char *out, size_t n, hr_error *err)
{
    struct {
        uint64_t high;
        uint16_t low;
    } next;

    HR_TRY(fill_random(&next, sizeof(next), err));
    for (; n > 0; n--, out += HR_ROW_ID) {
        put_row_id(__builtin_bswap64(next.high), __builtin_bswap16(next.low), out);
        next.high += ++next.low == 0;
    }
    return HR_OK;
}

/* ---- ids of child rows ---- */

enum { INDEX_MAX = 20 }; /* digits of an int64_t and its sign */

static size_t put_index(int64_t v, char out[INDEX_MAX])
{
    char digits[INDEX_MAX];
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    size_t n = 0;
    size_t len = 0;

    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (v < 0)
        out[len++] = '-';
    while (n > 0)
        out[len++] = digits[--n];
    return len;
}

/* Any message, byte by byte through a single state: for long names of tables. */
typedef struct sponge {
    const hr_keccak *keccak; /* of one lane */
    uint64_t state[HR_KECCAK_WORDS];
    size_t at; /* bytes taken in since the last permutation */
} sponge;

static void absorb_words(sponge *s, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word;

        memcpy(&word, p + 8 * i, sizeof(word));
        s->state[s->at / 8] ^= word;
        s->at += 8;
        if (s->at == HR_SHAKE128_RATE) {
            s->keccak->permute(s->state);
            s->at = 0;
        }
    }
}

static void absorb(sponge *s, const char *p, size_t n)
{
    const size_t words = s->at % 8 == 0 ? n / 8 : 0;

    absorb_words(s, p, words);
    for (size_t i = 8 * words; i < n; i++) {
        s->state[s->at / 8] ^= (uint64_t)(unsigned char)p[i] << (8 * (s->at % 8));
        if (++s->at == HR_SHAKE128_RATE) {
            s->keccak->permute(s->state);
            s->at = 0;
        }
    }
}

static void put_digest(sponge *s, char *out)
{
    s->state[s->at / 8] ^= (uint64_t)0x1F << (8 * (s->at % 8));
    s->state[HR_SHAKE128_RATE / 8 - 1] ^= (uint64_t)0x80 << 56;
    s->keccak->permute(s->state);
    put_row_id(s->state[0], s->state[1], out);
}

static void single_child_id(const hr_keccak *keccak, const char *parent, hr_str table, int64_t idx,
                            char *out)
{
    sponge s = {.keccak = keccak};
    char index[INDEX_MAX];

    absorb(&s, parent, HR_ROW_ID);
    absorb(&s, "_", 1);
    absorb(&s, table.p, table.n);
    absorb(&s, "_", 1);
    absorb(&s, index, put_index(idx, index));
    put_digest(&s, out);
}

void hr_text_row_id(hr_str text, char out[HR_ROW_ID])
{
    hr_keccak variants[HR_KECCAK_VARIANTS];
    sponge s = {.keccak = &variants[0]};

    (void)hr_keccak_variants(variants);
    absorb(&s, text.p, text.n);
    put_digest(&s, out);
}

/* Messages of one block, as many as there are lanes. What all have in common is laid out once. */
typedef struct block_group {
    const hr_keccak *keccak;
    size_t tail_word;  /* where the index begins */
    size_t tail_shift; /* in bits */
    uint64_t common[HR_KECCAK_WORDS * HR_KECCAK_MAX_LANES];
} block_group;

enum { SHORT_INDEX_END = 10000000 }; /* of 7 digits, so that one byte of the word is left */

static bool fits_block(hr_str table)
{
    return HR_ROW_ID + 1 + table.n + 1 + sizeof(uint64_t) < HR_SHAKE128_RATE;
}

static void group_init(block_group *g, const hr_keccak *keccak, hr_str table)
{
    const size_t index_at = HR_ROW_ID + 1 + table.n + 1;
    char message[HR_SHAKE128_RATE] = {0};

    *g = (block_group){
        .keccak = keccak, .tail_word = index_at / 8, .tail_shift = 8 * (index_at % 8)};
    message[HR_ROW_ID] = '_';
    if (table.n)
        memcpy(message + HR_ROW_ID + 1, table.p, table.n);
    message[index_at - 1] = '_';
    message[HR_SHAKE128_RATE - 1] = (char)0x80; /* the last bit of the padding */
    for (size_t w = 0; w < HR_SHAKE128_RATE / 8; w++) {
        for (size_t lane = 0; lane < keccak->lanes; lane++)
            memcpy(&g->common[w * keccak->lanes + lane], message + 8 * w, 8);
    }
}

/* The index in decimal and SHAKE's suffix 0x1F after it, the first character lowest. */
static uint64_t index_tail(uint64_t idx)
{
    uint64_t tail = 0x1F;

    do {
        tail = tail << 8 | ('0' + idx % 10);
        idx /= 10;
    } while (idx > 0);
    return tail;
}

/* Adds the parent's id and the index to one lane. */
static void group_put(const block_group *g, uint64_t *state, const char *parent, uint64_t idx)
{
    const size_t lanes = g->keccak->lanes;
    const uint64_t tail = index_tail(idx);
    uint64_t first, last;

    memcpy(&first, parent, 8);
    memcpy(&last, parent + HR_ROW_ID - 8, 8);
    state[0] = first;
    state[lanes] |= last >> (8 * (16 - HR_ROW_ID));
    state[g->tail_word * lanes] |= tail << g->tail_shift;
    state[(g->tail_word + 1) * lanes] |= tail >> 1 >> (63 - g->tail_shift);
}

static void group_hash(const block_group *g, const char *parents, const int64_t *idx, size_t n,
                       char *out)
{
    const size_t lanes = g->keccak->lanes;
    uint64_t state[HR_KECCAK_WORDS * HR_KECCAK_MAX_LANES];

    memcpy(state, g->common, HR_KECCAK_WORDS * lanes * sizeof(state[0]));
    for (size_t lane = 0; lane < n; lane++)
        group_put(g, state + lane, parents + lane * HR_ROW_ID,
                  (uint64_t)idx[lane] < SHORT_INDEX_END ? (uint64_t)idx[lane] : 0);
    g->keccak->permute(state);
    for (size_t lane = 0; lane < n; lane++)
        put_row_id(state[lane], state[lanes + lane], out + lane * HR_ROW_ID);
}

void hr_child_row_ids(const char *parent_ids, const int64_t *list_idx, size_t n, hr_str table,
                      char *out)
{
    hr_keccak variants[HR_KECCAK_VARIANTS];
    const hr_keccak *widest = &variants[hr_keccak_variants(variants) - 1];
    const bool in_groups = fits_block(table);

    if (in_groups) {
        block_group g;

        group_init(&g, widest, table);
        for (size_t i = 0; i < n; i += widest->lanes)
            group_hash(&g, parent_ids + i * HR_ROW_ID, list_idx + i,
                       n - i < widest->lanes ? n - i : widest->lanes, out + i * HR_ROW_ID);
    }
    for (size_t i = 0; i < n; i++) {
        if (!in_groups || (uint64_t)list_idx[i] >= SHORT_INDEX_END)
            single_child_id(&variants[0], parent_ids + i * HR_ROW_ID, table, list_idx[i],
                            out + i * HR_ROW_ID);
    }
}

/* ---- load ids ---- */

/* dlt's load ids are Python floats in text form. At today's times a double counts in steps of
 * 2^-22 s, so this counts in those, and writes what Python would: the shortest decimal that
 * means this step, which has 6 or 7 decimals (fewer with zeros at the end left out). */
enum { STEP_BITS = 22 };
static const uint64_t steps_per_second = UINT64_C(1) << STEP_BITS;

static _Atomic uint64_t last_step;

static uint64_t next_step(void)
{
    struct timespec now;
    uint64_t before = atomic_load(&last_step);
    uint64_t step;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t clock =
        ((uint64_t)now.tv_sec << STEP_BITS) + ((uint64_t)now.tv_nsec << STEP_BITS) / 1000000000U;
    do {
        step = clock > before ? clock : before + 1;
    } while (!atomic_compare_exchange_weak(&last_step, &before, step));
    return step;
}

/* The step that a load id means, or one that is later by less than the seventh decimal; 0: it is no
 * time. Not strtod, which reads as the locale says. */
static uint64_t step_of(const char *id)
{
    const size_t whole = strspn(id, "0123456789");
    const char *const decimals = id + whole + (id[whole] == '.');
    const size_t n = strspn(decimals, "0123456789");
    uint64_t seconds = 0, fraction = 0;

    if (whole == 0 || whole > 12 || decimals[n])
        return 0;
    for (size_t i = 0; i < whole; i++)
        seconds = seconds * 10 + (uint64_t)(id[i] - '0');
    for (size_t i = 0; i < 7; i++)
        fraction = fraction * 10 + (i < n ? (uint64_t)(decimals[i] - '0') : 0);
    return (seconds << STEP_BITS) + ((fraction + 1) << STEP_BITS) / 10000000;
}

void hr_load_ids_after(const char *id)
{
    const uint64_t step = step_of(id);
    uint64_t before = atomic_load(&last_step);

    while (before < step && !atomic_compare_exchange_weak(&last_step, &before, step))
        continue;
}

/* fraction * unit / 2^STEP_BITS to the nearest, and halves to even, as Python rounds. */
static uint64_t scaled(uint64_t fraction, uint64_t unit)
{
    const uint64_t whole = fraction * unit / steps_per_second;
    const uint64_t rest = fraction * unit % steps_per_second;
    const uint64_t half = steps_per_second / 2;

    return whole + (rest > half || (rest == half && whole % 2 == 1));
}

void hr_load_id(char out[24])
{
    const uint64_t step = next_step();
    const uint64_t fraction = step % steps_per_second;
    uint64_t seconds = step / steps_per_second;
    uint64_t decimals = scaled(fraction, 1000000);
    const bool six_do = (decimals * steps_per_second + 500000) / 1000000 == fraction;
    int width = 7;

    decimals = six_do ? decimals * 10 : scaled(fraction, 10000000);
    if (decimals == 10000000) {
        decimals = 0;
        seconds++;
    }
    for (; width > 1 && decimals % 10 == 0; width--)
        decimals /= 10;

    size_t len = put_index((int64_t)seconds, out);
    out[len++] = '.';
    for (int i = width - 1; i >= 0; i--, decimals /= 10)
        out[len + (size_t)i] = (char)('0' + decimals % 10);
    out[len + (size_t)width] = '\0';
}
