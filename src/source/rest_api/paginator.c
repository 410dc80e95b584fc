#include "source/rest_api/paginator.h"

#include <inttypes.h>
#include <stdio.h>

#include <xxhash.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "net/url.h"
#include "source/rest_api/link_header.h"
#include "source/rest_api/page_value.h"

static const char *const names[] = {
    [HR_PAGING_AUTO] = "auto",
    [HR_PAGING_SINGLE] = "single_page",
    [HR_PAGING_HEADER_LINK] = "header_link",
    [HR_PAGING_JSON_LINK] = "json_link",
    [HR_PAGING_HEADER_CURSOR] = "header_cursor",
    [HR_PAGING_CURSOR] = "cursor",
    [HR_PAGING_PAGE_NUMBER] = "page_number",
    [HR_PAGING_OFFSET] = "offset",
};

const char *hr_paging_name(hr_paging_kind kind)
{
    return names[kind];
}

static bool is_range(const hr_paging *g)
{
    return g->kind == HR_PAGING_PAGE_NUMBER || g->kind == HR_PAGING_OFFSET;
}

hr_status hr_paging_check(const hr_paging *g, hr_error *err)
{
    if (is_range(g) && !g->total_path && !g->has_maximum && !g->has_more_path &&
        !g->stop_after_empty_page)
        return hr_fail(err, HR_E_CONFIG,
                       "%s would never end: give total_path, maximum_%s, has_more_path, or "
                       "stop_after_empty_page: true",
                       names[g->kind], g->kind == HR_PAGING_OFFSET ? "offset" : "page");
    return HR_OK;
}

void hr_paging_describe(const hr_paging *g, hr_buf *out)
{
    hr_buf_addz(out, names[g->kind]);
    if (g->kind == HR_PAGING_HEADER_LINK && strcmp(g->key, "next") != 0)
        hr_buf_addf(out, " of rel %s", g->key);
    if (g->kind == HR_PAGING_HEADER_CURSOR)
        hr_buf_addf(out, " in the header %s", g->key);
    if (g->next_path_text)
        hr_buf_addf(out, " at %s", g->next_path_text);
    if (g->param)
        hr_buf_addf(out, ", sent as ?%s=", g->param);
    if (g->body_path)
        hr_buf_addf(out, ", sent in the body as %s", g->body_path);
    if (is_range(g) && g->total_path_text)
        hr_buf_addf(out, ", total at %s", g->total_path_text);
}

void hr_paginator_begin(hr_paginator *p, const hr_paging *paging)
{
    *p = (hr_paginator){.paging = paging, .more = true, .value = paging->first};
}

void hr_paginator_release(hr_paginator *p)
{
    hr_free(p->next);
    hr_free(p->seen);
    *p = (hr_paginator){0};
}

/* ---- the next request ---- */

static void fill_range(const hr_paging *g, int64_t value, char *number, hr_page_request *out)
{
    (void)snprintf(number, 24, "%" PRId64, value);
    out->text = number;
    out->is_number = true;
    out->param = g->param;
    out->body_path = g->body_path;
    if (g->kind == HR_PAGING_OFFSET) {
        out->limit_param = g->limit_param;
        out->limit_body_path = g->limit_body_path;
        out->limit = g->limit;
    }
}

void hr_paginator_fill(hr_paginator *p, hr_page_request *out)
{
    const hr_paging *g = p->paging;

    *out = (hr_page_request){0};
    if (is_range(g)) {
        fill_range(g, p->value, p->number, out);
    } else if (p->next && (g->kind == HR_PAGING_HEADER_LINK || g->kind == HR_PAGING_JSON_LINK)) {
        out->url = p->next;
    } else if (p->next) {
        out->text = p->next;
        out->is_number = p->next_is_number;
        out->param = g->param;
        out->body_path = g->body_path;
    }
}

static int64_t step_of(const hr_paging *g)
{
    return g->kind == HR_PAGING_OFFSET ? g->limit : 1;
}

static bool in_range(const hr_paginator *p, int64_t value)
{
    const hr_paging *g = p->paging;

    if (p->total_known && value >= p->total + g->base)
        return false;
    return !g->has_maximum || value < g->maximum;
}

bool hr_paginator_peek(const hr_paginator *p, unsigned ahead, char *number, hr_page_request *out)
{
    const hr_paging *g = p->paging;
    int64_t value = 0;

    *out = (hr_page_request){0};
    if (!is_range(g) || !p->more || !p->total_known)
        return false;
    if (__builtin_mul_overflow((int64_t)ahead, step_of(g), &value) ||
        __builtin_add_overflow(value, p->value, &value) || !in_range(p, value))
        return false;
    fill_range(g, value, number, out);
    return true;
}

/* ---- guards ---- */

static hr_status remember(hr_paginator *p, uint64_t hash, bool *known, hr_error *err)
{
    *known = false;
    if (p->n_seen * 2 >= p->cap_seen) {
        const size_t cap = p->cap_seen ? 2 * p->cap_seen : 64;
        uint64_t *bigger = hr_calloc(cap, sizeof(*bigger));

        if (!bigger)
            return hr_nomem(err);
        for (size_t i = 0; i < p->cap_seen; i++) {
            size_t at = p->seen[i] & (cap - 1);

            while (p->seen[i] && bigger[at])
                at = (at + 1) & (cap - 1);
            if (p->seen[i])
                bigger[at] = p->seen[i];
        }
        hr_free(p->seen);
        p->seen = bigger;
        p->cap_seen = cap;
    }
    const uint64_t key = hash ? hash : 1;
    size_t at = key & (p->cap_seen - 1);
    while (p->seen[at] && p->seen[at] != key)
        at = (at + 1) & (p->cap_seen - 1);
    *known = p->seen[at] == key;
    if (!*known) {
        p->seen[at] = key;
        p->n_seen++;
    }
    return HR_OK;
}

/* The reference to the page after this one; takes `next` over. NULL: there is none. */
static hr_status set_next(hr_paginator *p, char *next, bool is_number, hr_error *err)
{
    bool known = false;

    hr_free(p->next);
    p->next = next;
    p->next_is_number = is_number;
    if (!next) {
        p->more = false;
        return HR_OK;
    }
    HR_TRY(remember(p, XXH3_64bits(next, strlen(next)), &known, err));
    if (!known)
        return HR_OK;
    if (p->paging->param)
        return hr_fail(err, HR_E_REMOTE,
                       "page %" PRIu64
                       " refers to a page that was read before (the same cursor came "
                       "twice), so it would go on for ever; does the API know the parameter %s?",
                       p->pages, p->paging->param);
    return hr_fail(err, HR_E_REMOTE,
                   "page %" PRIu64 " refers to a page that was read before, so it would go on for "
                   "ever",
                   p->pages);
}

/* Two pages in a row with the same rows: the API ignores what asks for the next one. Where the
 * end is known, repetition does no harm. */
static hr_status guard_repetition(hr_paginator *p, const hr_page_answer *a, hr_error *err)
{
    const hr_paging *g = p->paging;
    const bool endless = !(p->total_known || g->has_maximum) || !is_range(g);
    const bool same = p->pages > 1 && a->rows && a->hash == p->last_hash;

    p->last_hash = a->hash;
    if (!same || !endless || !p->more)
        return HR_OK;
    return hr_fail(err, HR_E_REMOTE,
                   "page %" PRIu64 " has the same rows as page %" PRIu64
                   "; the API seems to ignore %s%s, and it would go on for ever",
                   p->pages, p->pages - 1, g->param ? "the parameter " : "what asks for the next",
                   g->param ? g->param : " page");
}

/* ---- one answer ---- */

static yyjson_val *find(const hr_jsonpath *path, yyjson_val *body)
{
    return path && body ? hr_jsonpath_first(path, body) : NULL;
}

static hr_status after_link(hr_paginator *p, const hr_page_answer *a, hr_str reference,
                            hr_error *err)
{
    char *url = NULL;
    char *text = reference.n ? hr_strndup(reference) : NULL;

    if (!reference.n)
        return set_next(p, NULL, false, err);
    if (!text)
        return hr_nomem(err);
    const hr_status st = hr_url_resolve(a->url, text, &url, err);
    hr_free(text);
    if (st == HR_OK)
        return set_next(p, url, false, err);
    /* What cannot be a setting of the user's is the API's doing. */
    return hr_fail_in(err, st == HR_E_CONFIG ? HR_E_REMOTE : st, "the link to the next page");
}

static hr_status after_header_link(hr_paginator *p, const hr_page_answer *a, hr_error *err)
{
    const char *line = NULL;
    hr_str found = {0};

    for (size_t i = 0; !found.p && (line = a->header(a->ctx, "Link", i)); i++)
        found = hr_link_header_find(hr_str_from(line), hr_str_from(p->paging->key));
    return after_link(p, a, found, err);
}

static hr_status after_json_link(hr_paginator *p, const hr_page_answer *a, hr_error *err)
{
    yyjson_val *v = find(p->paging->next_path, a->body);

    if (v && !yyjson_is_str(v) && hr_page_value_refers(v))
        return hr_fail(err, HR_E_REMOTE, "the link to the next page at %s is no text",
                       p->paging->next_path_text);
    return after_link(p, a, (hr_str){yyjson_get_str(v), yyjson_get_len(v)}, err);
}

static hr_status after_header_cursor(hr_paginator *p, const hr_page_answer *a, hr_error *err)
{
    const char *value = a->header(a->ctx, p->paging->key, 0);
    char *next = value && value[0] ? hr_strdup(value) : NULL;

    return value && value[0] && !next ? hr_nomem(err) : set_next(p, next, false, err);
}

static hr_status after_cursor(hr_paginator *p, const hr_page_answer *a, hr_error *err)
{
    const hr_paging *g = p->paging;
    bool is_number = false;
    bool has_more = true;

    if (g->stop_after_empty_page && !a->rows)
        return set_next(p, NULL, false, err);
    if (g->has_more_path)
        HR_TRY(hr_page_value_has_more(g, find(g->has_more_path, a->body), &has_more, err));
    yyjson_val *v = find(g->next_path, a->body);
    if (yyjson_is_obj(v) || yyjson_is_arr(v))
        return hr_fail(err, HR_E_REMOTE, "the cursor at %s is neither text nor number",
                       g->next_path_text);
    if (!has_more || !hr_page_value_refers(v))
        return set_next(p, NULL, false, err);
    char *next = hr_page_value_text(v, &is_number);
    return next ? set_next(p, next, is_number, err) : hr_nomem(err);
}

static hr_status after_range(hr_paginator *p, const hr_page_answer *a, hr_error *err)
{
    const hr_paging *g = p->paging;
    bool has_more = true;

    if (g->stop_after_empty_page && !a->rows) {
        p->more = false;
        return HR_OK;
    }
    yyjson_val *total = find(g->total_path, a->body);
    p->total_known = total && !yyjson_is_null(total);
    if (p->total_known)
        HR_TRY(hr_page_value_total(g, total, &p->total, err));
    else if (g->total_path && g->total_required)
        return hr_fail(err, HR_E_REMOTE,
                       "total_path %s finds nothing in the answer; if the API gives no total, say "
                       "total_path: null",
                       g->total_path_text);
    if (__builtin_add_overflow(p->value, step_of(g), &p->value))
        p->more = false;
    p->more = p->more && in_range(p, p->value);
    if (g->has_more_path) {
        HR_TRY(hr_page_value_has_more(g, find(g->has_more_path, a->body), &has_more, err));
        p->more = p->more && has_more;
    }
    return HR_OK;
}

static hr_status read_answer(hr_paginator *p, const hr_page_answer *a, hr_error *err)
{
    switch (p->paging->kind) {
    case HR_PAGING_HEADER_LINK:
        return after_header_link(p, a, err);
    case HR_PAGING_JSON_LINK:
        return after_json_link(p, a, err);
    case HR_PAGING_HEADER_CURSOR:
        return after_header_cursor(p, a, err);
    case HR_PAGING_CURSOR:
        return after_cursor(p, a, err);
    case HR_PAGING_PAGE_NUMBER:
    case HR_PAGING_OFFSET:
        return after_range(p, a, err);
    default:
        p->more = false;
        return HR_OK;
    }
}

hr_status hr_paginator_page(hr_paginator *p, const hr_page_answer *answer, hr_error *err)
{
    p->pages++;
    HR_TRY(read_answer(p, answer, err));
    return guard_repetition(p, answer, err);
}
