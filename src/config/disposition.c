#include "config/disposition.h"

#include <string.h>

#include "base/suggest.h"
#include "config/strategies.h"
#include "headrace/headrace.h"
#include "value/iso_time.h"

typedef enum kind { WORD, NAME, TWO_NAMES, INSTANT, FLAG } kind;

static const char *const takes[] = {"a text", "the name of a column", "a list of two names",
                                    "a date or time in ISO 8601, or seconds since 1970",
                                    "true or false"};

static const struct {
    const char *name;
    kind kind;
} members[] = {
    {"disposition", WORD},
    {"strategy", WORD},
    {"source_filter", WORD},
    {"destination_scope", WORD},
    {"deduplicated", FLAG},
    {"skip_unchanged_rows", FLAG},
    {"row_version_column_name", NAME},
    {"validity_column_names", TWO_NAMES},
    {"active_record_timestamp", INSTANT},
    {"boundary_timestamp", INSTANT},
};
enum { N_MEMBERS = sizeof(members) / sizeof(members[0]) };

static bool is_name(yyjson_val *v)
{
    return yyjson_is_str(v) && yyjson_get_len(v);
}

static bool is_instant(yyjson_val *v)
{
    const double seconds = yyjson_get_num(v);

    if (yyjson_is_num(v)) /* from 1973, for 20240101 would be meant as a date, to 9999 */
        return seconds >= 1e8 && seconds < 253402300800.0;
    const hr_str text = {yyjson_get_str(v), yyjson_get_len(v)};
    hr_iso iso;
    const hr_iso_kind found = text.p ? hr_iso_parse(text, &iso) : HR_ISO_NONE;

    return found == HR_ISO_DATE || found == HR_ISO_DATETIME;
}

static bool fits(kind k, yyjson_val *v)
{
    switch (k) {
    case NAME:
        return is_name(v);
    case TWO_NAMES:
        return yyjson_arr_size(v) == 2 && is_name(yyjson_arr_get(v, 0)) &&
               is_name(yyjson_arr_get(v, 1));
    case INSTANT:
        return is_instant(v);
    case FLAG:
        return yyjson_is_bool(v);
    default:
        return yyjson_is_str(v);
    }
}

static hr_status check_member(const char *name, yyjson_val *v, hr_error *err)
{
    const char *names[N_MEMBERS + 1] = {0};

    for (size_t i = 0; i < N_MEMBERS; i++) {
        names[i] = members[i].name;
        if (strcmp(name, members[i].name) == 0)
            return yyjson_is_null(v) || fits(members[i].kind, v)
                       ? HR_OK
                       : hr_fail(err, HR_E_CONFIG, "write_disposition: %s takes %s", name,
                                 takes[members[i].kind]);
    }
    const char *meant = hr_suggest(name, names);
    return hr_fail(err, HR_E_CONFIG, "write_disposition: there is no option \"%s\"" HR_MEANT_FMT,
                   name, HR_MEANT_ARG(meant));
}

static hr_status check_strategy(const char *disposition, const char *strategy, hr_error *err)
{
    hr_merge merge;
    hr_replace_way way;
    hr_status st = HR_OK;

    if (*strategy && strcmp(disposition, "merge") == 0)
        st = hr_merge_by_name(strategy, &merge, err);
    else if (*strategy && strcmp(disposition, "replace") == 0)
        st = hr_replace_by_name(strategy, &way, err);
    return st == HR_OK ? st : hr_fail_in(err, st, "write_disposition");
}

hr_status hr_disposition_check(yyjson_val *object, hr_error *err)
{
    const char *disposition = yyjson_get_str(yyjson_obj_get(object, "disposition"));
    const char *strategy = yyjson_get_str(yyjson_obj_get(object, "strategy"));
    yyjson_val *key, *v;
    size_t i, n;

    yyjson_obj_foreach(object, i, n, key, v)
    {
        HR_TRY(check_member(yyjson_get_str(key), v, err));
    }
    return disposition && strategy ? check_strategy(disposition, strategy, err) : HR_OK;
}
