/* The incremental resources of a run: where they begin and where they stopped. */
#include "extract/parents.h"
#include "headrace/headrace.h"
#include "pipeline/notes.h"
#include "pipeline/run_int.h"

/* ---- what is noted at the destination ---- */

static hr_status read_notes(hr_run *r, const hr_note_table *table, const hr_resource *res,
                            const char *last_key, hr_on_note on_note, hr_error *err)
{
    const hr_destination_settings settings = hr_pipeline_settings(r->p, true);
    const char *const keys[HR_N_NOTE_KEYS] = {r->p->name, res->table,
                                              hr_incremental_path(res->incremental), last_key};
    hr_destination *d = NULL;

    HR_TRY(r->p->ops->open(&d, &settings, err));
    if (!d)
        return HR_OK;
    const hr_status st = hr_load_notes(d, table, keys, on_note, res->incremental, err);
    r->p->ops->close(d);
    return st;
}

static hr_status add_hash(void *inc, const hr_str *values, hr_error *err)
{
    return hr_incremental_add_hash(inc, values[0], err);
}

static hr_status read_hashes(hr_run *r, const hr_resource *res, hr_error *err)
{
    hr_buf value = {0};
    hr_status st = hr_cursor_write(hr_incremental_last(res->incremental), &value, err);

    if (st == HR_OK)
        st = read_notes(r, &hr_row_hash_notes, res, value.data, add_hash, err);
    hr_buf_release(&value);
    return st;
}

static hr_status write_hashes(hr_run *r, const hr_resource *res, hr_error *err)
{
    const hr_incremental *inc = res->incremental;
    char hash[HR_ROW_HASH_TEXT];
    hr_buf value = {0};
    hr_notes notes = {0};
    hr_status st = hr_cursor_write(hr_incremental_stop(inc), &value, err);

    if (st == HR_OK)
        st = hr_notes_begin(&notes, r, &hr_row_hash_notes, res, value.data, err);
    for (size_t i = 0; i < hr_incremental_n_more(inc) && st == HR_OK; i++) {
        hr_incremental_more(inc, i, hash);
        st = hr_notes_add(&notes, (hr_str[]){hr_str_from(hash)}, err);
    }
    if (st == HR_OK)
        st = hr_notes_write(&notes, err);
    hr_notes_release(&notes);
    hr_buf_release(&value);
    return st;
}

/* ---- parents ---- */

static hr_status add_parent(void *inc, const hr_str *values, hr_error *err)
{
    return hr_parents_add(inc, values[0], values[1], values[2], err);
}

static hr_status begin_parents(hr_run *r, const hr_resource *res, hr_error *err)
{
    const char *by = hr_rest_source_plan(res->rest)->resources[res->rest_at].known_by_text;
    const char *kept = NULL;
    bool floored = false;

    if (!by)
        return HR_OK;
    HR_TRY(
        hr_parents_begin(res->incremental, r->state, r->p->schema_name, by, &kept, &floored, err));
    if (floored)
        hr_pipeline_say(r->p, HR_EVENT_NOTICE,
                        "resource %s: cursor %s was moved by another program, for all parents at "
                        "once; what it has passed counts as loaded",
                        res->table, hr_incremental_path(res->incremental));
    return kept ? read_notes(r, &hr_parent_notes, res, kept, add_parent, err) : HR_OK;
}

static hr_status write_parents(hr_run *r, const hr_resource *res, hr_error *err)
{
    const hr_incremental *inc = res->incremental;
    hr_notes notes = {0};
    hr_status st = hr_notes_begin(&notes, r, &hr_parent_notes, res, hr_parents_since(inc), err);

    for (size_t i = 0; i < hr_parents_n_moved(inc) && st == HR_OK; i++) {
        hr_parent_row row;

        hr_parents_moved(inc, i, &row);
        st = hr_notes_add(&notes, (hr_str[]){hr_str_from(row.parent), row.value, row.hashes}, err);
    }
    if (st == HR_OK)
        st = hr_notes_write(&notes, err);
    hr_notes_release(&notes);
    return st;
}

/* ---- begin and finish ---- */

static hr_status begin(hr_run *r, const hr_resource *res, hr_error *err)
{
    hr_incremental *inc = res->incremental;
    hr_buf counts = {0};
    bool more = false;
    bool changed = false;

    HR_TRY(hr_incremental_begin(inc, r->state, r->p->schema_name, &more, &changed, err));
    if (more)
        HR_TRY(read_hashes(r, res, err));
    if (res->rest)
        HR_TRY(begin_parents(r, res, err));
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

        if (!inc)
            continue;
        HR_TRY(hr_incremental_finish(inc, r->state, r->p->schema_name, err));
        if (hr_incremental_n_more(inc))
            HR_TRY(write_hashes(r, &r->p->resources[i], err));
        if (hr_parents_n_moved(inc))
            HR_TRY(write_parents(r, &r->p->resources[i], err));
    }
    return hr_state_bump(r->state, &r->state_changed, err);
}
