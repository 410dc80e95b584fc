/* Pages on their way from the caller's thread to the workers. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/crew.h"

void hr_crew_stop(hr_crew *c, hr_status st, const hr_error *why)
{
    pthread_mutex_lock(&c->lock);
    if (!c->stopped) {
        c->stopped = true;
        c->error = *why;
        c->error.status = st;
    }
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    hr_catalog_stop(c->catalog);
}

bool hr_crew_stopped(hr_crew *c)
{
    pthread_mutex_lock(&c->lock);
    const bool yes = c->stopped;
    pthread_mutex_unlock(&c->lock);
    return yes;
}

/* One page fits in any case. */
static bool has_room(const hr_crew *c, size_t bytes)
{
    return c->queue_n < c->queue_cap &&
           (!c->page_bytes || c->page_bytes + bytes <= c->job->queue_bytes);
}

bool hr_crew_push(hr_crew *c, hr_numbered_page *page)
{
    const size_t bytes = hr_page_memory(&page->page);

    pthread_mutex_lock(&c->lock);
    while (!has_room(c, bytes) && !c->stopped)
        pthread_cond_wait(&c->changed, &c->lock);
    const bool ok = !c->stopped;
    if (ok) {
        c->queue[(c->queue_at + c->queue_n++) % c->queue_cap] = *page;
        c->page_bytes += bytes;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    if (!ok)
        hr_page_release(&page->page);
    return ok;
}

bool hr_crew_pop(hr_crew *c, hr_numbered_page *out)
{
    pthread_mutex_lock(&c->lock);
    while (c->queue_n == 0 && !c->closed && !c->stopped)
        pthread_cond_wait(&c->changed, &c->lock);
    const bool ok = c->queue_n > 0 && !c->stopped;
    if (ok) {
        *out = c->queue[c->queue_at];
        c->queue_at = (c->queue_at + 1) % c->queue_cap;
        c->queue_n--;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    return ok;
}

void hr_crew_release_page(hr_crew *c, hr_numbered_page *p)
{
    const size_t bytes = hr_page_memory(&p->page);

    hr_page_release(&p->page);
    pthread_mutex_lock(&c->lock);
    c->page_bytes -= bytes;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void hr_crew_close(hr_crew *c)
{
    pthread_mutex_lock(&c->lock);
    c->closed = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

uint64_t hr_crew_last_page(hr_crew *c)
{
    pthread_mutex_lock(&c->lock);
    const uint64_t last = c->last_page;
    pthread_mutex_unlock(&c->lock);
    return last;
}
