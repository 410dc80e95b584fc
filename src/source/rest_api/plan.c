#include "source/rest_api/plan.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/plan_int.h"
#include "source/rest_api/steps.h"
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

static hr_status value_json(hr_rest_plan *p, yyjson_val *v, const char **out, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *copy = doc ? yyjson_val_mut_copy(doc, v) : NULL;
    const hr_status st = copy ? hr_rest_json(p, copy, out, err) : hr_nomem(err);

    yyjson_mut_doc_free(doc);
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

/* ---- one resource ---- */

static hr_status fail_at(hr_rest_draft *d, const yyjson_val *val, hr_error *err, const char *what)
{
    return hr_doc_fail(d->plan->doc, val, err, HR_E_CONFIG, "%s", what);
}

/* A text, or nothing. */
static hr_status text(hr_rest_draft *d, yyjson_val *v, const char *what, const char **out,
                      hr_error *err)
{
    if (!v || yyjson_is_null(v))
        return HR_OK;
    if (!yyjson_is_str(v) || strlen(yyjson_get_str(v)) != yyjson_get_len(v))
        return hr_doc_fail(d->plan->doc, v, err, HR_E_CONFIG, "%s takes a text", what);
    *out = yyjson_get_str(v);
    return HR_OK;
}

/* The defaults, and over them the resource; params, json and columns are merged key by key. */
static hr_status read_resource(hr_rest_draft *d, yyjson_val *val, hr_error *err)
{
    hr_rest_resource_options *o = &d->options;
    hr_doc *doc = d->plan->doc;
    size_t columns = 0;

    HR_TRY(hr_options_defaults(doc, &hr_rest_resource_table, o, err));
    if (d->source->resource_defaults) {
        HR_TRY(hr_options_read(doc, d->source->resource_defaults, &hr_rest_resource_table, o, err));
        if (o->name)
            return fail_at(d, o->name, err, "resource_defaults cannot have a name");
    }
    while (strcmp(hr_rest_hint_names[columns], "columns") != 0)
        columns++;
    d->default_params = o->endpoint.params;
    d->default_json = o->endpoint.json;
    d->default_columns = o->hints[columns];
    o->endpoint.params = o->endpoint.json = o->hints[columns] = NULL;
    HR_TRY(hr_options_read(doc, val, &hr_rest_resource_table, o, err));
    if (yyjson_is_null(o->hints[columns]))
        d->default_columns = NULL;
    return HR_OK;
}

static hr_status name_it(hr_rest_draft *d, hr_error *err)
{
    hr_rest_resource *r = d->resource;

    HR_TRY(text(d, d->options.name, "name", &r->name, err));
    if (!r->name || !r->name[0])
        return fail_at(d, r->val, err, "a resource needs a name");
    for (size_t i = 0; i < d->plan->n; i++) {
        if (&d->plan->resources[i] != r && strcmp(d->plan->resources[i].name, r->name) == 0)
            return hr_doc_fail(d->plan->doc, d->options.name, err, HR_E_CONFIG,
                               "there are two resources named %s", r->name);
    }
    r->path = r->name;
    return text(d, d->options.endpoint.path, "path", &r->path, err);
}

static hr_status select_rows(hr_rest_draft *d, hr_error *err)
{
    hr_rest_resource *r = d->resource;
    yyjson_val *v = d->options.endpoint.data_selector;
    hr_error why = {0};

    HR_TRY(text(d, v, "data_selector", &r->selector_text, err));
    if (r->selector_text &&
        hr_jsonpath_compile(&r->selector, hr_str_from(r->selector_text), &why) != HR_OK)
        return hr_doc_fail(d->plan->doc, v, err, why.status, "%s", why.msg);
    return HR_OK;
}

static hr_status take_body(hr_rest_draft *d, hr_error *err)
{
    hr_rest_resource *r = d->resource;
    const hr_rest_endpoint *e = &d->options.endpoint;
    yyjson_val *json = e->json && !yyjson_is_null(e->json) ? e->json : NULL;
    const bool cleared = e->json && !json;

    r->has_json = json || (d->default_json && !cleared);
    if (json && !yyjson_is_obj(json))
        r->json_value = json;
    else if (r->has_json)
        HR_TRY(hr_rest_merge(d->plan, &r->json, d->default_json, json, err));
    r->data = e->data && !yyjson_is_null(e->data) ? e->data : NULL;
    if (r->has_json && r->data)
        return fail_at(d, r->data, err, "an endpoint has json or data, not both");
    if (r->data && !yyjson_is_str(r->data) && !yyjson_is_obj(r->data))
        return fail_at(d, r->data, err, "data takes a text, or an object that is sent as a form");
    return HR_OK;
}

static hr_status take_auth(hr_rest_draft *d, hr_error *err)
{
    yyjson_val *auth = d->options.endpoint.auth;

    if (yyjson_is_null(auth)) /* none, where NULL means the client's */
        d->resource->auth = "";
    else if (auth)
        return value_json(d->plan, auth, &d->resource->auth, err);
    return HR_OK;
}

static hr_status take_limit(hr_rest_draft *d, hr_error *err)
{
    yyjson_val *v = d->options.limit ? d->options.limit : d->source->limit;
    hr_rest_limit *limit = &d->resource->limit;
    yyjson_val *key = NULL;
    yyjson_val *member = NULL;
    size_t i = 0;
    size_t n = 0;

    *limit = (hr_rest_limit){-1, -1};
    if (!v || yyjson_is_null(v))
        return HR_OK;
    if (yyjson_is_int(v) && yyjson_get_sint(v) >= 0) {
        limit->pages = yyjson_get_sint(v);
        return HR_OK;
    }
    if (!yyjson_is_obj(v))
        return fail_at(d, v, err, "limit takes a number of pages, or {pages: ..., rows: ...}");
    yyjson_obj_foreach(v, i, n, key, member)
    {
        const bool rows = yyjson_equals_str(key, "rows");

        if ((!rows && !yyjson_equals_str(key, "pages")) || !yyjson_is_int(member) ||
            yyjson_get_sint(member) < 0)
            return fail_at(d, key, err, "limit has whole numbers of pages and rows");
        *(rows ? &limit->rows : &limit->pages) = yyjson_get_sint(member);
    }
    return HR_OK;
}

static hr_status check_actions(hr_rest_draft *d, hr_error *err)
{
    hr_rest_resource *r = d->resource;

    r->actions = d->options.endpoint.response_actions.items;
    r->n_actions = d->options.endpoint.response_actions.n;
    for (size_t i = 0; i < r->n_actions; i++) {
        if (!r->actions[i].status && !r->actions[i].content)
            return fail_at(d, r->actions[i].at, err,
                           "a response action needs a status_code or a content to apply to");
    }
    return HR_OK;
}

static hr_status plan_steps(hr_rest_draft *d, hr_error *err)
{
    yyjson_val *v = d->options.processing_steps;
    hr_rest_steps *steps = NULL;

    if (!v || !yyjson_arr_size(v))
        return HR_OK;
    const hr_status st = hr_rest_steps_new(&steps, d->plan->doc, v, err);
    hr_rest_steps_free(steps); /* only checked here: the run makes its own of the text */
    return st == HR_OK ? value_json(d->plan, v, &d->resource->steps, err) : st;
}

static hr_status draft_resource(hr_rest_draft *d, yyjson_val *val, hr_error *err)
{
    hr_rest_resource *r = d->resource;
    const hr_rest_endpoint *e = &d->options.endpoint;

    r->plan = d->plan;
    r->val = val;
    HR_TRY(read_resource(d, val, err));
    HR_TRY(name_it(d, err));
    r->post = e->method == 1;
    r->idempotent = e->idempotent;
    r->wanted = d->options.selected;
    r->concurrent = d->options.parallelized;
    HR_TRY(select_rows(d, err));
    HR_TRY(take_body(d, err));
    HR_TRY(take_auth(d, err));
    HR_TRY(take_limit(d, err));
    HR_TRY(check_actions(d, err));
    HR_TRY(plan_steps(d, err));
    HR_TRY(hr_rest_merge(d->plan, &r->params, d->default_params, e->params, err));
    HR_TRY(hr_rest_merge(d->plan, &r->headers, NULL, e->headers, err));
    HR_TRY(hr_rest_plan_hints(d, err));
    HR_TRY(hr_rest_plan_refs(d, err));
    return hr_rest_plan_paging(d, err);
}

/* ---- resources and their parents ---- */

static hr_rest_resource *find(hr_rest_plan *p, hr_str name)
{
    for (size_t i = 0; i < p->n; i++) {
        if (hr_str_eq(hr_str_from(p->resources[i].name), name))
            return &p->resources[i];
    }
    return NULL;
}

/* ", did you mean x?", or nothing. */
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

static hr_status unknown_resource(hr_rest_plan *p, const yyjson_val *val, hr_str name,
                                  hr_error *err)
{
    const char *text = hr_rest_copy(p, name);
    const char *meant = text ? suggestion(p, text) : NULL;

    return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "there is no resource " HR_STR_FMT "%s%s%s",
                       HR_STR_ARG(name), meant ? "; did you mean " : "", meant ? meant : "",
                       meant ? "?" : "");
}

static hr_status find_parent(hr_rest_plan *p, hr_rest_resource *r, hr_error *err)
{
    for (size_t i = 0; i < r->n_refs; i++) {
        hr_rest_ref *ref = &r->refs[i];
        hr_rest_resource *parent = ref->of_parent ? find(p, ref->parent) : NULL;

        if (!ref->of_parent)
            continue;
        if (!parent)
            return unknown_resource(p, ref->val, ref->parent, err);
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

/* Parents before children, else in the order of the document. Pointers to parents are mended. */
static hr_status sort(hr_rest_plan *p, hr_error *err)
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
        hr_rest_resource *r = name.p ? find(p, name) : NULL;

        if (!name.p)
            return hr_doc_fail(p->doc, v, err, HR_E_CONFIG, "select takes names of resources");
        if (!r)
            return unknown_resource(p, v, name, err);
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
        st = draft_resource(&d, v, err);
        lists[i] = d.options.include_from_parent;
    }
    for (i = 0; i < p->n && st == HR_OK; i++)
        st = find_parent(p, &p->resources[i], err);
    for (i = 0; i < p->n && st == HR_OK; i++)
        st = find_cycle(p, &p->resources[i], err);
    for (i = 0; i < p->n && st == HR_OK; i++)
        st = include(p, &p->resources[i], lists[i], err);
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
    HR_TRY(sort(p, err));
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
        hr_rest_resource *r = find(p, hr_str_from(names->items[i]));

        if (!r)
            return hr_fail(err, HR_E_CONFIG, "%s has no resource %s to select", p->doc->name,
                           names->items[i]);
        r->wanted = true;
    }
    drop_unwanted(p);
    return HR_OK;
}
