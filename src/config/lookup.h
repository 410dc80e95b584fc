/* lookup.h -- where values are found that a pipeline file does not hold: dlt's providers.
 *
 * In this order: the environment; `.env` of the project folder; secrets.toml; config.toml; the
 * vaults that are switched on. The TOML files of .headrace/ and .dlt/ in the project folder
 * ($HEADRACE_PROJECT_DIR, $DLT_PROJECT_DIR, else the current one) win over those of ~/.headrace and
 * ~/.dlt. A field is looked for in its sections from the most to the least specific:
 *
 *     sections sources, notion, databases; group credentials; field password
 *     sources.notion.databases.credentials.password, sources.notion.credentials.password,
 *     sources.databases.credentials.password, sources.credentials.password, credentials.password
 *
 * all of them below the pipeline's name, at all places, before the same without it. In the
 * environment a key is SOURCES__NOTION__...; a key without any section is not looked for there. A
 * secret is also looked for in /run/secrets/sources--notion--.... Every value that comes from
 * secrets.toml, /run/secrets or a vault is told to base/secret.h. Vaults are asked for secrets
 * only. Files are read once. Not thread-safe. */
#ifndef HR_CONFIG_LOOKUP_H
#define HR_CONFIG_LOOKUP_H

#include "base/buf.h"
#include "config/values.h"

typedef struct hr_lookup hr_lookup;

typedef struct hr_found {
    const char *text;  /* lists and tables as JSON; NULL: not found */
    const char *place; /* "environment variable X", ".headrace/secrets.toml:3:7" */
    const char *key;   /* the one that was found */
    bool secret;       /* it came from where secrets are kept */
    bool table;        /* a table of TOML: its fields are asked for one by one */
} hr_found;

typedef struct hr_lookup_field {
    const char *const *sections; /* ended by NULL; may be NULL */
    const char *group;           /* "credentials"; NULL: none */
    const char *name;
    bool secret;         /* config.toml may not hold it */
    const char *setting; /* what it is called in hr_lookup_values; NULL: by its key */
    bool shown; /* a host or a file: not to be blanked, although it may stand in secrets.toml */
} hr_lookup_field;

/* A place over the network. Its texts are secrets. */
typedef struct hr_vault hr_vault;
struct hr_vault {
    const char *label; /* "AWS Secrets Manager"; may change with an answer */
    /* Appends the text of a key, which has its parts from the outermost section to the field, and
     * says whether there is one. */
    hr_status (*get)(hr_vault *v, const char *const *parts, size_t n, hr_buf *out, bool *found,
                     hr_error *err);
    void (*close)(hr_vault *v);
};

enum { HR_MOST_VAULTS = 4 };

/* Opens the vaults that are switched on, into a list of at most HR_MOST_VAULTS that ends with NULL.
 * What they need they look for in `l`. On failure those opened so far stay in the list. */
typedef hr_status (*hr_vaults_open_fn)(hr_lookup *l, const char *pipeline,
                                       hr_vault *vaults[HR_MOST_VAULTS + 1], hr_error *err);

/* `pipeline` (may be NULL) is copied. Files are opened at the first use of them. */
HR_NODISCARD hr_status hr_lookup_new(hr_lookup **out, const char *pipeline, hr_error *err);
/* To be called at the first question for a secret. */
void hr_lookup_set_vaults(hr_lookup *l, hr_vaults_open_fn open);
void hr_lookup_free(hr_lookup *l);

/* Texts of the answer live as long as the lookup. HR_E_CONFIG: a file that cannot be read, or
 * a secret that stands in config.toml alone. */
HR_NODISCARD hr_status hr_lookup_field_get(hr_lookup *l, const hr_lookup_field *field,
                                           hr_found *out, hr_error *err);

/* One key by its whole name, "ACCESS_TOKEN" or "sources.notion.api_key", as it stands. */
HR_NODISCARD hr_status hr_lookup_get(hr_lookup *l, const char *key, hr_found *out, hr_error *err);

/* All that was found so far, with the values of fields that are no secret, and of whole names that
 * stand in config.toml. Callers add what they were given, and may take the list away. */
hr_config_values *hr_lookup_values(hr_lookup *l);

/* Appends where the last value was looked for, for a message: "environment: A, B;
 * .dlt/secrets.toml: a, b; there is no .env" */
void hr_lookup_add_tried(const hr_lookup *l, hr_buf *out);

/* From now on hr_options_read on this thread looks there for the credentials that an object leaves
 * out, in these sections (ended by NULL). Both are borrowed until the next call; NULL ends it. */
void hr_lookup_use(hr_lookup *l, const char *const *sections);
hr_lookup *hr_lookup_in_use(const char *const **sections); /* NULL: none */

/* Every place in the order of looking, a line each: "PLACE\tKEY\tSTATE", of which STATE is "set",
 * "not set", "no such file"; values are not shown. For `headrace config explain`. */
HR_NODISCARD hr_status hr_lookup_explain(hr_lookup *l, const hr_lookup_field *field, hr_buf *out,
                                         hr_error *err);

#endif
