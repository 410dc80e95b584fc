/* What the destination knows, and this machine, before a run begins. */
#include <unistd.h>

#include "base/file.h"
#include "base/ids.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"

static hr_status read_stored(hr_run *r, hr_destination *d, hr_error *err)
{
    hr_str json = {0};
    hr_load_state state = {0};

    HR_TRY(hr_pipeline_settle_schema(r->p, d, err));
    HR_TRY(hr_load_stored_schema(d, r->p->schema_name, &r->arena, &json, err));
    hr_status st = json.p ? hr_schema_parse(&r->stored, json, err) : HR_OK;
    if (st != HR_OK)
        return hr_fail_in(err, st, "the last row of %s._dlt_version", r->p->dataset);
    HR_TRY(hr_load_stored_state(d, r->p->name, &r->arena, &state, err));
    /* The newest load is found by its id: a clock that was set back must not make it an older one,
     * whose state would then be taken for the newest. */
    if (state.newest_load_id)
        hr_load_ids_after(state.newest_load_id);
    st = state.state.p ? hr_state_decode(&r->state, state.state, err) : HR_OK;
    if (st != HR_OK)
        return hr_fail_in(err, st, "the last row of %s._dlt_pipeline_state", r->p->dataset);
    return HR_OK;
}

/* The part of the state that stays on this machine; absent or damaged files are as good as none. */
static void take_local_state(hr_run *r)
{
    char *path = hr_pipeline_path(r->p, "state.json");
    hr_buf text = {0};
    hr_state *local = NULL;

    if (!path || hr_read_file(path, &text, NULL) != HR_OK ||
        hr_state_parse(&local, hr_buf_str(&text), NULL) != HR_OK ||
        hr_state_take_local(r->state, local, NULL) != HR_OK)
        hr_buf_reset(&text);
    hr_state_free(local);
    hr_buf_release(&text);
    hr_free(path);
}

static hr_status new_state(hr_run *r, hr_error *err)
{
    char cwd[4096];

    if (!getcwd(cwd, sizeof(cwd)))
        cwd[0] = '\0';
    return hr_state_new(&r->state, cwd, err);
}

hr_status hr_run_restore(hr_run *r, hr_error *err)
{
    const hr_destination_settings settings = hr_pipeline_settings(r->p, true);
    hr_destination *d = NULL;

    HR_TRY(r->p->ops->open(&d, &settings, err));
    hr_status st = d ? read_stored(r, d, err) : HR_OK;
    r->p->ops->close(d);
    if (st == HR_OK && !r->state)
        st = new_state(r, err);
    if (st == HR_OK)
        take_local_state(r);
    return st;
}
