#include "config/option.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/secret.h"
#include "config/lookup.h"
#include "config/scalar.h"
#include "headrace/headrace.h"
#include "json/json.h"

enum { MOST_KEYS = 128, SHOWN_TEXT = 60 };

/* What is being read. */
typedef struct place {
    hr_doc *doc;
    const hr_option_table *table;
    const hr_option *option;
} place;

const hr_option *hr_options_find(const hr_option_table *table, hr_str name)
{
    for (const hr_option *o = table->rows; o->name; o++)
        if (hr_str_eq(name, hr_str_from(o->name)))
            return o;
    return NULL;
}

/* ---- refusals ---- */

/* How a message shows what was written; never what a variable stood for. */
static void show(const place *p, yyjson_val *val, char out[SHOWN_TEXT + 32])
{
    const char *text = yyjson_get_str(val);
    const size_t size = SHOWN_TEXT + 32;

    if (p->option && p->option->kind == HR_OPTION_SECRET)
        (void)snprintf(out, size, "what stands here");
    else if (hr_doc_is_expanded(p->doc, val))
        (void)snprintf(out, size, "what the variable holds");
    else if (text)
        (void)snprintf(out, size, "\"%.*s\"%s", SHOWN_TEXT, text,
                       strlen(text) > SHOWN_TEXT ? "..." : "");
    else if (yyjson_is_obj(val) || yyjson_is_arr(val))
        (void)snprintf(out, size, "%s", yyjson_is_obj(val) ? "an object" : "a list");
    else if (yyjson_is_raw(val))
        (void)snprintf(out, size, "%.*s", SHOWN_TEXT, yyjson_get_raw(val));
    else if (yyjson_is_bool(val))
        (void)snprintf(out, size, "%s", yyjson_get_bool(val) ? "true" : "false");
    else if (yyjson_is_null(val))
        (void)snprintf(out, size, "null");
    else if (yyjson_is_sint(val))
        (void)snprintf(out, size, "%" PRId64, yyjson_get_sint(val));
    else
        (void)snprintf(out, size, "%.15g", yyjson_get_num(val));
}

static hr_status refuse(const place *p, yyjson_val *val, const char *wanted, hr_error *err)
{
    char shown[SHOWN_TEXT + 32];

    show(p, val, shown);
    return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: %s takes %s, not %s", p->table->what,
                       p->option->name, wanted, shown);
}

static hr_status refuse_key(const place *p, yyjson_val *key, hr_error *err)
{
    const char *names[MOST_KEYS];
    hr_buf list = {0};
    size_t n = 0;

    for (const hr_option *o = p->table->rows; o->name && n + 1 < MOST_KEYS; o++) {
        names[n++] = o->name;
        hr_buf_addf(&list, "%s%s", n > 1 ? ", " : "", o->name);
    }
    names[n] = NULL;
    const char *meant = hr_suggest(yyjson_get_str(key), names);
    if (meant)
        (void)hr_doc_fail(p->doc, key, err, HR_E_CONFIG,
                          "%s has no option \"%s\"; did you mean %s?", p->table->what,
                          yyjson_get_str(key), meant);
    else
        (void)hr_doc_fail(p->doc, key, err, HR_E_CONFIG, "%s has no option \"%s\"; it takes %s",
                          p->table->what, yyjson_get_str(key), list.failed ? "others" : list.data);
    hr_buf_release(&list);
    return HR_E_CONFIG;
}

static hr_status refuse_choice(const place *p, yyjson_val *val, const char *const *choices,
                               hr_error *err)
{
    char shown[SHOWN_TEXT + 32];
    hr_buf list = {0};
    const char *text = yyjson_get_str(val);

    for (size_t i = 0; choices[i]; i++)
        hr_buf_addf(&list, "%s%s", i ? ", " : "", choices[i]);
    show(p, val, shown);
    const char *meant = text && !hr_doc_is_expanded(p->doc, val) ? hr_suggest(text, choices) : NULL;
    (void)hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: %s is one of %s, not %s%s%s%s",
                      p->table->what, p->option->name, list.failed ? "a few words" : list.data,
                      shown, meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
    hr_buf_release(&list);
    return HR_E_CONFIG;
}

/* ---- texts that say numbers ---- */

typedef struct unit {
    const char *name;
    double factor;
} unit;

static const unit durations[] = {{"ms", 0.001}, {"s", 1},     {"m", 60},     {"min", 60},
                                 {"h", 3600},   {"d", 86400}, {"w", 604800}, {NULL, 0}};
static const unit sizes[] = {
    {"", 1},       {"b", 1},        {"k", 0x1p10},   {"kib", 0x1p10}, {"kb", 1e3},
    {"m", 0x1p20}, {"mib", 0x1p20}, {"mb", 1e6},     {"g", 0x1p30},   {"gib", 0x1p30},
    {"gb", 1e9},   {"t", 0x1p40},   {"tib", 0x1p40}, {"tb", 1e12},    {NULL, 0},
};

static const unit *find_unit(const unit *units, hr_str name)
{
    for (; units->name; units++)
        if (strlen(units->name) == name.n && strncasecmp(units->name, name.p, name.n) == 0)
            return units;
    return NULL;
}

/* A number and a unit at the front of `*s`, which moves behind them. */
static bool take_quantity(hr_str *s, const unit *units, double *out)
{
    double v = 0, scale = 1;
    size_t i = 0, n = 0;
    bool point = false;

    for (; i < s->n && (s->p[i] == '.' || (s->p[i] >= '0' && s->p[i] <= '9')); i++) {
        if (s->p[i] == '.' && point)
            return false;
        if (s->p[i] == '.') {
            point = true;
            continue;
        }
        v = v * 10 + (s->p[i] - '0');
        scale *= point ? 10 : 1;
        n++;
    }
    size_t end = i;
    while (end < s->n && ((s->p[end] | 32) >= 'a' && (s->p[end] | 32) <= 'z'))
        end++;
    const unit *u = find_unit(units, (hr_str){s->p + i, end - i});
    if (!n || n > 18 || !u)
        return false;
    *out += v / scale * u->factor;
    *s = (hr_str){s->p + end, s->n - end};
    return true;
}

bool hr_read_duration(hr_str text, double *seconds)
{
    static const unit plain[] = {{"", 1}, {NULL, 0}};
    hr_str rest = text;
    double v = 0;

    *seconds = 0;
    if (take_quantity(&rest, plain, seconds) && !rest.n)
        return true;
    rest = text;
    while (rest.n && take_quantity(&rest, durations, &v))
        ;
    *seconds = v;
    return text.n && !rest.n;
}

bool hr_read_size(hr_str text, uint64_t *bytes)
{
    double v = 0;

    if (!text.n || !take_quantity(&text, sizes, &v) || text.n || v >= 0x1p62)
        return false;
    *bytes = (uint64_t)v;
    return true;
}

/* ---- scalars ---- */

/* A text that a variable stood for counts as what it looks like. */
static hr_status as_scalar(const place *p, yyjson_val **val, hr_error *err)
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

static hr_status as_text(const place *p, yyjson_val *val, const char **out, hr_error *err)
{
    if (!yyjson_is_str(val))
        return refuse(p, val, "a text", err);
    if (strlen(yyjson_get_str(val)) != yyjson_get_len(val))
        return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: %s has a NUL character in it",
                           p->table->what, p->option->name);
    *out = yyjson_get_str(val);
    return HR_OK;
}

static hr_status read_secret(const place *p, yyjson_val *val, const char **out, hr_error *err)
{
    HR_TRY(as_text(p, val, out, err));
    return hr_secret_add(hr_str_from(*out), err);
}

static bool out_of_range(const hr_option *o, double v)
{
    return (o->least || o->most) && (v < (double)o->least || v > (double)o->most);
}

static hr_status refuse_number(const place *p, yyjson_val *val, const char *what, hr_error *err)
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
    return refuse(p, val, wanted, err);
}

static hr_status read_bool(const place *p, yyjson_val *val, bool *out, hr_error *err)
{
    yyjson_val *seen = val;

    HR_TRY(as_scalar(p, &seen, err));
    if (!yyjson_is_bool(seen))
        return refuse(p, val, "true or false", err);
    *out = yyjson_get_bool(seen);
    return HR_OK;
}

static hr_status read_int(const place *p, yyjson_val *val, int64_t *out, hr_error *err)
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

static hr_status read_real(const place *p, yyjson_val *val, double *out, hr_error *err)
{
    yyjson_val *seen = val;

    HR_TRY(as_scalar(p, &seen, err));
    if (!yyjson_is_num(seen) || out_of_range(p->option, yyjson_get_num(seen)))
        return refuse_number(p, val, "a number", err);
    *out = yyjson_get_num(seen);
    return HR_OK;
}

static hr_status read_duration(const place *p, yyjson_val *val, double *out, hr_error *err)
{
    const hr_str text = {yyjson_get_str(val), yyjson_get_len(val)};
    double v = yyjson_get_num(val);

    if (!(yyjson_is_num(val) && v >= 0) && !(text.p && hr_read_duration(text, &v)))
        return refuse(p, val, "a time such as 30, \"500ms\" or \"1m30s\"", err);
    if (out_of_range(p->option, v))
        return refuse_number(p, val, "a time in seconds", err);
    *out = v;
    return HR_OK;
}

static hr_status read_size(const place *p, yyjson_val *val, uint64_t *out, hr_error *err)
{
    const hr_str text = {yyjson_get_str(val), yyjson_get_len(val)};
    uint64_t v = yyjson_get_uint(val);

    if (!yyjson_is_uint(val) && !(text.p && hr_read_size(text, &v)))
        return refuse(p, val, "a size such as 1000, \"64M\" or \"1GiB\"", err);
    if (out_of_range(p->option, (double)v))
        return refuse_number(p, val, "a size in bytes", err);
    *out = v;
    return HR_OK;
}

static hr_status read_choice(const place *p, yyjson_val *val, int *out, hr_error *err)
{
    const hr_str text = {yyjson_get_str(val), yyjson_get_len(val)};

    for (int i = 0; text.p && p->option->choices[i]; i++) {
        if (hr_str_eq(text, hr_str_from(p->option->choices[i]))) {
            *out = i;
            return HR_OK;
        }
    }
    return refuse_choice(p, val, p->option->choices, err);
}

static hr_status read_texts(const place *p, yyjson_val *val, hr_texts *out, hr_error *err)
{
    const size_t n = yyjson_is_arr(val) ? yyjson_arr_size(val) : 1;
    const char **items = hr_arena_alloc(&p->doc->arena, (n ? n : 1) * sizeof(*items));
    yyjson_val *item;
    size_t i, most;

    if (!items)
        return hr_nomem(err);
    if (!yyjson_is_arr(val) && !yyjson_is_str(val))
        return refuse(p, val, "a text or a list of texts", err);
    if (yyjson_is_str(val))
        HR_TRY(as_text(p, val, &items[0], err));
    yyjson_arr_foreach(val, i, most, item) HR_TRY(as_text(p, item, &items[i], err));
    *out = (hr_texts){items, n};
    return HR_OK;
}

/* ---- containers ---- */

static hr_status read_as_is(const place *p, yyjson_val *val, yyjson_val **out, hr_error *err)
{
    if (p->option->kind == HR_OPTION_OBJECT && !yyjson_is_obj(val))
        return refuse(p, val, "an object", err);
    if (p->option->kind == HR_OPTION_ARRAY && !yyjson_is_arr(val))
        return refuse(p, val, "a list", err);
    *out = val;
    return HR_OK;
}

static hr_status new_struct(const place *p, const hr_option_table *table, void **out, hr_error *err)
{
    *out = hr_arena_zalloc(&p->doc->arena, table->size ? table->size : 1);
    return *out ? hr_options_defaults(p->doc, table, *out, err) : hr_nomem(err);
}

static hr_status read_pointer(const place *p, yyjson_val *val, void **out, hr_error *err)
{
    void *made = *out;

    if (!made)
        HR_TRY(new_struct(p, p->option->table, &made, err));
    HR_TRY(hr_options_read(p->doc, val, p->option->table, made, err));
    *out = made;
    return HR_OK;
}

static hr_status read_item(const place *p, yyjson_val *key, yyjson_val *val, char *item,
                           hr_error *err)
{
    const hr_option_table *table = p->option->table;

    if (key)
        *(const char **)(void *)item = yyjson_get_str(key);
    HR_TRY(hr_options_defaults(p->doc, table, item, err));
    return yyjson_is_null(val) && key ? HR_OK : hr_options_read(p->doc, val, table, item, err);
}

static hr_status read_list(const place *p, yyjson_val *val, hr_list *out, hr_error *err)
{
    const bool map = p->option->kind == HR_OPTION_MAP;
    const size_t size = p->option->table->size;
    yyjson_val *key, *child;
    size_t i, n;

    if (map ? !yyjson_is_obj(val) : !yyjson_is_arr(val))
        return refuse(p, val, map ? "an object" : "a list", err);
    const size_t count = yyjson_get_len(val);
    char *items = hr_arena_zalloc(&p->doc->arena, (count ? count : 1) * size);
    if (!items)
        return hr_nomem(err);
    yyjson_arr_foreach(val, i, n, child) HR_TRY(read_item(p, NULL, child, items + i * size, err));
    yyjson_obj_foreach(val, i, n, key, child)
        HR_TRY(read_item(p, key, child, items + i * size, err));
    *out = (hr_list){items, count};
    return HR_OK;
}

/* ---- variants ---- */

static hr_status refuse_variant(const place *p, yyjson_val *val, hr_error *err)
{
    const hr_option_variants *v = p->option->variants;
    const char *names[MOST_KEYS];
    size_t n = 0;

    for (; v->of[n].name && n + 1 < MOST_KEYS; n++)
        names[n] = v->of[n].name;
    names[n] = NULL;
    return refuse_choice(p, val, names, err);
}

static hr_status choose_variant(const place *p, yyjson_val *val, const hr_option_variant **out,
                                hr_error *err)
{
    const hr_option_variants *v = p->option->variants;
    yyjson_val *named = yyjson_is_obj(val) ? yyjson_obj_get(val, v->by) : val;
    const char *name = named ? yyjson_get_str(named) : v->by_default;

    if (!yyjson_is_obj(val) && !yyjson_is_str(val))
        return refuse(p, val, "a name or an object", err);
    if (!named && !name)
        return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: %s needs \"%s\"", p->table->what,
                           p->option->name, v->by);
    for (const hr_option_variant *w = v->of; name && w->name; w++) {
        if (strcmp(w->name, name) == 0) {
            *out = w;
            return HR_OK;
        }
    }
    return refuse_variant(p, named, err);
}

/* The members of a variant without the one that named it. */
static hr_status read_members(const place *p, yyjson_val *val, const hr_option_table *table,
                              const char *except, void *into, hr_error *err);

static hr_status read_variant(const place *p, yyjson_val *val, hr_variant *out, hr_error *err)
{
    hr_variant made = {.at = val};

    HR_TRY(choose_variant(p, val, &made.which, err));
    HR_TRY(new_struct(p, made.which->table, &made.options, err));
    HR_TRY(read_members(p, val, made.which->table, p->option->variants->by, made.options, err));
    *out = made;
    return HR_OK;
}

/* ---- rows ---- */

static hr_status read_value(const place *p, yyjson_val *val, void *field, hr_error *err)
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
    case HR_OPTION_VALUE:
    case HR_OPTION_OBJECT:
    case HR_OPTION_ARRAY:
        return read_as_is(p, val, field, err);
    case HR_OPTION_TABLE:
        return hr_options_read(p->doc, val, p->option->table, field, err);
    case HR_OPTION_POINTER:
        return read_pointer(p, val, field, err);
    case HR_OPTION_LIST:
    case HR_OPTION_MAP:
        return read_list(p, val, field, err);
    case HR_OPTION_VARIANT:
        return read_variant(p, val, field, err);
    case HR_OPTION_CUSTOM:
        return p->option->read(p->doc, val, p->option, field, err);
    }
    return HR_OK;
}

static size_t size_of(const hr_option *o)
{
    switch (o->kind) {
    case HR_OPTION_BOOL:
        return sizeof(bool);
    case HR_OPTION_CHOICE:
        return sizeof(int);
    case HR_OPTION_TEXTS:
        return sizeof(hr_texts);
    case HR_OPTION_LIST:
    case HR_OPTION_MAP:
        return sizeof(hr_list);
    case HR_OPTION_VARIANT:
        return sizeof(hr_variant);
    case HR_OPTION_TABLE:
        return o->table->size;
    case HR_OPTION_CUSTOM: /* `read` is asked instead */
        return 0;
    default:
        return sizeof(void *); /* pointers, int64_t, double, uint64_t */
    }
}

/* A default is a value of a small document of its own, which lives as long as `doc`. */
static hr_status read_default(const place *p, void *field, hr_error *err)
{
    const hr_str text = hr_str_from(p->option->by_default);
    hr_doc *doc = NULL;

    HR_TRY(hr_doc_parse_yaml(&doc, text, p->option->name, err));
    place inner = {.doc = doc, .table = p->table, .option = p->option};
    hr_status st = read_value(&inner, hr_doc_root(doc), field, err);
    if (st == HR_OK && p->option->kind == HR_OPTION_TEXT) {
        *(const char **)field = hr_arena_strndup(&p->doc->arena, hr_str_from(*(char **)field));
        st = *(const char **)field ? HR_OK : hr_nomem(err);
    }
    hr_doc_free(doc);
    return st;
}

static hr_status set_default(const place *p, void *into, hr_error *err)
{
    char *field = (char *)into + p->option->offset;

    if (p->option->by_default)
        return read_default(p, field, err);
    if (p->option->kind == HR_OPTION_TABLE)
        return hr_options_defaults(p->doc, p->option->table, field, err);
    return HR_OK;
}

hr_status hr_options_defaults(hr_doc *doc, const hr_option_table *table, void *into, hr_error *err)
{
    place p = {.doc = doc, .table = table};

    for (const hr_option *o = table->rows; o->name; o++) {
        p.option = o;
        HR_TRY(set_default(&p, into, err));
    }
    return HR_OK;
}

hr_status hr_option_read(hr_doc *doc, yyjson_val *val, const hr_option_table *table,
                         const hr_option *option, void *into, hr_error *err)
{
    const place p = {.doc = doc, .table = table, .option = option};
    char *field = (char *)into + option->offset;
    const bool null =
        yyjson_is_null(val) && option->kind != HR_OPTION_VALUE && option->kind != HR_OPTION_CUSTOM;

    if (option->given)
        *((bool *)into + (option->given - 1)) = !null;
    if (!null)
        return read_value(&p, val, field, err);
    memset(field, 0, size_of(option));
    return set_default(&p, into, err);
}

/* ---- what stands elsewhere ---- */

static hr_status refuse_missing(const place *p, yyjson_val *val, hr_lookup *l, hr_error *err)
{
    hr_buf tried = {0};

    hr_lookup_add_tried(l, &tried);
    (void)hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: \"%s\" is missing; looked at %s",
                      p->table->what, p->option->name, tried.data ? tried.data : "");
    hr_buf_release(&tried);
    return HR_E_CONFIG;
}

static hr_status look_for(const place *p, yyjson_val *val, const char **field, hr_error *err)
{
    hr_lookup_field f = {.group = p->table->group,
                         .name = p->option->name,
                         .secret = p->option->kind == HR_OPTION_SECRET};
    hr_lookup *l = hr_lookup_in_use(&f.sections);
    hr_found found = {0};

    if (!l)
        return HR_OK;
    HR_TRY(hr_lookup_field_get(l, &f, &found, err));
    if (!found.text)
        return p->option->flags & HR_OPTION_WANTED ? refuse_missing(p, val, l, err) : HR_OK;
    *field = hr_arena_strndup(&p->doc->arena, hr_str_from(found.text));
    if (!*field)
        return hr_nomem(err);
    return f.secret ? hr_secret_add(hr_str_from(*field), err) : HR_OK;
}

static hr_status complete(place *p, yyjson_val *val, void *into, hr_error *err)
{
    for (const hr_option *o = p->table->rows; p->table->group && o->name; o++) {
        const char **field = (const char **)(void *)((char *)into + o->offset);

        p->option = o;
        if ((o->kind == HR_OPTION_TEXT || o->kind == HR_OPTION_SECRET) && !*field)
            HR_TRY(look_for(p, val, field, err));
    }
    return HR_OK;
}

static hr_status check_required(const place *p, yyjson_val *val, hr_error *err)
{
    for (const hr_option *o = p->table->rows; o->name; o++) {
        yyjson_val *there = yyjson_obj_get(val, o->name);

        if ((o->flags & HR_OPTION_REQUIRED) && (!there || yyjson_is_null(there)))
            return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: \"%s\" is missing",
                               p->table->what, o->name);
    }
    return HR_OK;
}

static hr_status read_members(const place *p, yyjson_val *val, const hr_option_table *table,
                              const char *except, void *into, hr_error *err)
{
    place inner = {.doc = p->doc, .table = table};
    yyjson_val *key, *member;
    size_t i, n;

    if (table->at)
        *(yyjson_val **)(void *)((char *)into + table->at - 1) = val;
    yyjson_obj_foreach(val, i, n, key, member)
    {
        const hr_option *o =
            hr_options_find(table, (hr_str){yyjson_get_str(key), yyjson_get_len(key)});

        if (o)
            HR_TRY(hr_option_read(p->doc, member, table, o, into, err));
        else if (!table->open && !(except && strcmp(yyjson_get_str(key), except) == 0))
            return refuse_key(&inner, key, err);
    }
    HR_TRY(check_required(&inner, val, err));
    return complete(&inner, val, into, err);
}

hr_status hr_options_read(hr_doc *doc, yyjson_val *val, const hr_option_table *table, void *into,
                          hr_error *err)
{
    const place p = {.doc = doc, .table = table};

    if (yyjson_is_obj(val))
        return read_members(&p, val, table, NULL, into, err);
    const hr_option *o =
        table->shorthand ? hr_options_find(table, hr_str_from(table->shorthand)) : NULL;
    if (o)
        return hr_option_read(doc, val, table, o, into, err);
    char shown[SHOWN_TEXT + 32];
    show(&p, val, shown);
    return hr_doc_fail(doc, val, err, HR_E_CONFIG, "%s takes an object, not %s", table->what,
                       shown);
}
