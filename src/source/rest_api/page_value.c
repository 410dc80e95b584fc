#include "source/rest_api/page_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "headrace/headrace.h"

char *hr_page_value_text(yyjson_val *v, bool *is_number)
{
    hr_buf out = {0};

    *is_number = !yyjson_is_str(v);
    if (yyjson_is_str(v))
        hr_buf_add(&out, (hr_str){yyjson_get_str(v), yyjson_get_len(v)});
    else if (yyjson_is_uint(v))
        hr_buf_addf(&out, "%" PRIu64, yyjson_get_uint(v));
    else if (yyjson_is_sint(v))
        hr_buf_addf(&out, "%" PRId64, yyjson_get_sint(v));
    else if (yyjson_is_raw(v))
        hr_buf_add(&out, (hr_str){yyjson_get_raw(v), yyjson_get_len(v)});
    else
        hr_buf_addf(&out, "%.17g", yyjson_get_real(v));
    return hr_buf_take(&out);
}

bool hr_page_value_refers(yyjson_val *v)
{
    if (yyjson_is_str(v))
        return yyjson_get_len(v) > 0;
    if (yyjson_is_int(v))
        return yyjson_get_uint(v) != 0;
    return yyjson_is_raw(v) || (yyjson_is_real(v) && fpclassify(yyjson_get_real(v)) != FP_ZERO);
}

hr_status hr_page_value_total(const hr_paging *g, yyjson_val *v, int64_t *out, hr_error *err)
{
    char *end = NULL;

    if (yyjson_is_sint(v) || (yyjson_is_uint(v) && yyjson_get_uint(v) <= INT64_MAX)) {
        *out = yyjson_get_sint(v);
        return HR_OK;
    }
    if (yyjson_is_real(v) && fabs(yyjson_get_real(v)) < 9e18) {
        *out = (int64_t)yyjson_get_real(v);
        return HR_OK;
    }
    if (yyjson_is_str(v) && yyjson_get_len(v)) {
        *out = strtoll(yyjson_get_str(v), &end, 10);
        if (!*end)
            return HR_OK;
    }
    return hr_fail(err, HR_E_REMOTE, "the total at %s is no number", g->total_path_text);
}

hr_status hr_page_value_has_more(const hr_paging *g, yyjson_val *v, bool *out, hr_error *err)
{
    static const char *const words[][5] = {{"no", "false", "f", "n", "0"},
                                           {"yes", "true", "t", "y", "1"}};

    if (yyjson_is_bool(v)) {
        *out = yyjson_get_bool(v);
        return HR_OK;
    }
    for (int yes = 0; yyjson_is_str(v) && yes < 2; yes++) {
        for (int i = 0; i < 5; i++) {
            if (strcasecmp(yyjson_get_str(v), words[yes][i]) == 0) {
                *out = yes;
                return HR_OK;
            }
        }
    }
    return hr_fail(err, HR_E_REMOTE,
                   v ? "what has_more_path %s finds is neither true nor false"
                     : "has_more_path %s finds nothing in the answer",
                   g->has_more_path_text);
}
