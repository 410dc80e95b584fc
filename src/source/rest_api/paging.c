#include "headrace/headrace.h"
#include "source/rest_api/detect.h"
#include "source/rest_api/plan_int.h"

typedef hr_rest_paginator_options options;

static hr_status compile(hr_rest_draft *d, const char *text, yyjson_val *val, hr_jsonpath **out,
                         hr_error *err)
{
    hr_error why;

    if (!text || hr_jsonpath_compile(out, hr_str_from(text), &why) == HR_OK)
        return HR_OK;
    return hr_doc_fail(d->plan->doc, val, err, why.status, "%s", why.msg);
}

static hr_status refuse(hr_rest_draft *d, const hr_variant *v, hr_error *err, const char *what)
{
    return hr_doc_fail(d->plan->doc, v->at, err, HR_E_CONFIG, "paginator %s: %s", v->which->name,
                       what);
}

/* A parameter, or else a place in the body; the parameter has a usual name. */
static hr_status choose_place(hr_rest_draft *d, const hr_variant *v, const char *usual,
                              const char **param, const char **body, hr_error *err)
{
    if (*param && *body)
        return refuse(d, v, err, "give a parameter or a place in the body, not both");
    if ((*param && !**param) || (*body && !**body))
        return refuse(d, v, err, "the name of a parameter or of a place in the body is empty");
    if (!*param && !*body)
        *param = usual;
    return HR_OK;
}

/* Unless told otherwise, a total is looked for where dlt looks. */
static void choose_total(const hr_variant *v, const char *given, hr_paging *g)
{
    yyjson_val *said = yyjson_obj_get(v->at, "total_path");

    g->total_required = given != NULL;
    g->total_path_text = given ? given : yyjson_is_null(said) ? NULL : "total";
}

static hr_status fill_range(hr_rest_draft *d, const hr_variant *v, const options *o, hr_paging *g,
                            hr_error *err)
{
    const bool offset = g->kind == HR_PAGING_OFFSET;

    g->base = offset ? 0 : o->base;
    g->first = offset || o->has_first ? o->first : o->base;
    g->has_maximum = o->has_maximum;
    g->maximum = o->maximum;
    g->limit = o->limit;
    g->stop_after_empty_page = o->stop_after_empty_page;
    choose_total(v, o->total_path, g);
    HR_TRY(choose_place(d, v, offset ? "offset" : "page", &g->param, &g->body_path, err));
    if (offset)
        HR_TRY(choose_place(d, v, "limit", &g->limit_param, &g->limit_body_path, err));
    return HR_OK;
}

/* JSON Schema and templates show defaults from the tables, so what depends on two keys is here. */
static hr_status fill(hr_rest_draft *d, const hr_variant *v, hr_paging *g, hr_error *err)
{
    const options *o = v->options;

    *g = (hr_paging){.kind = (hr_paging_kind)v->which->id,
                     .param = o->param,
                     .body_path = o->body_path,
                     .limit_param = o->limit_param,
                     .limit_body_path = o->limit_body_path,
                     .has_more_path_text = o->has_more_path};
    switch (g->kind) {
    case HR_PAGING_HEADER_LINK:
    case HR_PAGING_HEADER_CURSOR:
        g->key = o->next;
        return HR_OK;
    case HR_PAGING_JSON_LINK:
        g->next_path_text = o->next;
        return HR_OK;
    case HR_PAGING_CURSOR:
        g->next_path_text = o->next;
        g->stop_after_empty_page = o->stop_after_empty_page;
        return choose_place(d, v, "cursor", &g->param, &g->body_path, err);
    case HR_PAGING_PAGE_NUMBER:
    case HR_PAGING_OFFSET:
        return fill_range(d, v, o, g, err);
    default:
        return HR_OK;
    }
}

static hr_status use(hr_rest_draft *d, const hr_variant *v, hr_error *err)
{
    hr_rest_resource *r = d->resource;
    hr_paging *g = &r->paging;
    hr_error why = {0};

    HR_TRY(fill(d, v, g, err));
    HR_TRY(compile(d, g->next_path_text, v->at, &r->paging_paths[0], err));
    HR_TRY(compile(d, g->total_path_text, v->at, &r->paging_paths[1], err));
    HR_TRY(compile(d, g->has_more_path_text, v->at, &r->paging_paths[2], err));
    g->next_path = r->paging_paths[0];
    g->total_path = r->paging_paths[1];
    g->has_more_path = r->paging_paths[2];
    if (hr_paging_check(g, &why) != HR_OK)
        return hr_doc_fail(d->plan->doc, v->at, err, HR_E_CONFIG, "%s", why.msg);
    return HR_OK;
}

/* The endpoint's own (with the defaults), then what the path says, then the client's. */
hr_status hr_rest_plan_paging(hr_rest_draft *d, hr_error *err)
{
    hr_rest_resource *r = d->resource;
    const hr_variant *own = &d->options.endpoint.paginator;
    const bool single = hr_names_single_entity(hr_str_from(r->path));

    if (single && !r->selector) {
        r->selector_text = "$";
        HR_TRY(hr_jsonpath_compile(&r->selector, HR_STR("$"), err));
    }
    if (own->which)
        return use(d, own, err);
    if (single)
        r->paging = (hr_paging){.kind = HR_PAGING_SINGLE};
    else if (d->client->paginator.which)
        return use(d, &d->client->paginator, err);
    return HR_OK;
}
