/* What is done with a pipeline besides loading: sync, drop, and keys of the state. */
#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/refresh.h"
#include "json/json.h"

/* ---- sync ---- */

hr_status hr_pipeline_sync(hr_pipeline *p, hr_error *err)
{
    hr_run r = {.p = p, .load_id = ""};
    int lock = -1;

    HR_TRY(hr_pipeline_check(p, err));
    HR_TRY(hr_pipeline_lock(p, &lock, err));
    hr_run_start(&r);
    hr_status st = hr_run_restore(&r, err);
    if (st == HR_OK && !r.stored)
        st = hr_fail(err, HR_E_USAGE,
                     "dataset %s at %s holds no schema %s: another --pipeline or --dataset?",
                     p->dataset, p->shown_url, p->schema_name);
    if (st == HR_OK) {
        r.schema = r.stored;
        r.stored = NULL;
        r.loaded = true;
        st = hr_run_write_copies(&r, err);
    }
    hr_pipeline_unlock(lock);
    hr_run_release(&r);
    atomic_store(&p->cancelled, false); /* it was this call that was to stop */
    return st;
}

/* ---- drop ---- */

static hr_status check_resources(const hr_run *r, const char *const *resources, size_t n,
                                 hr_error *err)
{
    hr_buf known = {0};

    for (size_t i = 0; i < n; i++) {
        bool found = false;

        hr_buf_reset(&known);
        for (size_t k = 0; k < r->stored->n_tables; k++) {
            const hr_table *t = r->stored->tables[k];

            if (!t->resource || strncmp(t->name, "_dlt_", 5) == 0)
                continue;
            found = found || strcmp(t->resource, resources[i]) == 0;
            hr_buf_addf(&known, "%s%s", known.len ? ", " : "", t->resource);
        }
        if (!found) {
            (void)hr_fail(err, HR_E_USAGE, "there is no resource %s; there is %s", resources[i],
                          known.len && !known.failed ? known.data : "none");
            hr_buf_release(&known);
            return HR_E_USAGE;
        }
    }
    hr_buf_release(&known);
    return HR_OK;
}

static hr_status drop_locked(hr_run *r, const char *const *resources, size_t n, bool state_only,
                             hr_error *err)
{
    HR_TRY(hr_run_settle(r, err));
    HR_TRY(hr_run_restore(r, err));
    if (!r->stored)
        return hr_fail(err, HR_E_USAGE, "there is nothing at %s to drop", r->p->shown_url);
    HR_TRY(check_resources(r, resources, n, err));
    HR_TRY(hr_run_refresh(r, n ? HR_DROP_RESOURCES : HR_DROP_SOURCES, resources, n, err));
    if (state_only) {
        hr_schema_free(r->schema);
        r->schema = NULL;
        hr_buf_release(&r->dropped);
    }
    HR_TRY(hr_run_describe_state(r, err));
    HR_TRY(hr_run_declare(r, err));
    HR_TRY(hr_run_begin_package(r, true, err));
    HR_TRY(hr_run_finish_state(r, err));
    return hr_run_seal_and_load(r, err);
}

hr_status hr_pipeline_drop(hr_pipeline *p, const char *const *resources, size_t n_resources,
                           bool state_only, char **info_json, hr_error *err)
{
    hr_run r = {.p = p, .load_id = ""};
    int lock = -1;

    if (info_json)
        *info_json = NULL;
    HR_TRY(hr_pipeline_check(p, err));
    if (p->n_resources)
        return hr_fail(err, HR_E_USAGE, "hr_pipeline_drop takes a pipeline without resources");
    HR_TRY(hr_pipeline_lock(p, &lock, err));
    hr_run_start(&r);
    hr_status st = drop_locked(&r, resources, n_resources, state_only, &r.error);
    if (st != HR_OK && err)
        *err = r.error;
    hr_run_tidy(&r);
    if (st == HR_OK)
        st = hr_run_write_copies(&r, err);
    if (st == HR_OK && info_json)
        st = hr_run_info(&r, info_json, err);
    hr_pipeline_unlock(lock);
    hr_run_release(&r);
    atomic_store(&p->cancelled, false); /* it was this call that was to stop */
    return st;
}

/* ---- keys of the state ---- */

hr_status hr_pipeline_state(hr_pipeline *p, char **json, hr_error *err)
{
    hr_run r = {.p = p, .load_id = ""};
    hr_buf text = {0};

    hr_run_start(&r);
    hr_status st = hr_run_restore(&r, err);

    if (st == HR_OK)
        st = hr_state_write(r.state, &text, err);
    if (st == HR_OK) {
        *json = hr_buf_take(&text);
        st = *json ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&text);
    hr_run_release(&r);
    return st;
}

void hr_state_edits_release(hr_pipeline *p)
{
    for (size_t i = 0; i < p->n_edits; i++) {
        hr_free(p->edits[i].resource);
        hr_free(p->edits[i].key);
        hr_free(p->edits[i].json);
    }
    p->n_edits = 0;
}

hr_status hr_pipeline_set_state(hr_pipeline *p, const char *resource, const char *key,
                                const char *json, hr_error *err)
{
    HR_TRY(hr_pipeline_check(p, err));
    if (!key || !*key || (resource && strcmp(key, "incremental") == 0) ||
        (!resource && strcmp(key, "resources") == 0))
        return hr_fail(err, HR_E_USAGE, "the state key \"%s\" is none of the user's",
                       key ? key : "");
    yyjson_read_err why = {0};
    yyjson_doc *doc = json ? hr_json_read(hr_str_from(json), 0, &why) : NULL;
    const bool bad = json && !doc;
    yyjson_doc_free(doc);
    if (bad && why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    if (bad)
        return hr_fail(err, HR_E_USAGE, "state key %s: the value is not JSON", key);
    const hr_state_edit e = {.resource = resource ? hr_strdup(resource) : NULL,
                             .key = hr_strdup(key),
                             .json = json ? hr_strdup(json) : NULL};
    if ((resource && !e.resource) || !e.key || (json && !e.json) ||
        !HR_PUSH(p->edits, p->n_edits, p->cap_edits, e)) {
        hr_free(e.resource);
        hr_free(e.key);
        hr_free(e.json);
        return hr_nomem(err);
    }
    return HR_OK;
}

static hr_status take_keys(hr_pipeline *p, const char *resource, yyjson_val *keys, hr_error *err)
{
    yyjson_val *key, *v;
    size_t i, n;

    yyjson_obj_foreach(keys, i, n, key, v)
    {
        if (!resource && yyjson_equals_str(key, "resources") && yyjson_is_obj(v))
            continue;
        hr_json_keys scratch = {0};
        hr_buf text = {0};
        hr_status st = hr_json_write_item(v, false, (hr_str){0}, &scratch, &text, err);

        if (st == HR_OK)
            st = hr_pipeline_set_state(p, resource, yyjson_get_str(key),
                                       yyjson_is_null(v) ? NULL : text.data, err);
        hr_buf_release(&text);
        hr_free(scratch.items);
        if (st != HR_OK)
            return st;
    }
    return HR_OK;
}

hr_status hr_state_edits_take(hr_pipeline *p, yyjson_val *state, hr_error *err)
{
    yyjson_val *const resources = yyjson_obj_get(state, "resources");
    yyjson_val *name, *keys;
    size_t i, n;

    HR_TRY(take_keys(p, NULL, state, err));
    if (!yyjson_is_obj(resources))
        return HR_OK;
    yyjson_obj_foreach(resources, i, n, name, keys)
    {
        if (!yyjson_is_obj(keys))
            return hr_fail(err, HR_E_CONFIG, "state: resource %s takes an object of keys",
                           yyjson_get_str(name));
        HR_TRY(take_keys(p, yyjson_get_str(name), keys, err));
    }
    return HR_OK;
}

static yyjson_mut_val *member_object(yyjson_mut_doc *doc, yyjson_mut_val *of, const char *key)
{
    yyjson_mut_val *v = hr_json_get(of, key);

    if (yyjson_mut_is_obj(v) || !of)
        return v;
    v = yyjson_mut_obj(doc);
    (void)yyjson_mut_obj_remove_key(of, key);
    return v && yyjson_mut_obj_add(of, yyjson_mut_strcpy(doc, key), v) ? v : NULL;
}

hr_status hr_run_apply_edits(hr_run *r, hr_error *err)
{
    yyjson_mut_doc *doc = hr_state_doc(r->state);
    yyjson_mut_val *sources = NULL;

    for (size_t i = 0; i < r->p->n_edits; i++) {
        const hr_state_edit *e = &r->p->edits[i];

        HR_TRY(hr_state_make_sources(r->state, &sources, err));
        yyjson_mut_val *at = member_object(doc, sources, r->p->schema_name);
        if (e->resource)
            at = member_object(doc, member_object(doc, at, "resources"), e->resource);
        if (!at)
            return hr_nomem(err);
        if (!e->json) {
            (void)yyjson_mut_obj_remove_key(at, e->key);
            continue;
        }
        yyjson_doc *value = hr_json_read(hr_str_from(e->json), YYJSON_READ_NUMBER_AS_RAW, NULL);
        yyjson_mut_val *copy = yyjson_val_mut_copy(doc, yyjson_doc_get_root(value));
        yyjson_doc_free(value);
        yyjson_mut_val *key = yyjson_mut_strcpy(doc, e->key);
        /* Where it stood, so that the same value is no change. */
        if (!copy || !key ||
            !(hr_json_get(at, e->key) ? yyjson_mut_obj_replace(at, key, copy)
                                      : yyjson_mut_obj_add(at, key, copy)))
            return hr_nomem(err);
    }
    return HR_OK;
}
