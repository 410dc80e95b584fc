/* request.h -- one request of a resource: its configuration, with the placeholders filled in and
 * the paginator's part. */
#ifndef HR_SOURCE_REST_API_REQUEST_H
#define HR_SOURCE_REST_API_REQUEST_H

#include "headrace/http.h"
#include "source/rest_api/plan.h"

/* The values of the cursor, as an array by hr_rest_cursor_value, with null for what there is not
 * (yet): for the children of the parent of that number, or for all rows (0). The caller frees *out.
 */
typedef struct hr_rest_cursor {
    hr_status (*values)(void *ctx, uint64_t parent, yyjson_doc **out, hr_error *err);
    /* Whether the parent's later pages hold nothing new, as these rows say. */
    bool (*page_ends)(void *ctx, uint64_t parent, yyjson_val *const *rows, size_t n);
    void *ctx;
} hr_rest_cursor;

/* What placeholders stand for. */
typedef struct hr_rest_values {
    yyjson_val *parent;                          /* array of the parent's taps; NULL: none */
    yyjson_val *cursor[HR_REST_N_CURSOR_VALUES]; /* NULL: there is none (yet) */
} hr_rest_values;

typedef struct hr_rest_request {
    hr_arena arena; /* of all that `http` points to */
    hr_http_request http;
    hr_http_field *params, *headers;
    size_t cap_params, cap_headers;
    uint64_t key[2]; /* the same for the same request, whatever its headers */
} hr_rest_request;

/* HR_E_CONFIG: a placeholder stands for null where there has to be something. `auth` as in
 * hr_http_request. The caller owes hr_rest_request_release(), whatever is returned. */
HR_NODISCARD hr_status hr_rest_request_make(hr_rest_request *out, const hr_rest_resource *r,
                                            const hr_rest_values *values,
                                            const hr_page_request *page, hr_error *err);
void hr_rest_request_release(hr_rest_request *q);

/* The value of a cursor as the resource's `convert` shows it; v NULL or null: *out == NULL. */
HR_NODISCARD hr_status hr_rest_convert(const hr_rest_resource *r, hr_arena *a, yyjson_val *v,
                                       const char **out, bool *is_number, hr_error *err);

#endif
