/* progress.h -- how far a step is, told to the caller some times a second. */
#ifndef HR_PIPELINE_PROGRESS_H
#define HR_PIPELINE_PROGRESS_H

#include <pthread.h>

#include "extract/page.h"
#include "headrace/events.h"
#include "normalize/normalize.h"

typedef struct hr_progress {
    hr_event_fn on_event;
    void *ctx;
    pthread_mutex_t lock; /* one call at a time, from whatever thread */
    hr_event event;
    double step_began, last_told;    /* by hr_seconds() */
    const hr_page_source *source;    /* extract: for bytes on disk */
    hr_normalize_progress normalize; /* extract: counted by workers */
} hr_progress;

/* When a step of a run ran; all zero: it did not. */
typedef struct hr_run_step {
    double started; /* Unix time */
    double began;   /* by hr_seconds() */
    double seconds;
    bool failed;
} hr_run_step;

void hr_run_step_begin(hr_run_step *t);
void hr_run_step_end(hr_run_step *t, hr_status st);

void hr_progress_init(hr_progress *p, hr_event_fn on_event, void *ctx);
void hr_progress_release(hr_progress *p);

void hr_progress_begin(hr_progress *p, const char *step, const char *resource, uint64_t rows_total);
void hr_progress_page(void *progress);                /* extract: a page went by */
void hr_progress_rows(void *progress, uint64_t rows); /* load: `rows` more; any thread */
void hr_progress_again(hr_progress *p);               /* the step begins anew, without rows */
void hr_progress_end(hr_progress *p);

#endif
