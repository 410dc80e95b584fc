/* values.h -- which settings a pipeline got, and from where, for its trace. Not thread-safe. */
#ifndef HR_CONFIG_VALUES_H
#define HR_CONFIG_VALUES_H

#include "base/arena.h"
#include "headrace/error.h"

typedef struct hr_config_value {
    const char *key;      /* "workers", "sources.rest_api.credentials.username" */
    const char *value;    /* lists as JSON; NULL: a secret, or not settled yet */
    const char *provider; /* "environment", ".env", ".dlt/config.toml", "pipeline file", "option",
                             "last run", "default" */
    const char *place;    /* where there: ".dlt/config.toml:3:11"; NULL: that is all */
    bool secret;          /* it is one, or may be one: the value is not kept */
    bool piece;           /* a part of a text, which may be a secret as a whole */
} hr_config_value;

typedef struct hr_config_values {
    hr_arena arena;
    hr_config_value *items;
    size_t n, cap;
} hr_config_values;

/* Copies it; of one key the first counts, so who wins is added first. */
HR_NODISCARD hr_status hr_config_values_add(hr_config_values *v, const hr_config_value *value,
                                            hr_error *err);

/* What a key came to in the end, which is no secret; its provider is "default" if it was not added
 * before. */
HR_NODISCARD hr_status hr_config_values_settle(hr_config_values *v, const char *key,
                                               const char *value, hr_error *err);

void hr_config_values_release(hr_config_values *v);

#endif
