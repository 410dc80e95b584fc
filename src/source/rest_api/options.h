/* options.h -- the keys under source.rest_api, as option tables: dlt's, and a few more. */
#ifndef HR_SOURCE_REST_API_OPTIONS_H
#define HR_SOURCE_REST_API_OPTIONS_H

#include "config/option.h"
#include "source/rest_api/paginator.h"

/* Of all kinds of paginator; each uses its own. */
typedef struct hr_rest_paginator_options {
    const char *next;              /* next_url_path, links_next_key, cursor_path ... */
    const char *param, *body_path; /* cursor_param, page_param, offset_param ... */
    const char *limit_param, *limit_body_path;
    int64_t limit;
    int64_t base;
    bool has_first;
    int64_t first;
    const char *total_path;
    bool has_maximum;
    int64_t maximum;
    bool stop_after_empty_page;
    const char *has_more_path;
} hr_rest_paginator_options;

typedef enum hr_rest_action_kind {
    HR_REST_IGNORE, /* the request and its further pages count as answered with nothing */
    HR_REST_RETRY,  /* the answer is no good: again, as often as client.retry says */
    HR_REST_FAIL,
} hr_rest_action_kind;

typedef struct hr_rest_action {
    int64_t status;      /* 0: any */
    const char *content; /* a text in the body; NULL: any */
    int action;          /* hr_rest_action_kind */
    yyjson_val *at;
} hr_rest_action;

typedef struct hr_rest_incremental {
    yyjson_val *cursor_path, *initial_value;
    const char *start_param, *end_param;
    const char *convert, *transform;
} hr_rest_incremental;

typedef struct hr_rest_endpoint {
    yyjson_val *path, *data_selector, *data, *headers, *auth;
    int method; /* 0: GET, 1: POST */
    yyjson_val *params, *json;
    hr_variant paginator;
    hr_list response_actions; /* of hr_rest_action */
    yyjson_val *incremental;
    bool idempotent;
} hr_rest_endpoint;

typedef struct hr_rest_resource_options {
    yyjson_val *name;
    hr_rest_endpoint endpoint;
    yyjson_val *include_from_parent, *processing_steps, *limit;
    bool selected, parallelized;
    yyjson_val *hints[24]; /* in the order of hr_rest_hint_names */
} hr_rest_resource_options;

typedef struct hr_rest_client_options {
    hr_variant paginator;
    double resume; /* seconds; 0: never */
    int64_t concurrency;
} hr_rest_client_options;

typedef struct hr_rest_options {
    const char *name;
    yyjson_val *client, *resource_defaults, *resources, *select, *limit;
    yyjson_val *max_table_nesting, *schema_contract;
} hr_rest_options;

/* The hints that a resource may give, ended by NULL. */
extern const char *const hr_rest_hint_names[];

extern const hr_option_table hr_rest_table, hr_rest_resource_table, hr_rest_incremental_table;
/* The keys of `client` that are not the HTTP client's; other keys are left alone. */
extern const hr_option_table hr_rest_client_table;

#endif
