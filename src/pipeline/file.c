/* Pipelines that a file describes. */
#include <yyjson.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/suggest.h"
#include "config/option.h"
#include "config/variables.h"
#include "extract/limit.h"
#include "headrace/headrace.h"
#include "pipeline/file_source.h"
#include "pipeline/file_table.h"
#include "pipeline/given.h"
#include "pipeline/pipeline_int.h"
#include "vault/vault.h"
#include "json/json.h"

/* What is being opened. */
typedef struct opening {
    const hr_file_options *o;
    hr_doc *doc;
    hr_lookup *lookup;
    hr_file_spec spec;
    const hr_file_source *kind; /* of its source */
    yyjson_val *section;        /* what stands under that kind */
    const char **names;         /* those of o->select */
    hr_buf settings;
    hr_pipeline *p;
} opening;

/* ---- settings: what the file says, and over it what the caller says ---- */

static bool put_member(yyjson_mut_doc *made, yyjson_mut_val *into, yyjson_val *key, yyjson_val *val)
{
    yyjson_mut_val *k = yyjson_val_mut_copy(made, key);
    yyjson_mut_val *v = yyjson_val_mut_copy(made, val);

    if (k)
        (void)yyjson_mut_obj_remove(into, k);
    return k && v && yyjson_mut_obj_add(into, k, v);
}

static bool put_all(yyjson_mut_doc *made, yyjson_mut_val *into, yyjson_val *from,
                    bool only_settings)
{
    yyjson_val *key, *val;
    size_t i, n;

    yyjson_obj_foreach(from, i, n, key, val)
    {
        if (only_settings && !hr_file_is_setting(yyjson_get_str(key)))
            continue;
        if (!put_member(made, into, key, val))
            return false;
    }
    return true;
}

/* The members of one object, then of the other, as text. Either may be NULL. */
static hr_status merge(yyjson_val *first, bool only_settings, yyjson_val *second, hr_buf *out,
                       hr_error *err)
{
    yyjson_mut_doc *made = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *o = made ? yyjson_mut_obj(made) : NULL;
    const bool ok = o && put_all(made, o, first, only_settings) && put_all(made, o, second, false);
    hr_status st = ok ? hr_json_write(o, false, NULL, out, err) : hr_nomem(err);

    if (st == HR_OK)
        st = hr_buf_status(out, err);
    yyjson_mut_doc_free(made);
    return st;
}

hr_status hr_file_merge(yyjson_val *first, bool only_settings, const char *second, hr_buf *out,
                        hr_error *err)
{
    hr_doc *over = NULL;

    if (second)
        HR_TRY(hr_doc_parse_json(&over, hr_str_from(second), "settings", err));
    const hr_status st = merge(first, only_settings, over ? hr_doc_root(over) : NULL, out, err);
    hr_doc_free(over);
    return st;
}

/* ---- the file ---- */

static const char *either(const char *caller, const char *file)
{
    return caller && caller[0] ? caller : file;
}

static hr_status read_file(opening *w, hr_error *err)
{
    HR_TRY(hr_doc_read(&w->doc, w->o->path, err));
    const char *name = yyjson_get_str(yyjson_obj_get(hr_doc_root(w->doc), "pipeline"));
    HR_TRY(hr_lookup_new(&w->lookup, either(w->o->pipeline.name, name), err));
    hr_lookup_set_vaults(w->lookup, hr_vaults_open);
    yyjson_val *left_out =
        w->o->without_source ? yyjson_obj_get(hr_doc_root(w->doc), "source") : NULL;
    HR_TRY(hr_variables_expand(w->doc, left_out, w->lookup, err));
    HR_TRY(hr_variables_note_secrets(hr_doc_root(w->doc), err));
    HR_TRY(hr_options_defaults(w->doc, &hr_file_table, &w->spec, err));
    HR_TRY(hr_options_read(w->doc, hr_doc_root(w->doc), &hr_file_table, &w->spec, err));
    HR_TRY(hr_note_options(w->lookup, &w->o->pipeline, err));
    HR_TRY(hr_note_file(w->lookup, w->doc, err));
    return hr_file_merge(hr_doc_root(w->doc), true, w->o->pipeline.settings, &w->settings, err);
}

/* ---- its source ---- */

static hr_status find_kind(opening *w, hr_error *err)
{
    yyjson_val *source = w->spec.source;
    yyjson_obj_iter members = yyjson_obj_iter_with(source);
    yyjson_val *key = yyjson_obj_iter_next(&members);
    const char *names[16] = {0};

    if (yyjson_obj_size(source) != 1)
        return hr_doc_fail(w->doc, source, err, HR_E_CONFIG,
                           "source takes one kind of source, such as {rest_api: ...}, not %zu",
                           yyjson_obj_size(source));
    w->section = yyjson_obj_iter_get_val(key);
    for (size_t i = 0; hr_file_sources[i].name && i < 15; i++) {
        names[i] = hr_file_sources[i].name;
        if (yyjson_equals_str(key, names[i])) {
            w->kind = &hr_file_sources[i];
            return HR_OK;
        }
    }
    const char *meant = hr_suggest(yyjson_get_str(key), names);
    return hr_doc_fail(w->doc, key, err, HR_E_CONFIG, "there is no source \"%s\"" HR_MEANT_FMT,
                       yyjson_get_str(key), HR_MEANT_ARG(meant));
}

static hr_status open_pipeline(opening *w, hr_error *err)
{
    hr_pipeline_options options = w->o->pipeline;

    options.name = either(options.name, w->spec.pipeline);
    options.destination = either(options.destination, w->spec.destination);
    options.dataset = either(options.dataset, w->spec.dataset);
    options.settings = w->settings.data;
    const hr_status st = hr_pipeline_open_with(&w->p, &options, w->lookup, w->kind->name, err);
    return st == HR_OK ? st : hr_fail_in(err, st, "%s", w->o->path);
}

static hr_status set_limits(hr_pipeline *p, int64_t limit, hr_error *err)
{
    if (limit < 0)
        return HR_OK;
    p->workers = 1; /* so that the rows that count are the first ones */
    for (size_t i = 0; i < p->n_resources; i++)
        if (!p->resources[i].hidden)
            HR_TRY(hr_limit_step(&p->resources[i].limit, &p->arena, (uint64_t)limit, err));
    return HR_OK;
}

static hr_status make_plan(hr_pipeline *p, const hr_file_source *kind, hr_error *err);

static hr_status add_source(opening *w, hr_error *err)
{
    const hr_texts wish = {w->names, w->o->n_select};
    const hr_texts select = w->o->n_select ? wish : w->spec.select;
    const int64_t limit = w->o->limit ? (int64_t)w->o->limit : w->spec.limit;
    const hr_file_source *kind = w->kind;
    hr_doc *doc = w->doc;

    w->doc = NULL; /* taken over */
    w->p->hints_over = w->o->hints;
    const char *const sections[] = {"sources", kind->name, NULL};
    hr_lookup_use(w->lookup, sections);
    const hr_status st = kind->add(w->p, doc, w->section, &select, err);
    hr_lookup_use(NULL, NULL);
    w->p->hints_over = NULL;
    HR_TRY(st);
    HR_TRY(set_limits(w->p, limit, err));
    return make_plan(w->p, kind, err);
}

static hr_status copy_names(opening *w, hr_error *err)
{
    w->names = hr_calloc(w->o->n_select + 1, sizeof(*w->names));
    if (!w->names)
        return hr_nomem(err);
    for (size_t i = 0; i < w->o->n_select; i++)
        w->names[i] = w->o->select[i];
    return HR_OK;
}

hr_status hr_pipeline_open_file(hr_pipeline **out, const hr_file_options *options, hr_error *err)
{
    opening w = {.o = options};

    if (!out || !options || options->size != sizeof(*options) || !options->path)
        return hr_fail(err, HR_E_USAGE, "hr_file_options: size is not %zu, or there is no path",
                       sizeof(*options));
    hr_status st = copy_names(&w, err);
    if (st == HR_OK)
        st = read_file(&w, err);
    if (st == HR_OK)
        st = find_kind(&w, err);
    if (st == HR_OK)
        st = open_pipeline(&w, err);
    if (st == HR_OK && !options->without_source)
        st = add_source(&w, err);
    if (st == HR_OK)
        hr_pipeline_take_values(w.p, w.lookup);
    hr_free(w.names);
    hr_buf_release(&w.settings);
    hr_doc_free(w.doc);
    hr_lookup_free(w.lookup);
    if (st != HR_OK)
        hr_pipeline_close(w.p);
    else
        *out = w.p;
    return st;
}

/* ---- the plan ---- */

static bool add_planned(yyjson_mut_doc *doc, yyjson_mut_val *list, const hr_resource *r)
{
    yyjson_mut_val *o = r->hidden ? NULL : yyjson_mut_arr_add_obj(doc, list);

    return r->hidden || (o && yyjson_mut_obj_add_strcpy(doc, o, "name", r->table) &&
                         yyjson_mut_obj_add_strcpy(doc, o, "table", r->root) &&
                         yyjson_mut_obj_add_str(doc, o, "write_disposition",
                                                hr_disposition_name(r->hints.write_disposition)));
}

static bool fill_plan(const hr_pipeline *p, const hr_file_source *kind, yyjson_mut_doc *doc,
                      yyjson_mut_val *o)
{
    bool ok = yyjson_mut_obj_add_strcpy(doc, o, "pipeline", p->name) &&
              yyjson_mut_obj_add_strcpy(doc, o, "destination", p->shown_url) &&
              yyjson_mut_obj_add_strcpy(doc, o, "dataset", p->dataset) &&
              yyjson_mut_obj_add_str(doc, o, "source", kind->name);
    yyjson_mut_val *list = ok ? yyjson_mut_obj_add_arr(doc, o, "resources") : NULL;

    ok = list;
    for (size_t i = 0; ok && i < p->n_resources; i++)
        ok = add_planned(doc, list, &p->resources[i]);
    yyjson_mut_val *own = ok ? yyjson_mut_obj_add_obj(doc, o, "plan") : NULL;
    return own && kind->plan(p, doc, own);
}

static hr_status make_plan(hr_pipeline *p, const hr_file_source *kind, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *o = doc ? yyjson_mut_obj(doc) : NULL;
    hr_buf text = {0};
    hr_status st = o && fill_plan(p, kind, doc, o) ? HR_OK : hr_nomem(err);

    if (st == HR_OK)
        st = hr_json_write(o, false, NULL, &text, err);
    hr_secret_blank_buf(&text);
    p->plan = st == HR_OK ? hr_buf_take(&text) : NULL;
    hr_buf_release(&text);
    yyjson_mut_doc_free(doc);
    return st == HR_OK && !p->plan ? hr_nomem(err) : st;
}

hr_status hr_pipeline_plan(hr_pipeline *p, char **json, hr_error *err)
{
    if (!p->plan)
        return hr_fail(err, HR_E_USAGE, "the pipeline was not opened from a file with its source");
    *json = hr_strdup(p->plan);
    return *json ? HR_OK : hr_nomem(err);
}
