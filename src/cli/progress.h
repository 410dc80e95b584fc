/* progress.h -- what a run says while it works, on standard error. */
#ifndef HR_CLI_PROGRESS_H
#define HR_CLI_PROGRESS_H

#include <stdio.h>

#include "cli/text.h"
#include "headrace/events.h"

typedef enum cli_progress_mode {
    CLI_PROGRESS_AUTO, /* live on a terminal that can move its cursor, else none */
    CLI_PROGRESS_LOG,  /* a line each five seconds, and one at the end of a step */
    CLI_PROGRESS_JSON, /* one object a line */
    CLI_PROGRESS_NONE,
    CLI_PROGRESS_LIVE, /* not for users: what AUTO may turn into */
} cli_progress_mode;

typedef struct cli_progress {
    FILE *out;
    cli_progress_mode mode;
    bool drawn;  /* a live line stands there */
    double next; /* seconds of a monotonic clock; not before then */
    cli_text line;
} cli_progress;

void cli_progress_init(cli_progress *p, FILE *out, cli_progress_mode mode);

/* A hr_event_fn; `ctx` is the cli_progress. Notices and warnings are always shown. */
void cli_progress_event(void *ctx, const hr_event *event);

/* Wipes the live line away. Twice is fine. */
void cli_progress_release(cli_progress *p);

/* "12.3 MB  1,234 rows  617 rows/s  3.0 s left  85 MB memory" with `sep` between the parts. */
void cli_progress_describe(cli_text *out, const hr_event *event, uint64_t memory, const char *sep);

/* Bytes of this process that are in memory; 0 when that cannot be known. */
uint64_t cli_progress_memory(void);

#endif
