/* flow.h -- requests in flight. */
#ifndef HR_NET_FLOW_H
#define HR_NET_FLOW_H

#include "headrace/http.h"

/* As hr_http_send, for requests that another one waits for, such as for a token: it does not count
 * as one of the `concurrency`, which would be a deadlock. */
HR_NODISCARD hr_status hr_send_aside(hr_http_client *c, const hr_http_request *request,
                                     hr_http_response **out, hr_error *err);

/* What a flow's responses may take of the memory. */
typedef struct hr_http_bounds {
    size_t largest;     /* bytes of one body, where client.max_response allows more */
    const char *option; /* what sets `largest`, for the message about a larger one; borrowed */
    size_t room;        /* bytes of all bodies under way ... */
    const void *first;  /* ... but for the request of this tag, whose body comes in any case */
} hr_http_bounds;

/* Holds until the next call. A body for which there is no room stays with the network until there
 * is; nothing is sent twice. `first` is submitted before the next hr_http_next(). */
void hr_http_flow_bound(hr_http_flow *f, const hr_http_bounds *bounds);

/* Bytes of the bodies under way. */
size_t hr_http_flow_bytes(const hr_http_flow *f);

#endif
