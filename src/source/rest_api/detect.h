/* detect.h -- what an answer says about itself: where its rows are, and how its pages go on. Used
 * where the configuration is silent; rules as in docs/rest-api.md, "What is found out". */
#ifndef HR_SOURCE_REST_API_DETECT_H
#define HR_SOURCE_REST_API_DETECT_H

#include "base/arena.h"
#include "source/rest_api/paginator.h"

/* What was found. All-zero is valid and empty. */
typedef struct hr_detected {
    hr_arena arena;
    const char *selector_text; /* NULL: not looked for */
    hr_jsonpath *selector;
    bool has_paging;
    hr_paging paging;
    hr_jsonpath *next_path, *total_path; /* of paging */
} hr_detected;

void hr_detected_release(hr_detected *d);

/* HR_E_REMOTE: several lists of objects could be the rows; the message names them. */
HR_NODISCARD hr_status hr_detect_selector(hr_detected *d, yyjson_val *body, hr_error *err);

/* kind HR_PAGING_SINGLE: nothing points to another page. HR_E_REMOTE: there are more pages, but
 * not a word on how to ask for them. */
HR_NODISCARD hr_status hr_detect_paging(hr_detected *d, const hr_page_answer *answer,
                                        hr_error *err);

/* Whether the last segment of a path has a placeholder of a parent's field, so that the path
 * names one thing. */
bool hr_names_single_entity(hr_str path);

#endif
