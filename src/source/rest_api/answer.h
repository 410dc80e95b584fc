/* answer.h -- an answer of the API: what the source looks at and keeps of a response. */
#ifndef HR_SOURCE_REST_API_ANSWER_H
#define HR_SOURCE_REST_API_ANSWER_H

#include "headrace/http.h"
#include "source/rest_api/paginator.h"
#include "source/rest_api/plan.h"

typedef struct hr_rest_answer {
    int status;
    char *url;      /* where it came from; owned */
    hr_buf headers; /* "name\0value\0": Link, the paginator's, Content-Type */
    char *body;     /* with HR_PAGE_PADDING zero bytes after it; owned */
    size_t size;
} hr_rest_answer;

/* Copies what is needed of a response. */
HR_NODISCARD hr_status hr_rest_answer_take(hr_rest_answer *out, hr_http_response *response,
                                           const hr_rest_resource *r, hr_error *err);
void hr_rest_answer_release(hr_rest_answer *a);

/* The nth value of a header of that name; NULL: there is none. `ctx` is the answer. */
const char *hr_rest_answer_header(void *ctx, const char *name, size_t nth);

/* The first response action that applies; NULL: none does. */
const hr_rest_action *hr_rest_action_for(const hr_rest_resource *r, int status, hr_str body);

/* For hr_http_request.judge, with the resource as ctx. */
hr_http_verdict hr_rest_judge(void *ctx, hr_http_response *response);

/* Parses the body in place; *doc == NULL: there is none, with status 204. HR_E_REMOTE: it is not
 * JSON, or empty. */
HR_NODISCARD hr_status hr_rest_answer_parse(hr_rest_answer *a, yyjson_doc **doc, hr_error *err);

/* The rows that `selector` finds: what it matches, and the elements of what is a list; nulls are
 * no rows. *rows is the caller's (hr_free). *matched: it found something. */
HR_NODISCARD hr_status hr_rest_select(const hr_jsonpath *selector, yyjson_val *body,
                                      yyjson_val ***rows, size_t *n, bool *matched, hr_error *err);

/* Of all that the rows hold: equal rows in equal order have equal hashes. */
uint64_t hr_rest_hash_rows(yyjson_val *const *rows, size_t n);

#endif
