/* keccak_lanes.h -- the permutation Keccak-f[1600] over several states at once.
 *
 * No include guard: keccak.c includes this once for each width, with LANES, VEC (a type of LANES
 * 64-bit integers side by side), XOR3, PERMUTE (the function's name) and TARGET (its attributes)
 * set. It has to be a text and not an inline function: compilers split operations on wide vectors
 * before they inline, by the instruction set of the function that they are written in. */

#define ROL(v, n) ((v) << (uint64_t)(n) | (v) >> (uint64_t)(64 - (n)))

/* clang-format off */
#define EACH_WORD(DO)                                                        \
    DO(0), DO(1), DO(2), DO(3), DO(4), DO(5), DO(6), DO(7), DO(8), DO(9),    \
    DO(10), DO(11), DO(12), DO(13), DO(14), DO(15), DO(16), DO(17), DO(18),  \
    DO(19), DO(20), DO(21), DO(22), DO(23), DO(24)
/* clang-format on */

#define DECLARE(i) a##i, b##i
#define LOAD(i) memcpy(&a##i, state + (size_t)(i) * (LANES), sizeof(VEC))
#define STORE(i) memcpy(state + (size_t)(i) * (LANES), &a##i, sizeof(VEC))

/* Theta: the parity of the five columns, mixed into all words by MOVE. */
#define PARITY(x, p0, p1, p2, p3, p4)                               \
    const VEC c##x = XOR3(XOR3(a##p0, a##p1, a##p2), a##p3, a##p4); \
    const VEC r##x = ROL(c##x, 1)
#define MIXED(word, left, right) XOR3(a##word, c##left, r##right)
/* Rho and pi: each word is rotated and goes to another place. */
#define MOVE(to, from, left, right, n) b##to = ROL(MIXED(from, left, right), n)
/* Chi: one row. */
#define ROW(p0, p1, p2, p3, p4)       \
    a##p0 = b##p0 ^ (~b##p1 & b##p2); \
    a##p1 = b##p1 ^ (~b##p2 & b##p3); \
    a##p2 = b##p2 ^ (~b##p3 & b##p4); \
    a##p3 = b##p3 ^ (~b##p4 & b##p0); \
    a##p4 = b##p4 ^ (~b##p0 & b##p1)

TARGET static void PERMUTE(uint64_t *state)
{
    VEC EACH_WORD(DECLARE);

    EACH_WORD(LOAD);
    for (int round = 0; round < 24; round++) {
        PARITY(0, 0, 5, 10, 15, 20);
        PARITY(1, 1, 6, 11, 16, 21);
        PARITY(2, 2, 7, 12, 17, 22);
        PARITY(3, 3, 8, 13, 18, 23);
        PARITY(4, 4, 9, 14, 19, 24);

        b0 = MIXED(0, 4, 1);
        MOVE(1, 6, 0, 2, 44);
        MOVE(2, 12, 1, 3, 43);
        MOVE(3, 18, 2, 4, 21);
        MOVE(4, 24, 3, 0, 14);
        MOVE(5, 3, 2, 4, 28);
        MOVE(6, 9, 3, 0, 20);
        MOVE(7, 10, 4, 1, 3);
        MOVE(8, 16, 0, 2, 45);
        MOVE(9, 22, 1, 3, 61);
        MOVE(10, 1, 0, 2, 1);
        MOVE(11, 7, 1, 3, 6);
        MOVE(12, 13, 2, 4, 25);
        MOVE(13, 19, 3, 0, 8);
        MOVE(14, 20, 4, 1, 18);
        MOVE(15, 4, 3, 0, 27);
        MOVE(16, 5, 4, 1, 36);
        MOVE(17, 11, 0, 2, 10);
        MOVE(18, 17, 1, 3, 15);
        MOVE(19, 23, 2, 4, 56);
        MOVE(20, 2, 1, 3, 62);
        MOVE(21, 8, 2, 4, 55);
        MOVE(22, 14, 3, 0, 39);
        MOVE(23, 15, 4, 1, 41);
        MOVE(24, 21, 0, 2, 2);

        ROW(0, 1, 2, 3, 4);
        ROW(5, 6, 7, 8, 9);
        ROW(10, 11, 12, 13, 14);
        ROW(15, 16, 17, 18, 19);
        ROW(20, 21, 22, 23, 24);
        a0 ^= round_constants[round];
    }
    EACH_WORD(STORE);
}

#undef ROL
#undef EACH_WORD
#undef DECLARE
#undef LOAD
#undef STORE
#undef PARITY
#undef MIXED
#undef MOVE
#undef ROW
#undef LANES
#undef VEC
#undef XOR3
#undef PERMUTE
#undef TARGET
