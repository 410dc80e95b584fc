/* settings.h -- what a client is set to: the keys of `client` in a pipeline file. */
#ifndef HR_NET_SETTINGS_H
#define HR_NET_SETTINGS_H

#include "headrace/http.h"
#include "net/clock.h"

/* Methods as bits. */
typedef enum hr_http_methods {
    HR_METHOD_GET = 1,
    HR_METHOD_HEAD = 2,
    HR_METHOD_OPTIONS = 4,
    HR_METHOD_TRACE = 8,
    HR_METHOD_PUT = 16,
    HR_METHOD_DELETE = 32,
    HR_METHOD_POST = 64,
    HR_METHOD_PATCH = 128,
} hr_http_methods;

enum { HR_STATUS_END = 600 }; /* statuses are below */

typedef struct hr_retry_settings {
    int64_t max_attempts;  /* tries in all; 0 and 1: no retry */
    double backoff_factor; /* seconds before the second try; doubles with each */
    double max_delay;      /* seconds; of what we make up, not of what the API asks for */
    double deadline;       /* seconds from the first try, after which there is none; 0: never */
    unsigned methods;      /* hr_http_methods that are repeated */
    bool on[HR_STATUS_END];
} hr_retry_settings;

typedef struct hr_timeout_settings {
    double connect; /* seconds, as all; 0: none */
    double read;    /* without a byte */
    double total;   /* one try, from connecting to the last byte */
} hr_timeout_settings;

typedef struct hr_rate_settings {
    int64_t requests; /* at most so many ...; 0: no such window */
    double per;       /* ... in any so many seconds */
} hr_rate_settings;

typedef struct hr_tls_settings {
    const char *ca;   /* file of certificates to trust, in place of the system's; NULL: those */
    const char *cert; /* client certificate, PEM; may hold its key */
    const char *key;
    const char *key_password;
    bool verify;
} hr_tls_settings;

typedef struct hr_http_settings {
    const char *base_url; /* NULL: none */
    const hr_http_field *headers;
    size_t n_headers;
    int64_t concurrency;  /* requests under way at once, of all flows */
    int64_t max_response; /* bytes of a decoded body */
    const char *proxy;    /* NULL: what the environment says; "": none */
    int64_t max_redirects;
    hr_timeout_settings timeout;
    hr_retry_settings retry;
    hr_rate_settings rate_limit;
    hr_tls_settings tls;
} hr_http_settings;

/* The defaults. */
void hr_http_settings_init(hr_http_settings *s);

/* A client with these settings, whose texts it copies. `options->settings` is not read. `clock`
 * NULL: the machine's. */
HR_NODISCARD hr_status hr_http_client_with(const hr_http_settings *s,
                                           const hr_http_options *options, const hr_clock *clock,
                                           hr_http_client **out, hr_error *err);

#endif
