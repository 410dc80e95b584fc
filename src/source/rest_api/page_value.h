/* page_value.h -- what an answer says of its pages, in the types in which APIs say it. */
#ifndef HR_SOURCE_REST_API_PAGE_VALUE_H
#define HR_SOURCE_REST_API_PAGE_VALUE_H

#include "source/rest_api/paginator.h"

/* Whether what stands in the place of a link or cursor refers to a page: not null, "", 0 or a
 * boolean. */
bool hr_page_value_refers(yyjson_val *v);

/* A cursor that refers, as text; the caller's (hr_free). NULL: out of memory. */
char *hr_page_value_text(yyjson_val *v, bool *is_number);

/* The total, a number also as text. HR_E_REMOTE: it is none. */
HR_NODISCARD hr_status hr_page_value_total(const hr_paging *g, yyjson_val *v, int64_t *out,
                                           hr_error *err);

/* Whether there is more: true or false, also in the usual words. HR_E_REMOTE: it says neither, or
 * `v` is NULL. */
HR_NODISCARD hr_status hr_page_value_has_more(const hr_paging *g, yyjson_val *v, bool *out,
                                              hr_error *err);

#endif
