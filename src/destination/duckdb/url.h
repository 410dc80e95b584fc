/* url.h -- duckdb:/// URLs, as SQLAlchemy and dlt write them. */
#ifndef HR_DESTINATION_DUCKDB_URL_H
#define HR_DESTINATION_DUCKDB_URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "headrace/error.h"

typedef struct dk_option {
    const char *name, *value;
} dk_option;

typedef struct dk_url {
    const char *path;            /* as written: relative to the current folder or absolute */
    const char *storage_version; /* NULL: the default */
    bool read_only;
    dk_option *options; /* settings of DuckDB, passed on */
    size_t n_options;
} dk_url;

/* duckdb:///relative.duckdb, duckdb:////absolute.duckdb, with ?storage_version=, read_only= and
 * settings of DuckDB behind it. Everything lives in `arena`. HR_E_CONFIG: not such a URL. */
hr_status dk_url_parse(const char *url, dk_url *out, hr_arena *arena, hr_error *err);

#endif
