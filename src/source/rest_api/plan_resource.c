/* One resource of a plan, from its options and the defaults. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/plan_int.h"
#include "source/rest_api/steps.h"
#include "json/json.h"

static hr_status value_json(hr_rest_plan *p, yyjson_val *v, const char **out, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *copy = doc ? yyjson_val_mut_copy(doc, v) : NULL;
    const hr_status st = copy ? hr_rest_json(p, copy, out, err) : hr_nomem(err);

    yyjson_mut_doc_free(doc);
    return st;
}

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

    d->resource->no_auth = yyjson_is_null(auth);
    return auth && !yyjson_is_null(auth) ? value_json(d->plan, auth, &d->resource->auth, err)
                                         : HR_OK;
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

hr_status hr_rest_draft_resource(hr_rest_draft *d, yyjson_val *val, hr_error *err)
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
