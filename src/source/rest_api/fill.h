/* fill.h -- texts and bodies of a configuration, with what their placeholders stand for. */
#ifndef HR_SOURCE_REST_API_FILL_H
#define HR_SOURCE_REST_API_FILL_H

#include "source/rest_api/request.h"

typedef struct hr_rest_filler {
    const hr_rest_resource *resource;
    const hr_rest_values *values;
    hr_arena *arena; /* of what is filled in */
    hr_buf *out;     /* these two are of hr_rest_fill itself */
    bool in_path;
} hr_rest_filler;

static inline hr_str hr_rest_str(yyjson_val *v)
{
    return (hr_str){yyjson_get_str(v), yyjson_get_len(v)};
}

/* What a placeholder stands for, as text; *out == NULL: null. */
hr_status hr_rest_value_of(const hr_rest_filler *f, hr_str name, const char **out, bool *is_number,
                           hr_error *err);

/* The text with its placeholders filled in. HR_E_CONFIG: one of them is null. */
hr_status hr_rest_fill(const hr_rest_filler *f, hr_str text, bool in_path, const char **out,
                       hr_error *err);

/* A parameter's or header's value; *out == NULL: it is left out. */
hr_status hr_rest_fill_scalar(const hr_rest_filler *f, yyjson_val *v, const char **out,
                              hr_error *err);

/* The JSON body, with the paginator's part of it. */
hr_status hr_rest_fill_body(const hr_rest_filler *f, const hr_page_request *page,
                            yyjson_mut_doc *doc, yyjson_mut_val **body, hr_error *err);

#endif
