/* The incremental resources of a run: where they begin and where they stopped. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"

static hr_status begin(hr_run *r, const hr_resource *res, hr_error *err)
{
    hr_incremental *inc = res->incremental;
    hr_buf counts = {0};
    bool more = false;
    bool changed = false;

    HR_TRY(hr_incremental_begin(inc, r->state, r->p->schema_name, &more, &changed, err));
    if (!changed)
        return HR_OK;
    hr_cursor_show(hr_incremental_initial(inc), &counts);
    if (!counts.failed)
        hr_run_warn(r,
                    "resource %s: the first run began at %s, so another initial_value of cursor %s "
                    "changes nothing; `headrace drop` makes it begin again",
                    res->table, counts.data, hr_incremental_path(inc));
    hr_buf_release(&counts);
    return HR_OK;
}

hr_status hr_run_begin_incremental(hr_run *r, hr_error *err)
{
    for (size_t i = 0; i < r->p->n_resources; i++) {
        if (r->p->resources[i].incremental)
            HR_TRY(begin(r, &r->p->resources[i], err));
    }
    return HR_OK;
}

hr_status hr_run_finish_state(hr_run *r, hr_error *err)
{
    for (size_t i = 0; i < r->p->n_resources; i++) {
        hr_incremental *inc = r->p->resources[i].incremental;

        if (inc)
            HR_TRY(hr_incremental_finish(inc, r->state, r->p->schema_name, err));
    }
    return hr_state_bump(r->state, &r->state_changed, err);
}
