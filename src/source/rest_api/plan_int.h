/* plan_int.h -- what the files that make a plan share. */
#ifndef HR_SOURCE_REST_API_PLAN_INT_H
#define HR_SOURCE_REST_API_PLAN_INT_H

#include "source/rest_api/plan.h"

/* One resource while it is made. */
typedef struct hr_rest_draft {
    hr_rest_plan *plan;
    hr_rest_resource *resource;
    hr_rest_resource_options options;
    yyjson_val *default_params, *default_json, *default_columns;
    const hr_rest_options *source;
    const hr_rest_client_options *client;
} hr_rest_draft;

/* A copy in the plan's arena; NULL: out of memory. */
const char *hr_rest_copy(hr_rest_plan *p, hr_str s);

/* JSON text of a value, in the plan's arena. */
hr_status hr_rest_json(hr_rest_plan *p, const yyjson_mut_val *v, const char **out, hr_error *err);

/* The members of `first`, and those of `second` over them; a null takes a member away. */
hr_status hr_rest_merge(hr_rest_plan *p, hr_rest_pairs *out, yyjson_val *first, yyjson_val *second,
                        hr_error *err);
void hr_rest_pairs_remove(hr_rest_pairs *pairs, size_t at);

/* plan_resource.c: the resource of the draft; its parent is found later. */
hr_status hr_rest_draft_resource(hr_rest_draft *d, yyjson_val *val, hr_error *err);

/* plan_parents.c */
hr_rest_resource *hr_rest_find(hr_rest_plan *p, hr_str name);
/* Fails for a name that no resource has, and suggests one. */
hr_status hr_rest_unknown_resource(hr_rest_plan *p, const yyjson_val *val, hr_str name,
                                   hr_error *err);
/* Binds the resources to their parents; `includes`: the include_from_parent of each, or NULL. */
hr_status hr_rest_plan_parents(hr_rest_plan *p, yyjson_val *const *includes, hr_error *err);
/* Parents before children, else in the order of the document. Pointers to parents are mended. */
hr_status hr_rest_plan_sort(hr_rest_plan *p, hr_error *err);

/* paging.c: the paginator that holds for a resource. */
hr_status hr_rest_plan_paging(hr_rest_draft *d, hr_error *err);

/* refs.c: binds {name} in the path, and finds all other placeholders. */
hr_status hr_rest_plan_refs(hr_rest_draft *d, hr_error *err);
/* The place of a field in the parent's taps, which grow by need. */
hr_status hr_rest_tap_field(hr_rest_resource *parent, hr_str text, const yyjson_val *val,
                            size_t *at, hr_error *err);

/* hints.c: the hints, as the JSON object that the pipeline takes. */
hr_status hr_rest_plan_hints(hr_rest_draft *d, hr_error *err);

#endif
