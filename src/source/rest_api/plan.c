#include "source/rest_api/plan.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/plan_int.h"
#include "json/json.h"

/* ---- small services ---- */

const char *hr_rest_copy(hr_rest_plan *p, hr_str s)
{
    return hr_arena_strndup(&p->arena, s);
}

hr_status hr_rest_json(hr_rest_plan *p, const yyjson_mut_val *v, const char **out, hr_error *err)
{
    hr_buf text = {0};
    hr_status st = hr_json_write(v, false, NULL, &text, err);

    if (st == HR_OK) {
        *out = hr_rest_copy(p, hr_buf_str(&text));
        st = *out ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&text);
    return st;
}

void hr_rest_pairs_remove(hr_rest_pairs *pairs, size_t at)
{
    memmove(&pairs->items[at], &pairs->items[at + 1], (pairs->n - at - 1) * sizeof(*pairs->items));
    pairs->n--;
}

static hr_status put_pair(hr_rest_pairs *pairs, yyjson_val *key, yyjson_val *v, hr_error *err)
{
    const hr_rest_pair pair = {{yyjson_get_str(key), yyjson_get_len(key)}, v};
    size_t at = 0;

    while (at < pairs->n && !hr_str_eq(pairs->items[at].name, pair.name))
        at++;
    if (yyjson_is_null(v)) {
        if (at < pairs->n)
            hr_rest_pairs_remove(pairs, at);
        return HR_OK;
    }
    if (at < pairs->n) {
        pairs->items[at] = pair;
        return HR_OK;
    }
    return HR_PUSH(pairs->items, pairs->n, pairs->cap, pair) ? HR_OK : hr_nomem(err);
}

hr_status hr_rest_merge(hr_rest_plan *p, hr_rest_pairs *out, yyjson_val *first, yyjson_val *second,
                        hr_error *err)
{
    yyjson_val *const layers[] = {first, second};
    yyjson_val *key = NULL;
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;

    (void)p;
    for (size_t layer = 0; layer < 2; layer++) {
        yyjson_obj_foreach(layers[layer], i, n, key, v) HR_TRY(put_pair(out, key, v, err));
    }
    return HR_OK;
}

/* ---- which are wanted ---- */

static hr_status select_names(hr_rest_plan *p, yyjson_val *list, hr_error *err)
{
    yyjson_val *v = list;
    size_t i = 0;
    size_t n = 0;

    if (!list || yyjson_is_null(list))
        return HR_OK;
    for (i = 0; i < p->n; i++)
        p->resources[i].wanted = false;
    n = yyjson_is_arr(list) ? yyjson_arr_size(list) : 1;
    for (i = 0; i < n; i++) {
        if (yyjson_is_arr(list))
            v = yyjson_arr_get(list, i);
        const hr_str name = {yyjson_get_str(v), yyjson_get_len(v)};
        hr_rest_resource *r = name.p ? hr_rest_find(p, name) : NULL;

        if (!name.p)
            return hr_doc_fail(p->doc, v, err, HR_E_CONFIG, "select takes names of resources");
        if (!r)
            return hr_rest_unknown_resource(p, v, name, err);
        r->wanted = true;
    }
    return HR_OK;
}

/* Of resources that nobody wants, only the ancestors of others are read. */
static void drop_unwanted(hr_rest_plan *p)
{
    for (size_t i = p->n; i-- > 0;) {
        hr_rest_resource *r = &p->resources[i];

        if (r->parent && (r->wanted || r->n_children))
            r->parent->n_children++;
    }
}

/* ---- the whole ---- */

/* What the HTTP client is given: `client` without the keys that are ours. */
static hr_status client_json(hr_rest_plan *p, yyjson_val *client, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *copy = doc ? yyjson_val_mut_copy(doc, client) : NULL;

    if (copy) {
        (void)yyjson_mut_obj_remove_key(copy, "paginator");
        (void)yyjson_mut_obj_remove_key(copy, "resume");
    }
    const hr_status st = copy ? hr_rest_json(p, copy, &p->client, err) : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    return st;
}

static hr_status check_client(hr_rest_plan *p, yyjson_val *client, hr_error *err)
{
    if (yyjson_obj_get(client, "session"))
        return hr_doc_fail(p->doc, yyjson_obj_get(client, "session"), err, HR_E_CONFIG,
                           "client: session is an object of Python, and has no meaning here");
    if (!yyjson_is_str(yyjson_obj_get(client, "base_url")))
        return hr_doc_fail(p->doc, client, err, HR_E_CONFIG, "client: \"base_url\" is missing");
    return HR_OK;
}

static hr_status read_resources(hr_rest_plan *p, const hr_rest_options *o,
                                const hr_rest_client_options *client, hr_error *err)
{
    yyjson_val **lists = NULL;
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;
    hr_status st = HR_OK;

    if (!yyjson_arr_size(o->resources))
        return hr_doc_fail(p->doc, o->resources, err, HR_E_CONFIG, "there are no resources");
    p->resources = hr_calloc(yyjson_arr_size(o->resources), sizeof(*p->resources));
    lists = hr_calloc(yyjson_arr_size(o->resources), sizeof(*lists));
    if (!p->resources || !lists)
        st = hr_nomem(err);
    yyjson_arr_foreach(o->resources, i, n, v)
    {
        hr_rest_draft d = {.plan = p, .source = o, .client = client};

        if (st != HR_OK)
            break;
        d.resource = &p->resources[p->n++];
        d.resource->name = "";
        st = hr_rest_draft_resource(&d, v, err);
        lists[i] = d.options.include_from_parent;
    }
    if (st == HR_OK)
        st = hr_rest_plan_parents(p, lists, err);
    hr_free(lists);
    return st;
}

static hr_status make(hr_rest_plan *p, yyjson_val *val, hr_error *err)
{
    hr_rest_options o = {0};
    hr_rest_client_options client = {0};

    HR_TRY(hr_options_defaults(p->doc, &hr_rest_table, &o, err));
    HR_TRY(hr_options_read(p->doc, val, &hr_rest_table, &o, err));
    HR_TRY(hr_options_defaults(p->doc, &hr_rest_client_table, &client, err));
    HR_TRY(hr_options_read(p->doc, o.client, &hr_rest_client_table, &client, err));
    HR_TRY(check_client(p, o.client, err));
    p->name = o.name;
    p->resume = client.resume;
    p->concurrency = (unsigned)client.concurrency;
    HR_TRY(client_json(p, o.client, err));
    HR_TRY(read_resources(p, &o, &client, err));
    HR_TRY(hr_rest_plan_sort(p, err));
    HR_TRY(select_names(p, o.select, err));
    drop_unwanted(p);
    return HR_OK;
}

hr_status hr_rest_plan_new(hr_rest_plan **out, hr_doc *doc, yyjson_val *val, hr_error *err)
{
    hr_rest_plan *p = hr_calloc(1, sizeof(*p));

    if (!p)
        return hr_nomem(err);
    p->doc = doc;
    p->at = val;
    const hr_status st = make(p, val, err);
    if (st != HR_OK)
        hr_rest_plan_free(p);
    else
        *out = p;
    return st;
}

static void release_resource(hr_rest_resource *r)
{
    hr_jsonpath_free(r->selector);
    for (size_t i = 0; i < 3; i++)
        hr_jsonpath_free(r->paging_paths[i]);
    for (size_t i = 0; i < r->n_taps; i++)
        hr_jsonpath_free(r->taps[i].path);
    hr_free(r->taps);
    hr_free(r->refs);
    hr_free(r->params.items);
    hr_free(r->headers.items);
    hr_free(r->json.items);
}

void hr_rest_plan_free(hr_rest_plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        release_resource(&p->resources[i]);
    hr_free(p->resources);
    hr_arena_release(&p->arena);
    hr_free(p);
}

hr_status hr_rest_plan_select(hr_rest_plan *p, const hr_texts *names, hr_error *err)
{
    for (size_t i = 0; i < p->n; i++) {
        p->resources[i].wanted = false;
        p->resources[i].n_children = 0;
    }
    for (size_t i = 0; i < names->n; i++) {
        hr_rest_resource *r = hr_rest_find(p, hr_str_from(names->items[i]));

        if (!r)
            return hr_fail(err, HR_E_CONFIG, "%s has no resource %s to select", p->doc->name,
                           names->items[i]);
        r->wanted = true;
    }
    drop_unwanted(p);
    return HR_OK;
}
