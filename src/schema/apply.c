#include "schema/apply.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/apply_int.h"

bool hr_hints_shape_tables(const hr_hints *h)
{
    return h->disposition_options || h->primary_key || h->merge_key || h->columns ||
           h->references || h->nested_hints || h->incremental || h->schema_contract ||
           h->additional || h->file_format || h->table_format || h->include || h->exclude;
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
                hr_apply_take_prop(from, compound[k]);
                break;
            }
        }
    }
}

static bool merge_props(hr_apply *a, yyjson_mut_val *into, yyjson_mut_val *more)
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

static bool merge_column(hr_apply *a, yyjson_mut_val *columns, yyjson_mut_val *key,
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

static bool merge_references(hr_apply *a, yyjson_mut_val *table, yyjson_mut_val *more)
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

static bool merge_table(hr_apply *a, yyjson_mut_val *table, yyjson_mut_val *hinted)
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

static hr_status add_table(hr_apply *a, const char *name, yyjson_mut_val **out, hr_error *err)
{
    *out = yyjson_mut_obj(a->doc);
    return hr_json_put(a->doc, *out, "name", yyjson_mut_strcpy(a->doc, name)) &&
                   hr_json_put(a->doc, *out, "columns", yyjson_mut_obj(a->doc)) &&
                   yyjson_mut_obj_add(a->s->tables_doc, yyjson_mut_strcpy(a->doc, name), *out)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status apply_root(hr_apply *a, const hr_hints *h, const char *resource, const char *root,
                            hr_str cursor, hr_error *err)
{
    yyjson_mut_val *table = table_in(a->s, root);
    yyjson_mut_val *hinted = NULL;

    HR_TRY(hr_apply_hinted(a, h, cursor, &hinted, err));
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
static hr_status nested_names(hr_apply *a, const char *root, hr_str path, hr_buf *parent,
                              hr_buf *name, hr_error *err)
{
    const hr_str separator = hr_naming_separator(a->naming);
    const char *cut = NULL;

    HR_TRY(hr_apply_name(a, path, err));
    for (const char *p = a->name.data; (p = strstr(p, separator.p)) != NULL; p += separator.n)
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

static bool have_key(yyjson_mut_val *columns)
{
    yyjson_mut_val *key, *col;
    size_t i, n;

    yyjson_mut_obj_foreach(columns, i, n, key, col)
    {
        if (yyjson_mut_is_true(hr_json_get(col, "primary_key")) ||
            yyjson_mut_is_true(hr_json_get(col, "merge_key")))
            return true;
    }
    return false;
}

/* Keys make a root of a nested table: its rows are written for themselves, as its own disposition
 * says, and nothing leads back to the rows that they came with. */
static bool cut_off(hr_apply *a, const char *resource, yyjson_mut_val *table)
{
    return hr_json_put(a->doc, table, "resource", yyjson_mut_strcpy(a->doc, resource)) &&
           (hr_json_get(table, "write_disposition") ||
            hr_json_put(a->doc, table, "write_disposition", yyjson_mut_str(a->doc, "append")));
}

static hr_status check_nested(const hr_apply *a, const char *parent, const char *name, bool cut,
                              hr_error *err)
{
    const yyjson_mut_val *table = table_in(a->s, name);
    const bool has_parent = hr_json_str(hr_json_get(table, "parent")).n > 0;

    if (table && has_parent == cut)
        return hr_fail(err, HR_E_CONFIG,
                       "nested_hints: table %s is there %s keys; keys cut it from %s, so drop it "
                       "first, or leave them as they were",
                       name, cut ? "without" : "with", parent);
    if (!cut && !table_in(a->s, parent))
        return hr_fail(err, HR_E_CONFIG,
                       "nested_hints: table %s has no parent %s; hint the tables in between, too",
                       name, parent);
    return HR_OK;
}

static hr_status apply_nested(hr_apply *a, const hr_hints *h, const char *resource,
                              const char *parent, const char *name, hr_error *err)
{
    yyjson_mut_val *hinted = NULL;
    yyjson_mut_val *table = table_in(a->s, name);

    HR_TRY(hr_apply_hinted(a, h, (hr_str){0}, &hinted, err));
    const bool cut = have_key(a->columns);
    HR_TRY(check_nested(a, parent, name, cut, err));
    if (!table)
        HR_TRY(add_table(a, name, &table, err));
    const bool ok = merge_table(a, table, hinted) &&
                    (cut ? cut_off(a, resource, table)
                         : hr_json_put(a->doc, table, "parent", yyjson_mut_strcpy(a->doc, parent)));
    return ok ? HR_OK : hr_nomem(err);
}

static hr_status nested_hint(hr_apply *a, const char *resource, const char *root, hr_str path,
                             yyjson_val *given, hr_error *err)
{
    hr_hints h;
    hr_buf parent = {0};
    hr_buf name = {0};
    hr_status st = hr_hints_read(&h, given, err);

    if (st == HR_OK)
        st = nested_names(a, root, path, &parent, &name, err);
    if (st == HR_OK)
        st = apply_nested(a, &h, resource, parent.data, name.data, err);
    hr_buf_release(&parent);
    hr_buf_release(&name);
    return st;
}

static size_t levels(hr_str path, hr_str separator)
{
    size_t n = 1;

    for (size_t i = 0; i + separator.n <= path.n; i++)
        n += memcmp(path.p + i, separator.p, separator.n) == 0;
    return n;
}

/* Parents before their children, whatever the order they are written in. */
static hr_status nested_hints(hr_apply *a, const char *resource, const char *root,
                              yyjson_val *nested, hr_error *err)
{
    yyjson_val *key, *val;
    size_t i, n;
    const hr_str separator = hr_naming_separator(a->naming);
    size_t deepest = 1;

    if (!nested) /* yyjson's loop would count from NULL */
        return HR_OK;
    yyjson_obj_foreach(nested, i, n, key, val)
    {
        const size_t level = levels(hr_apply_text_in(key), separator);

        deepest = level > deepest ? level : deepest;
    }
    for (size_t level = 1; level <= deepest; level++) {
        yyjson_obj_foreach(nested, i, n, key, val)
        {
            if (levels(hr_apply_text_in(key), separator) == level)
                HR_TRY(nested_hint(a, resource, root, hr_apply_text_in(key), val, err));
        }
    }
    return HR_OK;
}

hr_status hr_schema_apply_hints(hr_schema *s, const hr_hints *h, const char *resource,
                                const char *root, hr_str cursor, const hr_naming *naming,
                                hr_error *err)
{
    hr_apply a = {.s = s, .doc = s->doc, .naming = naming};

    hr_status st = apply_root(&a, h, resource, root, cursor, err);
    if (st == HR_OK)
        st = nested_hints(&a, resource, root, h->nested_hints, err);
    hr_buf_release(&a.name);
    return st == HR_OK || st == HR_E_NOMEM ? st : hr_fail_in(err, st, "resource %s", resource);
}
