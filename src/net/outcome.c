#include "base/mem.h"
#include "net/net_int.h"

/* The reason why there is no whole answer. */
static void fail_transfer(hr_transfer *t, CURLcode code)
{
    const char *const reason =
        t->reason[0] ? t->reason : t->flow->client->curl->easy_strerror(code);
    hr_buf url = {0};
    hr_error why = {0};

    hr_redact_url(hr_str_from(t->url), &url);
    (void)hr_fail(&why, HR_E_REMOTE, "%s %s: %s", t->method, url.data ? url.data : "", reason);
    hr_buf_release(&url);
    hr_response_fail(t->response, &why);
}

hr_outcome hr_transfer_ended(hr_transfer *t, CURLcode code)
{
    hr_http_response *const r = t->response;
    long status = 0;

    t->attempts++;
    r->attempts = t->attempts;
    (void)t->flow->client->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    hr_transfer_unprepare(t);
    r->status = (int)status;
    if (code != CURLE_OK)
        fail_transfer(t, code);
    r->url = hr_strdup(t->url);
    return HR_OUTCOME_DONE;
}
