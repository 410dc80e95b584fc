/* lookup_int.h -- what the files of hr_lookup share: the places, and a question to one of them. */
#ifndef HR_CONFIG_LOOKUP_INT_H
#define HR_CONFIG_LOOKUP_INT_H

#include "base/map.h"
#include "config/doc.h"
#include "config/lookup.h"

enum { HR_MOST_PARTS = 12, HR_LOOKUP_FOLDERS = 4 };

/* A key, from the outermost section to the field. */
typedef struct hr_key_path {
    const char *parts[HR_MOST_PARTS];
    size_t n;
} hr_key_path;

typedef struct hr_toml_file {
    const char *label; /* as messages name it */
    char *path;
    hr_doc *doc; /* NULL: there is no such file */
} hr_toml_file;

struct hr_lookup {
    hr_arena arena;
    const char *pipeline; /* NULL: none */
    bool opened;
    bool has_dotenv;
    const char *dotenv_label;
    hr_map dotenv;
    hr_toml_file secrets[HR_LOOKUP_FOLDERS]; /* the first that has a key wins */
    hr_toml_file config[HR_LOOKUP_FOLDERS];
    hr_buf tried;
    hr_config_values values;
    hr_vaults_open_fn open_vaults; /* NULL: there are none */
    bool vaults_opened;
    hr_vault *vaults[HR_MOST_VAULTS + 1]; /* ended by NULL */
};

/* What one place says of one key. */
typedef struct hr_probe {
    const hr_key_path *path;
    const char *where; /* "environment", ".env", a file's label */
    const char *key;
    const char *text; /* NULL: not set */
    const char *place;
    bool secret;
    bool document;  /* a file of TOML, or a vault */
    bool table;     /* of TOML */
    bool misplaced; /* a secret that stands in config.toml */
    bool absent;    /* the file is not there; key is NULL */
} hr_probe;

/* Returns whether to go on. */
typedef bool (*hr_probe_fn)(void *ctx, const hr_probe *p);

/* NULL: it is not set, or empty. */
const char *hr_lookup_variable(const char *name);

/* Reads the files, once. */
hr_status hr_lookup_open(hr_lookup *l, hr_error *err);

/* A key's parts with `between`; `change` (may be NULL) makes each letter another. It lives as long
 * as the lookup. NULL: out of memory. */
const char *hr_lookup_join(hr_lookup *l, const hr_key_path *p, const char *between,
                           int (*change)(int));

/* Each asks one place for one key and hands the answer to `fn`; false: enough. */
bool hr_lookup_ask_env(hr_lookup *l, const hr_key_path *p, hr_probe_fn fn, void *ctx);
bool hr_lookup_ask_mounted(hr_lookup *l, const hr_key_path *p, hr_probe_fn fn, void *ctx);
bool hr_lookup_ask_dotenv(hr_lookup *l, const hr_key_path *p, hr_probe_fn fn, void *ctx);
bool hr_lookup_ask_toml(hr_lookup *l, const hr_toml_file *f, const hr_key_path *p, bool secret,
                        hr_probe_fn fn, void *ctx);

/* Opens the vaults that are switched on, once. While they look for their own settings there are
 * none. */
hr_status hr_lookup_open_vaults(hr_lookup *l, hr_error *err);

/* As the above; false with *status set: the vault could not be asked. */
bool hr_lookup_ask_vault(hr_lookup *l, hr_vault *vault, const hr_key_path *p, hr_probe_fn fn,
                         void *ctx, hr_status *status, hr_error *err);

#endif
