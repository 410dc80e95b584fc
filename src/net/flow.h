/* flow.h -- requests in flight. */
#ifndef HR_NET_FLOW_H
#define HR_NET_FLOW_H

#include "headrace/http.h"

/* As hr_http_send, for requests that another one waits for, such as for a token: it does not count
 * as one of the `concurrency`, which would be a deadlock. */
HR_NODISCARD hr_status hr_send_aside(hr_http_client *c, const hr_http_request *request,
                                     hr_http_response **out, hr_error *err);

#endif
