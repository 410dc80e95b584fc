/* What hints say of columns. */
#include "schema/apply_int.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/column_props.h"

hr_status hr_apply_name(hr_apply *a, hr_str raw, hr_error *err)
{
    hr_buf_reset(&a->name);
    return hr_naming_path(a->naming, raw, &a->name, err);
}

yyjson_mut_val *hr_apply_text(hr_apply *a, hr_str text)
{
    return yyjson_mut_strncpy(a->doc, text.p, text.n);
}

/* The column of that name in the hints so far, made if it is not there. */
hr_status hr_apply_column(hr_apply *a, hr_str raw, yyjson_mut_val **out, bool *made, hr_error *err)
{
    HR_TRY(hr_apply_name(a, raw, err));
    *out = hr_json_get(a->columns, a->name.data);
    *made = !*out;
    if (*out)
        return HR_OK;
    yyjson_mut_val *key = hr_apply_text(a, hr_buf_str(&a->name));
    *out = yyjson_mut_obj(a->doc);
    return key && hr_json_put(a->doc, *out, "name", hr_apply_text(a, hr_buf_str(&a->name))) &&
                   yyjson_mut_obj_add(a->columns, key, *out)
               ? HR_OK
               : hr_nomem(err);
}

bool hr_apply_copy(hr_apply *a, yyjson_mut_val *obj, yyjson_val *key, yyjson_val *val)
{
    yyjson_mut_val *copy = yyjson_val_mut_copy(a->doc, val);

    (void)yyjson_mut_obj_remove_str(obj, yyjson_get_str(key));
    return copy && yyjson_mut_obj_add(obj, yyjson_val_mut_copy(a->doc, key), copy);
}

static hr_status column_hint(hr_apply *a, hr_str raw, yyjson_val *props, hr_error *err)
{
    yyjson_mut_val *col = NULL;
    yyjson_val *key, *val;
    size_t i, n;
    bool made;

    if (!yyjson_is_obj(props))
        return hr_fail(err, HR_E_CONFIG, "columns: " HR_STR_FMT " takes an object of properties",
                       HR_STR_ARG(raw));
    HR_TRY(hr_apply_column(a, raw, &col, &made, err));
    yyjson_obj_foreach(props, i, n, key, val)
    {
        if (yyjson_equals_str(key, "name"))
            continue;
        const hr_status st = hr_column_prop_check(key, val, err);
        if (st != HR_OK)
            return hr_fail_in(err, st, "columns: " HR_STR_FMT, HR_STR_ARG(raw));
        if (!yyjson_is_null(val) && !hr_apply_copy(a, col, key, val))
            return hr_nomem(err);
    }
    return HR_OK;
}

/* An object by names, or a list of objects with "name". */
hr_status hr_apply_columns(hr_apply *a, yyjson_val *columns, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;

    if (yyjson_is_obj(columns)) {
        yyjson_obj_foreach(columns, i, n, key, val)
        {
            HR_TRY(column_hint(a, hr_apply_text_in(key), val, err));
        }
    }
    yyjson_arr_foreach(columns, i, n, val)
    {
        yyjson_val *name = yyjson_obj_get(val, "name");

        if (!yyjson_is_str(name))
            return hr_fail(err, HR_E_CONFIG, "columns: each of a list has a \"name\"");
        HR_TRY(column_hint(a, hr_apply_text_in(name), val, err));
    }
    return HR_OK;
}

bool hr_apply_true(hr_apply *a, yyjson_mut_val *col, const char *prop)
{
    return hr_json_put(a->doc, col, prop, yyjson_mut_true(a->doc));
}

/* As dlt: a column of a key is not nullable unless its hint says so. */
static hr_status key_column(hr_apply *a, const char *prop, hr_str raw, hr_error *err)
{
    yyjson_mut_val *col = NULL;
    bool made;

    HR_TRY(hr_apply_column(a, raw, &col, &made, err));
    if (!hr_json_get(col, "nullable") &&
        !hr_json_put(a->doc, col, "nullable", yyjson_mut_false(a->doc)))
        return hr_nomem(err);
    return hr_apply_true(a, col, prop) ? HR_OK : hr_nomem(err);
}

void hr_apply_take_prop(yyjson_mut_val *columns, const char *prop)
{
    yyjson_mut_val *key, *col;
    size_t i, n;

    yyjson_mut_obj_foreach(columns, i, n, key, col)
    {
        (void)yyjson_mut_obj_remove_key(col, prop);
    }
}

hr_status hr_apply_key(hr_apply *a, const char *prop, yyjson_val *names, hr_error *err)
{
    yyjson_val *name;
    size_t i, n;

    if (!names)
        return HR_OK;
    hr_apply_take_prop(a->columns, prop);
    if (yyjson_is_str(names))
        return key_column(a, prop, hr_apply_text_in(names), err);
    yyjson_arr_foreach(names, i, n, name)
    {
        HR_TRY(key_column(a, prop, hr_apply_text_in(name), err));
    }
    return HR_OK;
}
