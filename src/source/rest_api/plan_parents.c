/* Which resource of a plan is whose parent, and what children need of it. */
#include "base/mem.h"
#include "base/suggest.h"
#include "headrace/headrace.h"
#include "source/rest_api/plan_int.h"
#include "source/rest_api/template.h"
#include "json/json.h"

hr_rest_resource *hr_rest_find(hr_rest_plan *p, hr_str name)
{
    for (size_t i = 0; i < p->n; i++) {
        if (hr_str_eq(hr_str_from(p->resources[i].name), name))
            return &p->resources[i];
    }
    return NULL;
}

/* The resource that is meant, or NULL. */
static const char *suggestion(hr_rest_plan *p, const char *name)
{
    const char **names = hr_arena_alloc(&p->arena, (p->n + 1) * sizeof(*names));

    if (!names)
        return NULL;
    for (size_t i = 0; i < p->n; i++)
        names[i] = p->resources[i].name;
    names[p->n] = NULL;
    return hr_suggest(name, names);
}

hr_status hr_rest_unknown_resource(hr_rest_plan *p, const yyjson_val *val, hr_str name,
                                   hr_error *err)
{
    const char *text = hr_rest_copy(p, name);
    const char *meant = text ? suggestion(p, text) : NULL;

    return hr_doc_fail(p->doc, val, err, HR_E_CONFIG,
                       "there is no resource " HR_STR_FMT HR_MEANT_FMT, HR_STR_ARG(name),
                       HR_MEANT_ARG(meant));
}

static hr_status find_parent(hr_rest_plan *p, hr_rest_resource *r, hr_error *err)
{
    for (size_t i = 0; i < r->n_refs; i++) {
        hr_rest_ref *ref = &r->refs[i];
        hr_rest_resource *parent = ref->of_parent ? hr_rest_find(p, ref->parent) : NULL;

        if (!ref->of_parent)
            continue;
        if (!parent)
            return hr_rest_unknown_resource(p, ref->val, ref->parent, err);
        if (r->parent && r->parent != parent)
            return hr_doc_fail(p->doc, ref->val, err, HR_E_CONFIG,
                               "resource %s refers to two parents, %s and %s; it can have one",
                               r->name, r->parent->name, parent->name);
        r->parent = parent;
        HR_TRY(hr_rest_tap_field(parent, ref->field, ref->val, &ref->at, err));
    }
    return HR_OK;
}

static hr_status find_cycle(hr_rest_plan *p, const hr_rest_resource *r, hr_error *err)
{
    size_t steps = 0;

    for (const hr_rest_resource *up = r->parent; up; up = up->parent) {
        if (up == r || ++steps > p->n)
            return hr_doc_fail(p->doc, r->val, err, HR_E_CONFIG, "resource %s is its own ancestor",
                               r->name);
    }
    return HR_OK;
}

typedef struct naming {
    hr_rest_resource *resource;
    hr_buf text;
} naming;

static hr_status know_by(naming *n, const hr_rest_ref *ref, hr_error *err)
{
    hr_rest_resource *r = n->resource;

    for (size_t i = 0; i < r->n_known_by; i++) {
        if (r->known_by[i] == ref->at)
            return HR_OK;
    }
    r->known_by[r->n_known_by++] = ref->at;
    hr_buf_addf(&n->text, "%s" HR_STR_FMT, n->text.len ? "," : "", HR_STR_ARG(ref->field));
    return hr_buf_status(&n->text, err);
}

static hr_status know_by_piece(void *ctx, bool placeholder, hr_str piece, hr_error *err)
{
    naming *n = ctx;
    const hr_rest_ref *ref = placeholder ? hr_rest_find_ref(n->resource, piece) : NULL;

    return ref && ref->of_parent ? know_by(n, ref, err) : HR_OK;
}

/* What stands in the path names a parent; other fields may be of a moment, such as a date. */
static hr_status find_names(hr_rest_plan *p, hr_rest_resource *r, hr_error *err)
{
    naming n = {.resource = r};

    if (!r->parent)
        return HR_OK;
    r->known_by = hr_arena_alloc(&p->arena, r->n_refs * sizeof(*r->known_by));
    if (!r->known_by)
        return hr_nomem(err);
    hr_status st = hr_template_walk(hr_str_from(r->path), know_by_piece, &n, err);
    const bool in_path = r->n_known_by > 0;
    for (size_t i = 0; !in_path && i < r->n_refs && st == HR_OK; i++) {
        if (r->refs[i].of_parent)
            st = know_by(&n, &r->refs[i], err);
    }
    if (st == HR_OK) {
        r->known_by_text = hr_rest_copy(p, hr_buf_str(&n.text));
        st = r->known_by_text ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&n.text);
    return st;
}

/* include_from_parent: keys of the parent's rows. */
static hr_status include(hr_rest_plan *p, hr_rest_resource *r, yyjson_val *list, hr_error *err)
{
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;

    if (!list || yyjson_is_null(list))
        return HR_OK;
    if (!yyjson_is_arr(list))
        return hr_doc_fail(p->doc, list, err, HR_E_CONFIG,
                           "include_from_parent takes a list of keys");
    if (!r->parent)
        return hr_doc_fail(p->doc, list, err, HR_E_CONFIG,
                           "resource %s has include_from_parent, but refers to no parent", r->name);
    r->includes = hr_arena_zalloc(&p->arena, (yyjson_arr_size(list) + 1) * sizeof(*r->includes));
    if (!r->includes)
        return hr_nomem(err);
    yyjson_arr_foreach(list, i, n, v)
    {
        hr_buf path = {0};
        hr_buf column = {0};

        if (!yyjson_is_str(v))
            return hr_doc_fail(p->doc, v, err, HR_E_CONFIG,
                               "include_from_parent takes a list of keys");
        hr_jsonpath_quote(&path, (hr_str){yyjson_get_str(v), yyjson_get_len(v)});
        hr_buf_addf(&column, "_%s_%s", r->parent->name, yyjson_get_str(v));
        const char *text = path.failed ? NULL : hr_rest_copy(p, hr_buf_str(&path));
        r->includes[i].column = column.failed ? NULL : hr_rest_copy(p, hr_buf_str(&column));
        hr_buf_release(&path);
        hr_buf_release(&column);
        if (!text || !r->includes[i].column)
            return hr_nomem(err);
        HR_TRY(hr_rest_tap_field(r->parent, hr_str_from(text), v, &r->includes[i].tap, err));
        r->n_includes++;
    }
    return HR_OK;
}

hr_status hr_rest_plan_parents(hr_rest_plan *p, yyjson_val *const *includes, hr_error *err)
{
    for (size_t i = 0; i < p->n; i++)
        HR_TRY(find_parent(p, &p->resources[i], err));
    for (size_t i = 0; i < p->n; i++)
        HR_TRY(find_cycle(p, &p->resources[i], err));
    for (size_t i = 0; i < p->n; i++)
        HR_TRY(find_names(p, &p->resources[i], err));
    for (size_t i = 0; i < p->n; i++)
        HR_TRY(include(p, &p->resources[i], includes[i], err));
    return HR_OK;
}

hr_status hr_rest_plan_sort(hr_rest_plan *p, hr_error *err)
{
    hr_rest_resource *sorted = hr_calloc(p->n ? p->n : 1, sizeof(*sorted));
    size_t *place = hr_calloc(p->n ? p->n : 1, sizeof(*place)); /* 0: not placed, else place + 1 */
    size_t n = 0;

    if (!sorted || !place) {
        hr_free(sorted);
        hr_free(place);
        return hr_nomem(err);
    }
    while (n < p->n) {
        for (size_t i = 0; i < p->n; i++) {
            const hr_rest_resource *parent = p->resources[i].parent;

            if (place[i] || (parent && !place[parent - p->resources]))
                continue;
            sorted[n] = p->resources[i];
            if (parent)
                sorted[n].parent = &sorted[place[parent - p->resources] - 1];
            place[i] = ++n;
        }
    }
    hr_free(place);
    hr_free(p->resources);
    p->resources = sorted;
    return HR_OK;
}
