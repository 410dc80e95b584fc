/* plan.h -- what a source.rest_api configuration comes to: resources in the order in which they
 * are read, each with all that its requests need. Made and checked without any request.
 *
 * A plan is immutable and may be used by several threads. */
#ifndef HR_SOURCE_REST_API_PLAN_H
#define HR_SOURCE_REST_API_PLAN_H

#include "base/map.h"
#include "config/doc.h"
#include "source/rest_api/options.h"
#include "source/rest_api/paginator.h"

typedef struct hr_rest_plan hr_rest_plan;
typedef struct hr_rest_resource hr_rest_resource;

typedef enum hr_rest_cursor_value {
    HR_REST_START_VALUE,
    HR_REST_INITIAL_VALUE,
    HR_REST_LAST_VALUE,
    HR_REST_END_VALUE,
    HR_REST_N_CURSOR_VALUES,
} hr_rest_cursor_value;

/* What a placeholder stands for: a field of the parent's row, or a value of the cursor. */
typedef struct hr_rest_ref {
    hr_str text; /* between the braces */
    bool of_parent;
    hr_str parent, field;
    size_t at; /* in the parent's `taps`, or a hr_rest_cursor_value */
    const yyjson_val *val;
} hr_rest_ref;

/* A field that children need of each row. */
typedef struct hr_rest_tap {
    hr_str text;
    hr_jsonpath *path;
} hr_rest_tap;

/* A parameter, header or member of the body; names and texts may have placeholders. */
typedef struct hr_rest_pair {
    hr_str name;
    yyjson_val *value; /* of the document */
} hr_rest_pair;

typedef struct hr_rest_pairs {
    hr_rest_pair *items;
    size_t n, cap;
} hr_rest_pairs;

typedef struct hr_rest_limit {
    int64_t pages, rows; /* -1: none */
} hr_rest_limit;

struct hr_rest_resource {
    hr_rest_plan *plan;
    const char *name;
    yyjson_val *val; /* for messages */
    hr_rest_resource *parent;
    size_t n_children;
    bool wanted; /* selected; else read for its children only */
    bool concurrent;
    const char *path; /* with placeholders */
    bool post;
    bool idempotent;
    hr_rest_pairs params, headers;
    bool has_json; /* of members in json_members, or json_value when it is no object */
    hr_rest_pairs json;
    yyjson_val *json_value;
    yyjson_val *data;
    const char *auth;      /* JSON; NULL: the client's ... */
    bool no_auth;          /* ... or none at all */
    hr_jsonpath *selector; /* NULL: found out */
    const char *selector_text;
    hr_paging paging;
    hr_jsonpath *paging_paths[3];
    hr_rest_action *actions;
    size_t n_actions;
    hr_rest_ref *refs;
    size_t n_refs, cap_refs;
    hr_rest_tap *taps;
    size_t n_taps, cap_taps;
    struct hr_rest_include { /* include_from_parent */
        const char *column;  /* _<parent>_<key> */
        size_t tap;          /* of the parent */
    } * includes;
    size_t n_includes;
    bool incremental;
    const char *start_param, *end_param, *convert;
    const char *steps; /* JSON of processing_steps; NULL: none */
    hr_rest_limit limit;
    const char *hints; /* JSON */
    /* By which fields the parents' rows are told apart: those in the path, else all. */
    size_t *known_by; /* taps of the parent */
    size_t n_known_by;
    const char *known_by_text; /* NULL: there is no parent */
};

struct hr_rest_plan {
    hr_doc *doc;    /* borrowed, as `at` */
    yyjson_val *at; /* what stands under source.rest_api */
    const char *name;
    const char *client; /* JSON of the HTTP client's settings */
    double resume;
    unsigned concurrency;
    hr_rest_resource *resources; /* parents before children */
    size_t n;
    hr_arena arena;
};

/* `val` is what stands under source.rest_api; `doc` outlives the plan. HR_E_CONFIG: with the
 * place. The caller owes hr_rest_plan_free(). */
HR_NODISCARD hr_status hr_rest_plan_new(hr_rest_plan **out, hr_doc *doc, yyjson_val *val,
                                        hr_error *err);
void hr_rest_plan_free(hr_rest_plan *p);

/* Wants these resources in place of those that the configuration selects. HR_E_CONFIG: it has no
 * such resource. */
HR_NODISCARD hr_status hr_rest_plan_select(hr_rest_plan *p, const hr_texts *names, hr_error *err);

/* The reference of a placeholder; NULL: there is none of that name. */
const hr_rest_ref *hr_rest_find_ref(const hr_rest_resource *r, hr_str text);

#endif
