/* What hints say of a table. */
#include "schema/apply_int.h"

#include "base/mem.h"
#include "headrace/headrace.h"

static hr_status normal_list(hr_apply *a, yyjson_val *names, yyjson_mut_val *out, hr_error *err)
{
    yyjson_val *name;
    size_t i, n;

    yyjson_arr_foreach(names, i, n, name)
    {
        HR_TRY(hr_apply_name(a, hr_apply_text_in(name), err));
        if (!yyjson_mut_arr_append(out, hr_apply_text(a, hr_buf_str(&a->name))))
            return hr_nomem(err);
    }
    return HR_OK;
}

static bool are_names(yyjson_val *list)
{
    yyjson_val *name;
    size_t i, n;

    yyjson_arr_foreach(list, i, n, name)
    {
        if (!yyjson_is_str(name) || !yyjson_get_len(name))
            return false;
    }
    return yyjson_is_arr(list) && yyjson_arr_size(list);
}

static hr_status reference(hr_apply *a, yyjson_val *given, yyjson_mut_val *out, hr_error *err)
{
    yyjson_val *table = yyjson_obj_get(given, "referenced_table");
    yyjson_val *columns = yyjson_obj_get(given, "columns");
    yyjson_val *referenced = yyjson_obj_get(given, "referenced_columns");
    yyjson_mut_val *here = yyjson_mut_arr(a->doc);
    yyjson_mut_val *there = yyjson_mut_arr(a->doc);

    if (!yyjson_is_str(table) || !are_names(columns) || !are_names(referenced) ||
        yyjson_arr_size(columns) != yyjson_arr_size(referenced))
        return hr_fail(err, HR_E_CONFIG,
                       "references: each has referenced_table, and as many columns as "
                       "referenced_columns");
    HR_TRY(normal_list(a, columns, here, err));
    HR_TRY(normal_list(a, referenced, there, err));
    HR_TRY(hr_apply_name(a, hr_apply_text_in(table), err));
    yyjson_mut_val *copy = yyjson_val_mut_copy(a->doc, given);
    return hr_json_put(a->doc, copy, "referenced_table", hr_apply_text(a, hr_buf_str(&a->name))) &&
                   hr_json_put(a->doc, copy, "columns", here) &&
                   hr_json_put(a->doc, copy, "referenced_columns", there) &&
                   yyjson_mut_arr_append(out, copy)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status references(hr_apply *a, yyjson_val *given, yyjson_mut_val *table, hr_error *err)
{
    yyjson_mut_val *list = yyjson_mut_arr(a->doc);
    yyjson_val *one;
    size_t i, n;

    if (!given)
        return HR_OK;
    yyjson_arr_foreach(given, i, n, one)
    {
        HR_TRY(reference(a, one, list, err));
    }
    return hr_json_put(a->doc, table, "references", list) ? HR_OK : hr_nomem(err);
}

static bool put_text(hr_apply *a, yyjson_mut_val *table, const char *prop, const char *text)
{
    return !text || hr_json_put(a->doc, table, prop, yyjson_mut_strcpy(a->doc, text));
}

static bool put_val(hr_apply *a, yyjson_mut_val *table, const char *prop, yyjson_val *val)
{
    return !val || hr_json_put(a->doc, table, prop, yyjson_val_mut_copy(a->doc, val));
}

static yyjson_mut_val *as_list(hr_apply *a, yyjson_val *names)
{
    yyjson_mut_val *list = yyjson_mut_arr(a->doc);

    if (yyjson_is_arr(names))
        return yyjson_val_mut_copy(a->doc, names);
    return yyjson_mut_arr_append(list, yyjson_val_mut_copy(a->doc, names)) ? list : NULL;
}

static bool put_filters(hr_apply *a, const hr_hints *h, yyjson_mut_val *table)
{
    yyjson_mut_val *filters = yyjson_mut_obj(a->doc);

    if (!h->include && !h->exclude)
        return true;
    return (!h->exclude || hr_json_put(a->doc, filters, "excludes", as_list(a, h->exclude))) &&
           (!h->include || hr_json_put(a->doc, filters, "includes", as_list(a, h->include))) &&
           hr_json_put(a->doc, table, "filters", filters);
}

static hr_status table_props(hr_apply *a, const hr_hints *h, yyjson_mut_val *table, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;

    HR_TRY(hr_apply_disposition(a, h, table, err));
    HR_TRY(references(a, h->references, table, err));
    if (!put_text(a, table, "file_format", h->file_format) ||
        !put_text(a, table, "table_format", h->table_format) ||
        !put_val(a, table, "schema_contract", h->schema_contract) || !put_filters(a, h, table))
        return hr_nomem(err);
    if (!h->additional)
        return HR_OK;
    yyjson_obj_foreach(h->additional, i, n, key, val)
    {
        if (!hr_str_starts(hr_apply_text_in(key), HR_STR("x-")) &&
            !yyjson_equals_str(key, "description"))
            return hr_fail(err, HR_E_CONFIG,
                           "additional_table_hints: \"%s\" is neither a description nor begins "
                           "with x-",
                           yyjson_get_str(key));
        if (!hr_apply_copy(a, table, key, val))
            return hr_nomem(err);
    }
    return HR_OK;
}

/* What the hints alone say: a table with the columns they name. */
hr_status hr_apply_hinted(hr_apply *a, const hr_hints *h, hr_str cursor, yyjson_mut_val **out,
                          hr_error *err)
{
    yyjson_mut_val *col = NULL;
    bool made;

    *out = yyjson_mut_obj(a->doc);
    a->columns = yyjson_mut_obj(a->doc);
    if (!*out || !a->columns)
        return hr_nomem(err);
    HR_TRY(hr_apply_columns(a, h->columns, err));
    HR_TRY(hr_apply_key(a, "primary_key", h->primary_key, err));
    HR_TRY(hr_apply_key(a, "merge_key", h->merge_key, err));
    HR_TRY(table_props(a, h, *out, err));
    if (cursor.n) {
        HR_TRY(hr_apply_column(a, cursor, &col, &made, err));
        if (!hr_apply_true(a, col, "incremental"))
            return hr_nomem(err);
    }
    return HR_OK;
}
