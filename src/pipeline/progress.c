#include "pipeline/progress.h"

#include "base/time.h"

static const double least_pause = 0.1; /* seconds between two events */

void hr_run_step_begin(hr_run_step *t)
{
    *t = (hr_run_step){.started = (double)hr_now() * 1e-6, .began = hr_seconds()};
}

void hr_run_step_end(hr_run_step *t, hr_status st)
{
    t->seconds = hr_seconds() - t->began;
    t->failed = st != HR_OK;
}

void hr_progress_init(hr_progress *p, hr_event_fn on_event, void *ctx)
{
    *p = (hr_progress){.on_event = on_event, .ctx = ctx};
    pthread_mutex_init(&p->lock, NULL);
}

void hr_progress_release(hr_progress *p)
{
    pthread_mutex_destroy(&p->lock);
}

static void tell(hr_progress *p, double now)
{
    p->last_told = now;
    p->event.seconds = now - p->step_began;
    if (p->on_event)
        p->on_event(p->ctx, &p->event);
}

void hr_progress_begin(hr_progress *p, const char *step, const char *resource, uint64_t rows_total)
{
    pthread_mutex_lock(&p->lock);
    p->event = (hr_event){
        .kind = HR_EVENT_PROGRESS, .step = step, .resource = resource, .rows_total = rows_total};
    p->step_began = p->last_told = hr_seconds();
    pthread_mutex_unlock(&p->lock);
}

static void look(hr_progress *p)
{
    p->event.bytes = p->normalize.bytes;
    p->event.rows = p->normalize.rows;
    if (p->source && p->source->progress)
        p->source->progress(p->source->self, &p->event.bytes_read, &p->event.bytes_total);
}

void hr_progress_page(void *progress)
{
    hr_progress *p = progress;
    const double now = hr_seconds();

    pthread_mutex_lock(&p->lock);
    if (now - p->last_told >= least_pause) {
        look(p);
        tell(p, now);
    }
    pthread_mutex_unlock(&p->lock);
}

void hr_progress_rows(void *progress, uint64_t rows)
{
    hr_progress *p = progress;

    pthread_mutex_lock(&p->lock);
    p->event.rows += rows;
    const double now = hr_seconds();
    if (now - p->last_told >= least_pause)
        tell(p, now);
    pthread_mutex_unlock(&p->lock);
}

void hr_progress_again(hr_progress *p)
{
    pthread_mutex_lock(&p->lock);
    p->event.rows = 0;
    pthread_mutex_unlock(&p->lock);
}

void hr_progress_end(hr_progress *p)
{
    pthread_mutex_lock(&p->lock);
    if (p->source)
        look(p);
    p->event.done = true;
    tell(p, hr_seconds());
    pthread_mutex_unlock(&p->lock);
}
