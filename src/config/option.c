/* Tables of options, and what their rows hold. */
#include "base/mem.h"
#include "base/secret.h"
#include "config/lookup.h"
#include "config/option_int.h"
#include "headrace/headrace.h"

const hr_option *hr_options_find(const hr_option_table *table, hr_str name)
{
    for (const hr_option *o = table->rows; o->name; o++)
        if (hr_str_eq(name, hr_str_from(o->name)))
            return o;
    return NULL;
}

/* ---- containers ---- */

static hr_status read_as_is(const hr_option_place *p, yyjson_val *val, yyjson_val **out,
                            hr_error *err)
{
    if (p->option->kind == HR_OPTION_OBJECT && !yyjson_is_obj(val))
        return hr_option_refuse(p, val, "an object", err);
    if (p->option->kind == HR_OPTION_ARRAY && !yyjson_is_arr(val))
        return hr_option_refuse(p, val, "a list", err);
    *out = val;
    return HR_OK;
}

static hr_status new_struct(const hr_option_place *p, const hr_option_table *table, void **out,
                            hr_error *err)
{
    *out = hr_arena_zalloc(&p->doc->arena, table->size ? table->size : 1);
    return *out ? hr_options_defaults(p->doc, table, *out, err) : hr_nomem(err);
}

static hr_status read_pointer(const hr_option_place *p, yyjson_val *val, void **out, hr_error *err)
{
    void *made = *out;

    if (!made)
        HR_TRY(new_struct(p, p->option->table, &made, err));
    HR_TRY(hr_options_read(p->doc, val, p->option->table, made, err));
    *out = made;
    return HR_OK;
}

static hr_status read_item(const hr_option_place *p, yyjson_val *key, yyjson_val *val, char *item,
                           hr_error *err)
{
    const hr_option_table *table = p->option->table;

    if (key)
        *(const char **)(void *)item = yyjson_get_str(key);
    HR_TRY(hr_options_defaults(p->doc, table, item, err));
    return yyjson_is_null(val) && key ? HR_OK : hr_options_read(p->doc, val, table, item, err);
}

static hr_status read_list(const hr_option_place *p, yyjson_val *val, hr_list *out, hr_error *err)
{
    const bool map = p->option->kind == HR_OPTION_MAP;
    const size_t size = p->option->table->size;
    yyjson_val *key, *child;
    size_t i, n;

    if (map ? !yyjson_is_obj(val) : !yyjson_is_arr(val))
        return hr_option_refuse(p, val, map ? "an object" : "a list", err);
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

static hr_status refuse_variant(const hr_option_place *p, yyjson_val *val, hr_error *err)
{
    const hr_option_variants *v = p->option->variants;
    const char *names[HR_OPTION_MOST_KEYS];
    size_t n = 0;

    for (; v->of[n].name && n + 1 < HR_OPTION_MOST_KEYS; n++)
        names[n] = v->of[n].name;
    names[n] = NULL;
    return hr_option_refuse_choice(p, val, names, err);
}

static hr_status choose_variant(const hr_option_place *p, yyjson_val *val,
                                const hr_option_variant **out, hr_error *err)
{
    const hr_option_variants *v = p->option->variants;
    yyjson_val *named = yyjson_is_obj(val) ? yyjson_obj_get(val, v->by) : val;
    const char *name = named ? yyjson_get_str(named) : v->by_default;

    if (!yyjson_is_obj(val) && !yyjson_is_str(val))
        return hr_option_refuse(p, val, "a name or an object", err);
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
static hr_status read_members(const hr_option_place *p, yyjson_val *val,
                              const hr_option_table *table, const char *except, void *into,
                              hr_error *err);

static hr_status read_variant(const hr_option_place *p, yyjson_val *val, hr_variant *out,
                              hr_error *err)
{
    hr_variant made = {.at = val};

    HR_TRY(choose_variant(p, val, &made.which, err));
    HR_TRY(new_struct(p, made.which->table, &made.options, err));
    HR_TRY(read_members(p, val, made.which->table, p->option->variants->by, made.options, err));
    *out = made;
    return HR_OK;
}

/* ---- rows ---- */

static hr_status read_value(const hr_option_place *p, yyjson_val *val, void *field, hr_error *err)
{
    switch (p->option->kind) {
    case HR_OPTION_BOOL:
    case HR_OPTION_INT:
    case HR_OPTION_REAL:
    case HR_OPTION_TEXT:
    case HR_OPTION_SECRET:
    case HR_OPTION_CHOICE:
    case HR_OPTION_DURATION:
    case HR_OPTION_SIZE:
    case HR_OPTION_TEXTS:
        return hr_option_read_scalar(p, val, field, err);
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
static hr_status read_default(const hr_option_place *p, void *field, hr_error *err)
{
    const hr_str text = hr_str_from(p->option->by_default);
    hr_doc *doc = NULL;

    HR_TRY(hr_doc_parse_yaml(&doc, text, p->option->name, err));
    hr_option_place inner = {.doc = doc, .table = p->table, .option = p->option};
    hr_status st = read_value(&inner, hr_doc_root(doc), field, err);
    if (st == HR_OK && p->option->kind == HR_OPTION_TEXT) {
        *(const char **)field = hr_arena_strndup(&p->doc->arena, hr_str_from(*(char **)field));
        st = *(const char **)field ? HR_OK : hr_nomem(err);
    }
    hr_doc_free(doc);
    return st;
}

static hr_status set_default(const hr_option_place *p, void *into, hr_error *err)
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
    hr_option_place p = {.doc = doc, .table = table};

    for (const hr_option *o = table->rows; o->name; o++) {
        p.option = o;
        HR_TRY(set_default(&p, into, err));
    }
    return HR_OK;
}

hr_status hr_option_read(hr_doc *doc, yyjson_val *val, const hr_option_table *table,
                         const hr_option *option, void *into, hr_error *err)
{
    const hr_option_place p = {.doc = doc, .table = table, .option = option};
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

static hr_status refuse_missing(const hr_option_place *p, yyjson_val *val, hr_lookup *l,
                                hr_error *err)
{
    hr_buf tried = {0};

    hr_lookup_add_tried(l, &tried);
    (void)hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: \"%s\" is missing; looked at %s",
                      p->table->what, p->option->name, tried.data ? tried.data : "");
    hr_buf_release(&tried);
    return HR_E_CONFIG;
}

static hr_status look_for(const hr_option_place *p, yyjson_val *val, const char **field,
                          hr_error *err)
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

static hr_status complete(hr_option_place *p, yyjson_val *val, void *into, hr_error *err)
{
    for (const hr_option *o = p->table->rows; p->table->group && o->name; o++) {
        const char **field = (const char **)(void *)((char *)into + o->offset);

        p->option = o;
        if ((o->kind == HR_OPTION_TEXT || o->kind == HR_OPTION_SECRET) && !*field)
            HR_TRY(look_for(p, val, field, err));
    }
    return HR_OK;
}

static hr_status check_required(const hr_option_place *p, yyjson_val *val, hr_error *err)
{
    for (const hr_option *o = p->table->rows; o->name; o++) {
        yyjson_val *there = yyjson_obj_get(val, o->name);

        if ((o->flags & HR_OPTION_REQUIRED) && (!there || yyjson_is_null(there)))
            return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: \"%s\" is missing",
                               p->table->what, o->name);
    }
    return HR_OK;
}

static hr_status read_members(const hr_option_place *p, yyjson_val *val,
                              const hr_option_table *table, const char *except, void *into,
                              hr_error *err)
{
    hr_option_place inner = {.doc = p->doc, .table = table};
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
            return hr_option_refuse_key(&inner, key, err);
    }
    HR_TRY(check_required(&inner, val, err));
    return complete(&inner, val, into, err);
}

hr_status hr_options_read(hr_doc *doc, yyjson_val *val, const hr_option_table *table, void *into,
                          hr_error *err)
{
    const hr_option_place p = {.doc = doc, .table = table};

    if (yyjson_is_obj(val))
        return read_members(&p, val, table, NULL, into, err);
    const hr_option *o =
        table->shorthand ? hr_options_find(table, hr_str_from(table->shorthand)) : NULL;
    if (o)
        return hr_option_read(doc, val, table, o, into, err);
    char shown[HR_OPTION_SHOWN];
    hr_option_show(&p, val, shown);
    return hr_doc_fail(doc, val, err, HR_E_CONFIG, "%s takes an object, not %s", table->what,
                       shown);
}
