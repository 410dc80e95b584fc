/* Placeholders: {name} of the path is a parameter, bound here; {resources.<parent>.<field>} and
 * {incremental.<value>} are noted, to be filled in for each request. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/plan_int.h"
#include "source/rest_api/template.h"

static const hr_str resources_root = HR_STR_INIT("resources.");
static const hr_str incremental_root = HR_STR_INIT("incremental.");

static const char *const cursor_values[] = {"start_value", "initial_value", "last_value",
                                            "end_value", NULL};

typedef struct scan {
    hr_rest_draft *draft;
    const yyjson_val *val; /* for messages */
    hr_buf *out;           /* the path as it becomes */
} scan;

static hr_status refuse(const scan *s, hr_error *err, const char *what, hr_str name,
                        const char *advice)
{
    return hr_doc_fail(s->draft->plan->doc, s->val, err, HR_E_CONFIG, "{" HR_STR_FMT "} %s; %s",
                       HR_STR_ARG(name), what, advice);
}

const hr_rest_ref *hr_rest_find_ref(const hr_rest_resource *r, hr_str text)
{
    for (size_t i = 0; i < r->n_refs; i++) {
        if (hr_str_eq(r->refs[i].text, text))
            return &r->refs[i];
    }
    return NULL;
}

static hr_status add_ref(const scan *s, const hr_rest_ref *ref, hr_error *err)
{
    hr_rest_resource *r = s->draft->resource;
    hr_rest_ref kept = *ref;

    if (hr_rest_find_ref(r, ref->text))
        return HR_OK;
    const char *copy = hr_rest_copy(s->draft->plan, ref->text);
    if (!copy)
        return hr_nomem(err);
    kept.text.p = copy;
    kept.val = s->val;
    if (kept.of_parent) {
        kept.parent.p = copy + (ref->parent.p - ref->text.p);
        kept.field.p = copy + (ref->field.p - ref->text.p);
    }
    return HR_PUSH(r->refs, r->n_refs, r->cap_refs, kept) ? HR_OK : hr_nomem(err);
}

static hr_status parent_ref(const scan *s, hr_str name, hr_error *err)
{
    const hr_str rest = {name.p + resources_root.n, name.n - resources_root.n};
    const char *dot = rest.n ? memchr(rest.p, '.', rest.n) : NULL;

    if (!dot || dot == rest.p || dot + 1 == rest.p + rest.n)
        return refuse(s, err, "names no field of a parent", name,
                      "it is written {resources.<parent>.<field>}");
    const hr_str parent = {rest.p, (size_t)(dot - rest.p)};
    const hr_str field = {dot + 1, rest.n - parent.n - 1};
    return add_ref(
        s, &(hr_rest_ref){.text = name, .of_parent = true, .parent = parent, .field = field}, err);
}

static hr_status incremental_ref(const scan *s, hr_str name, hr_error *err)
{
    const hr_str rest = {name.p + incremental_root.n, name.n - incremental_root.n};

    if (!s->draft->options.endpoint.incremental)
        return refuse(s, err, "needs an incremental block in the endpoint", name,
                      "add incremental: {cursor_path: ...}");
    for (size_t i = 0; cursor_values[i]; i++) {
        if (hr_str_eq(rest, hr_str_from(cursor_values[i])))
            return add_ref(s, &(hr_rest_ref){.text = name, .at = i}, err);
    }
    return refuse(s, err, "is no value of the cursor", name,
                  "there are start_value, initial_value, last_value and end_value");
}

/* A placeholder anywhere but for the bare names of a path. */
static hr_status note_ref(const scan *s, hr_str name, hr_error *err)
{
    if (hr_str_starts(name, resources_root))
        return parent_ref(s, name, err);
    if (hr_str_starts(name, incremental_root))
        return incremental_ref(s, name, err);
    return refuse(s, err, "is no placeholder that is known", name,
                  "it begins with resources. or incremental.; braces that are no placeholder are "
                  "written twice: {{ }}");
}

static hr_status scan_piece(void *ctx, bool placeholder, hr_str piece, hr_error *err)
{
    return placeholder ? note_ref(ctx, piece, err) : HR_OK;
}

static hr_status scan_text(scan *s, hr_str text, hr_error *err)
{
    hr_error why = {0};
    const hr_status st = hr_template_walk(text, scan_piece, s, &why);

    if (st == HR_OK)
        return HR_OK;
    if (strncmp(why.msg, "\"", 1) != 0) /* it has its place */
        return hr_fail(err, st, "%s", why.msg);
    return hr_doc_fail(s->draft->plan->doc, s->val, err, st, "%s", why.msg);
}

static hr_status scan_value(hr_rest_draft *d, yyjson_val *v, hr_error *err)
{
    scan s = {.draft = d, .val = v};
    yyjson_val *key = NULL;
    yyjson_val *child = NULL;
    size_t i = 0;
    size_t n = 0;

    if (yyjson_is_str(v))
        return scan_text(&s, (hr_str){yyjson_get_str(v), yyjson_get_len(v)}, err);
    yyjson_obj_foreach(v, i, n, key, child)
    {
        s.val = key;
        HR_TRY(scan_text(&s, (hr_str){yyjson_get_str(key), yyjson_get_len(key)}, err));
        HR_TRY(scan_value(d, child, err));
    }
    yyjson_arr_foreach(v, i, n, child) HR_TRY(scan_value(d, child, err));
    return HR_OK;
}

static hr_status scan_pairs(hr_rest_draft *d, const hr_rest_pairs *pairs, hr_error *err)
{
    for (size_t i = 0; i < pairs->n; i++) {
        scan s = {.draft = d, .val = pairs->items[i].value};

        HR_TRY(scan_text(&s, pairs->items[i].name, err));
        HR_TRY(scan_value(d, pairs->items[i].value, err));
    }
    return HR_OK;
}

/* ---- the path ---- */

static void add_literal(hr_buf *out, hr_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '{' || text.p[i] == '}')
            hr_buf_addc(out, text.p[i]);
        hr_buf_addc(out, text.p[i]);
    }
}

static hr_rest_pair *find_pair(hr_rest_pairs *pairs, hr_str name)
{
    for (size_t i = 0; i < pairs->n; i++) {
        if (hr_str_eq(pairs->items[i].name, name))
            return &pairs->items[i];
    }
    return NULL;
}

static bool is_kind(yyjson_val *v, const char *kind)
{
    return yyjson_equals_str(yyjson_obj_get(v, "type"), kind);
}

static hr_status bind_resolve(const scan *s, const hr_rest_pair *pair, hr_error *err)
{
    const char *resource = yyjson_get_str(yyjson_obj_get(pair->value, "resource"));
    const char *field = yyjson_get_str(yyjson_obj_get(pair->value, "field"));

    if (!resource || !field || yyjson_obj_size(pair->value) != 3)
        return hr_doc_fail(s->draft->plan->doc, pair->value, err, HR_E_CONFIG,
                           "a parameter of type resolve has the keys resource and field");
    hr_buf_addf(s->out, "{resources.%s.%s}", resource, field);
    return HR_OK;
}

/* {name}: a parameter, which moves from the query into the path. */
static hr_status bind_name(const scan *s, hr_str name, hr_error *err)
{
    const hr_rest_pair *pair = find_pair(&s->draft->resource->params, name);
    yyjson_val *v = pair ? pair->value : NULL;

    if (!v && memchr(name.p, '.', name.n))
        return note_ref(s, name, err); /* which refuses it */
    if (!v)
        return refuse(s, err, "is not among the params of the endpoint", name,
                      "add it there, or refer to a parent as {resources.<parent>.<field>}");
    if (is_kind(v, "resolve"))
        return bind_resolve(s, pair, err);
    if (yyjson_is_str(v))
        add_literal(s->out, (hr_str){yyjson_get_str(v), yyjson_get_len(v)});
    else if (yyjson_is_bool(v))
        hr_buf_addz(s->out, yyjson_get_bool(v) ? "true" : "false");
    else if (yyjson_is_sint(v) || yyjson_is_uint(v))
        hr_buf_addf(s->out, "%lld", (long long)yyjson_get_sint(v));
    else if (yyjson_is_raw(v))
        hr_buf_add(s->out, (hr_str){yyjson_get_raw(v), yyjson_get_len(v)});
    else
        return refuse(s, err, "cannot stand in the path", name,
                      "it takes a text, a whole number, or {type: resolve}");
    return HR_OK;
}

static hr_status path_piece(void *ctx, bool placeholder, hr_str piece, hr_error *err)
{
    const scan *s = ctx;

    if (!placeholder) {
        add_literal(s->out, piece);
        return HR_OK;
    }
    if (!hr_str_starts(piece, resources_root) && !hr_str_starts(piece, incremental_root))
        return bind_name(s, piece, err);
    hr_buf_addf(s->out, "{" HR_STR_FMT "}", HR_STR_ARG(piece));
    return HR_OK;
}

/* Whether {name} stands in the path. */
typedef struct use {
    hr_str name;
    bool used;
} use;

static hr_status find_use(void *ctx, bool placeholder, hr_str piece, hr_error *err)
{
    use *u = ctx;

    (void)err;
    u->used = u->used || (placeholder && hr_str_eq(piece, u->name));
    return HR_OK;
}

/* Parameters that the path has taken are no parameters of the query. */
static hr_status drop_bound(hr_rest_draft *d, hr_str path, hr_error *err)
{
    hr_rest_pairs *params = &d->resource->params;

    for (size_t i = params->n; i-- > 0;) {
        const hr_rest_pair *pair = &params->items[i];
        use u = {.name = pair->name};

        HR_TRY(hr_template_walk(path, find_use, &u, err));
        if (!u.used && is_kind(pair->value, "resolve"))
            return hr_doc_fail(d->plan->doc, pair->value, err, HR_E_CONFIG,
                               "parameter \"" HR_STR_FMT
                               "\" of type resolve is not in the path; in "
                               "the query a parent's field is written {resources.<parent>.<field>}",
                               HR_STR_ARG(pair->name));
        if (u.used)
            hr_rest_pairs_remove(params, i);
    }
    return HR_OK;
}

static hr_status bind_path(hr_rest_draft *d, hr_error *err)
{
    yyjson_val *at = d->options.endpoint.path;
    const hr_str path = hr_str_from(d->resource->path);
    hr_buf out = {0};
    scan s = {.draft = d, .val = at ? at : d->resource->val, .out = &out};
    hr_error why = {0};
    hr_status st = hr_template_walk(path, path_piece, &s, &why);

    if (st != HR_OK && why.msg[0] == '"')
        (void)hr_doc_fail(d->plan->doc, s.val, err, st, "%s", why.msg);
    else if (st != HR_OK)
        (void)hr_fail(err, st, "%s", why.msg);
    if (st == HR_OK)
        st = drop_bound(d, path, err);
    if (st == HR_OK) {
        d->resource->path = out.failed ? NULL : hr_rest_copy(d->plan, hr_buf_str(&out));
        st = d->resource->path ? scan_text(&s, hr_buf_str(&out), err) : hr_nomem(err);
    }
    hr_buf_release(&out);
    return st;
}

hr_status hr_rest_plan_refs(hr_rest_draft *d, hr_error *err)
{
    hr_rest_resource *r = d->resource;

    HR_TRY(bind_path(d, err));
    for (size_t i = 0; i < r->params.n; i++) {
        yyjson_val *v = r->params.items[i].value;

        if (yyjson_is_obj(v) && yyjson_obj_get(v, "type"))
            return hr_doc_fail(d->plan->doc, v, err, HR_E_CONFIG,
                               "a parameter is a value, or of type resolve or incremental");
    }
    HR_TRY(scan_pairs(d, &r->params, err));
    HR_TRY(scan_pairs(d, &r->json, err));
    HR_TRY(scan_value(d, r->json_value, err));
    HR_TRY(scan_value(d, r->data, err));
    return scan_pairs(d, &r->headers, err);
}

hr_status hr_rest_tap_field(hr_rest_resource *parent, hr_str text, const yyjson_val *val,
                            size_t *at, hr_error *err)
{
    hr_rest_tap tap = {.text = text};
    hr_error why = {0};

    for (*at = 0; *at < parent->n_taps; (*at)++) {
        if (hr_str_eq(parent->taps[*at].text, text))
            return HR_OK;
    }
    if (hr_jsonpath_compile(&tap.path, text, &why) != HR_OK)
        return hr_doc_fail(parent->plan->doc, val, err, why.status, "%s", why.msg);
    if (HR_PUSH(parent->taps, parent->n_taps, parent->cap_taps, tap))
        return HR_OK;
    hr_jsonpath_free(tap.path);
    return hr_nomem(err);
}
