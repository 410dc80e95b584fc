/* Properties of tables and columns: from the document to the fields that show them, and back. */
#include <limits.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/schema_int.h"

hr_status hr_schema_text_prop(const yyjson_mut_val *obj, const char *prop, hr_str *out,
                              hr_error *err)
{
    yyjson_mut_val *val = hr_json_get(obj, prop);

    *out = hr_json_str(val);
    if (val && !out->p && !yyjson_mut_is_null(val))
        return hr_fail(err, HR_E_PARSE, "%s is not a text", prop);
    return HR_OK;
}

static hr_status size_prop(const yyjson_mut_val *obj, const char *prop, int *out, hr_error *err)
{
    yyjson_mut_val *val = hr_json_get(obj, prop);
    int64_t n = -1;

    if (val && !yyjson_mut_is_null(val) && (!hr_json_int(val, &n) || n < 0 || n > INT_MAX))
        return hr_fail(err, HR_E_PARSE, "%s is not a number from 0 to %d", prop, INT_MAX);
    *out = (int)n;
    return HR_OK;
}

static hr_status bool_prop(const yyjson_mut_val *obj, const char *prop, bool missing, bool *out,
                           hr_error *err)
{
    yyjson_mut_val *val = hr_json_get(obj, prop);

    if (val && !yyjson_mut_is_null(val) && !yyjson_mut_is_bool(val))
        return hr_fail(err, HR_E_PARSE, "%s is neither true nor false", prop);
    *out = yyjson_mut_is_bool(val) ? yyjson_mut_get_bool(val) : missing;
    return HR_OK;
}

/* Texts are C strings in the fields; dlt stores none that is empty. */
static hr_status string_prop(const yyjson_mut_val *obj, const char *prop, const char **out,
                             hr_error *err)
{
    hr_str text;

    HR_TRY(hr_schema_text_prop(obj, prop, &text, err));
    if (text.n && memchr(text.p, 0, text.n))
        return hr_fail(err, HR_E_PARSE, "%s holds a NUL", prop);
    *out = text.n ? text.p : NULL;
    return HR_OK;
}

/* Text in ISO 8601, or a number of seconds since 1970 in digits. */
static hr_status instant_prop(const yyjson_mut_val *obj, const char *prop, const char **out,
                              hr_error *err)
{
    yyjson_mut_val *v = hr_json_get(obj, prop);

    if (!yyjson_mut_is_raw(v))
        return string_prop(obj, prop, out, err);
    *out = yyjson_mut_get_raw(v);
    return HR_OK;
}

/* ---- columns ---- */

static hr_status read_type(hr_column *c, hr_error *err)
{
    hr_str type;

    HR_TRY(hr_schema_text_prop(c->doc, "data_type", &type, err));
    c->type = type.n ? hr_type_from_name(type) : HR_TYPE_NONE;
    if (type.n && !c->type)
        return hr_fail(err, HR_E_PARSE, "there is no data type \"" HR_STR_FMT "\"",
                       HR_STR_ARG(type));
    HR_TRY(bool_prop(c->doc, "nullable", true, &c->nullable, err));
    HR_TRY(bool_prop(c->doc, "variant", false, &c->variant, err));
    HR_TRY(bool_prop(c->doc, "timezone", true, &c->timezone, err));
    HR_TRY(size_prop(c->doc, "precision", &c->precision, err));
    return size_prop(c->doc, "scale", &c->scale, err);
}

static hr_status read_dedup_sort(hr_column *c, hr_error *err)
{
    yyjson_mut_val *val = hr_json_get(c->doc, "dedup_sort");

    c->dedup_sort = HR_DEDUP_NONE;
    if (yyjson_mut_equals_str(val, "asc"))
        c->dedup_sort = HR_DEDUP_ASC;
    else if (yyjson_mut_equals_str(val, "desc"))
        c->dedup_sort = HR_DEDUP_DESC;
    else if (val && !yyjson_mut_is_null(val) && !yyjson_mut_is_false(val))
        return hr_fail(err, HR_E_PARSE, "dedup_sort is neither \"asc\" nor \"desc\"");
    return HR_OK;
}

hr_status hr_column_read(hr_column *c, hr_error *err)
{
    const struct {
        const char *prop;
        bool *field;
    } flags[] = {
        {"unique", &c->unique},           {"primary_key", &c->primary_key},
        {"merge_key", &c->merge_key},     {"row_key", &c->row_key},
        {"parent_key", &c->parent_key},   {"root_key", &c->root_key},
        {"hard_delete", &c->hard_delete}, {"x-valid-from", &c->valid_from},
        {"x-valid-to", &c->valid_to},     {"x-row-version", &c->row_version},
    };

    HR_TRY(read_type(c, err));
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        HR_TRY(bool_prop(c->doc, flags[i].prop, false, flags[i].field, err));
    HR_TRY(read_dedup_sort(c, err));
    return instant_prop(c->doc, "x-active-record-timestamp", &c->active_record_timestamp, err);
}

/* ---- tables ---- */

hr_status hr_table_read(hr_table *t, hr_error *err)
{
    const yyjson_mut_val *normalizer = hr_json_get(t->doc, "x-normalizer");
    const struct {
        const char *prop;
        const char **field;
    } texts[] = {
        {"x-merge-strategy", &t->merge_strategy},
        {"x-replace-strategy", &t->replace_strategy},
        {"x-merge-source-filter", &t->merge_source_filter},
        {"x-merge-destination-scope", &t->merge_destination_scope},
    };

    t->write_disposition = hr_json_str(hr_json_get(t->doc, "write_disposition")).p;
    t->resource = hr_json_str(hr_json_get(t->doc, "resource")).p;
    HR_TRY(bool_prop(normalizer, "seen-data", false, &t->seen_data, err));
    HR_TRY(size_prop(normalizer, "max_nesting", &t->max_nesting, err));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        HR_TRY(string_prop(t->doc, texts[i].prop, texts[i].field, err));
    HR_TRY(instant_prop(t->doc, "x-boundary-timestamp", &t->boundary_timestamp, err));
    HR_TRY(bool_prop(t->doc, "x-merge-skip-unchanged-rows", false, &t->merge_skip_unchanged_rows,
                     err));
    return bool_prop(t->doc, "x-stage-data-deduplicated", false, &t->stage_data_deduplicated, err);
}

/* ---- setting ---- */

static hr_status set(hr_schema *s, hr_json_mval *obj, const char *property, hr_json_mval *value,
                     hr_error *err)
{
    if (!value) {
        (void)yyjson_mut_obj_remove_key(obj, property);
        return HR_OK;
    }
    yyjson_mut_val *key = yyjson_mut_strcpy(s->doc, property);
    const bool ok = key && (hr_json_get(obj, property) ? yyjson_mut_obj_replace(obj, key, value)
                                                       : yyjson_mut_obj_add(obj, key, value));
    return ok ? HR_OK : hr_nomem(err);
}

hr_status hr_table_set(hr_schema *s, hr_table *t, const char *property, hr_json_mval *value,
                       hr_error *err)
{
    HR_TRY(set(s, t->doc, property, value, err));
    const hr_status st = hr_table_read(t, err);
    return st == HR_OK ? HR_OK : hr_fail_in(err, st, "table %s", t->name);
}

hr_status hr_column_set(hr_schema *s, hr_column *c, const char *property, hr_json_mval *value,
                        hr_error *err)
{
    HR_TRY(set(s, c->doc, property, value, err));
    const hr_status st = hr_column_read(c, err);
    return st == HR_OK ? HR_OK
                       : hr_fail_in(err, st, "table %s, column %s", c->table->name, c->name);
}
