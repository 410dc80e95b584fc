/* What a write disposition adds to a table and its columns. */
#include "schema/apply_int.h"

#include <stdlib.h>

#include "base/mem.h"
#include "config/strategies.h"
#include "headrace/headrace.h"

typedef struct validity {
    const char *name;
    const char *by_default;
    const char *flag;
} validity;

static hr_status validity_column(hr_apply *a, const validity *v, hr_str given, yyjson_mut_val **out,
                                 hr_error *err)
{
    bool made;

    HR_TRY(hr_apply_column(a, given.p ? given : hr_str_from(v->by_default), out, &made, err));
    return hr_json_put(a->doc, *out, "data_type", yyjson_mut_str(a->doc, "timestamp")) &&
                   hr_json_put(a->doc, *out, "nullable", yyjson_mut_true(a->doc)) &&
                   hr_apply_true(a, *out, v->flag)
               ? HR_OK
               : hr_nomem(err);
}

/* As in dlt, seconds stay a number in the schema. */
static yyjson_mut_val *instant(const hr_apply *a, yyjson_val *v)
{
    char *text = yyjson_is_num(v) ? yyjson_val_write(v, 0, NULL) : NULL;
    yyjson_mut_val *copy = text ? yyjson_mut_rawcpy(a->doc, text) : yyjson_val_mut_copy(a->doc, v);

    free(text);
    return copy;
}

static hr_status scd2_columns(hr_apply *a, yyjson_val *options, hr_error *err)
{
    static const validity from = {"from", "_dlt_valid_from", "x-valid-from"};
    static const validity to = {"to", "_dlt_valid_to", "x-valid-to"};
    yyjson_val *names = yyjson_obj_get(options, "validity_column_names");
    yyjson_val *active = yyjson_obj_get(options, "active_record_timestamp");
    yyjson_val *version = yyjson_obj_get(options, "row_version_column_name");
    yyjson_mut_val *col = NULL;
    bool made;

    HR_TRY(validity_column(a, &from, hr_apply_text_in(yyjson_arr_get(names, 0)), &col, err));
    HR_TRY(validity_column(a, &to, hr_apply_text_in(yyjson_arr_get(names, 1)), &col, err));
    if (!hr_json_put(a->doc, col, "x-active-record-timestamp",
                     active ? instant(a, active) : yyjson_mut_null(a->doc)))
        return hr_nomem(err);
    HR_TRY(hr_apply_column(a,
                           yyjson_is_str(version) ? hr_apply_text_in(version) : HR_STR("_dlt_id"),
                           &col, &made, err));
    return hr_json_put(a->doc, col, "nullable", yyjson_mut_false(a->doc)) &&
                   hr_apply_true(a, col, "x-row-version") &&
                   hr_json_put(a->doc, col, "unique", yyjson_mut_false(a->doc)) &&
                   hr_json_put(a->doc, col, "row_key", yyjson_mut_false(a->doc))
               ? HR_OK
               : hr_nomem(err);
}

/* upsert compares versions only when it skips rows that are unchanged. */
static hr_status version_column(hr_apply *a, yyjson_val *options, hr_error *err)
{
    yyjson_val *version = yyjson_obj_get(options, "row_version_column_name");
    yyjson_mut_val *col = NULL;
    bool made;

    if (!yyjson_is_str(version) || !yyjson_get_bool(yyjson_obj_get(options, "skip_unchanged_rows")))
        return HR_OK;
    HR_TRY(hr_apply_column(a, hr_apply_text_in(version), &col, &made, err));
    return hr_json_put(a->doc, col, "nullable", yyjson_mut_false(a->doc)) &&
                   hr_apply_true(a, col, "x-row-version")
               ? HR_OK
               : hr_nomem(err);
}

static bool counts(yyjson_val *v)
{
    return v && !yyjson_is_null(v) && !yyjson_is_false(v) &&
           !(yyjson_is_str(v) && yyjson_get_len(v) == 0);
}

static hr_status merge_options(hr_apply *a, yyjson_mut_val *table, yyjson_val *options,
                               hr_error *err)
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
    if (!yyjson_equals_str(yyjson_obj_get(options, "strategy"), hr_merge_name(HR_MERGE_SCD2)))
        return version_column(a, options, err);
    yyjson_val *boundary = yyjson_obj_get(options, "boundary_timestamp");
    if (boundary && !hr_json_put(a->doc, table, "x-boundary-timestamp", instant(a, boundary)))
        return hr_nomem(err);
    return scd2_columns(a, options, err);
}

hr_status hr_apply_disposition(hr_apply *a, const hr_hints *h, yyjson_mut_val *table, hr_error *err)
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
