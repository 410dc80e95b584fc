/* Packages that earlier runs left, settled before a new one begins. The ledger (_dlt_loads) at
 * the destination decides; the folder only says what might have happened. */
#include <stdarg.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"

enum { KEPT_RECORDS = 20 }; /* of loaded packages */

static hr_status note(hr_run *r, hr_error *err, const char *load_id, const char *outcome,
                      const char *fmt, ...) HR_PRINTF(5, 6);

/* Says it now and keeps it for the load info. */
static hr_status note(hr_run *r, hr_error *err, const char *load_id, const char *outcome,
                      const char *fmt, ...)
{
    char why[512];
    hr_settled s = {.outcome = outcome};
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    hr_pipeline_say(r->p, HR_EVENT_NOTICE, "package %s: %s", load_id, why);
    (void)snprintf(s.load_id, sizeof(s.load_id), "%s", load_id);
    s.why = hr_strdup(why);
    if (s.why && HR_PUSH(r->settled, r->n_settled, r->cap_settled, s))
        return HR_OK;
    hr_free(s.why);
    return hr_nomem(err);
}

static hr_status discard(hr_run *r, const hr_package_entry *e, bool rereadable, hr_error *err)
{
    hr_run_keep_answers(r, e->load_id);
    HR_TRY(hr_package_discard(r->p->packages, e->load_id, err));
    HR_FAULT_POINT("settle.discarded");
    if (e->status == HR_PACKAGE_BROKEN)
        return note(r, err, e->load_id, "discarded",
                    "an earlier run ended before it had read anything; thrown away");
    if (rereadable)
        return note(
            r, err, e->load_id, "discarded",
            "an earlier run ended before it committed; thrown away, its source is read again");
    return note(
        r, err, e->load_id, "discarded",
        "an earlier run ended while it was still reading; what it had read is incomplete and "
        "thrown away, and its source cannot be read again from here");
}

static hr_status find_in_ledger(hr_run *r, const char *load_id, const char **inserted_at,
                                hr_error *err)
{
    const hr_destination_settings settings = hr_pipeline_settings(r->p, true);
    hr_destination *d = NULL;

    *inserted_at = NULL;
    HR_TRY(r->p->ops->open(&d, &settings, err));
    if (!d)
        return HR_OK;
    const hr_status st = hr_load_find(d, load_id, &r->arena, inserted_at, err);
    r->p->ops->close(d);
    return st;
}

/* A complete package whose source is gone: it is loaded now, as a run of its own. */
static hr_status finish(hr_run *r, hr_package *package, hr_error *err)
{
    hr_run earlier = {.p = r->p, .package = package, .load_id = package->load_id};
    hr_status st = hr_schema_parse(&earlier.schema, hr_str_from(package->schema), err);

    hr_progress_init(&earlier.progress, r->p->on_event, r->p->event_ctx);
    if (st == HR_OK)
        st = hr_run_load(&earlier, err);
    HR_FAULT_POINT("settle.committed");
    if (st == HR_OK)
        st = hr_package_mark_loaded(package, err);
    if (st == HR_OK)
        st = note(
            r, err, package->load_id, "finished",
            "an earlier run had read its source to the end but not committed; loaded now, since "
            "the source cannot be read again");
    if (st == HR_OK)
        st = hr_run_jobs(&earlier, &r->settled[r->n_settled - 1].jobs, err);
    hr_progress_release(&earlier.progress);
    hr_schema_free(earlier.schema);
    hr_free(earlier.tables);
    hr_arena_release(&earlier.arena);
    return st;
}

/* `package` NULL: it is damaged, has nothing to record, and was needed for nothing else. */
static hr_status settle_committed(hr_run *r, const hr_package_entry *e, hr_package *package,
                                  const char *inserted_at, hr_error *err)
{
    HR_TRY(package ? hr_package_mark_loaded(package, err)
                   : hr_package_discard(r->p->packages, e->load_id, err));
    return note(r, err, e->load_id, "already committed",
                "an earlier run had committed it at %s, load id %s, but ended before it could say "
                "so; its rows are there",
                inserted_at, e->load_id);
}

/* Its rows are not for the place that this run loads into: nothing is known of it here. */
static hr_status leave(hr_run *r, const hr_package *package, hr_error *err)
{
    return note(r, err, package->load_id, "left",
                "an earlier run had read its source to the end for %s; it stays until a run goes "
                "there, or headrace packages abort %s --pipeline %s throws it away",
                package->place, package->load_id, r->p->name);
}

static hr_status settle_package(hr_run *r, const hr_package_entry *e, hr_package *package,
                                hr_error *err)
{
    const char *inserted_at = NULL;
    char *here = hr_pipeline_place(r->p);

    if (!here)
        return hr_nomem(err);
    const bool elsewhere = package->place && strcmp(package->place, here) != 0;
    hr_free(here);
    HR_TRY(find_in_ledger(r, e->load_id, &inserted_at, err));
    if (inserted_at)
        return settle_committed(r, e, package, inserted_at, err);
    if (package->rereadable)
        return discard(r, e, true, err);
    return elsewhere ? leave(r, package, err) : finish(r, package, err);
}

/* A manifest that is damaged cannot say what is to be done. */
static hr_status settle_damaged(hr_run *r, const hr_package_entry *e, hr_error *err)
{
    const char *inserted_at = NULL;

    HR_TRY(find_in_ledger(r, e->load_id, &inserted_at, err));
    if (inserted_at)
        return settle_committed(r, e, NULL, inserted_at, err);
    return e->rereadable ? discard(r, e, true, err) : HR_E_PARSE;
}

static hr_status settle_complete(hr_run *r, const hr_package_entry *e, hr_error *err)
{
    hr_package *package = NULL;
    hr_status st = hr_package_open(&package, r->p->packages, e->load_id, err);

    st = st == HR_OK        ? settle_package(r, e, package, err)
         : st == HR_E_PARSE ? settle_damaged(r, e, err)
                            : st;
    hr_package_free(package);
    if (st == HR_OK || st == HR_E_CANCELLED)
        return st;
    return hr_fail_in(
        err, st,
        "package %s of an earlier run has to be loaded first (or thrown away: headrace "
        "packages abort %s --pipeline %s), but that failed",
        e->load_id, e->load_id, r->p->name);
}

static hr_status settle_one(hr_run *r, const hr_package_entry *e, hr_error *err)
{
    switch (e->status) {
    case HR_PACKAGE_COMPLETE:
        return settle_complete(r, e, err);
    case HR_PACKAGE_LOADED:
        hr_package_tidy(r->p->packages, e->load_id);
        return HR_OK;
    default:
        return discard(r, e, e->rereadable, err);
    }
}

hr_status hr_run_settle(hr_run *r, hr_error *err)
{
    hr_package_entry *entries = NULL;
    size_t n = 0;
    size_t loaded = 0;
    hr_status st = hr_package_list(r->p->packages, &entries, &n, err);

    for (size_t i = 0; i < n && st == HR_OK; i++)
        st = settle_one(r, &entries[i], err);
    for (size_t i = n; i-- > 0 && st == HR_OK;) {
        loaded += entries[i].status == HR_PACKAGE_LOADED;
        if (entries[i].status == HR_PACKAGE_LOADED && loaded > KEPT_RECORDS)
            st = hr_package_discard(r->p->packages, entries[i].load_id, err);
    }
    hr_free(entries);
    return st;
}
