/* headrace/rest_api.h -- REST APIs as a source, described by dlt's rest_api configuration.
 *
 * The configuration is a JSON object with the keys client, resource_defaults and resources, as
 * docs/rest-api.md has them: the same that stand under source.rest_api in a pipeline file. */
#ifndef HEADRACE_REST_API_H
#define HEADRACE_REST_API_H

#include "headrace/pipeline.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds the resources of an API. Nothing is asked for before run(). A pipeline has one such source,
 * and its schema and state are then named rest_api, or as `name` in the configuration says, as dlt
 * names them; so add it before anything else. HR_E_CONFIG names the place of what is wrong. */
HR_API HR_NODISCARD hr_status hr_pipeline_add_rest_api(hr_pipeline *p, const char *config,
                                                       hr_error *err);

#ifdef __cplusplus
}
#endif

#endif
