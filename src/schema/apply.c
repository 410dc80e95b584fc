#include "schema/apply.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/column_props.h"
#include "schema/schema_int.h"

typedef struct apply {
    hr_schema *s;
    yyjson_mut_doc *doc;
    const hr_naming *naming;
    yyjson_mut_val *columns; /* of the table at hand: name -> properties */
    hr_buf name;
} apply;

bool hr_hints_shape_tables(const hr_hints *h)
{
    return h->disposition_options || h->primary_key || h->merge_key || h->columns ||
           h->references || h->nested_hints || h->incremental || h->schema_contract ||
           h->additional || h->file_format || h->table_format || h->include || h->exclude;
}

/* ---- columns ---- */

static hr_status normal_name(apply *a, hr_str raw, hr_error *err)
{
    hr_buf_reset(&a->name);
    return hr_naming_path(a->naming, raw, &a->name, err);
}

static yyjson_mut_val *text_of(apply *a, hr_str text)
{
    return yyjson_mut_strncpy(a->doc, text.p, text.n);
}

/* The column of that name in the hints so far, made if it is not there. */
static hr_status column(apply *a, hr_str raw, yyjson_mut_val **out, bool *made, hr_error *err)
{
    HR_TRY(normal_name(a, raw, err));
    *out = hr_json_get(a->columns, a->name.data);
    *made = !*out;
    if (*out)
        return HR_OK;
    yyjson_mut_val *key = text_of(a, hr_buf_str(&a->name));
    *out = yyjson_mut_obj(a->doc);
    return key && hr_json_put(a->doc, *out, "name", text_of(a, hr_buf_str(&a->name))) &&
                   yyjson_mut_obj_add(a->columns, key, *out)
               ? HR_OK
               : hr_nomem(err);
}

static bool put_copy(apply *a, yyjson_mut_val *obj, yyjson_val *key, yyjson_val *val)
{
    yyjson_mut_val *copy = yyjson_val_mut_copy(a->doc, val);

    (void)yyjson_mut_obj_remove_str(obj, yyjson_get_str(key));
    return copy && yyjson_mut_obj_add(obj, yyjson_val_mut_copy(a->doc, key), copy);
}

static hr_status column_hint(apply *a, hr_str raw, yyjson_val *props, hr_error *err)
{
    yyjson_mut_val *col = NULL;
    yyjson_val *key, *val;
    size_t i, n;
    bool made;

    if (!yyjson_is_obj(props))
        return hr_fail(err, HR_E_CONFIG, "columns: " HR_STR_FMT " takes an object of properties",
                       HR_STR_ARG(raw));
    HR_TRY(column(a, raw, &col, &made, err));
    yyjson_obj_foreach(props, i, n, key, val)
    {
        if (yyjson_equals_str(key, "name"))
            continue;
        const hr_status st = hr_column_prop_check(key, val, err);
        if (st != HR_OK)
            return hr_fail_in(err, st, "columns: " HR_STR_FMT, HR_STR_ARG(raw));
        if (!yyjson_is_null(val) && !put_copy(a, col, key, val))
            return hr_nomem(err);
    }
    return HR_OK;
}

static hr_str text_in(yyjson_val *v)
{
    return (hr_str){yyjson_get_str(v), yyjson_get_len(v)};
}

/* An object by names, or a list of objects with "name". */
static hr_status column_hints(apply *a, yyjson_val *columns, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;

    yyjson_obj_foreach(columns, i, n, key, val)
    {
        HR_TRY(column_hint(a, text_in(key), val, err));
    }
    yyjson_arr_foreach(columns, i, n, val)
    {
        yyjson_val *name = yyjson_obj_get(val, "name");

        if (!yyjson_is_str(name))
            return hr_fail(err, HR_E_CONFIG, "columns: each of a list has a \"name\"");
        HR_TRY(column_hint(a, text_in(name), val, err));
    }
    return HR_OK;
}

static bool put_true(apply *a, yyjson_mut_val *col, const char *prop)
{
    return hr_json_put(a->doc, col, prop, yyjson_mut_true(a->doc));
}

/* As dlt: a column of a key is not nullable unless its hint says so. */
static hr_status key_column(apply *a, const char *prop, hr_str raw, hr_error *err)
{
    yyjson_mut_val *col = NULL;
    bool made;

    HR_TRY(column(a, raw, &col, &made, err));
    if (!hr_json_get(col, "nullable") &&
        !hr_json_put(a->doc, col, "nullable", yyjson_mut_false(a->doc)))
        return hr_nomem(err);
    return put_true(a, col, prop) ? HR_OK : hr_nomem(err);
}

static void take_prop(yyjson_mut_val *columns, const char *prop)
{
    yyjson_mut_val *key, *col;
    size_t i, n;

    yyjson_mut_obj_foreach(columns, i, n, key, col)
    {
        (void)yyjson_mut_obj_remove_key(col, prop);
    }
}

static hr_status key_hint(apply *a, const char *prop, yyjson_val *names, hr_error *err)
{
    yyjson_val *name;
    size_t i, n;

    if (!names)
        return HR_OK;
    take_prop(a->columns, prop);
    if (yyjson_is_str(names))
        return key_column(a, prop, text_in(names), err);
    yyjson_arr_foreach(names, i, n, name)
    {
        HR_TRY(key_column(a, prop, text_in(name), err));
    }
    return HR_OK;
}

/* ---- what the disposition adds ---- */

typedef struct validity {
    const char *name;
    const char *by_default;
    const char *flag;
} validity;

static hr_status validity_column(apply *a, const validity *v, hr_str given, yyjson_mut_val **out,
                                 hr_error *err)
{
    bool made;

    HR_TRY(column(a, given.p ? given : hr_str_from(v->by_default), out, &made, err));
    return hr_json_put(a->doc, *out, "data_type", yyjson_mut_str(a->doc, "timestamp")) &&
                   hr_json_put(a->doc, *out, "nullable", yyjson_mut_true(a->doc)) &&
                   put_true(a, *out, v->flag)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status scd2_columns(apply *a, yyjson_val *options, hr_error *err)
{
    static const validity from = {"from", "_dlt_valid_from", "x-valid-from"};
    static const validity to = {"to", "_dlt_valid_to", "x-valid-to"};
    yyjson_val *names = yyjson_obj_get(options, "validity_column_names");
    yyjson_val *active = yyjson_obj_get(options, "active_record_timestamp");
    yyjson_val *version = yyjson_obj_get(options, "row_version_column_name");
    yyjson_mut_val *col = NULL;
    bool made;

    HR_TRY(validity_column(a, &from, text_in(yyjson_arr_get(names, 0)), &col, err));
    HR_TRY(validity_column(a, &to, text_in(yyjson_arr_get(names, 1)), &col, err));
    if (!hr_json_put(a->doc, col, "x-active-record-timestamp",
                     active ? yyjson_val_mut_copy(a->doc, active) : yyjson_mut_null(a->doc)))
        return hr_nomem(err);
    HR_TRY(
        column(a, yyjson_is_str(version) ? text_in(version) : HR_STR("_dlt_id"), &col, &made, err));
    return hr_json_put(a->doc, col, "nullable", yyjson_mut_false(a->doc)) &&
                   put_true(a, col, "x-row-version") &&
                   hr_json_put(a->doc, col, "unique", yyjson_mut_false(a->doc)) &&
                   hr_json_put(a->doc, col, "row_key", yyjson_mut_false(a->doc))
               ? HR_OK
               : hr_nomem(err);
}

/* upsert compares versions only when it skips rows that are unchanged. */
static hr_status version_column(apply *a, yyjson_val *options, hr_error *err)
{
    yyjson_val *version = yyjson_obj_get(options, "row_version_column_name");
    yyjson_mut_val *col = NULL;
    bool made;

    if (!yyjson_is_str(version) || !yyjson_get_bool(yyjson_obj_get(options, "skip_unchanged_rows")))
        return HR_OK;
    HR_TRY(column(a, text_in(version), &col, &made, err));
    return hr_json_put(a->doc, col, "nullable", yyjson_mut_false(a->doc)) &&
                   put_true(a, col, "x-row-version")
               ? HR_OK
               : hr_nomem(err);
}

static bool counts(yyjson_val *v)
{
    return v && !yyjson_is_null(v) && !yyjson_is_false(v) &&
           !(yyjson_is_str(v) && yyjson_get_len(v) == 0);
}

static hr_status merge_options(apply *a, yyjson_mut_val *table, yyjson_val *options, hr_error *err)
{
    static const char *const hints[][2] = {
        {"strategy", "x-merge-strategy"},
        {"deduplicated", "x-stage-data-deduplicated"},
        {"source_filter", "x-merge-source-filter"},
        {"destination_scope", "x-merge-destination-scope"},
        {"skip_unchanged_rows", "x-merge-skip-unchanged-rows"},
    };

    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        yyjson_val *v = yyjson_obj_get(options, hints[i][0]);

        if (counts(v) && !hr_json_put(a->doc, table, hints[i][1], yyjson_val_mut_copy(a->doc, v)))
            return hr_nomem(err);
    }
    if (!yyjson_equals_str(yyjson_obj_get(options, "strategy"), "scd2"))
        return version_column(a, options, err);
    yyjson_val *boundary = yyjson_obj_get(options, "boundary_timestamp");
    if (boundary &&
        !hr_json_put(a->doc, table, "x-boundary-timestamp", yyjson_val_mut_copy(a->doc, boundary)))
        return hr_nomem(err);
    return scd2_columns(a, options, err);
}

static hr_status disposition(apply *a, const hr_hints *h, yyjson_mut_val *table, hr_error *err)
{
    yyjson_val *options = h->disposition_options;

    if (h->has_disposition &&
        !hr_json_put(a->doc, table, "write_disposition",
                     yyjson_mut_str(a->doc, hr_disposition_name(h->write_disposition))))
        return hr_nomem(err);
    if (h->write_disposition == HR_MERGE && options)
        return merge_options(a, table, options, err);
    yyjson_val *strategy = yyjson_obj_get(options, "strategy");
    if (h->write_disposition == HR_REPLACE && strategy &&
        !hr_json_put(a->doc, table, "x-replace-strategy", yyjson_val_mut_copy(a->doc, strategy)))
        return hr_nomem(err);
    return HR_OK;
}

/* ---- the table ---- */

static hr_status normal_list(apply *a, yyjson_val *names, yyjson_mut_val *out, hr_error *err)
{
    yyjson_val *name;
    size_t i, n;

    yyjson_arr_foreach(names, i, n, name)
    {
        HR_TRY(normal_name(a, text_in(name), err));
        if (!yyjson_mut_arr_append(out, text_of(a, hr_buf_str(&a->name))))
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

static hr_status reference(apply *a, yyjson_val *given, yyjson_mut_val *out, hr_error *err)
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
    HR_TRY(normal_name(a, text_in(table), err));
    yyjson_mut_val *copy = yyjson_val_mut_copy(a->doc, given);
    return hr_json_put(a->doc, copy, "referenced_table", text_of(a, hr_buf_str(&a->name))) &&
                   hr_json_put(a->doc, copy, "columns", here) &&
                   hr_json_put(a->doc, copy, "referenced_columns", there) &&
                   yyjson_mut_arr_append(out, copy)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status references(apply *a, yyjson_val *given, yyjson_mut_val *table, hr_error *err)
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

static bool put_text(apply *a, yyjson_mut_val *table, const char *prop, const char *text)
{
    return !text || hr_json_put(a->doc, table, prop, yyjson_mut_strcpy(a->doc, text));
}

static bool put_val(apply *a, yyjson_mut_val *table, const char *prop, yyjson_val *val)
{
    return !val || hr_json_put(a->doc, table, prop, yyjson_val_mut_copy(a->doc, val));
}

static yyjson_mut_val *as_list(apply *a, yyjson_val *names)
{
    yyjson_mut_val *list = yyjson_mut_arr(a->doc);

    if (yyjson_is_arr(names))
        return yyjson_val_mut_copy(a->doc, names);
    return yyjson_mut_arr_append(list, yyjson_val_mut_copy(a->doc, names)) ? list : NULL;
}

static bool put_filters(apply *a, const hr_hints *h, yyjson_mut_val *table)
{
    yyjson_mut_val *filters = yyjson_mut_obj(a->doc);

    if (!h->include && !h->exclude)
        return true;
    return (!h->exclude || hr_json_put(a->doc, filters, "excludes", as_list(a, h->exclude))) &&
           (!h->include || hr_json_put(a->doc, filters, "includes", as_list(a, h->include))) &&
           hr_json_put(a->doc, table, "filters", filters);
}

static hr_status table_props(apply *a, const hr_hints *h, yyjson_mut_val *table, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;

    HR_TRY(disposition(a, h, table, err));
    HR_TRY(references(a, h->references, table, err));
    if (!put_text(a, table, "file_format", h->file_format) ||
        !put_text(a, table, "table_format", h->table_format) ||
        !put_val(a, table, "schema_contract", h->schema_contract) || !put_filters(a, h, table))
        return hr_nomem(err);
    yyjson_obj_foreach(h->additional, i, n, key, val)
    {
        if (!hr_str_starts(text_in(key), HR_STR("x-")) && !yyjson_equals_str(key, "description"))
            return hr_fail(err, HR_E_CONFIG,
                           "additional_table_hints: \"%s\" is neither a description nor begins "
                           "with x-",
                           yyjson_get_str(key));
        if (!put_copy(a, table, key, val))
            return hr_nomem(err);
    }
    return HR_OK;
}

/* What the hints alone say: a table with the columns they name. */
static hr_status hinted_table(apply *a, const hr_hints *h, hr_str cursor, yyjson_mut_val **out,
                              hr_error *err)
{
    yyjson_mut_val *col = NULL;
    bool made;

    *out = yyjson_mut_obj(a->doc);
    a->columns = yyjson_mut_obj(a->doc);
    if (!*out || !a->columns)
        return hr_nomem(err);
    HR_TRY(column_hints(a, h->columns, err));
    HR_TRY(key_hint(a, "primary_key", h->primary_key, err));
    HR_TRY(key_hint(a, "merge_key", h->merge_key, err));
    HR_TRY(table_props(a, h, *out, err));
    if (cursor.n) {
        HR_TRY(column(a, cursor, &col, &made, err));
        if (!put_true(a, col, "incremental"))
            return hr_nomem(err);
    }
    return HR_OK;
}

/* ---- into the schema ---- */

static bool is_default(yyjson_mut_val *v)
{
    return yyjson_mut_is_null(v) || yyjson_mut_is_false(v);
}

/* Properties that mean several columns together belong to those of the newest hints alone. */
static void take_compound(yyjson_mut_val *columns, yyjson_mut_val *from)
{
    static const char *const compound[] = {"partition", "cluster", "primary_key", "merge_key",
                                           "incremental"};
    yyjson_mut_val *key, *col;
    size_t i, n;

    for (size_t k = 0; k < sizeof(compound) / sizeof(compound[0]); k++) {
        yyjson_mut_obj_foreach(columns, i, n, key, col)
        {
            yyjson_mut_val *v = hr_json_get(col, compound[k]);

            if (v && !is_default(v)) {
                take_prop(from, compound[k]);
                break;
            }
        }
    }
}

static bool merge_props(apply *a, yyjson_mut_val *into, yyjson_mut_val *more)
{
    yyjson_mut_val *key, *val;
    size_t i, n;

    yyjson_mut_obj_foreach(more, i, n, key, val)
    {
        yyjson_mut_val *copy = yyjson_mut_val_mut_copy(a->doc, val);

        if (!hr_json_put(a->doc, into, yyjson_mut_get_str(key), copy))
            return false;
    }
    return true;
}

static bool merge_column(apply *a, yyjson_mut_val *columns, yyjson_mut_val *key,
                         yyjson_mut_val *col)
{
    const char *name = yyjson_mut_get_str(key);
    yyjson_mut_val *there = hr_json_get(columns, name);

    if (there && hr_json_get(col, "data_type") && !hr_json_get(there, "data_type")) {
        (void)yyjson_mut_obj_remove_key(columns, name); /* complete now: it comes last */
        return merge_props(a, there, col) &&
               yyjson_mut_obj_add(columns, yyjson_mut_strcpy(a->doc, name), there);
    }
    if (there)
        return merge_props(a, there, col);
    return yyjson_mut_obj_add(columns, yyjson_mut_strcpy(a->doc, name),
                              yyjson_mut_val_mut_copy(a->doc, col));
}

static bool merge_references(apply *a, yyjson_mut_val *table, yyjson_mut_val *more)
{
    yyjson_mut_val *list = hr_json_get(table, "references");
    yyjson_mut_val *ref;
    size_t i, n;

    if (!list)
        return hr_json_put(a->doc, table, "references", yyjson_mut_val_mut_copy(a->doc, more));
    yyjson_mut_arr_foreach(more, i, n, ref)
    {
        yyjson_mut_val *kept = yyjson_mut_arr(a->doc);
        yyjson_mut_val *old;
        size_t k, n_old;
        bool put = false;

        yyjson_mut_arr_foreach(list, k, n_old, old)
        {
            const bool same = yyjson_mut_equals(hr_json_get(old, "referenced_table"),
                                                hr_json_get(ref, "referenced_table"));

            put = put || same;
            if (!yyjson_mut_arr_append(kept, yyjson_mut_val_mut_copy(a->doc, same ? ref : old)))
                return false;
        }
        if (!put && !yyjson_mut_arr_append(kept, yyjson_mut_val_mut_copy(a->doc, ref)))
            return false;
        list = kept;
    }
    return hr_json_put(a->doc, table, "references", list);
}

static bool merge_table(apply *a, yyjson_mut_val *table, yyjson_mut_val *hinted)
{
    yyjson_mut_val *columns = hr_json_get(table, "columns");
    yyjson_mut_val *key, *val;
    size_t i, n;

    take_compound(a->columns, columns);
    yyjson_mut_obj_foreach(a->columns, i, n, key, val)
    {
        if (!merge_column(a, columns, key, val))
            return false;
    }
    yyjson_mut_obj_foreach(hinted, i, n, key, val)
    {
        const char *prop = yyjson_mut_get_str(key);
        const bool ok =
            strcmp(prop, "references") == 0
                ? merge_references(a, table, val)
                : hr_json_put(a->doc, table, prop, yyjson_mut_val_mut_copy(a->doc, val));

        if (!ok)
            return false;
    }
    return true;
}

static yyjson_mut_val *table_in(const hr_schema *s, const char *name)
{
    return hr_json_get(s->tables_doc, name);
}

static hr_status add_table(apply *a, const char *name, yyjson_mut_val **out, hr_error *err)
{
    *out = yyjson_mut_obj(a->doc);
    return hr_json_put(a->doc, *out, "name", yyjson_mut_strcpy(a->doc, name)) &&
                   hr_json_put(a->doc, *out, "columns", yyjson_mut_obj(a->doc)) &&
                   yyjson_mut_obj_add(a->s->tables_doc, yyjson_mut_strcpy(a->doc, name), *out)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status apply_root(apply *a, const hr_hints *h, const char *resource, const char *root,
                            hr_str cursor, hr_error *err)
{
    yyjson_mut_val *table = table_in(a->s, root);
    yyjson_mut_val *hinted = NULL;

    HR_TRY(hinted_table(a, h, cursor, &hinted, err));
    if (table && hr_json_str(hr_json_get(table, "parent")).n)
        return hr_fail(err, HR_E_CONFIG, "table %s is a child table of %s: choose another name",
                       root, hr_json_str(hr_json_get(table, "parent")).p);
    if (!table)
        HR_TRY(add_table(a, root, &table, err));
    if (!merge_table(a, table, hinted) ||
        !hr_json_put(a->doc, table, "write_disposition",
                     yyjson_mut_str(a->doc, hr_disposition_name(h->write_disposition))) ||
        !hr_json_put(a->doc, table, "resource", yyjson_mut_strcpy(a->doc, resource)))
        return hr_nomem(err);
    return HR_OK;
}

/* "purchases__coupons" below root: the names of the table and of its parent. */
static hr_status nested_names(apply *a, const char *root, hr_str path, hr_buf *parent, hr_buf *name,
                              hr_error *err)
{
    const char *cut = NULL;

    HR_TRY(normal_name(a, path, err));
    for (const char *p = a->name.data; (p = strstr(p, "__")) != NULL; p += 2)
        cut = p;
    const hr_str above = {a->name.data, cut ? (size_t)(cut - a->name.data) : 0};
    if (above.n)
        HR_TRY(hr_naming_join(a->naming, hr_str_from(root), above, parent, err));
    else
        hr_buf_addz(parent, root);
    HR_TRY(hr_naming_join(a->naming, hr_str_from(root), hr_buf_str(&a->name), name, err));
    HR_TRY(hr_buf_status(parent, err));
    return hr_buf_status(name, err);
}

static hr_status apply_nested(apply *a, const hr_hints *h, const char *parent, const char *name,
                              hr_error *err)
{
    yyjson_mut_val *hinted = NULL;
    yyjson_mut_val *table = table_in(a->s, name);

    if (h->primary_key || h->merge_key)
        return hr_fail(err, HR_E_UNSUPPORTED,
                       "nested_hints: keys of nested table %s would cut it from its parent, which "
                       "this build cannot do",
                       name);
    if (!table_in(a->s, parent))
        return hr_fail(err, HR_E_CONFIG,
                       "nested_hints: table %s has no parent %s; hint the tables in between, too",
                       name, parent);
    HR_TRY(hinted_table(a, h, (hr_str){0}, &hinted, err));
    if (!table)
        HR_TRY(add_table(a, name, &table, err));
    return merge_table(a, table, hinted) &&
                   hr_json_put(a->doc, table, "parent", yyjson_mut_strcpy(a->doc, parent))
               ? HR_OK
               : hr_nomem(err);
}

static hr_status nested_hint(apply *a, const char *root, hr_str path, yyjson_val *given,
                             hr_error *err)
{
    hr_hints h;
    hr_buf parent = {0};
    hr_buf name = {0};
    hr_status st = hr_hints_read(&h, given, err);

    if (st == HR_OK)
        st = nested_names(a, root, path, &parent, &name, err);
    if (st == HR_OK)
        st = apply_nested(a, &h, parent.data, name.data, err);
    hr_buf_release(&parent);
    hr_buf_release(&name);
    return st;
}

static size_t levels(hr_str path)
{
    size_t n = 1;

    for (size_t i = 0; i + 1 < path.n; i++)
        n += path.p[i] == '_' && path.p[i + 1] == '_';
    return n;
}

/* Parents before their children, whatever the order they are written in. */
static hr_status nested_hints(apply *a, const char *root, yyjson_val *nested, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;
    size_t deepest = 1;

    yyjson_obj_foreach(nested, i, n, key, val)
    {
        deepest = levels(text_in(key)) > deepest ? levels(text_in(key)) : deepest;
    }
    for (size_t level = 1; level <= deepest; level++) {
        yyjson_obj_foreach(nested, i, n, key, val)
        {
            if (levels(text_in(key)) == level)
                HR_TRY(nested_hint(a, root, text_in(key), val, err));
        }
    }
    return HR_OK;
}

hr_status hr_schema_apply_hints(hr_schema *s, const hr_hints *h, const char *resource,
                                const char *root, hr_str cursor, const hr_naming *naming,
                                hr_error *err)
{
    apply a = {.s = s, .doc = s->doc, .naming = naming};

    hr_status st = apply_root(&a, h, resource, root, cursor, err);
    if (st == HR_OK)
        st = nested_hints(&a, root, h->nested_hints, err);
    hr_buf_release(&a.name);
    return st == HR_OK || st == HR_E_NOMEM ? st : hr_fail_in(err, st, "resource %s", resource);
}
