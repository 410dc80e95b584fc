#include <string.h>

#include "extract/incremental_int.h"
#include "headrace/headrace.h"

static hr_status choose(yyjson_val *options, const char *name, const char *const *choices, int *out,
                        hr_error *err)
{
    yyjson_val *v = yyjson_obj_get(options, name);
    hr_buf list = {0};

    if (!v || yyjson_is_null(v))
        return HR_OK;
    for (int i = 0; choices[i]; i++) {
        if (yyjson_equals_str(v, choices[i])) {
            *out = i;
            return HR_OK;
        }
    }
    for (int i = 0; choices[i]; i++)
        hr_buf_addf(&list, "%s%s", i ? " or " : "", choices[i]);
    (void)hr_fail(err, HR_E_CONFIG, "%s takes %s", name, list.failed ? "" : list.data);
    hr_buf_release(&list);
    return HR_E_CONFIG;
}

static hr_status read_choices(hr_incremental *inc, yyjson_val *options, hr_error *err)
{
    static const char *const functions[] = {"max", "min", NULL};
    static const char *const missing[] = {"raise", "include", "exclude", NULL};
    static const char *const orders[] = {"", "asc", "desc", NULL};
    static const char *const starts[] = {"closed", "open", NULL};
    static const char *const ends[] = {"open", "closed", NULL};
    int function = 0, on_missing = 0, order = 0, start = 0, end = 0;

    HR_TRY(choose(options, "last_value_func", functions, &function, err));
    HR_TRY(choose(options, "on_cursor_value_missing", missing, &on_missing, err));
    HR_TRY(choose(options, "row_order", orders + 1, &order, err));
    HR_TRY(choose(options, "range_start", starts, &start, err));
    HR_TRY(choose(options, "range_end", ends, &end, err));
    yyjson_val *row_order = yyjson_obj_get(options, "row_order");
    inc->sign = function ? -1 : 1;
    inc->on_missing = (hr_on_missing)on_missing;
    inc->row_order = yyjson_is_str(row_order) ? (hr_row_order)(order + 1) : HR_ROWS_ANY;
    inc->start_open = start == 1;
    inc->end_closed = end == 1;
    return HR_OK;
}

static hr_status check_names(yyjson_val *options, hr_error *err)
{
    static const char *const names[] = {
        "cursor_path",
        "initial_value",
        "end_value",
        "last_value_func",
        "primary_key",
        "row_order",
        "lag",
        "on_cursor_value_missing",
        "range_start",
        "range_end",
        "allow_external_schedulers",
    };
    yyjson_val *key, *val;
    size_t i, n;

    yyjson_obj_foreach(options, i, n, key, val)
    {
        bool known = false;

        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
            known = known || yyjson_equals_str(key, names[k]);
        if (!known)
            return hr_fail(err, HR_E_CONFIG, "unknown option \"%s\"", yyjson_get_str(key));
    }
    return HR_OK;
}

static hr_status read_value(yyjson_val *options, const char *name, hr_cursor *out, hr_error *err)
{
    yyjson_val *v = yyjson_obj_get(options, name);

    if (!v || yyjson_is_null(v) || hr_cursor_of_json(v, out))
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG, "%s takes a number or a text", name);
}

static hr_status read_scheduler(hr_incremental *inc, yyjson_val *options, hr_error *err)
{
    yyjson_val *v = yyjson_obj_get(options, "allow_external_schedulers");

    inc->scheduler = v;
    if (!v || yyjson_is_bool(v) || yyjson_is_null(v))
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG, "allow_external_schedulers takes true or false");
}

static hr_status check_end(const hr_incremental *inc, hr_error *err)
{
    hr_buf initial = {0};
    hr_buf end = {0};
    int order = 0;

    if (inc->end.kind == HR_CURSOR_NONE)
        return HR_OK;
    if (inc->given_initial.kind == HR_CURSOR_NONE)
        return hr_fail(err, HR_E_CONFIG, "end_value needs an initial_value");
    hr_cursor_show(&inc->given_initial, &initial);
    hr_cursor_show(&inc->end, &end);
    hr_status st = hr_buf_status(&initial, err);
    if (st == HR_OK)
        st = hr_buf_status(&end, err);
    if (st == HR_OK && !hr_cursor_compare(&inc->end, &inc->given_initial, &order))
        st = hr_fail(err, HR_E_CONFIG, "initial_value %s and end_value %s do not compare",
                     initial.data, end.data);
    else if (st == HR_OK && order * inc->sign < 0)
        st = hr_fail(err, HR_E_CONFIG, "initial_value %s comes after end_value %s", initial.data,
                     end.data);
    hr_buf_release(&initial);
    hr_buf_release(&end);
    return st;
}

static bool is_name(yyjson_val *v)
{
    return yyjson_is_str(v) && yyjson_get_len(v);
}

static hr_status read_key(hr_incremental *inc, yyjson_val *options, yyjson_val *inherited,
                          hr_error *err)
{
    yyjson_val *own = yyjson_obj_get(options, "primary_key");
    yyjson_val *name;
    size_t i, n;

    inc->key = own && !yyjson_is_null(own) ? own : inherited;
    if (inc->key && !is_name(inc->key) && !yyjson_is_arr(inc->key))
        return hr_fail(err, HR_E_CONFIG, "primary_key takes a name or a list of names");
    yyjson_arr_foreach(inc->key, i, n, name)
    {
        if (!is_name(name))
            return hr_fail(err, HR_E_CONFIG, "primary_key takes a name or a list of names");
    }
    return HR_OK;
}

static hr_status read_lag(hr_incremental *inc, yyjson_val *options, hr_error *err)
{
    yyjson_val *v = yyjson_obj_get(options, "lag");

    if (!v || yyjson_is_null(v))
        return HR_OK;
    if (!yyjson_is_num(v) || yyjson_get_num(v) < 0)
        return hr_fail(err, HR_E_CONFIG, "lag takes a number from 0: seconds, or days of dates");
    inc->lag = yyjson_get_num(v);
    return HR_OK;
}

static hr_status read_path(hr_incremental *inc, yyjson_val *options, hr_error *err)
{
    yyjson_val *v = yyjson_obj_get(options, "cursor_path");

    if (!is_name(v))
        return hr_fail(err, HR_E_CONFIG, "cursor_path is missing, or not a text");
    inc->path_text = yyjson_get_str(v);
    const hr_status st = hr_jsonpath_compile(&inc->path, hr_str_from(inc->path_text), err);
    if (st != HR_OK)
        return hr_fail_in(err, st, "cursor_path");
    inc->column = hr_jsonpath_simple(inc->path);
    return HR_OK;
}

hr_status hr_incremental_read_options(hr_incremental *inc, yyjson_val *options,
                                      yyjson_val *primary_key, hr_error *err)
{
    HR_TRY(check_names(options, err));
    HR_TRY(read_path(inc, options, err));
    HR_TRY(read_choices(inc, options, err));
    HR_TRY(read_value(options, "initial_value", &inc->given_initial, err));
    HR_TRY(read_value(options, "end_value", &inc->end, err));
    HR_TRY(check_end(inc, err));
    HR_TRY(read_lag(inc, options, err));
    HR_TRY(read_key(inc, options, primary_key, err));
    HR_TRY(read_scheduler(inc, options, err));
    inc->dedup = !inc->start_open && inc->end.kind == HR_CURSOR_NONE && inc->lag == 0 &&
                 !(yyjson_is_arr(inc->key) && yyjson_arr_size(inc->key) == 0);
    return HR_OK;
}
