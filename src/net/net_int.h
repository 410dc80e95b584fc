/* net_int.h -- what the files of the client share. */
#ifndef HR_NET_NET_INT_H
#define HR_NET_NET_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/map.h"
#include "net/auth.h"
#include "net/budget.h"
#include "net/clock.h"
#include "net/flow.h"
#include "net/redact.h"
#include "net/settings.h"
#include "net/url.h"

/* A host that is talked to: its origin, and what may be sent to it. Lives as long as the client,
 * whose lock guards it. */
typedef struct hr_host {
    char *origin; /* "https://api.example.com:443" */
    char *name;   /* "api.example.com", for people */
    hr_budget budget;
    int64_t announced; /* the end of the latest wait that was told: ticks */
} hr_host;

struct hr_http_client {
    const hr_curl *curl;
    hr_http_settings settings;
    hr_arena arena; /* of the settings' texts */
    hr_clock clock;
    hr_event_fn on_event;
    void *event_ctx;
    pthread_mutex_t event_lock; /* one call of on_event at a time */
    const char *base_origin;    /* of settings.base_url; NULL: there is none */
    const hr_http_auth *auth;   /* the client's own; NULL: none */
    hr_http_auth *auths;        /* all of them */
    CURLSH *share;              /* cookies, host names, TLS sessions */
    pthread_mutex_t share_locks[CURL_LOCK_DATA_LAST];
    atomic_bool cancelled;
    int cancel_fd; /* becomes readable, and stays so, when cancelled */

    pthread_mutex_t lock;  /* of what follows */
    hr_map hosts;          /* origin -> hr_host */
    hr_http_flow *idle;    /* kept by hr_http_send for its next call */
    hr_http_flow *starved; /* flows that wait for `slots` */
    int64_t slots;         /* requests that may be started */
};

typedef enum hr_trouble {
    HR_TROUBLE_NONE,
    HR_TROUBLE_TOO_LARGE,     /* more than settings.max_response */
    HR_TROUBLE_OUT_OF_BOUNDS, /* more than bounds.largest of the flow */
    HR_TROUBLE_BOMB,          /* grows too much when unpacked */
    HR_TROUBLE_NOMEM,
} hr_trouble;

typedef struct hr_transfer hr_transfer;

struct hr_http_response {
    hr_http_client *client;
    char method[16];
    char *url;        /* NULL: memory ran out */
    int64_t too_late; /* micros that the host asked to wait, and the deadline did not allow */
    int status;
    int attempts;
    hr_buf headers; /* "name\0value\0", one after the other; the reason phrase is left out */
    size_t n_headers;
    hr_buf body;
    bool body_taken;
    bool failed;     /* there is no whole answer ... */
    hr_error *error; /* ... for this reason; NULL: memory ran out */
    void *tag;
};

/* One request on its way to a response: in line, waiting, or being sent. */
struct hr_transfer {
    struct hr_transfer *next; /* in the list that it is in */
    hr_http_flow *flow;
    hr_arena arena; /* of what was asked for; lives until the response */
    hr_arena sent;  /* of one try */
    const char *method;
    const char *url;
    hr_http_field *headers;
    size_t n_headers;
    hr_str body;
    const hr_http_auth *auth; /* NULL: none */
    const char *trusted;      /* the origin that gets credentials */
    bool idempotent;
    hr_http_verdict (*judge)(void *ctx, hr_http_response *response);
    void *judge_ctx;

    int attempts;
    int redirects;
    bool renewed;       /* was sent again with a fresh token */
    int64_t started;    /* ticks of the first try; 0: none yet */
    int64_t not_before; /* ticks */
    int64_t ticket;     /* of the host's budget */
    uint64_t generation;
    hr_host *host;
    size_t running_at; /* its place in flow->running */
    bool paused;       /* its body has to wait for room */
    CURL *easy;
    CURLU *curlu;
    hr_trouble trouble;
    hr_http_response *response;
    char reason[CURL_ERROR_SIZE]; /* libcurl's words for a failure */
};

typedef struct hr_line { /* first in, first out */
    hr_transfer *first;
    hr_transfer *last;
} hr_line;

struct hr_http_flow {
    hr_http_client *client;
    hr_http_flow *next; /* in the client's `idle` or `starved` */
    bool starving;
    bool aside; /* takes no slots: see hr_send_aside */
    hr_http_bounds bounds;
    CURLM *multi;
    CURL **easies; /* to be used again */
    size_t n_easies;
    size_t cap_easies;
    hr_line ready;   /* not begun */
    hr_line waiting; /* hold a slot, and wait for their time or their host */
    hr_line done;    /* have a response */
    hr_transfer *spare;
    size_t n_running;
    size_t cap_running; /* `concurrency` */
    hr_transfer **running;
    size_t outstanding;
};

/* client.c */
void hr_client_say(hr_http_client *c, hr_event_kind kind, double seconds, const char *fmt, ...)
    HR_PRINTF(4, 5);
/* The host of a parsed URL, made when new. */
hr_host *hr_client_host(hr_http_client *c, const CURLU *url, hr_error *err);
/* The same by its text; not a URL: HR_E_CONFIG. */
hr_status hr_client_origin(hr_http_client *c, const char *url, const char **out, hr_error *err);
bool hr_client_take_slot(hr_http_client *c, hr_http_flow *f);
void hr_client_give_slot(hr_http_client *c);

/* flow.c: whether the next `n` bytes of the transfer's body have to wait */
bool hr_flow_is_full(const hr_transfer *t, size_t n);

/* transfer.c: a request and libcurl */
hr_status hr_transfer_new(hr_http_flow *f, const hr_http_request *request, hr_transfer **out,
                          hr_error *err);
/* Sets where it goes: at first, and after a redirect. `url` is of t->arena. */
hr_status hr_transfer_aim(hr_transfer *t, const char *url, hr_error *err);
void hr_transfer_free(hr_transfer *t);
/* Makes t->easy ready for the next try. */
hr_status hr_transfer_prepare(hr_transfer *t, hr_error *err);
/* Gives the handle back. */
void hr_transfer_unprepare(hr_transfer *t);

/* Tells that requests to a host wait, once a wait. */
void hr_client_announce(hr_http_client *c, hr_host *host, int64_t now, int64_t until);
/* The budget of the host: may the transfer go? Else t->not_before says when to ask again. */
bool hr_client_may_send(hr_http_client *c, hr_transfer *t);

/* redirect.c */
bool hr_is_redirect(const hr_http_response *r);
/* Aims the transfer at where its response sends it. HR_E_REMOTE: it must not go there. */
hr_status hr_transfer_redirect(hr_transfer *t, hr_error *err);
/* Whether anything of what is sent is secret. */
bool hr_transfer_has_secrets(const hr_transfer *t);

/* outcome.c: what becomes of a try that has ended */
typedef enum hr_outcome {
    HR_OUTCOME_DONE,  /* t->response is for the caller */
    HR_OUTCOME_AGAIN, /* at t->not_before */
} hr_outcome;
/* Whether its method, or who submitted it, allows to send it again. */
bool hr_transfer_may_repeat(const hr_transfer *t);
hr_outcome hr_transfer_ended(hr_transfer *t, CURLcode code);

/* response.c */
hr_http_response *hr_response_new(hr_http_client *c);
/* Forgets what came, for another try. */
void hr_response_reset(hr_http_response *r);
/* Notes where it came from. */
void hr_response_describe(hr_http_response *r, const hr_transfer *t);
/* Makes it the reason of a failure instead of an answer. */
void hr_response_fail(hr_http_response *r, const hr_error *why);

#endif
