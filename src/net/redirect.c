/* Redirects, done by us: credentials stay with the scheme, host and port that they are for. */
#include <strings.h>

#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/net_int.h"

bool hr_is_redirect(const hr_http_response *r)
{
    const int s = r->status;

    return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) &&
           hr_http_response_header(r, "Location", 0);
}

bool hr_transfer_has_secrets(const hr_transfer *t)
{
    for (size_t i = 0; i < t->n_headers; i++) {
        if (hr_secret_is_sent(hr_str_from(t->headers[i].name)))
            return true;
    }
    return t->auth != NULL;
}

/* Whether a parameter of the query is one of ours: the name under which we send a key, or a value
 * that we know to be secret. A signature that the server has put there itself is neither. */
static bool is_ours(const hr_transfer *t, hr_str param)
{
    const char *const name =
        t->auth && t->auth->ops->parameter ? t->auth->ops->parameter(t->auth) : NULL;
    const size_t n = name ? strlen(name) : 0;

    if (n && param.n > n && param.p[n] == '=' && memcmp(param.p, name, n) == 0)
        return true;

    const char *const equals = memchr(param.p, '=', param.n);

    return equals && hr_secret_in((hr_str){equals + 1, param.n - (size_t)(equals + 1 - param.p)});
}

/* The URL without what is ours in its query, in the arena; NULL: out of memory. */
static const char *without_secrets(hr_transfer *t, const char *url)
{
    const char *const mark = strchr(url, '?');
    hr_buf out = {0};
    char next = '?';

    if (!mark)
        return hr_arena_strndup(&t->arena, hr_str_from(url));
    hr_buf_add(&out, (hr_str){url, (size_t)(mark - url)});
    for (const char *p = mark + 1; *p;) {
        const size_t n = strcspn(p, "&");

        if (n && !is_ours(t, (hr_str){p, n})) {
            hr_buf_addc(&out, next);
            hr_buf_add(&out, (hr_str){p, n});
            next = '&';
        }
        p += n + (p[n] == '&');
    }

    const char *const kept = out.failed ? NULL : hr_arena_strndup(&t->arena, hr_buf_str(&out));

    hr_buf_release(&out);
    return kept;
}

static bool to_get(const hr_transfer *t)
{
    const int s = t->response->status;

    if (strcmp(t->method, "HEAD") == 0)
        return false;
    return s == 303 || ((s == 301 || s == 302) && strcmp(t->method, "POST") == 0);
}

static void drop_body(hr_transfer *t)
{
    hr_outgoing o = {.arena = &t->arena, .headers = t->headers, .n_headers = t->n_headers};

    t->method = "GET";
    t->body = (hr_str){0};
    (void)hr_outgoing_set(&o, "Content-Type", NULL);
    t->n_headers = o.n_headers;
}

/* t->host is where it came from, `from` its origin. */
static hr_status check_leaving(hr_transfer *t, const char *from, hr_error *err)
{
    if (strncmp(from, "https:", 6) == 0 && strncmp(t->host->origin, "http:", 5) == 0 &&
        hr_transfer_has_secrets(t))
        return hr_fail(err, HR_E_REMOTE,
                       "redirected from https to %s, where anybody could read what follows: not "
                       "done for a request with credentials",
                       t->host->origin);
    if (t->body.n)
        return hr_fail(err, HR_E_REMOTE,
                       "redirected to %s, another host: not done for a request with a body; if it "
                       "is the right one, use its URL",
                       t->host->origin);
    return HR_OK;
}

hr_status hr_transfer_redirect(hr_transfer *t, hr_error *err)
{
    const char *const from = t->host->origin;
    const char *const location = hr_http_response_header(t->response, "Location", 0);
    char *to = NULL;

    if (t->redirects++ >= t->flow->client->settings.max_redirects)
        return hr_fail(err, HR_E_REMOTE, "redirected %d times: does it lead in circles?",
                       t->redirects);
    HR_TRY(hr_url_resolve(t->url, location, &to, err));
    if (to_get(t))
        drop_body(t);

    const char *url = hr_arena_strndup(&t->arena, hr_str_from(to));

    hr_free(to);
    if (!url)
        return hr_nomem(err);
    HR_TRY(hr_transfer_aim(t, url, err));
    if (strcmp(from, t->host->origin) == 0)
        return HR_OK;
    HR_TRY(check_leaving(t, from, err));
    t->trusted = ""; /* nor does it get them back by being sent on to where it came from */
    url = without_secrets(t, url);
    return url ? hr_transfer_aim(t, url, err) : hr_nomem(err);
}
