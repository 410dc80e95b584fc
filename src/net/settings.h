/* settings.h -- what a client is set to: the keys of `client` in a pipeline file. */
#ifndef HR_NET_SETTINGS_H
#define HR_NET_SETTINGS_H

#include "config/option.h"
#include "headrace/http.h"
#include "net/clock.h"

enum { HR_STATUS_END = 600 }; /* statuses are below */

typedef struct hr_retry_settings {
    int64_t max_attempts;  /* tries in all; 0 and 1: no retry */
    double backoff_factor; /* seconds before the second try; doubles with each */
    double max_delay;      /* seconds; of what we make up, not of what the API asks for */
    double deadline;       /* seconds from the first try, after which there is none; 0: never */
    hr_texts methods;      /* that are repeated */
    bool on[HR_STATUS_END];
} hr_retry_settings;

typedef struct hr_timeout_settings {
    double connect; /* seconds, as all; 0: none */
    double read;    /* with less than a byte a second */
    double total;   /* one try, from connecting to the last byte */
} hr_timeout_settings;

/* At most `requests` in any `per` seconds. */
typedef struct hr_rate_window {
    int64_t requests;
    double per;
} hr_rate_window;

typedef struct hr_tls_settings {
    const char *ca;   /* file of certificates to trust, in place of the system's; NULL: those */
    const char *cert; /* client certificate, PEM; may hold its key */
    const char *key;
    const char *key_password;
    bool verify;
} hr_tls_settings;

typedef struct hr_http_settings {
    const char *base_url;  /* NULL: none */
    hr_list headers;       /* of hr_http_field */
    hr_variant auth;       /* one of the kinds in auth.c */
    int64_t concurrency;   /* requests under way at once, of all flows */
    uint64_t max_response; /* bytes of a decoded body */
    int64_t max_redirects;
    const char *proxy; /* NULL: what the environment says; "": none */
    hr_timeout_settings timeout;
    hr_retry_settings retry;
    hr_list rate_limit; /* of hr_rate_window */
    hr_tls_settings tls;
} hr_http_settings;

/* The keys of `client` that are the HTTP client's. */
extern const hr_option_table hr_http_table;

/* dlt's request_* keys of [runtime], which go into the same struct, before the client's own. Other
 * keys are left alone. */
extern const hr_option_table hr_http_runtime_table;

/* The forms of `auth`. */
extern const hr_option_variants hr_auth_variants;

/* Zeroes and defaults. Then hr_options_read(), of hr_http_runtime_table and of hr_http_table. */
HR_NODISCARD hr_status hr_http_settings_init(hr_doc *doc, hr_http_settings *s, hr_error *err);

/* A client with these settings, of which it keeps copies: the document may go. `options->settings`
 * is not read. `clock` NULL: the machine's. */
HR_NODISCARD hr_status hr_http_client_with(const hr_http_settings *s,
                                           const hr_http_options *options, const hr_clock *clock,
                                           hr_http_client **out, hr_error *err);

/* As hr_http_auth_new, from what an option of HR_OPTION_VARIANT and hr_auth_variants has read. */
HR_NODISCARD hr_status hr_http_auth_with(hr_http_client *c, const hr_variant *auth,
                                         const hr_http_auth **out, hr_error *err);

#endif
