#include "base/mem.h"
#include "config/hints.h"
#include "headrace/headrace.h"
#include "source/rest_api/plan_int.h"
#include "json/json.h"

/* Keys of an incremental block that are about requests; the others are the hint. */
static bool is_ours(const char *key)
{
    for (const hr_option *o = hr_rest_incremental_table.rows; o->name; o++) {
        if (strcmp(o->name, key) == 0)
            return strcmp(key, "cursor_path") != 0 && strcmp(key, "initial_value") != 0;
    }
    return strcmp(key, "type") == 0;
}

static bool add_incremental(yyjson_mut_doc *doc, yyjson_mut_val *hints, yyjson_val *block)
{
    yyjson_mut_val *hint = yyjson_mut_obj_add_obj(doc, hints, "incremental");
    yyjson_val *key = NULL;
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;
    bool ok = hint != NULL;

    yyjson_obj_foreach(block, i, n, key, v)
    {
        if (!is_ours(yyjson_get_str(key)))
            ok = ok && yyjson_mut_obj_add(hint, yyjson_val_mut_copy(doc, key),
                                          yyjson_val_mut_copy(doc, v));
    }
    return ok;
}

/* Columns of the defaults, with the properties that the resource gives over them. */
static yyjson_mut_val *merged_columns(yyjson_mut_doc *doc, yyjson_val *first, yyjson_val *second)
{
    yyjson_mut_val *out = yyjson_val_mut_copy(doc, first);
    yyjson_val *key = NULL;
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;

    yyjson_obj_foreach(second, i, n, key, v)
    {
        yyjson_mut_val *there = yyjson_mut_obj_get(out, yyjson_get_str(key));
        yyjson_val *name = NULL;
        yyjson_val *property = NULL;
        size_t j = 0;
        size_t m = 0;

        if (!yyjson_mut_is_obj(there) || !yyjson_is_obj(v)) {
            (void)yyjson_mut_obj_put(out, yyjson_val_mut_copy(doc, key),
                                     yyjson_val_mut_copy(doc, v));
            continue;
        }
        yyjson_obj_foreach(v, j, m, name, property)
        {
            (void)yyjson_mut_obj_put(there, yyjson_val_mut_copy(doc, name),
                                     yyjson_val_mut_copy(doc, property));
        }
    }
    return out;
}

static yyjson_mut_val *hint_value(const hr_rest_draft *d, yyjson_mut_doc *doc, size_t i)
{
    yyjson_val *v = d->options.hints[i];
    const char *name = hr_rest_hint_names[i];

    if (strcmp(name, "columns") == 0 && yyjson_is_obj(d->default_columns) &&
        (!v || yyjson_is_obj(v)))
        return merged_columns(doc, d->default_columns, v);
    if (!v && strcmp(name, "max_table_nesting") == 0)
        v = d->source->max_table_nesting;
    if (!v && strcmp(name, "schema_contract") == 0)
        v = d->source->schema_contract;
    return v && !yyjson_is_null(v) ? yyjson_val_mut_copy(doc, v) : NULL;
}

static bool build(const hr_rest_draft *d, yyjson_mut_doc *doc, yyjson_mut_val *hints,
                  yyjson_val *incremental)
{
    bool ok = hints != NULL;

    for (size_t i = 0; hr_rest_hint_names[i] && ok; i++) {
        yyjson_mut_val *v = hint_value(d, doc, i);

        if (v)
            ok = yyjson_mut_obj_add(hints, yyjson_mut_str(doc, hr_rest_hint_names[i]), v);
    }
    if (incremental)
        ok = ok && add_incremental(doc, hints, incremental);
    return ok;
}

/* dlt's older form: a parameter of the query that is the cursor. */
static hr_status take_incremental_param(hr_rest_draft *d, yyjson_val **block, hr_error *err)
{
    hr_rest_pairs *params = &d->resource->params;

    for (size_t i = params->n; i-- > 0;) {
        yyjson_val *v = params->items[i].value;

        if (!yyjson_equals_str(yyjson_obj_get(v, "type"), "incremental"))
            continue;
        if (*block)
            return hr_doc_fail(d->plan->doc, v, err, HR_E_CONFIG,
                               "an endpoint has one cursor: here is a second one");
        if (yyjson_obj_get(v, "end_value") || yyjson_obj_get(v, "end_param"))
            return hr_doc_fail(d->plan->doc, v, err, HR_E_CONFIG,
                               "a parameter of type incremental has no end; use an incremental "
                               "block in the endpoint, with start_param and end_param");
        *block = v;
        d->resource->start_param = hr_rest_copy(d->plan, params->items[i].name);
        if (!d->resource->start_param)
            return hr_nomem(err);
        hr_rest_pairs_remove(params, i);
    }
    return HR_OK;
}

static hr_status read_incremental(hr_rest_draft *d, yyjson_val *block, hr_error *err)
{
    hr_rest_incremental o = {0};
    hr_rest_resource *r = d->resource;

    if (!block)
        return HR_OK;
    HR_TRY(hr_options_read(d->plan->doc, block, &hr_rest_incremental_table, &o, err));
    r->incremental = true;
    r->start_param = r->start_param ? r->start_param : o.start_param;
    r->end_param = o.end_param;
    r->convert = o.convert ? o.convert : o.transform;
    return HR_OK;
}

hr_status hr_rest_plan_hints(hr_rest_draft *d, hr_error *err)
{
    yyjson_val *block = d->options.endpoint.incremental;
    hr_hints parsed = {0};
    hr_error why = {0};

    HR_TRY(take_incremental_param(d, &block, err));
    d->options.endpoint.incremental = block;
    HR_TRY(read_incremental(d, block, err));
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *hints = yyjson_mut_obj(doc);
    hr_status st = build(d, doc, hints, block)
                       ? hr_rest_json(d->plan, hints, &d->resource->hints, err)
                       : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    if (st == HR_OK && hr_hints_parse(&parsed, d->resource->hints, &why) != HR_OK)
        st = hr_doc_fail(d->plan->doc, d->resource->val, err, why.status, "%s", why.msg);
    hr_hints_release(&parsed);
    return st;
}
