/* clock.h -- the time by which the client waits. Tests put in one of their own, which jumps over
 * every wait in which nothing is under way. */
#ifndef HR_NET_CLOCK_H
#define HR_NET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { HR_SECOND = 1000000 }; /* in micros, as all times in this room */

typedef struct hr_clock {
    int64_t (*ticks)(void *ctx); /* micros that never go back, from any start */
    int64_t (*date)(void *ctx);  /* micros since 1970 UTC */
    /* Passes `micros` in place of sleeping; false: sleep. */
    bool (*skip)(void *ctx, int64_t micros);
    void *ctx;
} hr_clock;

/* The machine's. */
extern const hr_clock hr_real_clock;

static inline int64_t hr_clock_ticks(const hr_clock *k)
{
    return k->ticks(k->ctx);
}

static inline int64_t hr_clock_date(const hr_clock *k)
{
    return k->date(k->ctx);
}

#endif
