#include "extract/limit.h"

#include "base/mem.h"
#include "headrace/headrace.h"

/* Pages are kept in order, since the step tells when to stop; so what earlier pages let pass is
 * known when a page is kept, but with several workers not yet when its items come. */
typedef struct limit {
    uint64_t most;
    uint64_t passed; /* of pages that are kept */
} limit;

typedef struct instance {
    limit *of;
    uint64_t in_page;
} instance;

static hr_status open_instance(void *self, void **out, hr_error *err)
{
    instance *i = hr_calloc(1, sizeof(*i));

    if (!i)
        return hr_nomem(err);
    i->of = self;
    *out = i;
    return HR_OK;
}

static hr_status begin_page(void *self, uint64_t page, uint64_t parent, hr_error *err)
{
    instance *i = self;

    (void)page;
    (void)parent;
    (void)err;
    i->in_page = 0;
    return HR_OK;
}

static hr_status take_item(void *self, yyjson_val **item, hr_error *err)
{
    instance *i = self;

    (void)err;
    if (i->of->passed + i->in_page >= i->of->most)
        *item = NULL;
    else
        i->in_page++;
    return HR_OK;
}

static bool is_last_page(void *self)
{
    const instance *i = self;

    return i->of->passed + i->in_page >= i->of->most;
}

static hr_status keep_page(void *self, hr_error *err)
{
    instance *i = self;

    (void)err;
    i->of->passed += i->in_page;
    i->in_page = 0;
    return HR_OK;
}

static hr_status close_instance(void *self, bool failed, hr_error *err)
{
    (void)failed;
    (void)err;
    hr_free(self);
    return HR_OK;
}

hr_status hr_limit_step(hr_step *out, hr_arena *arena, uint64_t most, hr_error *err)
{
    limit *l = hr_arena_zalloc(arena, sizeof(*l));

    if (!l)
        return hr_nomem(err);
    l->most = most;
    *out = (hr_step){.self = l,
                     .open = open_instance,
                     .begin_page = begin_page,
                     .item = take_item,
                     .keep_page = keep_page,
                     .is_last_page = is_last_page,
                     .close = close_instance};
    return HR_OK;
}
