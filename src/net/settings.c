#include "net/settings.h"

void hr_http_settings_init(hr_http_settings *s)
{
    *s = (hr_http_settings){
        .concurrency = 10,
        .max_response = INT64_C(128) << 20,
        .max_redirects = 10,
        .timeout = {.connect = 30, .read = 60, .total = 1800},
        .retry = {.max_attempts = 5,
                  .backoff_factor = 1,
                  .max_delay = 300,
                  .deadline = 3600,
                  .methods = HR_METHOD_GET | HR_METHOD_HEAD | HR_METHOD_OPTIONS | HR_METHOD_TRACE |
                             HR_METHOD_PUT | HR_METHOD_DELETE},
        .tls = {.verify = true},
    };
    s->retry.on[408] = s->retry.on[425] = s->retry.on[429] = true;
    for (int status = 500; status < HR_STATUS_END; status++)
        s->retry.on[status] = true;
}
