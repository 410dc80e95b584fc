/* budget.h -- what may be sent to one host, and when: configured windows, and what the host says.
 *
 * The host's own count is taken from the latest request that it answered, minus all that were sent
 * after it. So near the limit fewer requests are under way at once, the last ones one by one, and
 * none is sent that would be answered with 429. Times are ticks of a clock, in micros. Not
 * thread-safe: the client's lock is held. */
#ifndef HR_NET_BUDGET_H
#define HR_NET_BUDGET_H

#include "net/rate_headers.h"
#include "net/settings.h"

/* When a request that is under way has been answered. */
#define HR_BUDGET_ANSWER INT64_MAX

typedef struct hr_budget_window {
    int64_t *sent; /* the times of the last `n` requests, a ring */
    int64_t n;     /* as many as are allowed in ... */
    int64_t per;   /* ... these micros */
    int64_t count; /* requests ever */
} hr_budget_window;

typedef struct hr_budget {
    hr_budget_window *windows;
    size_t n_windows;
    int64_t blocked_until; /* the host said so */
    int64_t sent;          /* requests ever */
    int64_t in_flight;
    int64_t told_at;   /* the request whose answer told ... */
    int64_t remaining; /* ... how many more there may be, or HR_RATE_UNKNOWN */
    int64_t reset_at;  /* when there are more, or HR_RATE_UNKNOWN */
} hr_budget;

/* `windows` holds hr_rate_window. On failure (memory) the budget is still to be released. */
HR_NODISCARD hr_status hr_budget_init(hr_budget *b, const hr_list *windows, hr_error *err);
void hr_budget_release(hr_budget *b);

/* 0: a request may go, and counts as sent and in flight; *ticket is its number. Else the time at
 * which to ask again, or HR_BUDGET_ANSWER. */
int64_t hr_budget_take(hr_budget *b, int64_t now, int64_t *ticket);

/* A request ended; `told` NULL: without an answer. */
void hr_budget_ended(hr_budget *b, int64_t ticket, const hr_rate_told *told, int64_t now);

/* Nothing is sent before. */
void hr_budget_block(hr_budget *b, int64_t until);

#endif
