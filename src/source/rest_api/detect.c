#include "source/rest_api/detect.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/link_header.h"

void hr_detected_release(hr_detected *d)
{
    hr_jsonpath_free(d->selector);
    hr_jsonpath_free(d->next_path);
    hr_jsonpath_free(d->total_path);
    hr_arena_release(&d->arena);
    *d = (hr_detected){0};
}

/* ---- walking objects, with the path to where one is ---- */

enum { DEEPEST = 3, MOST_LISTS = 64 };

typedef struct crumb {
    const struct crumb *up;
    yyjson_val *key;
} crumb;

static void add_path(hr_buf *out, const crumb *c)
{
    if (c->up) {
        add_path(out, c->up);
        hr_buf_addc(out, '.');
    }
    hr_jsonpath_quote(out, (hr_str){yyjson_get_str(c->key), yyjson_get_len(c->key)});
}

static const char *path_text(hr_arena *a, const crumb *c)
{
    hr_buf text = {0};

    add_path(&text, c);
    const char *copy = text.failed ? NULL : hr_arena_strndup(a, hr_buf_str(&text));
    hr_buf_release(&text);
    return copy;
}

/* ---- where the rows are ---- */

typedef struct list {
    const char *path;
    hr_str key;
    bool of_objects;
} list;

typedef struct lists {
    hr_arena *arena;
    list items[MOST_LISTS];
    size_t n;
    bool nomem;
} lists;

static const char *const row_keys[] = {"data",    "items",   "results",  "entries",
                                       "records", "rows",    "entities", "payload",
                                       "content", "objects", "values"};
static const char *const side_keys[] = {"meta",    "metadata", "pagination", "links",    "extras",
                                        "headers", "errors",   "warnings",   "messages", "facets"};

static bool is_one_of(hr_str key, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(words[i]) == key.n && strncasecmp(words[i], key.p, key.n) == 0)
            return true;
    }
    return false;
}

#define IS_ONE_OF(key, words) is_one_of(key, words, sizeof(words) / sizeof((words)[0]))

static void collect_lists(lists *l, yyjson_val *obj, const crumb *up, unsigned depth)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);

    for (yyjson_val *key; (key = yyjson_obj_iter_next(&it));) {
        yyjson_val *v = yyjson_obj_iter_get_val(key);
        const crumb here = {up, key};

        if (yyjson_is_arr(v) && l->n < MOST_LISTS) {
            list *found = &l->items[l->n++];

            found->path = path_text(l->arena, &here);
            found->key = (hr_str){yyjson_get_str(key), yyjson_get_len(key)};
            found->of_objects = yyjson_is_obj(yyjson_arr_get_first(v));
            l->nomem = l->nomem || !found->path;
        } else if (yyjson_is_obj(v) && depth < DEEPEST) {
            collect_lists(l, v, &here, depth + 1);
        }
    }
}

static hr_status ambiguous(const lists *l, hr_error *err)
{
    hr_buf names = {0};

    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].of_objects && !IS_ONE_OF(l->items[i].key, side_keys))
            hr_buf_addf(&names, "%s%s", names.len ? ", " : "", l->items[i].path);
    }
    const hr_status st = hr_fail(err, HR_E_REMOTE,
                                 "several lists could be the rows: %s; name the one with "
                                 "data_selector",
                                 names.failed ? "" : names.data);
    hr_buf_release(&names);
    return st;
}

/* Lists of objects speak for themselves; else an object that has an id is one row, whatever lists
 * it holds; else the first list is taken, as dlt does. */
static hr_status choose_list(const lists *l, yyjson_val *body, const char **out, hr_error *err)
{
    const char *only = NULL;

    for (size_t i = 0; i < l->n; i++) {
        if (IS_ONE_OF(l->items[i].key, row_keys)) {
            *out = l->items[i].path;
            return HR_OK;
        }
    }
    for (size_t i = 0; i < l->n; i++) {
        if (!l->items[i].of_objects || IS_ONE_OF(l->items[i].key, side_keys))
            continue;
        if (only)
            return ambiguous(l, err);
        only = l->items[i].path;
    }
    if (yyjson_obj_get(body, "id"))
        only = "$";
    for (size_t i = 0; i < l->n && !only; i++) {
        if (!IS_ONE_OF(l->items[i].key, side_keys))
            only = l->items[i].path;
    }
    *out = only ? only : "$";
    return HR_OK;
}

hr_status hr_detect_selector(hr_detected *d, yyjson_val *body, hr_error *err)
{
    lists l = {.arena = &d->arena};
    const char *text = "$";

    if (yyjson_is_obj(body)) {
        collect_lists(&l, body, NULL, 1);
        if (l.nomem)
            return hr_nomem(err);
        HR_TRY(choose_list(&l, body, &text, err));
    }
    d->selector_text = text;
    return hr_jsonpath_compile(&d->selector, hr_str_from(text), err);
}

/* ---- how the pages go on ---- */

static bool is_scalar(yyjson_val *v)
{
    return yyjson_is_num(v) || yyjson_is_raw(v) || (yyjson_is_str(v) && yyjson_get_len(v));
}

static bool key_starts(yyjson_val *key, const char *prefix)
{
    return strncasecmp(yyjson_get_str(key), prefix, strlen(prefix)) == 0;
}

/* Of {"next": {"href": ...}}, the part that refers. */
static yyjson_val *reference_in(yyjson_val *obj, yyjson_val **key)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);

    while ((*key = yyjson_obj_iter_next(&it))) {
        yyjson_val *v = yyjson_obj_iter_get_val(*key);

        if ((key_starts(*key, "href") || key_starts(*key, "url")) && is_scalar(v))
            return v;
    }
    return NULL;
}

typedef struct next_key {
    const char *path;
    hr_str name; /* of the key */
    yyjson_val *value;
} next_key;

static bool find_next(hr_arena *a, yyjson_val *obj, const crumb *up, unsigned depth, next_key *out)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);

    for (yyjson_val *key; depth <= 8 && (key = yyjson_obj_iter_next(&it));) {
        yyjson_val *v = yyjson_obj_iter_get_val(key);
        const crumb here = {up, key};
        yyjson_val *inner_key = NULL;
        yyjson_val *inner = key_starts(key, "next") ? reference_in(v, &inner_key) : NULL;
        const crumb below = {&here, inner_key};

        if (key_starts(key, "next") && (inner || is_scalar(v))) {
            out->path = path_text(a, inner ? &below : &here);
            out->name = (hr_str){yyjson_get_str(key), yyjson_get_len(key)};
            out->value = inner ? inner : v;
            return true;
        }
        if (yyjson_is_obj(v) && find_next(a, v, &here, depth + 1, out))
            return true;
    }
    return false;
}

static bool is_url(yyjson_val *v)
{
    const char *s = yyjson_get_str(v);

    return s && (strncasecmp(s, "http", 4) == 0 || s[0] == '/');
}

/* What a cursor found under this key is sent as: next_page_token as page_token, a number under
 * next_page as page; else, as dlt has it, cursor. */
static const char *parameter_for(hr_arena *a, const next_key *k)
{
    hr_str rest = {k->name.p + 4, k->name.n - 4};

    if (rest.n && (*rest.p == '_' || *rest.p == '-'))
        rest = (hr_str){rest.p + 1, rest.n - 1};
    const bool token = rest.n > 5 && strncasecmp(rest.p + rest.n - 5, "token", 5) == 0;
    const bool page =
        !yyjson_is_str(k->value) && rest.n == 4 && strncasecmp(rest.p, "page", 4) == 0;
    if (!token && !page)
        return "cursor";
    const char *name = hr_arena_strndup(a, rest);
    if (name && isupper((unsigned char)name[0])) {
        char *copy = hr_arena_alloc(a, rest.n + 1);

        if (!copy)
            return NULL;
        memcpy(copy, name, rest.n + 1);
        copy[0] = (char)tolower((unsigned char)copy[0]);
        name = copy;
    }
    return name;
}

static bool whole_number(yyjson_val *v, int64_t *out)
{
    char *end = NULL;

    if (yyjson_is_int(v)) {
        *out = yyjson_get_sint(v);
        return true;
    }
    if (!yyjson_is_str(v) || !yyjson_get_len(v))
        return false;
    *out = strtoll(yyjson_get_str(v), &end, 10);
    return !*end;
}

typedef struct page_count {
    const char *path;
    int64_t pages;
    bool has_current;
    int64_t current;
} page_count;

static const char *const count_keys[] = {"total_pages", "pages", "totalpages", "page_count",
                                         "pagecount"};
static const char *const current_keys[] = {"page",        "current_page", "currentpage",
                                           "page_number", "pagenumber",   "number"};

static bool find_page_count(hr_arena *a, yyjson_val *obj, const crumb *up, unsigned depth,
                            page_count *out)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    bool found = false;

    for (yyjson_val *key; depth <= 8 && (key = yyjson_obj_iter_next(&it));) {
        yyjson_val *v = yyjson_obj_iter_get_val(key);
        const hr_str name = {yyjson_get_str(key), yyjson_get_len(key)};
        const crumb here = {up, key};
        int64_t n = 0;

        if (!found && IS_ONE_OF(name, count_keys) && whole_number(v, &n)) {
            out->path = path_text(a, &here);
            out->pages = n;
            found = true;
        } else if (IS_ONE_OF(name, current_keys) && whole_number(v, &n)) {
            out->has_current = true;
            out->current = n;
        } else if (!found && yyjson_is_obj(v) && find_page_count(a, v, &here, depth + 1, out)) {
            return true;
        }
    }
    return found;
}

static hr_status compile(hr_jsonpath **out, const char *text, hr_error *err)
{
    return text ? hr_jsonpath_compile(out, hr_str_from(text), err) : hr_nomem(err);
}

static hr_status next_key_paging(hr_detected *d, const next_key *k, hr_error *err)
{
    const bool link = is_url(k->value);

    d->paging.kind = link ? HR_PAGING_JSON_LINK : HR_PAGING_CURSOR;
    d->paging.next_path_text = k->path;
    d->paging.param = link ? NULL : parameter_for(&d->arena, k);
    if (!link && !d->paging.param)
        return hr_nomem(err);
    HR_TRY(compile(&d->next_path, k->path, err));
    d->paging.next_path = d->next_path;
    return HR_OK;
}

static hr_status page_count_paging(hr_detected *d, const page_count *c, hr_error *err)
{
    if (c->pages <= 1)
        return HR_OK;
    if (!c->has_current)
        return hr_fail(
            err, HR_E_REMOTE,
            "the answer says at %s that there are %lld pages, but not whether they count "
            "from 0 or 1; say paginator: {type: page_number, base_page: 1, total_path: "
            "%s}",
            c->path, (long long)c->pages, c->path);
    d->paging = (hr_paging){.kind = HR_PAGING_PAGE_NUMBER,
                            .param = "page",
                            .first = c->current,
                            .base = c->current,
                            .total_path_text = c->path,
                            .total_required = true,
                            .stop_after_empty_page = true};
    HR_TRY(compile(&d->total_path, c->path, err));
    d->paging.total_path = d->total_path;
    return HR_OK;
}

hr_status hr_detect_paging(hr_detected *d, const hr_page_answer *a, hr_error *err)
{
    next_key k = {0};
    page_count c = {0};
    const char *line = NULL;

    d->has_paging = true;
    d->paging = (hr_paging){.kind = HR_PAGING_SINGLE};
    for (size_t i = 0; (line = a->header(a->ctx, "Link", i)); i++) {
        if (hr_link_header_find(hr_str_from(line), HR_STR("next")).n) {
            d->paging = (hr_paging){.kind = HR_PAGING_HEADER_LINK, .key = "next"};
            return HR_OK;
        }
    }
    const bool has_next = a->body && find_next(&d->arena, a->body, NULL, 1, &k);
    if (has_next && is_url(k.value))
        return next_key_paging(d, &k, err);
    if (a->body && find_page_count(&d->arena, a->body, NULL, 1, &c))
        return page_count_paging(d, &c, err);
    return has_next ? next_key_paging(d, &k, err) : HR_OK;
}

bool hr_names_single_entity(hr_str path)
{
    while (path.n && path.p[path.n - 1] == '/')
        path.n--;
    size_t at = path.n;
    while (at && path.p[at - 1] != '/')
        at--;
    for (; at < path.n; at++) {
        const hr_str rest = {path.p + at, path.n - at};

        if (hr_str_starts(rest, HR_STR("{resources.")))
            return true;
    }
    return false;
}
