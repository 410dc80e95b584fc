/* source.h -- a run over the resources of a plan: its pages, fetched as many at once as the client
 * may, handed out in an order that depends on the API's answers alone.
 *
 * A resource's pages come parent by parent, in the order of the parents' rows, and each parent's
 * in the order of the API. What is fetched ahead is only a guess about what will be asked for: an
 * answer is looked at when those before it have been, so an API that grows or shrinks meanwhile
 * gives what it would have given to one request after the other.
 *
 *   hr_rest_source_new     checks the client's settings; no request
 *   hr_rest_source_begin   once a run
 *   hr_rest_source_open    resource by resource, in the plan's order, each after the rows of the
 *                          one before went through its steps
 *   hr_rest_source_end     once a run, after the last resource was closed
 *
 * One thread, except for the steps and for cancel() of the pages. */
#ifndef HR_SOURCE_REST_API_SOURCE_H
#define HR_SOURCE_REST_API_SOURCE_H

#include "extract/page.h"
#include "extract/step.h"
#include "headrace/events.h"
#include "source/rest_api/plan.h"
#include "source/rest_api/request.h"

typedef struct hr_rest_source hr_rest_source;

/* Takes the plan and its document over on success. `runtime`: of hr_http_options; may be NULL. */
HR_NODISCARD hr_status hr_rest_source_new(hr_rest_source **out, hr_rest_plan *plan, hr_doc *doc,
                                          const char *runtime, hr_event_fn on_event,
                                          void *event_ctx, hr_error *err);
void hr_rest_source_free(hr_rest_source *s);

/* Borrowed. */
const hr_rest_plan *hr_rest_source_plan(const hr_rest_source *s);

/* The file of a package's folder in which the answers of its run are kept. */
#define HR_REST_ANSWERS "answers"

typedef struct hr_rest_run {
    /* Of the package. A file HR_REST_ANSWERS that an earlier run left is gone on with. */
    const char *folder;
    size_t page_bytes; /* of the largest answer */
    size_t bytes;      /* of answers under way and of those that wait for their turn, each */
} hr_rest_run;

/* `run` is copied. The caller owes hr_rest_source_end(), whatever is returned. */
HR_NODISCARD hr_status hr_rest_source_begin(hr_rest_source *s, const hr_rest_run *run,
                                            hr_error *err);
void hr_rest_source_end(hr_rest_source *s);

/* Whether answers of an earlier run were used, so that a failure may come from their age. */
bool hr_rest_source_stale(const hr_rest_source *s);

/* The pages of resource `i`. `cursor`: what it is asked by; copied; NULL: it has no cursor. On
 * success the caller owes pages->close(). */
HR_NODISCARD hr_status hr_rest_source_open(hr_rest_source *s, size_t i,
                                           const hr_rest_cursor *cursor, hr_page_source *pages,
                                           hr_error *err);

/* Steps of resource `i`: the first belongs before all others, the last after them. What there is
 * none of has open == NULL. */
HR_NODISCARD hr_status hr_rest_source_steps(hr_rest_source *s, size_t i, hr_step *first,
                                            hr_step *last, hr_error *err);

#endif
