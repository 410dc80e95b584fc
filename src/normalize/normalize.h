/* normalize.h -- pages in, package batches out: the workers.
 *
 *   caller's thread: source -> queue (a page a worker) -> worker: shred, commit what is new to
 *   the schema in page order, keep rows in builders -> flush to the package when they are many
 *
 * Memory: (2 * workers + 1) pages, in all of `queue_bytes` where they are more than one; one
 * parsed item and `flush_bytes` of builders a worker.
 * The outcome does not depend on the number of workers or the sizes of pages and flushes. */
#ifndef HR_NORMALIZE_NORMALIZE_H
#define HR_NORMALIZE_NORMALIZE_H

#include <stdatomic.h>

#include "extract/page.h"
#include "extract/step.h"
#include "normalize/shredder.h"
#include "package/package.h"

/* Where a run stands; read by anyone at any time. */
typedef struct hr_normalize_progress {
    _Atomic uint64_t bytes; /* of JSON text */
    _Atomic uint64_t rows;
} hr_normalize_progress;

typedef struct hr_normalize_job {
    hr_page_source *source;
    hr_str table;      /* path of the root table, normalized */
    hr_schema *schema; /* grows; nobody else uses it meanwhile */
    hr_package *package;
    hr_shred_options shred;
    hr_row_plan rows;
    const hr_step *steps; /* each item goes through them in this order */
    size_t n_steps;
    hr_naming naming;
    unsigned workers;
    size_t queue_bytes;     /* of the pages that wait or are at work; one is there in any case */
    size_t flush_bytes;     /* builders of one worker */
    atomic_bool *cancelled; /* looked at before each page; never NULL */
    hr_normalize_progress *progress; /* never NULL */
    void (*on_page)(void *ctx);      /* on the caller's thread, now and then; may be NULL */
    void *ctx;
} hr_normalize_job;

typedef struct hr_normalize_result {
    hr_tally tally; /* examples are owned by the result */
    uint64_t values_loaded;
    uint64_t rows;
    uint64_t bytes;
    uint64_t pages;
    uint64_t redone;  /* pages that were normalized twice */
    char **null_only; /* "table.column": keys whose only values were null, so that no column came */
    size_t n_null_only, cap_null_only;
} hr_normalize_result;

/* Returns when all workers have ended. On failure the package is worth nothing, and `out` is empty.
 * HR_E_CANCELLED: *cancelled was set. A value that is refused is named by input, row, line,
 * byte, table and column; of several, the first in input order. */
hr_status hr_normalize_pages(const hr_normalize_job *job, hr_normalize_result *out, hr_error *err);
void hr_normalize_result_release(hr_normalize_result *r);

#endif
