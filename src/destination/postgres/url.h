/* url.h -- where a Postgres destination is: URLs as libpq knows them, and options of our own.
 *
 *   postgres://[user[:password]@][host[:port][,host[:port]...]][/database][?name=value[&...]]
 *
 * postgresql:// means the same. A host may be [::1], or a folder with its slashes escaped. What
 * the URL leaves out comes from libpq's usual places: PG* variables, a service file
 * (?service=name), .pgpass. Names after '?' are libpq's keywords (sslmode, sslrootcert,
 * connect_timeout, ...), but for these:
 *
 *   lock_timeout  how long a statement waits for a lock: 30s (the default), 500ms, 2min; 0: forever
 *   remove_nul    true: NUL characters in text are removed; else they are refused
 *   create_indexes  false: new columns with the hint unique, _dlt_id among them, get no UNIQUE
 */
#ifndef HR_DESTINATION_POSTGRES_URL_H
#define HR_DESTINATION_POSTGRES_URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "headrace/error.h"

typedef struct pg_parameter {
    const char *name, *value;
} pg_parameter;

typedef struct pg_url {
    pg_parameter *parameters; /* libpq's keywords, each at most once */
    size_t n_parameters;
    int64_t lock_timeout_ms; /* 0: wait forever */
    bool remove_nul;
    bool create_indexes;
    bool lock_timeout_set, remove_nul_set, create_indexes_set; /* the URL says so */
} pg_url;

/* Strings live in `arena`. HR_E_CONFIG says what is wrong without showing the URL, which may
 * hold a password. */
hr_status pg_url_parse(const char *url, pg_url *out, hr_arena *arena, hr_error *err);

/* NULL: it is not set. */
const char *pg_url_get(const pg_url *url, const char *name);

/* Whether the URL sets it; one of libpq's keywords, or of the options of our own. */
bool pg_url_says(const pg_url *url, const char *name);

/* The URL for people, traces and files: no password, and only those names that cannot hold one. */
void pg_url_show(const pg_url *url, hr_buf *out);

#endif
