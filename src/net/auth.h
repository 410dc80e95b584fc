/* auth.h -- how a request proves who sends it. Each kind is a table of functions. */
#ifndef HR_NET_AUTH_H
#define HR_NET_AUTH_H

#include "base/arena.h"
#include "base/str.h"
#include "config/option.h"
#include "headrace/http.h"

/* A request as it is about to be sent. Texts are borrowed from `arena` or from who asked. */
typedef struct hr_outgoing {
    hr_arena *arena;
    const char *method;
    const char *url;
    hr_http_field *headers;
    size_t n_headers;
    size_t cap_headers;
    hr_str body;
    int64_t date;        /* micros since 1970 */
    uint64_t generation; /* out: which token was used; 0: none that can be renewed */
} hr_outgoing;

/* Adds a header, in place of one of that name in any case; `value` NULL: removes it. Borrowed
 * pointers. False: out of memory. */
bool hr_outgoing_set(hr_outgoing *o, const char *name, const char *value);
/* NULL: there is none. */
const char *hr_outgoing_get(const hr_outgoing *o, const char *name);

typedef struct hr_auth_ops {
    /* Adds the credentials; called for each try, by any thread. May send requests of its own. */
    hr_status (*apply)(hr_http_auth *a, hr_outgoing *o, hr_error *err);
    /* A request that used this generation was answered with 401: true when another try, with
     * what apply() gives then, has a chance. NULL: never. */
    bool (*rejected)(hr_http_auth *a, uint64_t generation);
    /* It was answered with anything else. NULL: does not matter. */
    void (*accepted)(hr_http_auth *a, uint64_t generation);
    /* The parameter that apply() adds to the query; NULL: none. */
    const char *(*parameter)(const hr_http_auth *a);
    void (*free)(hr_http_auth *a);
} hr_auth_ops;

struct hr_http_auth { /* the first member of each kind */
    const hr_auth_ops *ops;
    hr_http_client *client;
    hr_http_auth *next; /* of the client's */
};

/* Opens one kind from the struct of its option table, whose texts it copies. */
typedef hr_status (*hr_auth_open)(hr_http_client *c, const void *options, hr_http_auth **out,
                                  hr_error *err);

/* The tables and openers of the kinds, one file each. */
extern const hr_option_table hr_bearer_table, hr_api_key_table, hr_basic_table,
    hr_client_credentials_table, hr_refresh_token_table, hr_jwt_table, hr_sigv4_table,
    hr_hmac_table;
hr_status hr_bearer_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err);
hr_status hr_api_key_open(hr_http_client *c, const void *options, hr_http_auth **out,
                          hr_error *err);
hr_status hr_basic_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err);
hr_status hr_client_credentials_open(hr_http_client *c, const void *options, hr_http_auth **out,
                                     hr_error *err);
hr_status hr_refresh_token_open(hr_http_client *c, const void *options, hr_http_auth **out,
                                hr_error *err);
hr_status hr_jwt_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err);
hr_status hr_sigv4_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err);
hr_status hr_hmac_open(hr_http_client *c, const void *options, hr_http_auth **out, hr_error *err);

/* Sends nothing. */
hr_status hr_no_auth_open(hr_http_auth **out, hr_error *err);

/* HR_E_CONFIG unless the option was given: "auth bearer: \"token\" is missing ..." */
hr_status hr_auth_need(const char *kind, const char *option, const char *value, hr_error *err);

#endif
