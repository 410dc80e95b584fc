/* JSON bodies: the configuration's, with placeholders filled in and the paginator's part. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/fill.h"
#include "source/rest_api/template.h"

static hr_status fill_json(const hr_rest_filler *f, yyjson_mut_doc *doc, yyjson_val *v,
                           yyjson_mut_val **out, hr_error *err);

static hr_status fill_text(const hr_rest_filler *f, yyjson_mut_doc *doc, hr_str text,
                           yyjson_mut_val **out, hr_error *err)
{
    const hr_str only = hr_template_only(text);
    const char *filled = NULL;
    bool is_number = false;

    if (only.p) { /* keeps its type */
        const hr_rest_ref *ref = hr_rest_find_ref(f->resource, only);

        if (ref->of_parent) {
            *out = yyjson_val_mut_copy(doc, yyjson_arr_get(f->values->parent, ref->at));
            return *out ? HR_OK : hr_nomem(err);
        }
        HR_TRY(hr_rest_value_of(f, only, &filled, &is_number, err));
        *out = !filled     ? yyjson_mut_null(doc)
               : is_number ? yyjson_mut_raw(doc, filled)
                           : yyjson_mut_str(doc, filled);
        return *out ? HR_OK : hr_nomem(err);
    }
    HR_TRY(hr_rest_fill(f, text, false, &filled, err));
    *out = yyjson_mut_str(doc, filled);
    return *out ? HR_OK : hr_nomem(err);
}

static hr_status fill_member(const hr_rest_filler *f, yyjson_mut_doc *doc, yyjson_mut_val *obj,
                             hr_str name, yyjson_val *v, hr_error *err)
{
    const char *key = NULL;
    yyjson_mut_val *value = NULL;

    HR_TRY(hr_rest_fill(f, name, false, &key, err));
    HR_TRY(fill_json(f, doc, v, &value, err));
    return yyjson_mut_obj_put(obj, yyjson_mut_str(doc, key), value) ? HR_OK : hr_nomem(err);
}

static hr_status fill_json(const hr_rest_filler *f, yyjson_mut_doc *doc, yyjson_val *v,
                           yyjson_mut_val **out, hr_error *err)
{
    yyjson_val *key = NULL;
    yyjson_val *child = NULL;
    size_t i = 0;
    size_t n = 0;

    if (yyjson_is_str(v))
        return fill_text(f, doc, hr_rest_str(v), out, err);
    *out = yyjson_is_obj(v)   ? yyjson_mut_obj(doc)
           : yyjson_is_arr(v) ? yyjson_mut_arr(doc)
                              : yyjson_val_mut_copy(doc, v);
    if (!*out)
        return hr_nomem(err);
    yyjson_obj_foreach(v, i, n, key, child)
        HR_TRY(fill_member(f, doc, *out, hr_rest_str(key), child, err));
    yyjson_arr_foreach(v, i, n, child)
    {
        yyjson_mut_val *item = NULL;

        HR_TRY(fill_json(f, doc, child, &item, err));
        if (!yyjson_mut_arr_append(*out, item))
            return hr_nomem(err);
    }
    return HR_OK;
}

/* Sets a value at a place in the body, "a.b.c"; objects on the way are made. */
static hr_status set_at(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *path,
                        yyjson_mut_val *v, hr_error *err)
{
    for (;;) {
        const size_t n = strcspn(path, ".");
        yyjson_mut_val *key = yyjson_mut_strncpy(doc, path, n);
        yyjson_mut_val *next = yyjson_mut_obj_getn(obj, path, n);

        if (!key || !v)
            return hr_nomem(err);
        if (!path[n])
            return yyjson_mut_obj_put(obj, key, v) ? HR_OK : hr_nomem(err);
        if (!yyjson_mut_is_obj(next)) {
            next = yyjson_mut_obj(doc);
            if (!next || !yyjson_mut_obj_put(obj, key, next))
                return hr_nomem(err);
        }
        obj = next;
        path += n + 1;
    }
}

static hr_status add_page_to_body(yyjson_mut_doc *doc, yyjson_mut_val *body,
                                  const hr_page_request *page, hr_error *err)
{
    if (page->body_path && page->text)
        HR_TRY(set_at(doc, body, page->body_path,
                      page->is_number ? yyjson_mut_raw(doc, page->text)
                                      : yyjson_mut_str(doc, page->text),
                      err));
    if (page->limit_body_path)
        HR_TRY(set_at(doc, body, page->limit_body_path, yyjson_mut_sint(doc, page->limit), err));
    return HR_OK;
}

hr_status hr_rest_fill_body(const hr_rest_filler *f, const hr_page_request *page,
                            yyjson_mut_doc *doc, yyjson_mut_val **body, hr_error *err)
{
    const hr_rest_resource *r = f->resource;

    if (r->json_value)
        return fill_json(f, doc, r->json_value, body, err);
    *body = yyjson_mut_obj(doc);
    if (!*body)
        return hr_nomem(err);
    for (size_t i = 0; i < r->json.n; i++)
        HR_TRY(fill_member(f, doc, *body, r->json.items[i].name, r->json.items[i].value, err));
    return add_page_to_body(doc, *body, page, err);
}
