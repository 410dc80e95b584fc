/* headrace/events.h -- what a run tells while it works. */
#ifndef HEADRACE_EVENTS_H
#define HEADRACE_EVENTS_H

#include "headrace/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hr_event_kind {
    HR_EVENT_PROGRESS, /* where a step stands; at most some ten a second */
    HR_EVENT_NOTICE,   /* a thing worth saying: a package was discarded, a load had committed */
    HR_EVENT_WARNING,  /* a thing the user should look at */
} hr_event_kind;

/* Fields that a kind does not use are zero. All pointers are borrowed for the call. */
typedef struct hr_event {
    hr_event_kind kind;
    const char *step;     /* PROGRESS: "extract" (read and normalize) or "load" */
    const char *resource; /* or table; may be NULL */
    uint64_t bytes;       /* PROGRESS: of input, uncompressed for extract */
    uint64_t bytes_total; /* of input as it lies on disk; 0: unknown */
    uint64_t bytes_read;  /* of bytes_total */
    uint64_t rows;        /* PROGRESS: so far, all tables */
    uint64_t rows_total;  /* 0: unknown */
    double seconds;       /* since the step began */
    bool done;            /* PROGRESS: the last one of this step */
    const char *message;  /* NOTICE, WARNING: a sentence */
} hr_event;

/* Called from one thread at a time, not always the same one. Must not call back into the
 * pipeline. Events may be dropped, except NOTICE and WARNING and the last PROGRESS of a step. */
typedef void (*hr_event_fn)(void *ctx, const hr_event *event);

#ifdef __cplusplus
}
#endif

#endif
