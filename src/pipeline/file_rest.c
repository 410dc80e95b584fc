/* What a pipeline file's REST API will do, as far as it is known before the first request. */
#include "pipeline/file_source.h"
#include "source/rest_api/options.h"
#include "json/json.h"

static hr_status add_rest(hr_pipeline *p, hr_doc *doc, yyjson_val *section, const hr_texts *select,
                          hr_error *err)
{
    return hr_pipeline_add_rest_doc(p, doc, section, select, err);
}

const hr_file_source hr_file_sources[] = {
    {"rest_api", &hr_rest_table, add_rest, hr_file_plan_rest},
    {"files", &hr_files_table, hr_file_add_files, hr_file_plan_files},
    {0},
};

static const char found_out[] = "found out from the first answer";

static bool put(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *key, const char *text)
{
    return yyjson_mut_obj_add_strcpy(doc, o, key, text);
}

static bool plan_client(const hr_rest_plan *plan, yyjson_mut_doc *doc, yyjson_mut_val *into)
{
    yyjson_doc *own = hr_json_read(hr_str_from(plan->client), 0, NULL);
    yyjson_val *client = yyjson_doc_get_root(own);
    yyjson_val *auth = yyjson_obj_get(client, "auth");
    yyjson_val *type = yyjson_is_obj(auth) ? yyjson_obj_get(auth, "type") : auth;
    const char *url = yyjson_get_str(yyjson_obj_get(client, "base_url"));
    yyjson_mut_val *o = yyjson_mut_obj_add_obj(doc, into, "client");
    const char *kind = yyjson_get_str(type);

    const bool ok = own && o && (!url || put(doc, o, "base_url", url)) &&
                    put(doc, o, "auth",
                        kind                  ? kind
                        : yyjson_is_obj(auth) ? "bearer"
                                              : "none");
    yyjson_doc_free(own);
    return ok;
}

static bool plan_resource(const hr_rest_resource *r, yyjson_mut_doc *doc, yyjson_mut_val *list)
{
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);

    return o && put(doc, o, "name", r->name) && put(doc, o, "method", r->post ? "POST" : "GET") &&
           put(doc, o, "path", r->path ? r->path : "") &&
           put(doc, o, "paginator",
               r->paging.kind != HR_PAGING_AUTO ? hr_paging_name(r->paging.kind) : found_out) &&
           put(doc, o, "data_selector", r->selector_text ? r->selector_text : found_out) &&
           (!r->parent || put(doc, o, "for each row of", r->parent->name)) &&
           (r->wanted || put(doc, o, "loaded", "no, read for others"));
}

bool hr_file_plan_rest(const hr_pipeline *p, yyjson_mut_doc *doc, yyjson_mut_val *into)
{
    const hr_rest_plan *plan = hr_rest_source_plan(p->rest);
    yyjson_mut_val *list = NULL;
    bool ok = plan_client(plan, doc, into);

    list = ok ? yyjson_mut_obj_add_arr(doc, into, "requests") : NULL;
    ok = list;
    for (size_t i = 0; ok && i < plan->n; i++)
        if (plan->resources[i].wanted || plan->resources[i].n_children)
            ok = plan_resource(&plan->resources[i], doc, list);
    return ok;
}
