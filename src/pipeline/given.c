#include "pipeline/given.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/file_table.h"
#include "json/json.h"

static hr_status note(hr_lookup *l, const char *key, const char *provider, const char *place,
                      hr_error *err)
{
    const hr_config_value value = {.key = key, .provider = provider, .place = place};

    return hr_config_values_add(hr_lookup_values(l), &value, err);
}

hr_status hr_note_last(hr_lookup *l, const char *key, hr_error *err)
{
    return note(l, key, "last run", NULL, err);
}

/* ---- run settings, which are JSON ---- */

/* Alerts are addresses, which are secrets in themselves. */
static hr_status note_member(hr_lookup *l, yyjson_val *key, yyjson_val *val, const char *provider,
                             const char *place, hr_error *err)
{
    const bool secret = yyjson_equals_str(key, "alerts");
    char *json = yyjson_is_str(val) ? hr_strdup(yyjson_get_str(val)) : hr_json_text(val, NULL);
    const hr_config_value value = {.key = yyjson_get_str(key),
                                   .value = json,
                                   .provider = provider,
                                   .place = place,
                                   .secret = secret};
    const hr_status st =
        json ? hr_config_values_add(hr_lookup_values(l), &value, err) : hr_nomem(err);

    hr_free(json);
    return st;
}

/* Whether they are right is seen where they are read. */
static hr_status note_settings(hr_lookup *l, const char *settings, hr_error *err)
{
    hr_doc *doc = NULL;
    yyjson_val *key, *val;
    size_t i, n;
    hr_status st = HR_OK;

    if (hr_doc_parse_json(&doc, hr_str_from(settings), "settings", NULL) != HR_OK)
        return HR_OK;
    yyjson_obj_foreach(hr_doc_root(doc), i, n, key, val)
    {
        if (st == HR_OK)
            st = note_member(l, key, val, "option", NULL, err);
    }
    hr_doc_free(doc);
    return st;
}

/* ---- options and file ---- */

hr_status hr_note_options(hr_lookup *l, const hr_pipeline_options *o, hr_error *err)
{
    const struct {
        const char *key;
        bool given;
    } plain[] = {
        {"pipeline", o->name && o->name[0]},
        {"destination", o->destination && o->destination[0]},
        {"dataset", o->dataset && o->dataset[0]},
        {"workers", o->workers != 0},
        {"memory_limit", o->memory_limit != 0},
        {"working_dir", o->pipelines_dir && o->pipelines_dir[0]},
    };

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (plain[i].given)
            HR_TRY(note(l, plain[i].key, "option", NULL, err));
    return o->settings && o->settings[0] ? note_settings(l, o->settings, err) : HR_OK;
}

static bool is_plain(yyjson_val *key)
{
    return yyjson_equals_str(key, "pipeline") || yyjson_equals_str(key, "destination") ||
           yyjson_equals_str(key, "dataset");
}

hr_status hr_note_file(hr_lookup *l, const hr_doc *doc, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;

    yyjson_obj_foreach(hr_doc_root(doc), i, n, key, val)
    {
        hr_buf place = {0};
        hr_status st = HR_OK;

        if (!is_plain(key) && !hr_file_is_setting(yyjson_get_str(key)))
            continue;
        hr_doc_add_place(doc, val, &place);
        if (place.failed)
            st = hr_nomem(err);
        else if (is_plain(key))
            st = note(l, yyjson_get_str(key), "pipeline file", place.data, err);
        else
            st = note_member(l, key, val, "pipeline file", place.data, err);
        hr_buf_release(&place);
        HR_TRY(st);
    }
    return HR_OK;
}

/* ---- the outcome ---- */

static hr_status settle_number(hr_config_values *v, const char *key, uint64_t n, hr_error *err)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, n);
    return hr_config_values_settle(v, key, text, err);
}

static hr_status note_folder(hr_lookup *l, hr_error *err)
{
    const char *env = getenv("HEADRACE_PIPELINES_DIR"); // NOLINT(concurrency-mt-unsafe)

    return env && env[0] ? note(l, "working_dir", "environment",
                                "environment variable HEADRACE_PIPELINES_DIR", err)
                         : HR_OK;
}

hr_status hr_note_outcome(hr_pipeline *p, hr_lookup *l, hr_error *err)
{
    hr_config_values *v = hr_lookup_values(l);

    HR_TRY(hr_config_values_settle(v, "pipeline", p->name, err));
    HR_TRY(hr_config_values_settle(v, "destination", p->shown_url, err));
    HR_TRY(hr_config_values_settle(v, "dataset", p->dataset, err));
    HR_TRY(settle_number(v, "workers", p->workers, err));
    HR_TRY(settle_number(v, "memory_limit", p->memory_limit, err));
    HR_TRY(note_folder(l, err));
    return hr_config_values_settle(v, "working_dir", p->dir, err);
}

void hr_pipeline_take_values(hr_pipeline *p, hr_lookup *l)
{
    p->values = *hr_lookup_values(l);
    *hr_lookup_values(l) = (hr_config_values){0};
}
