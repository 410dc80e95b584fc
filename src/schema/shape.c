#include "schema/shape.h"

#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/schema_int.h"

static hr_status add(hr_patterns *list, hr_str text, const hr_naming *naming, hr_error *err)
{
    hr_pattern p;

    HR_TRY(hr_pattern_init(&p, text, naming, err));
    if (HR_PUSH(list->items, list->n, list->cap, p))
        return HR_OK;
    hr_pattern_release(&p);
    return hr_nomem(err);
}

static void release(hr_patterns *list)
{
    for (size_t i = 0; i < list->n; i++)
        hr_pattern_release(&list->items[i]);
    hr_free(list->items);
}

static bool matches(const hr_patterns *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (hr_pattern_matches(&list->items[i], name))
            return true;
    }
    return false;
}

static hr_status add_all(hr_patterns *list, yyjson_mut_val *texts, const hr_naming *naming,
                         hr_error *err)
{
    yyjson_mut_val *text;
    size_t i, n;

    yyjson_mut_arr_foreach(texts, i, n, text)
    {
        if (!yyjson_mut_is_str(text))
            return hr_fail(err, HR_E_CONFIG, "filters: a pattern is no text");
        HR_TRY(add(list, hr_json_str(text), naming, err));
    }
    return HR_OK;
}

static hr_status read_preferred(hr_row_shape *out, const hr_schema *s, const hr_naming *naming,
                                hr_error *err)
{
    yyjson_mut_val *settings = hr_json_get(yyjson_mut_doc_get_root(s->doc), "settings");
    yyjson_mut_val *given = hr_json_get(settings, "preferred_types");
    yyjson_mut_val *pattern, *type;
    size_t i, n;

    out->types = hr_calloc(yyjson_mut_obj_size(given) + 1, sizeof(*out->types));
    if (!out->types)
        return hr_nomem(err);
    yyjson_mut_obj_foreach(given, i, n, pattern, type)
    {
        out->types[i] = hr_type_from_name(hr_json_str(type));
        if (out->types[i] == HR_TYPE_NONE)
            return hr_fail(err, HR_E_CONFIG, "preferred_types: %s has no data type",
                           yyjson_mut_get_str(pattern));
        HR_TRY(add(&out->preferred, hr_json_str(pattern), naming, err));
    }
    return HR_OK;
}

hr_status hr_row_shape_init(hr_row_shape *out, const hr_schema *s, const hr_table *t,
                            yyjson_val *rename, const hr_naming *naming, hr_error *err)
{
    yyjson_mut_val *filters = hr_json_get(t->doc, "filters");

    *out = (hr_row_shape){.separator = hr_naming_separator(naming), .rename = rename};
    hr_status st = read_preferred(out, s, naming, err);
    if (st == HR_OK)
        st = add_all(&out->include, hr_json_get(filters, "includes"), naming, err);
    if (st == HR_OK)
        st = add_all(&out->exclude, hr_json_get(filters, "excludes"), naming, err);
    if (st != HR_OK)
        hr_row_shape_release(out);
    return st;
}

void hr_row_shape_release(hr_row_shape *s)
{
    release(&s->preferred);
    release(&s->include);
    release(&s->exclude);
    hr_free(s->types);
    *s = (hr_row_shape){0};
}

hr_type hr_row_shape_type(const hr_row_shape *s, const char *name)
{
    for (size_t i = 0; i < s->preferred.n; i++) {
        if (hr_pattern_matches(&s->preferred.items[i], name))
            return s->types[i];
    }
    return HR_TYPE_NONE;
}

/* Whether an include names something below the path; of an expression nobody can tell. */
static bool leads_on(const hr_row_shape *s, hr_str path)
{
    for (size_t i = 0; i < s->include.n; i++) {
        const char *name = s->include.items[i].name;

        if (name && hr_str_starts(hr_str_from(name), path) &&
            hr_str_starts(hr_str_from(name + path.n), s->separator))
            return true;
    }
    return false;
}

static bool ends_part(const hr_row_shape *s, hr_str path, size_t n)
{
    const hr_str rest = {path.p + n, path.n - n};

    return n == path.n || hr_str_starts(rest, s->separator);
}

hr_status hr_row_shape_keep(const hr_row_shape *s, hr_str path, hr_keep *out, hr_error *err)
{
    hr_buf part = {0};

    *out = s->include.n && !s->exclude.n ? HR_LEAVE_OUT : HR_KEEP;
    for (size_t n = path.n; n > 0 && (s->include.n || s->exclude.n); n--) {
        if (!ends_part(s, path, n))
            continue;
        hr_buf_reset(&part);
        hr_buf_add(&part, (hr_str){path.p, n});
        HR_TRY(hr_buf_status(&part, err));
        const bool kept = matches(&s->include, part.data);

        if (kept || matches(&s->exclude, part.data)) {
            *out = kept ? HR_KEEP : HR_LEAVE_OUT;
            break;
        }
    }
    hr_buf_release(&part);
    if (*out == HR_LEAVE_OUT && leads_on(s, path))
        *out = HR_ENTER;
    return HR_OK;
}

hr_str hr_row_shape_key(const hr_row_shape *s, hr_str key)
{
    yyjson_val *to = s->rename ? yyjson_obj_getn(s->rename, key.p, key.n) : NULL;

    return to ? (hr_str){yyjson_get_str(to), yyjson_get_len(to)} : key;
}

/* ---- hints and settings ---- */

static hr_str text_of(yyjson_val *v)
{
    return (hr_str){yyjson_get_str(v), yyjson_get_len(v)};
}

static hr_status check_one(const char *what, yyjson_val *pattern, const hr_naming *naming,
                           hr_error *err)
{
    hr_pattern p;
    const hr_status st = hr_pattern_init(&p, text_of(pattern), naming, err);

    if (st != HR_OK)
        return hr_fail_in(err, st, "%s", what);
    hr_pattern_release(&p);
    return HR_OK;
}

/* One text, or a list of them. */
static hr_status check_all(const char *what, yyjson_val *given, const hr_naming *naming,
                           hr_error *err)
{
    yyjson_val *pattern;
    size_t i, n;

    if (yyjson_is_str(given))
        return check_one(what, given, naming, err);
    yyjson_arr_foreach(given, i, n, pattern)
    {
        HR_TRY(check_one(what, pattern, naming, err));
    }
    return HR_OK;
}

hr_status hr_row_shape_check(const hr_hints *h, const hr_naming *naming, hr_error *err)
{
    yyjson_val *key, *to;
    size_t i, n;

    HR_TRY(check_all("include", h->include, naming, err));
    HR_TRY(check_all("exclude", h->exclude, naming, err));
    if (!h->rename)
        return HR_OK;
    yyjson_obj_foreach(h->rename, i, n, key, to)
    {
        if (!yyjson_is_str(to) || !yyjson_get_len(to))
            return hr_fail(err, HR_E_CONFIG, "rename: \"%s\" takes another name, a text",
                           yyjson_get_str(key));
    }
    return HR_OK;
}

hr_status hr_preferred_types_check(yyjson_val *given, const hr_naming *naming, hr_error *err)
{
    yyjson_val *pattern, *type;
    size_t i, n;

    if (!given)
        return HR_OK;
    yyjson_obj_foreach(given, i, n, pattern, type)
    {
        if (!yyjson_is_str(type) || hr_type_from_name(text_of(type)) == HR_TYPE_NONE)
            return hr_fail(err, HR_E_CONFIG,
                           "preferred_types: \"%s\" takes text, double, bool, timestamp, bigint, "
                           "json, decimal, wei, date, time or binary",
                           yyjson_get_str(pattern));
        HR_TRY(check_one("preferred_types", pattern, naming, err));
    }
    return HR_OK;
}

/* The pattern as the schema has it. */
static hr_status write_pattern(hr_str text, const hr_naming *naming, hr_buf *out, hr_error *err)
{
    hr_pattern p;

    HR_TRY(hr_pattern_init(&p, text, naming, err));
    if (p.name)
        hr_buf_addf(out, hr_str_starts(text, HR_STR("re:")) ? "re:^%s$" : "%s", p.name);
    else
        hr_buf_add(out, text);
    hr_pattern_release(&p);
    return hr_buf_status(out, err);
}

static hr_status prefer(hr_schema *s, yyjson_mut_val *types, hr_str text, yyjson_val *type,
                        const hr_naming *naming, hr_error *err)
{
    hr_buf name = {0};
    hr_status st = write_pattern(text, naming, &name, err);
    yyjson_mut_val *key = st == HR_OK ? yyjson_mut_strncpy(s->doc, name.data, name.len) : NULL;

    if (st == HR_OK && (!key || !hr_json_put(s->doc, types, yyjson_mut_get_str(key),
                                             yyjson_val_mut_copy(s->doc, type))))
        st = hr_nomem(err);
    hr_buf_release(&name);
    return st;
}

hr_status hr_schema_prefer_types(hr_schema *s, yyjson_val *given, const hr_naming *naming,
                                 hr_error *err)
{
    yyjson_mut_val *settings = hr_json_get(yyjson_mut_doc_get_root(s->doc), "settings");
    yyjson_mut_val *types = hr_json_get(settings, "preferred_types");
    yyjson_val *pattern, *type;
    size_t i, n;

    if (!types) {
        types = yyjson_mut_obj(s->doc);
        if (!hr_json_put(s->doc, settings, "preferred_types", types))
            return hr_nomem(err);
    }
    yyjson_obj_foreach(given, i, n, pattern, type)
    {
        HR_TRY(prefer(s, types, text_of(pattern), type, naming, err));
    }
    return HR_OK;
}
