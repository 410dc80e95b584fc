/* settings.h -- what dlt's configuration says of a pipeline: keys such as schema.naming,
 * destination.replace_strategy and runtime.request_timeout, from the places of config/lookup.h.
 * What a pipeline's file or caller says counts instead. */
#ifndef HR_PIPELINE_SETTINGS_H
#define HR_PIPELINE_SETTINGS_H

#include "base/arena.h"
#include "config/lookup.h"

/* Texts live in the arena. */
typedef struct hr_settings {
    const char *dataset; /* NULL: not said; as below */
    const char *run;     /* JSON object of run settings (config/hints.h) */
    const char *http;    /* JSON object of request_* keys (net/settings.h) */
    unsigned workers;    /* 0: not said */
} hr_settings;

typedef struct hr_settings_of {
    const char *pipeline;
    const char *destination; /* a name; NULL: it is a URL */
    const char *source;      /* "rest_api"; NULL: it is no source of a file */
} hr_settings_of;

/* HR_E_CONFIG: a file cannot be read, or a value is none for its key. */
HR_NODISCARD hr_status hr_settings_find(hr_settings *out, hr_lookup *l, const hr_settings_of *of,
                                        hr_arena *arena, hr_error *err);

/* The name of the destination that pipelines.NAME says; NULL: none. */
HR_NODISCARD hr_status hr_settings_destination(hr_lookup *l, const char *pipeline, hr_arena *arena,
                                               const char **name, hr_error *err);

/* The members of one JSON object, and those of the other over them. */
HR_NODISCARD hr_status hr_settings_merge(const char *below, const char *over, hr_buf *out,
                                         hr_error *err);

#endif
