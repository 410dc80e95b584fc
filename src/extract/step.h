/* step.h -- what is done with each item on its way from the source to the shredder: filter, map,
 * incremental.
 *
 * A step works on the worker's thread, with one instance a worker, so it needs no lock. Pages
 * reach instances in any order, and a page may be gone through twice (see normalize/catalog.h),
 * so an instance notes what it saw by page, and takes it back when the page begins again.
 *
 *   caller's thread   open (one a worker)                                   close (each)
 *   worker's thread        begin_page, item, item ..., [begin_page ...,] [is_last_page,] keep_page
 *
 * A step is told no more than what stands in the items, so that the outcome depends on the input
 * alone: what instances noted is put together in page order when they are closed. */
#ifndef HR_EXTRACT_STEP_H
#define HR_EXTRACT_STEP_H

#include <stdint.h>
#include <yyjson.h>

#include "headrace/error.h"

typedef struct hr_step {
    void *self;
    hr_status (*open)(void *self, void **instance, hr_error *err);

    /* `page` counts from 0 in the order of the resource's input; `parent` is hr_page's. A second
     * begin_page with the same number takes back what the first led to. May be NULL. */
    hr_status (*begin_page)(void *instance, uint64_t page, uint64_t parent, hr_error *err);

    /* Leaves *item as it is, replaces it (the replacement lives until the next call), or drops
     * the item: *item = NULL. HR_E_SCHEMA: refused; the caller adds input, row and line. */
    hr_status (*item)(void *instance, yyjson_val **item, hr_error *err);

    /* What the page led to counts. May be NULL. */
    hr_status (*keep_page)(void *instance, hr_error *err);

    /* Asked after the items of a page, before it is kept: whether no later page is to be loaded
     * or asked for. Pages are then kept in their order. May be NULL. */
    bool (*is_last_page)(void *instance);

    /* Once for each instance that was opened; puts what it noted into `self`. `failed`: the
     * run came to nothing, and nothing is noted. */
    hr_status (*close)(void *instance, bool failed, hr_error *err);
} hr_step;

#endif
