#include <errno.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/map.h"
#include "base/mem.h"
#include "config/doc_int.h"
#include "config/scalar.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* A container that is still open. */
typedef struct frame {
    yyjson_mut_val *ctn;
    yyjson_mut_val *key; /* of an object: the key whose value comes next */
    hr_map keys;         /* of an object: those seen */
    size_t first;        /* index of the container */
    size_t height;       /* levels below it */
    struct anchor *anchor;
} frame;

typedef struct anchor {
    yyjson_mut_val *val; /* NULL: still open */
    size_t first, n;     /* its values, by index */
    size_t height;       /* levels below it */
} anchor;

typedef struct builder {
    hr_doc *doc;
    yyjson_mut_doc *json;
    frame stack[HR_DOC_DEPTH];
    size_t depth;
    hr_place *places;
    size_t n, cap;
    hr_map anchors;
} builder;

static hr_status fail_at(const builder *b, const yaml_mark_t *mark, hr_error *err, const char *why)
{
    return hr_fail(err, HR_E_CONFIG, "%s:%zu:%zu: %s", b->doc->name, mark->line + 1,
                   mark->column + 1, why);
}

static hr_status note_place(builder *b, const yaml_event_t *event, hr_error *err)
{
    const hr_place place = {.line = (uint32_t)event->start_mark.line + 1,
                            .column = (uint32_t)event->start_mark.column + 1};

    if (b->n >= HR_DOC_VALUES)
        return fail_at(b, &event->start_mark, err, "the document has too many values");
    return HR_PUSH(b->places, b->n, b->cap, place) ? HR_OK : hr_nomem(err);
}

/* ---- anchors ---- */

static hr_status new_anchor(builder *b, const yaml_char_t *name, anchor **out, hr_error *err)
{
    *out = NULL;
    if (!name)
        return HR_OK;
    const hr_str key = hr_arena_str(&b->doc->arena, hr_str_from((const char *)name));
    anchor *a = hr_arena_zalloc(&b->doc->arena, sizeof(*a));

    if (!key.p || !a || !hr_map_put(&b->anchors, key, a))
        return hr_nomem(err);
    *out = a;
    return HR_OK;
}

static void close_anchor(const builder *b, anchor *a, yyjson_mut_val *val, size_t first,
                         size_t height)
{
    if (a)
        *a = (anchor){.val = val, .first = first, .n = b->n - first, .height = height};
}

/* What was put into the innermost open container has so many levels. */
static void note_height(builder *b, size_t levels)
{
    frame *f = b->depth ? &b->stack[b->depth - 1] : NULL;

    if (f && f->height < levels)
        f->height = levels;
}

/* ---- values ---- */

/* Puts a finished value, or an opened container, where it belongs. */
static hr_status place_value(builder *b, yyjson_mut_val *val, hr_error *err)
{
    if (b->depth == 0) {
        yyjson_mut_doc_set_root(b->json, val);
        return HR_OK;
    }
    frame *f = &b->stack[b->depth - 1];
    if (!f->key)
        return yyjson_mut_arr_append(f->ctn, val) ? HR_OK : hr_nomem(err);
    const bool ok = yyjson_mut_obj_add(f->ctn, f->key, val);
    f->key = NULL;
    return ok ? HR_OK : hr_nomem(err);
}

static bool wants_key(const builder *b)
{
    const frame *f = b->depth ? &b->stack[b->depth - 1] : NULL;

    return f && yyjson_mut_is_obj(f->ctn) && !f->key;
}

static hr_status add_key(builder *b, const yaml_event_t *event, hr_error *err)
{
    const hr_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    frame *f = &b->stack[b->depth - 1];

    if (plain && hr_str_eq(text, HR_STR("<<")))
        return fail_at(b, &event->start_mark, err,
                       "merge keys (<<) are not part of YAML 1.2; write the keys out, or name the "
                       "whole value with an alias");
    if (event->data.scalar.anchor)
        return fail_at(b, &event->start_mark, err, "a key cannot have an anchor");
    yyjson_mut_val *key = yyjson_mut_strncpy(b->json, text.n ? text.p : "", text.n);
    if (!key)
        return hr_nomem(err);
    const hr_str kept = {key->uni.str, text.n};
    if (hr_map_get(&f->keys, kept)) {
        hr_fail(err, HR_E_CONFIG, "%s:%zu:%zu: key \"" HR_STR_FMT "\" stands in this object twice",
                b->doc->name, event->start_mark.line + 1, event->start_mark.column + 1,
                HR_STR_ARG(kept));
        return HR_E_CONFIG;
    }
    f->key = key;
    return hr_map_put(&f->keys, kept, key) ? HR_OK : hr_nomem(err);
}

static hr_status check_tag(const builder *b, const yaml_event_t *event, const yaml_char_t *tag,
                           const char *wanted, hr_error *err)
{
    if (!tag || strcmp((const char *)tag, wanted) == 0 || strcmp((const char *)tag, "!") == 0)
        return HR_OK;
    return fail_at(b, &event->start_mark, err,
                   "tags other than !!str are not known here; a value's type follows from how it "
                   "is written");
}

static hr_status add_scalar(builder *b, const yaml_event_t *event, hr_error *err)
{
    const hr_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const bool plain =
        event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.tag;
    const size_t first = b->n;
    yyjson_mut_val *val = NULL;
    const char *why = NULL;
    anchor *a;

    HR_TRY(check_tag(b, event, event->data.scalar.tag, YAML_STR_TAG, err));
    HR_TRY(note_place(b, event, err));
    if (wants_key(b))
        return add_key(b, event, err);
    HR_TRY(new_anchor(b, event->data.scalar.anchor, &a, err));
    if (plain)
        val = hr_scalar_core(b->json, text, &why);
    else
        val = yyjson_mut_strncpy(b->json, text.n ? text.p : "", text.n);
    if (why)
        return fail_at(b, &event->start_mark, err, why);
    if (!val)
        return hr_nomem(err);
    close_anchor(b, a, val, first, 0);
    return place_value(b, val, err);
}

static hr_status open_container(builder *b, const yaml_event_t *event, hr_error *err)
{
    const bool map = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *name =
        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    frame f = {.first = b->n};

    if (wants_key(b))
        return fail_at(b, &event->start_mark, err, "a key is a text, not a list or an object");
    if (b->depth == HR_DOC_DEPTH)
        return fail_at(b, &event->start_mark, err, "the document is nested too deeply");
    HR_TRY(check_tag(b, event, tag, map ? YAML_MAP_TAG : YAML_SEQ_TAG, err));
    HR_TRY(note_place(b, event, err));
    HR_TRY(new_anchor(b, name, &f.anchor, err));
    f.ctn = map ? yyjson_mut_obj(b->json) : yyjson_mut_arr(b->json);
    if (!f.ctn)
        return hr_nomem(err);
    HR_TRY(place_value(b, f.ctn, err));
    b->stack[b->depth++] = f;
    return HR_OK;
}

static void close_container(builder *b)
{
    frame *f = &b->stack[--b->depth];

    close_anchor(b, f->anchor, f->ctn, f->first, f->height + 1);
    hr_map_release(&f->keys);
    note_height(b, f->height + 1);
}

/* The value again. Messages about it point to where it was written. */
static hr_status add_alias(builder *b, const yaml_event_t *event, hr_error *err)
{
    const anchor *a = hr_map_get(&b->anchors, hr_str_from((const char *)event->data.alias.anchor));

    if (wants_key(b))
        return fail_at(b, &event->start_mark, err, "a key cannot be an alias");
    if (!a || !a->val)
        return fail_at(b, &event->start_mark, err,
                       a ? "this alias stands inside of what it names"
                         : "no anchor of this name stands before this alias");
    if (a->n > HR_DOC_VALUES - b->n)
        return fail_at(b, &event->start_mark, err, "aliases make the document too long");
    if (a->height > HR_DOC_DEPTH - b->depth)
        return fail_at(b, &event->start_mark, err, "aliases nest the document too deeply");
    note_height(b, a->height);
    for (size_t i = 0; i < a->n; i++) {
        const hr_place place = b->places[a->first + i];

        if (!HR_PUSH(b->places, b->n, b->cap, place))
            return hr_nomem(err);
    }
    yyjson_mut_val *copy = yyjson_mut_val_mut_copy(b->json, a->val);
    return copy ? place_value(b, copy, err) : hr_nomem(err);
}

/* ---- the parser's events ---- */

static hr_status take_event(builder *b, const yaml_event_t *event, hr_error *err)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event, err);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return open_container(b, event, err);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        close_container(b);
        return HR_OK;
    case YAML_ALIAS_EVENT:
        return add_alias(b, event, err);
    case YAML_DOCUMENT_START_EVENT:
        if (b->n)
            return fail_at(b, &event->start_mark, err,
                           "a second document begins; a file holds one");
        return HR_OK;
    default:
        return HR_OK;
    }
}

static hr_status parser_failed(const builder *b, const yaml_parser_t *parser, hr_error *err)
{
    const yaml_mark_t *at = &parser->problem_mark;

    if (parser->error == YAML_MEMORY_ERROR)
        return hr_nomem(err);
    if (parser->error == YAML_READER_ERROR)
        return hr_fail(err, HR_E_CONFIG, "%s: not YAML: %s at byte %zu", b->doc->name,
                       parser->problem, parser->problem_offset);
    return hr_fail(err, HR_E_CONFIG, "%s:%zu:%zu: not YAML: %s%s%s", b->doc->name, at->line + 1,
                   at->column + 1, parser->problem ? parser->problem : "unreadable",
                   parser->context ? " " : "", parser->context ? parser->context : "");
}

static hr_status take_events(builder *b, yaml_parser_t *parser, hr_error *err)
{
    for (bool ended = false; !ended;) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event))
            return parser_failed(b, parser, err);
        ended = event.type == YAML_STREAM_END_EVENT;
        const hr_status st = take_event(b, &event, err);
        yaml_event_delete(&event);
        HR_TRY(st);
    }
    return HR_OK;
}

static hr_status finish(builder *b, hr_error *err)
{
    const hr_place start = {1, 1};

    if (!b->n) {
        yyjson_mut_doc_set_root(b->json, yyjson_mut_null(b->json));
        if (!HR_PUSH(b->places, b->n, b->cap, start))
            return hr_nomem(err);
    }
    return hr_doc_fill(b->doc, b->json, b->places, b->n, err);
}

static hr_status parse_yaml(builder *b, hr_str text, hr_error *err)
{
    yaml_parser_t parser;

    if (text.n > HR_DOC_BYTES)
        return hr_fail(err, HR_E_CONFIG, "%s: larger than %d MiB", b->doc->name,
                       HR_DOC_BYTES >> 20);
    if (!yaml_parser_initialize(&parser))
        return hr_nomem(err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
    hr_status st = take_events(b, &parser, err);
    yaml_parser_delete(&parser);
    return st == HR_OK ? finish(b, err) : st;
}

hr_status hr_doc_parse_yaml(hr_doc **out, hr_str text, const char *name, hr_error *err)
{
    builder *b = hr_calloc(1, sizeof(*b));

    if (!b)
        return hr_nomem(err);
    b->doc = hr_doc_new(name);
    b->json = yyjson_mut_doc_new(&hr_json_alc);
    const hr_status st = b->doc && b->json ? parse_yaml(b, text, err) : hr_nomem(err);
    while (b->depth)
        hr_map_release(&b->stack[--b->depth].keys);
    hr_map_release(&b->anchors);
    hr_free(b->places);
    yyjson_mut_doc_free(b->json);
    if (st != HR_OK)
        hr_doc_free(b->doc);
    else
        *out = b->doc;
    hr_free(b);
    return st;
}
