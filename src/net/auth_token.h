/* auth_token.h -- tokens that are fetched: what the OAuth 2 kinds have in common.
 *
 * One token for all requests. The first that finds it missing, expired (or about to) or rejected
 * fetches another, while the others wait for that one. A token that was rejected before it ever
 * worked is not renewed again: that would be a loop. */
#ifndef HR_NET_AUTH_TOKEN_H
#define HR_NET_AUTH_TOKEN_H

#include <pthread.h>

#include "net/auth.h"

typedef struct hr_token_auth hr_token_auth;

/* Appends the fields of the form that is posted for a token. `date`: micros since 1970. */
typedef hr_status (*hr_token_form)(hr_token_auth *a, int64_t date, hr_buf *form, hr_error *err);

struct hr_token_auth { /* the first member of each kind */
    hr_http_auth base;
    hr_arena arena; /* of the options' texts */
    const char *kind;
    const char *url;
    const hr_http_field *headers; /* of the token request */
    size_t n_headers;
    double lifetime; /* of a token that does not say how long it is good for */
    hr_token_form form;
    void (*release)(hr_token_auth *a); /* NULL: nothing of its own */

    pthread_mutex_t lock; /* of what follows; held while a token is fetched */
    char *header;         /* "Bearer ..." */
    char *refresh_token;  /* a new one that came with a token; NULL: none has */
    int64_t expires;      /* ticks; with the margin taken off */
    uint64_t generation;  /* of `header`; 0: there is none */
    bool stale;           /* was rejected */
    bool worked;          /* was accepted, or given by the user */
    hr_error failure;     /* of the last fetch ... */
    int64_t failed_until; /* ... which holds for a while: ticks */
};

/* Fills in the parts that are common. The caller has zeroed the struct and set `kind`, `form` and
 * `lifetime`; texts are copied. On failure the caller frees it with a->base.ops->free. */
hr_status hr_token_auth_init(hr_token_auth *a, hr_http_client *c, const char *url,
                             const char *given_token, hr_error *err);

/* A copy in the arena; NULL stays NULL. False: out of memory. */
bool hr_token_keep(hr_token_auth *a, const char *text, const char **out);

/* Appends "&name=value" (without '&' at the beginning), encoded. */
void hr_form_add(hr_buf *form, const char *name, const char *value);

#endif
