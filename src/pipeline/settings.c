#include "pipeline/settings.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/mem.h"
#include "config/doc.h"
#include "headrace/headrace.h"
#include "json/json.h"

enum { MOST_WORKERS = 256 };

/* The sections that a key is looked for in. */
typedef enum scope { PLAIN, OF_SOURCE, OF_DESTINATION, OF_PIPELINE } scope;

/* What a key becomes a part of. */
typedef enum use { RUN, HTTP, WORKERS, DATASET } use;

static const struct key {
    scope scope;
    const char *group, *name;
    use use;
    const char *member; /* of the run's settings */
} keys[] = {
    {OF_SOURCE, "schema", "naming", RUN, "naming"},
    {OF_DESTINATION, NULL, "replace_strategy", RUN, "replace_strategy"},
    {OF_PIPELINE, NULL, "import_schema_path", RUN, "import_schema"},
    {OF_PIPELINE, NULL, "export_schema_path", RUN, "export_schema"},
    {OF_PIPELINE, NULL, "refresh", RUN, "refresh"},
    {OF_PIPELINE, NULL, "dataset_name", DATASET, NULL},
    {OF_SOURCE, "normalize", "workers", WORKERS, NULL},
    {PLAIN, "runtime", "request_timeout", HTTP, NULL},
    {PLAIN, "runtime", "request_max_attempts", HTTP, NULL},
    {PLAIN, "runtime", "request_backoff_factor", HTTP, NULL},
    {PLAIN, "runtime", "request_max_retry_delay", HTTP, NULL},
};

/* What is being collected. */
typedef struct collecting {
    hr_settings *out;
    const hr_settings_of *of;
    hr_arena *arena;
    yyjson_mut_doc *doc;
    yyjson_mut_val *run, *http;
} collecting;

static const char *const *sections_of(scope s, const hr_settings_of *of, const char *sections[3])
{
    sections[0] = s == OF_SOURCE ? "sources" : s == OF_DESTINATION ? "destination" : "pipelines";
    sections[1] = s == OF_SOURCE        ? of->source
                  : s == OF_DESTINATION ? of->destination
                                        : of->pipeline;
    sections[2] = NULL;
    return s == PLAIN || (s == OF_SOURCE && !of->source) ? NULL : sections;
}

/* A text of the environment counts as what it looks like: 30, [5, 60]. */
static yyjson_mut_val *as_json(yyjson_mut_doc *doc, const char *text)
{
    yyjson_doc *parsed = hr_json_read(hr_str_from(text), 0, NULL);
    yyjson_mut_val *v = parsed ? yyjson_val_mut_copy(doc, yyjson_doc_get_root(parsed))
                               : yyjson_mut_strcpy(doc, text);

    yyjson_doc_free(parsed);
    return v;
}

static hr_status set_workers(hr_settings *out, const hr_found *found, hr_error *err)
{
    char *end = NULL;
    const long n = strtol(found->text, &end, 10);

    if (end == found->text || *end || n < 1 || n > MOST_WORKERS)
        return hr_fail(err, HR_E_CONFIG, "%s: %s takes a number from 1 to %d, not \"%s\"",
                       found->place, found->key, MOST_WORKERS, found->text);
    out->workers = (unsigned)n;
    return HR_OK;
}

static hr_status keep(const collecting *c, const hr_found *found, const char **out, hr_error *err)
{
    *out = hr_arena_strndup(c->arena, hr_str_from(found->text));
    return *out ? HR_OK : hr_nomem(err);
}

static hr_status take(collecting *c, const struct key *k, const hr_found *found, hr_error *err)
{
    bool ok = true;

    switch (k->use) {
    case WORKERS:
        return set_workers(c->out, found, err);
    case DATASET:
        return keep(c, found, &c->out->dataset, err);
    case HTTP:
        ok = yyjson_mut_obj_add_val(c->doc, c->http, k->name, as_json(c->doc, found->text));
        break;
    case RUN:
        ok = yyjson_mut_obj_add_strcpy(c->doc, c->run, k->member, found->text);
        break;
    }
    return ok ? HR_OK : hr_nomem(err);
}

/* As the trace calls it. */
static const char *setting_of(const struct key *k)
{
    return k->use == WORKERS ? "workers" : k->use == DATASET ? "dataset" : k->member;
}

static hr_status collect(collecting *c, hr_lookup *l, hr_error *err)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *sections[3];
        const hr_lookup_field field = {.sections = sections_of(keys[i].scope, c->of, sections),
                                       .group = keys[i].group,
                                       .name = keys[i].name,
                                       .setting = setting_of(&keys[i]),
                                       .shown = true};
        hr_found found = {0};

        HR_TRY(hr_lookup_field_get(l, &field, &found, err));
        if (found.text && !found.table)
            HR_TRY(take(c, &keys[i], &found, err));
    }
    return HR_OK;
}

/* NULL for an object without members. */
static hr_status write_kept(yyjson_mut_val *object, hr_arena *arena, const char **out,
                            hr_error *err)
{
    hr_buf text = {0};

    if (!yyjson_mut_obj_size(object))
        return HR_OK;
    hr_status st = hr_json_write(object, false, NULL, &text, err);
    if (st == HR_OK)
        st = hr_buf_status(&text, err);
    *out = st == HR_OK ? hr_arena_strndup(arena, hr_buf_str(&text)) : NULL;
    hr_buf_release(&text);
    return st == HR_OK && !*out ? hr_nomem(err) : st;
}

hr_status hr_settings_find(hr_settings *out, hr_lookup *l, const hr_settings_of *of,
                           hr_arena *arena, hr_error *err)
{
    collecting c = {.out = out, .of = of, .arena = arena};

    *out = (hr_settings){0};
    c.doc = yyjson_mut_doc_new(&hr_json_alc);
    c.run = c.doc ? yyjson_mut_obj(c.doc) : NULL;
    c.http = c.doc ? yyjson_mut_obj(c.doc) : NULL;
    hr_status st = c.run && c.http ? collect(&c, l, err) : hr_nomem(err);
    if (st == HR_OK)
        st = write_kept(c.run, arena, &out->run, err);
    if (st == HR_OK)
        st = write_kept(c.http, arena, &out->http, err);
    yyjson_mut_doc_free(c.doc);
    return st;
}

hr_status hr_settings_destination(hr_lookup *l, const char *pipeline, hr_arena *arena,
                                  const char **name, hr_error *err)
{
    static const char *const names[] = {"destination_name", "destination_type"};
    const char *const sections[] = {"pipelines", pipeline, NULL};
    hr_found found = {0};

    *name = NULL;
    for (size_t i = 0; i < 2 && !found.text; i++) {
        const hr_lookup_field field = {
            .sections = sections, .name = names[i], .setting = "destination", .shown = true};

        HR_TRY(hr_lookup_field_get(l, &field, &found, err));
    }
    if (!found.text)
        return HR_OK;
    *name = hr_arena_strndup(arena, hr_str_from(found.text));
    return *name ? HR_OK : hr_nomem(err);
}

/* ---- over them, what a file or a caller says ---- */

static bool lay_over(yyjson_mut_doc *doc, yyjson_mut_val *below, yyjson_val *over)
{
    yyjson_val *key, *val;
    size_t i, n;

    yyjson_obj_foreach(over, i, n, key, val)
    {
        if (!yyjson_mut_obj_put(below, yyjson_val_mut_copy(doc, key),
                                yyjson_val_mut_copy(doc, val)))
            return false;
    }
    return true;
}

hr_status hr_settings_merge(const char *below, const char *over, hr_buf *out, hr_error *err)
{
    hr_doc *first = NULL, *second = NULL;
    yyjson_mut_doc *made = NULL;
    hr_status st = hr_doc_parse_json(&first, hr_str_from(below), "settings", err);

    if (st == HR_OK)
        st = hr_doc_parse_json(&second, hr_str_from(over), "settings", err);
    if (st == HR_OK) {
        made = yyjson_doc_mut_copy(first->json, &hr_json_alc);
        st = made && lay_over(made, yyjson_mut_doc_get_root(made), hr_doc_root(second))
                 ? hr_json_write(yyjson_mut_doc_get_root(made), false, NULL, out, err)
                 : hr_nomem(err);
    }
    if (st == HR_OK)
        st = hr_buf_status(out, err);
    yyjson_mut_doc_free(made);
    hr_doc_free(second);
    hr_doc_free(first);
    return st;
}
