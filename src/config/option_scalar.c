/* Values that are no containers. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/secret.h"
#include "config/option_int.h"
#include "config/scalar.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* A text that a variable stood for counts as what it looks like. */
static hr_status as_scalar(const hr_option_place *p, yyjson_val **val, hr_error *err)
{
    const char *why = NULL;

    if (!yyjson_is_str(*val) || !hr_doc_is_expanded(p->doc, *val))
        return HR_OK;
    yyjson_mut_doc *made = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *v = made ? hr_scalar_core(made, hr_str_from(yyjson_get_str(*val)), &why) : NULL;
    yyjson_val *kept = hr_arena_alloc(&p->doc->arena, sizeof(*kept));
    const bool ok = kept && (v || why);

    if (ok && v && !yyjson_mut_is_str(v) && !yyjson_mut_is_raw(v)) {
        kept->tag = v->tag;
        kept->uni = *(const yyjson_val_uni *)&v->uni;
        *val = kept;
    }
    yyjson_mut_doc_free(made);
    return ok ? HR_OK : hr_nomem(err);
}

static hr_status as_text(const hr_option_place *p, yyjson_val *val, const char **out, hr_error *err)
{
    if (!yyjson_is_str(val))
        return hr_option_refuse(p, val, "a text", err);
    if (strlen(yyjson_get_str(val)) != yyjson_get_len(val))
        return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: %s has a NUL character in it",
                           p->table->what, p->option->name);
    *out = yyjson_get_str(val);
    return HR_OK;
}

static hr_status read_secret(const hr_option_place *p, yyjson_val *val, const char **out,
                             hr_error *err)
{
    HR_TRY(as_text(p, val, out, err));
    return hr_secret_add(hr_str_from(*out), err);
}

static bool out_of_range(const hr_option *o, double v)
{
    return (o->least || o->most) && (v < (double)o->least || v > (double)o->most);
}

static hr_status refuse_number(const hr_option_place *p, yyjson_val *val, const char *what,
                               hr_error *err)
{
    const hr_option *o = p->option;
    char wanted[128];

    /* one-sided ranges say so by the largest number there is */
    if (o->most == INT64_MAX)
        (void)snprintf(wanted, sizeof(wanted), "%s of at least %" PRId64, what, o->least);
    else if (o->most)
        (void)snprintf(wanted, sizeof(wanted), "%s from %" PRId64 " to %" PRId64, what, o->least,
                       o->most);
    else
        (void)snprintf(wanted, sizeof(wanted), "%s", what);
    return hr_option_refuse(p, val, wanted, err);
}

static hr_status read_bool(const hr_option_place *p, yyjson_val *val, bool *out, hr_error *err)
{
    yyjson_val *seen = val;

    HR_TRY(as_scalar(p, &seen, err));
    if (!yyjson_is_bool(seen))
        return hr_option_refuse(p, val, "true or false", err);
    *out = yyjson_get_bool(seen);
    return HR_OK;
}

static hr_status read_int(const hr_option_place *p, yyjson_val *val, int64_t *out, hr_error *err)
{
    yyjson_val *seen = val;

    HR_TRY(as_scalar(p, &seen, err));
    if (!yyjson_is_int(seen) ||
        (yyjson_is_uint(seen) && yyjson_get_uint(seen) > (uint64_t)INT64_MAX) ||
        out_of_range(p->option, (double)yyjson_get_sint(seen)))
        return refuse_number(p, val, "a whole number", err);
    *out = yyjson_get_sint(seen);
    return HR_OK;
}

static hr_status read_real(const hr_option_place *p, yyjson_val *val, double *out, hr_error *err)
{
    yyjson_val *seen = val;

    HR_TRY(as_scalar(p, &seen, err));
    if (!yyjson_is_num(seen) || out_of_range(p->option, yyjson_get_num(seen)))
        return refuse_number(p, val, "a number", err);
    *out = yyjson_get_num(seen);
    return HR_OK;
}

static hr_status read_duration(const hr_option_place *p, yyjson_val *val, double *out,
                               hr_error *err)
{
    const hr_str text = {yyjson_get_str(val), yyjson_get_len(val)};
    double v = yyjson_get_num(val);

    if (!(yyjson_is_num(val) && v >= 0) && !(text.p && hr_read_duration(text, &v)))
        return hr_option_refuse(p, val, "a time such as 30, \"500ms\" or \"1m30s\"", err);
    if (out_of_range(p->option, v))
        return refuse_number(p, val, "a time in seconds", err);
    *out = v;
    return HR_OK;
}

static hr_status read_size(const hr_option_place *p, yyjson_val *val, uint64_t *out, hr_error *err)
{
    const hr_str text = {yyjson_get_str(val), yyjson_get_len(val)};
    uint64_t v = yyjson_get_uint(val);

    if (!yyjson_is_uint(val) && !(text.p && hr_read_size(text, &v)))
        return hr_option_refuse(p, val, "a size such as 1000, \"64M\" or \"1GiB\"", err);
    if (out_of_range(p->option, (double)v))
        return refuse_number(p, val, "a size in bytes", err);
    *out = v;
    return HR_OK;
}

static hr_status read_choice(const hr_option_place *p, yyjson_val *val, int *out, hr_error *err)
{
    const hr_str text = {yyjson_get_str(val), yyjson_get_len(val)};

    for (int i = 0; text.p && p->option->choices[i]; i++) {
        if (hr_str_eq(text, hr_str_from(p->option->choices[i]))) {
            *out = i;
            return HR_OK;
        }
    }
    return hr_option_refuse_choice(p, val, p->option->choices, err);
}

static hr_status read_texts(const hr_option_place *p, yyjson_val *val, hr_texts *out, hr_error *err)
{
    const size_t n = yyjson_is_arr(val) ? yyjson_arr_size(val) : 1;
    const char **items = hr_arena_alloc(&p->doc->arena, (n ? n : 1) * sizeof(*items));
    yyjson_val *item;
    size_t i, most;

    if (!items)
        return hr_nomem(err);
    if (!yyjson_is_arr(val) && !yyjson_is_str(val))
        return hr_option_refuse(p, val, "a text or a list of texts", err);
    if (yyjson_is_str(val))
        HR_TRY(as_text(p, val, &items[0], err));
    yyjson_arr_foreach(val, i, most, item) HR_TRY(as_text(p, item, &items[i], err));
    *out = (hr_texts){items, n};
    return HR_OK;
}

hr_status hr_option_read_scalar(const hr_option_place *p, yyjson_val *val, void *field,
                                hr_error *err)
{
    switch (p->option->kind) {
    case HR_OPTION_BOOL:
        return read_bool(p, val, field, err);
    case HR_OPTION_INT:
        return read_int(p, val, field, err);
    case HR_OPTION_REAL:
        return read_real(p, val, field, err);
    case HR_OPTION_TEXT:
        return as_text(p, val, field, err);
    case HR_OPTION_SECRET:
        return read_secret(p, val, field, err);
    case HR_OPTION_CHOICE:
        return read_choice(p, val, field, err);
    case HR_OPTION_DURATION:
        return read_duration(p, val, field, err);
    case HR_OPTION_SIZE:
        return read_size(p, val, field, err);
    case HR_OPTION_TEXTS:
        return read_texts(p, val, field, err);
    default:
        return HR_OK; /* a container */
    }
}
