#include "source/rest_api/fill.h"

#include <ctype.h>
#include <inttypes.h>
#include <time.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/template.h"
#include "value/iso_time.h"
#include "json/json.h"

/* ---- values as text ---- */

static void add_value(hr_buf *out, yyjson_val *v)
{
    if (yyjson_is_str(v)) {
        hr_buf_add(out, (hr_str){yyjson_get_str(v), yyjson_get_len(v)});
        return;
    }
    size_t n = 0;
    char *text = hr_json_text(v, &n);
    if (text)
        hr_buf_add(out, (hr_str){text, n});
    else
        out->failed = true;
    hr_free(text);
}

static hr_status as_instant(const hr_rest_resource *r, yyjson_val *v, int64_t *micros,
                            hr_error *err)
{
    hr_iso t;

    if (yyjson_is_num(v)) {
        *micros = (int64_t)(yyjson_get_num(v) * 1e6);
        return HR_OK;
    }
    switch (hr_iso_parse((hr_str){yyjson_get_str(v), yyjson_get_len(v)}, &t)) {
    case HR_ISO_DATE:
        *micros = (int64_t)t.days * 86400 * 1000000;
        return HR_OK;
    case HR_ISO_DATETIME:
        *micros = t.micros;
        return HR_OK;
    default:
        return hr_fail(
            err, HR_E_CONFIG,
            "resource %s: convert: %s cannot be applied to the cursor's value, which is no "
            "time",
            r->name, r->convert);
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the pattern is the user's */
static void add_pattern(hr_buf *out, const char *pattern, int64_t micros)
{
    const time_t seconds = (time_t)(micros / 1000000 - (micros % 1000000 < 0));
    struct tm t;
    char text[256];

    (void)gmtime_r(&seconds, &t);
    hr_buf_add(out, (hr_str){text, strftime(text, sizeof(text), pattern, &t)});
}
#pragma GCC diagnostic pop

static hr_status add_converted(const hr_rest_resource *r, yyjson_val *v, hr_buf *out,
                               bool *is_number, hr_error *err)
{
    int64_t micros = 0;

    HR_TRY(as_instant(r, v, &micros, err));
    *is_number = strcmp(r->convert, "unix") == 0 || strcmp(r->convert, "unix_ms") == 0;
    if (strcmp(r->convert, "unix") == 0)
        hr_buf_addf(out, "%" PRId64, micros / 1000000);
    else if (strcmp(r->convert, "unix_ms") == 0)
        hr_buf_addf(out, "%" PRId64, micros / 1000);
    else if (strcmp(r->convert, "iso") == 0)
        add_pattern(out, "%Y-%m-%dT%H:%M:%SZ", micros);
    else if (strcmp(r->convert, "date") == 0)
        add_pattern(out, "%Y-%m-%d", micros);
    else
        add_pattern(out, r->convert, micros);
    return HR_OK;
}

hr_status hr_rest_convert(const hr_rest_resource *r, hr_arena *a, yyjson_val *v, const char **out,
                          bool *is_number, hr_error *err)
{
    hr_buf text = {0};
    hr_status st = HR_OK;

    *out = NULL;
    *is_number = v && !yyjson_is_str(v);
    if (!v || yyjson_is_null(v))
        return HR_OK;
    if (r->convert)
        st = add_converted(r, v, &text, is_number, err);
    else
        add_value(&text, v);
    if (st == HR_OK) {
        *out = text.failed ? NULL : hr_arena_strndup(a, hr_buf_str(&text));
        st = *out ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&text);
    return st;
}

/* ---- placeholders ---- */

hr_status hr_rest_value_of(const hr_rest_filler *f, hr_str name, const char **out, bool *is_number,
                           hr_error *err)
{
    const hr_rest_ref *ref = hr_rest_find_ref(f->resource, name);
    hr_buf text = {0};

    *out = NULL;
    if (!ref->of_parent)
        return hr_rest_convert(f->resource, f->arena, f->values->cursor[ref->at], out, is_number,
                               err);
    yyjson_val *v = yyjson_arr_get(f->values->parent, ref->at);
    *is_number = !yyjson_is_str(v);
    if (yyjson_is_null(v))
        return HR_OK;
    add_value(&text, v);
    *out = text.failed ? NULL : hr_arena_strndup(f->arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return *out ? HR_OK : hr_nomem(err);
}

/* In a path, a value is escaped but for its slashes, so that "owner/name" is two segments; one that
 * begins the path may be a whole URL. */
static void add_to_path(hr_buf *out, const char *text)
{
    static const char stays[] = "-._~!$&'()*+,;=:@/";
    const bool url = !out->len && (strncasecmp(text, "http://", 7) == 0 ||
                                   strncasecmp(text, "https://", 8) == 0);

    for (; *text; text++) {
        if (url || isalnum((unsigned char)*text) || strchr(stays, *text))
            hr_buf_addc(out, *text);
        else
            hr_buf_addf(out, "%%%02X", (unsigned char)*text);
    }
}

/* "." and ".." between slashes lead to another place than the path says. */
static bool leads_away(const char *text)
{
    for (;;) {
        const size_t n = strcspn(text, "/");

        if ((n == 1 && text[0] == '.') || (n == 2 && text[0] == '.' && text[1] == '.'))
            return true;
        if (!text[n])
            return false;
        text += n + 1;
    }
}

static hr_status fill_piece(void *ctx, bool placeholder, hr_str piece, hr_error *err)
{
    hr_rest_filler *f = ctx;
    const char *text = NULL;
    bool is_number = false;

    if (!placeholder) {
        hr_buf_add(f->out, piece);
        return HR_OK;
    }
    HR_TRY(hr_rest_value_of(f, piece, &text, &is_number, err));
    if (!text)
        return hr_fail(err, HR_E_CONFIG,
                       "resource %s: {" HR_STR_FMT
                       "} is null, so there is nothing to ask for; leave "
                       "such rows out with a filter, or give the cursor an initial_value",
                       f->resource->name, HR_STR_ARG(piece));
    if (f->in_path && leads_away(text))
        return hr_fail(err, HR_E_SCHEMA,
                       "resource %s: {" HR_STR_FMT "} is \"%.200s\", which would lead out of the "
                       "path; leave such rows out with a filter",
                       f->resource->name, HR_STR_ARG(piece), text);
    if (f->in_path)
        add_to_path(f->out, text);
    else
        hr_buf_addz(f->out, text);
    return HR_OK;
}

hr_status hr_rest_fill(const hr_rest_filler *f, hr_str text, bool in_path, const char **out,
                       hr_error *err)
{
    hr_buf filled = {0};
    hr_rest_filler inner = *f;

    inner.out = &filled;
    inner.in_path = in_path;
    hr_status st = hr_template_walk(text, fill_piece, &inner, err);
    if (st == HR_OK) {
        *out = filled.failed ? NULL : hr_arena_strndup(f->arena, hr_buf_str(&filled));
        st = *out ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&filled);
    return st;
}

hr_status hr_rest_fill_scalar(const hr_rest_filler *f, yyjson_val *v, const char **out,
                              hr_error *err)
{
    const hr_str only = yyjson_is_str(v) ? hr_template_only(hr_rest_str(v)) : (hr_str){0};
    hr_buf text = {0};
    bool is_number = false;

    *out = NULL;
    if (only.p)
        return hr_rest_value_of(f, only, out, &is_number, err);
    if (yyjson_is_str(v))
        return hr_rest_fill(f, hr_rest_str(v), false, out, err);
    if (yyjson_is_null(v))
        return HR_OK;
    add_value(&text, v);
    *out = text.failed ? NULL : hr_arena_strndup(f->arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return *out ? HR_OK : hr_nomem(err);
}
