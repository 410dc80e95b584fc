#include "net/auth_token.h"

#include <yyjson.h>

#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "net/flow.h"
#include "net/net_int.h"
#include "json/json.h"

enum {
    MARGIN = 60,        /* seconds before the end at which a token counts as expired ... */
    MARGIN_PART = 10,   /* ... or this part of its life, if that is less */
    FAILURE_HOLDS = 10, /* seconds */
};

void hr_form_add(hr_buf *form, const char *name, const char *value)
{
    if (form->len)
        hr_buf_addc(form, '&');
    hr_url_encode_fields(&(hr_http_field){name, value}, 1, form);
}

bool hr_token_keep(hr_token_auth *a, const char *text, const char **out)
{
    *out = text ? hr_arena_strndup(&a->arena, hr_str_from(text)) : NULL;
    return *out || !text;
}

/* Makes `token` the one that requests use. */
static hr_status set_token(hr_token_auth *a, hr_str token, hr_error *err)
{
    hr_buf header = {0};

    HR_TRY(hr_secret_add(token, err));
    hr_buf_addz(&header, "Bearer ");
    hr_buf_add(&header, token);

    char *const text = hr_buf_take(&header);

    if (!text)
        return hr_nomem(err);
    hr_free(a->header);
    a->header = text;
    a->generation++;
    a->stale = false;
    a->worked = false;
    return HR_OK;
}

/* Servers send numbers as texts, too. */
static double read_lifetime(const hr_token_auth *a, yyjson_val *val)
{
    const char *const text = yyjson_get_str(val);
    double seconds = 0;

    if (yyjson_is_num(val))
        seconds = yyjson_get_num(val);
    else if (!text || !hr_read_duration(hr_str_from(text), &seconds))
        seconds = 0;
    return seconds > 0 && seconds < 1e9 ? seconds : a->lifetime;
}

static hr_status keep_refresh_token(hr_token_auth *a, yyjson_val *val, hr_error *err)
{
    if (!yyjson_is_str(val))
        return HR_OK;

    char *const copy = hr_strdup(yyjson_get_str(val));

    if (!copy)
        return hr_nomem(err);
    hr_free(a->refresh_token);
    a->refresh_token = copy;
    return hr_secret_add(hr_str_from(copy), err);
}

static hr_status use_answer(hr_token_auth *a, yyjson_val *root, hr_error *err)
{
    yyjson_val *const token = yyjson_obj_get(root, "access_token");

    if (!yyjson_is_str(token) || !yyjson_get_len(token) || strpbrk(yyjson_get_str(token), "\r\n"))
        return hr_fail(err, HR_E_REMOTE, "the answer of %s has no \"access_token\"", a->url);
    HR_TRY(set_token(a, (hr_str){yyjson_get_str(token), yyjson_get_len(token)}, err));

    const double life = read_lifetime(a, yyjson_obj_get(root, "expires_in"));
    const double margin = life / MARGIN_PART < MARGIN ? life / MARGIN_PART : MARGIN;

    a->expires = hr_clock_ticks(&a->base.client->clock) + (int64_t)((life - margin) * HR_SECOND);
    return keep_refresh_token(a, yyjson_obj_get(root, "refresh_token"), err);
}

static hr_status read_answer(hr_token_auth *a, hr_http_response *r, hr_error *err)
{
    size_t n = 0;
    const char *const body = hr_http_response_body(r, &n);

    HR_TRY(hr_http_response_check(r, err));

    yyjson_doc *const doc = hr_json_read((hr_str){body, n}, YYJSON_READ_NOFLAG, NULL);

    if (!doc)
        return hr_fail(err, HR_E_REMOTE, "the answer of %s is not JSON", a->url);

    const hr_status st = use_answer(a, yyjson_doc_get_root(doc), err);

    yyjson_doc_free(doc);
    return st;
}

static hr_status fetch(hr_token_auth *a, hr_error *err)
{
    hr_http_client *const c = a->base.client;
    hr_buf form = {0};
    hr_http_response *r = NULL;
    hr_status st = a->form(a, hr_clock_date(&c->clock), &form, err);

    if (st == HR_OK)
        st = hr_buf_status(&form, err);
    if (st == HR_OK) {
        const hr_http_request request = {.size = sizeof(request),
                                         .method = "POST",
                                         .url = a->url,
                                         .trusted = a->url,
                                         .headers = a->headers,
                                         .n_headers = a->n_headers,
                                         .body = form.data,
                                         .body_size = form.len,
                                         .idempotent = true};

        st = hr_send_aside(c, &request, &r, err);
    }
    if (st == HR_OK)
        st = read_answer(a, r, err);
    hr_http_response_free(r);
    hr_buf_release(&form);
    return st == HR_OK ? st : hr_fail_in(err, st, "auth %s: no token", a->kind);
}

/* With the lock held. Requests that wait for the same token share its failure. */
static hr_status renew(hr_token_auth *a, hr_error *err)
{
    const hr_clock *const clock = &a->base.client->clock;
    const int64_t now = hr_clock_ticks(clock);

    if (a->header && !a->stale && now < a->expires)
        return HR_OK;
    if (now >= a->failed_until) {
        const hr_status st = fetch(a, &a->failure);

        if (st == HR_OK)
            return HR_OK;
        a->failure.status = st;
        a->failed_until = hr_clock_ticks(clock) + (int64_t)FAILURE_HOLDS * HR_SECOND;
    }
    if (err)
        *err = a->failure;
    return a->failure.status;
}

static hr_status token_apply(hr_http_auth *base, hr_outgoing *o, hr_error *err)
{
    hr_token_auth *const a = (hr_token_auth *)base;
    const char *header = NULL;

    (void)pthread_mutex_lock(&a->lock);

    hr_status st = renew(a, err);

    if (st == HR_OK) {
        header = hr_arena_strndup(o->arena, hr_str_from(a->header));
        o->generation = a->generation;
    }
    (void)pthread_mutex_unlock(&a->lock);
    if (st == HR_OK && (!header || !hr_outgoing_set(o, "Authorization", header)))
        st = hr_nomem(err);
    return st;
}

static bool token_rejected(hr_http_auth *base, uint64_t generation)
{
    hr_token_auth *const a = (hr_token_auth *)base;

    (void)pthread_mutex_lock(&a->lock);
    if (generation == a->generation && a->worked)
        a->stale = true;

    const bool again = generation != a->generation || a->stale;

    (void)pthread_mutex_unlock(&a->lock);
    return again;
}

static void token_accepted(hr_http_auth *base, uint64_t generation)
{
    hr_token_auth *const a = (hr_token_auth *)base;

    (void)pthread_mutex_lock(&a->lock);
    if (generation == a->generation)
        a->worked = true;
    (void)pthread_mutex_unlock(&a->lock);
}

static void token_free(hr_http_auth *base)
{
    hr_token_auth *const a = (hr_token_auth *)base;

    if (a->release)
        a->release(a);
    (void)pthread_mutex_destroy(&a->lock);
    hr_free(a->header);
    hr_free(a->refresh_token);
    hr_arena_release(&a->arena);
    hr_free(a);
}

static const hr_auth_ops token_ops = {.apply = token_apply,
                                      .rejected = token_rejected,
                                      .accepted = token_accepted,
                                      .free = token_free};

hr_status hr_token_auth_init(hr_token_auth *a, hr_http_client *c, const char *url,
                             const char *given_token, hr_error *err)
{
    static const hr_http_field form[] = {{"Content-Type", "application/x-www-form-urlencoded"},
                                         {"Accept", "application/json"}};

    a->base = (hr_http_auth){.ops = &token_ops, .client = c};
    a->headers = form;
    a->n_headers = sizeof(form) / sizeof(form[0]);
    (void)pthread_mutex_init(&a->lock, NULL);
    if (!hr_token_keep(a, url, &a->url))
        return hr_nomem(err);
    if (!given_token || !*given_token)
        return HR_OK;
    HR_TRY(set_token(a, hr_str_from(given_token), err));
    a->expires = INT64_MAX; /* nobody said; a 401 tells */
    a->worked = true;
    return HR_OK;
}
