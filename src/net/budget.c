#include "net/budget.h"

#include "base/mem.h"
#include "headrace/headrace.h"

/* Requests take some time to arrive, each a different one, so two that are sent at the right
 * distance may arrive at a smaller one. */
enum { SLACK = 20000, SLACK_PART = 100 };

hr_status hr_budget_init(hr_budget *b, const hr_list *windows, hr_error *err)
{
    const hr_rate_window *const given = windows->items;

    *b = (hr_budget){.remaining = HR_RATE_UNKNOWN, .reset_at = HR_RATE_UNKNOWN};
    b->windows = hr_calloc(windows->n, sizeof(b->windows[0]));
    if (!b->windows)
        return hr_nomem(err);
    for (size_t i = 0; i < windows->n; i++) {
        const int64_t per = (int64_t)(given[i].per * HR_SECOND);
        hr_budget_window *const w = &b->windows[b->n_windows];

        *w = (hr_budget_window){.n = given[i].requests, .per = per + per / SLACK_PART + SLACK};
        w->sent = hr_calloc((size_t)w->n, sizeof(w->sent[0]));
        if (!w->sent)
            return hr_nomem(err);
        b->n_windows++;
    }
    return HR_OK;
}

void hr_budget_release(hr_budget *b)
{
    for (size_t i = 0; i < b->n_windows; i++)
        hr_free(b->windows[i].sent);
    hr_free(b->windows);
    *b = (hr_budget){0};
}

/* When the window has room; at most `now` if it has. */
static int64_t window_opens(const hr_budget_window *w, int64_t now)
{
    return w->count < w->n ? now : w->sent[w->count % w->n] + w->per;
}

/* 0: the host's own count allows one more. */
static int64_t host_allows(hr_budget *b, int64_t now)
{
    if (b->remaining == HR_RATE_UNKNOWN)
        return 0;
    if (b->reset_at != HR_RATE_UNKNOWN && now >= b->reset_at) {
        b->remaining = HR_RATE_UNKNOWN;
        return 0;
    }
    if (b->remaining > b->sent - b->told_at)
        return 0;
    if (b->in_flight)
        return HR_BUDGET_ANSWER;
    return b->reset_at == HR_RATE_UNKNOWN ? 0 : b->reset_at; /* it did not say: one by one */
}

int64_t hr_budget_take(hr_budget *b, int64_t now, int64_t *ticket)
{
    int64_t opens = b->blocked_until;

    for (size_t i = 0; i < b->n_windows; i++) {
        const int64_t at = window_opens(&b->windows[i], now);

        if (at > opens)
            opens = at;
    }
    if (opens > now)
        return opens;

    const int64_t wait = host_allows(b, now);

    if (wait)
        return wait;
    for (size_t i = 0; i < b->n_windows; i++) {
        hr_budget_window *const w = &b->windows[i];

        w->sent[w->count++ % w->n] = now;
    }
    b->in_flight++;
    *ticket = ++b->sent;
    return 0;
}

void hr_budget_ended(hr_budget *b, int64_t ticket, const hr_rate_told *told, int64_t now)
{
    b->in_flight--;
    if (!told || told->remaining == HR_RATE_UNKNOWN)
        return;
    if (b->remaining != HR_RATE_UNKNOWN && ticket < b->told_at)
        return; /* an answer that was overtaken */
    b->told_at = ticket;
    b->remaining = told->remaining;
    b->reset_at = told->reset == HR_RATE_UNKNOWN ? HR_RATE_UNKNOWN : now + told->reset;
}

void hr_budget_block(hr_budget *b, int64_t until)
{
    if (until > b->blocked_until)
        b->blocked_until = until;
}
