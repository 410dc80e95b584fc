#include "base/mem.h"
#include "config/doc.h"
#include "headrace/headrace.h"
#include "json/json.h"

typedef struct expansion {
    const hr_doc *doc;
    yyjson_mut_doc *copy;
    bool *expanded;
    hr_doc_expand_fn expand;
    void *ctx;
} expansion;

static hr_status expand_text(expansion *e, const yyjson_val *val, yyjson_mut_val *copy,
                             hr_error *err)
{
    hr_buf text = {.limit = HR_DOC_BYTES};
    bool changed = false;
    hr_status st = e->expand(e->ctx, e->doc, val, &text, &changed, err);

    if (st == HR_OK && changed)
        st = hr_buf_status(&text, err);
    if (st == HR_OK && changed) {
        yyjson_mut_val *made = yyjson_mut_strncpy(e->copy, text.data ? text.data : "", text.len);

        if (!made || !yyjson_mut_set_strn(copy, yyjson_mut_get_str(made), text.len))
            st = hr_nomem(err);
        e->expanded[val - hr_doc_root(e->doc)] = true;
    }
    hr_buf_release(&text);
    return st;
}

/* The copy has the shape of what it was made from; documents are not deep. */
static hr_status expand_value(expansion *e, yyjson_val *val, yyjson_mut_val *copy, hr_error *err)
{
    yyjson_obj_iter members;
    yyjson_mut_obj_iter copied_members;
    yyjson_arr_iter items;
    yyjson_mut_arr_iter copied_items;
    yyjson_val *child;

    if (yyjson_is_str(val))
        return expand_text(e, val, copy, err);
    if (yyjson_obj_iter_init(val, &members) && yyjson_mut_obj_iter_init(copy, &copied_members))
        while ((child = yyjson_obj_iter_next(&members)))
            HR_TRY(expand_value(
                e, yyjson_obj_iter_get_val(child),
                yyjson_mut_obj_iter_get_val(yyjson_mut_obj_iter_next(&copied_members)), err));
    if (yyjson_arr_iter_init(val, &items) && yyjson_mut_arr_iter_init(copy, &copied_items))
        while ((child = yyjson_arr_iter_next(&items)))
            HR_TRY(expand_value(e, child, yyjson_mut_arr_iter_next(&copied_items), err));
    return HR_OK;
}

hr_status hr_doc_expand(hr_doc *doc, hr_doc_expand_fn expand, void *ctx, hr_error *err)
{
    expansion e = {.doc = doc, .expand = expand, .ctx = ctx};

    e.copy = yyjson_doc_mut_copy(doc->json, &hr_json_alc);
    e.expanded = hr_arena_zalloc(&doc->arena, yyjson_doc_get_val_count(doc->json));
    hr_status st = e.copy && e.expanded
                       ? expand_value(&e, hr_doc_root(doc), yyjson_mut_doc_get_root(e.copy), err)
                       : hr_nomem(err);
    yyjson_doc *made = st == HR_OK ? yyjson_mut_doc_imut_copy(e.copy, &hr_json_alc) : NULL;
    yyjson_mut_doc_free(e.copy);
    if (st == HR_OK && !made)
        return hr_nomem(err);
    if (st != HR_OK)
        return st;
    for (size_t i = 0; doc->expanded && i < yyjson_doc_get_val_count(doc->json); i++)
        e.expanded[i] |= doc->expanded[i];
    yyjson_doc_free(doc->json);
    doc->json = made;
    doc->expanded = e.expanded;
    return HR_OK;
}
