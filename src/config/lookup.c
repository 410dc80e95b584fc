/* The order in which places are asked for a key, and what is made of their answers. */
#include <ctype.h>

#include "base/mem.h"
#include "base/secret.h"
#include "config/lookup_int.h"
#include "headrace/headrace.h"

enum { MOST_PATHS = 12 };

/* ---- keys ---- */

static void add_part(hr_key_path *p, const char *part)
{
    if (part && p->n < HR_MOST_PARTS)
        p->parts[p->n++] = part;
}

static void make_path(hr_key_path *p, const char *prefix, const hr_lookup_field *f, size_t sections)
{
    *p = (hr_key_path){0};
    add_part(p, prefix);
    for (size_t i = 0; i < sections; i++)
        add_part(p, f->sections[i]);
    add_part(p, f->group);
    add_part(p, f->name);
}

/* All keys below one prefix, from the most to the least specific. */
static size_t make_paths(hr_key_path out[MOST_PATHS], const char *prefix, const hr_lookup_field *f)
{
    size_t sections = 0, n = 0;

    while (f->sections && f->sections[sections] && sections < MOST_PATHS - 2)
        sections++;
    const bool compact = sections == 3 && strcmp(f->sections[0], "sources") == 0 &&
                         strcmp(f->sections[1], f->sections[2]) != 0;
    for (size_t left = sections + 1; left-- > 0;) {
        make_path(&out[n++], prefix, f, left);
        if (compact && left == 2) {
            out[n] = (hr_key_path){0};
            add_part(&out[n], prefix);
            add_part(&out[n], f->sections[0]);
            add_part(&out[n], f->sections[2]);
            add_part(&out[n], f->group);
            add_part(&out[n++], f->name);
        }
    }
    return n;
}

/* ---- the order ---- */

typedef struct asking {
    hr_lookup *l;
    hr_key_path paths[2 * MOST_PATHS];
    size_t n_own, n; /* first those below the pipeline's name */
    const char *setting;
    bool secret;
    bool shown;
    bool whole; /* the key is asked for by its whole name */
    hr_probe_fn fn;
    void *ctx;
    hr_status status; /* of the vaults; other places do not fail once they are open */
    hr_error *err;
} asking;

/* Some of the paths, at all places. */
typedef struct pass {
    asking *a;
    const hr_key_path *paths;
    size_t n;
    bool first;
} pass;

static bool say_absent(const pass *p, const char *where)
{
    const hr_probe absent = {.where = where, .absent = true};

    return !p->first || p->a->fn(p->a->ctx, &absent);
}

/* PASSWORD or TABLE may be set for anything. */
static bool has_sections(const pass *p, size_t i)
{
    return p->paths[i].n > 1 || p->a->whole;
}

static bool ask_environment(const pass *p)
{
    const asking *a = p->a;

    for (size_t i = 0; i < p->n; i++)
        if (has_sections(p, i) && !hr_lookup_ask_env(a->l, &p->paths[i], a->fn, a->ctx))
            return false;
    for (size_t i = 0; a->secret && i < p->n; i++)
        if (has_sections(p, i) && !hr_lookup_ask_mounted(a->l, &p->paths[i], a->fn, a->ctx))
            return false;
    if (!a->l->has_dotenv)
        return say_absent(p, a->l->dotenv_label);
    for (size_t i = 0; i < p->n; i++)
        if (has_sections(p, i) && !hr_lookup_ask_dotenv(a->l, &p->paths[i], a->fn, a->ctx))
            return false;
    return true;
}

typedef struct relay {
    const asking *a;
    bool misplaced;
} relay;

static bool mark_misplaced(void *ctx, const hr_probe *p)
{
    const relay *r = ctx;
    hr_probe marked = *p;

    marked.misplaced = r->misplaced && p->text && !p->table;
    return r->a->fn(r->a->ctx, &marked);
}

static bool ask_files(const pass *p, const hr_toml_file *files, bool secrets)
{
    relay r = {.a = p->a, .misplaced = !secrets && p->a->secret};

    for (size_t k = 0; k < HR_LOOKUP_FOLDERS; k++)
        if (files[k].label && !files[k].doc && !say_absent(p, files[k].label))
            return false;
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < HR_LOOKUP_FOLDERS; k++)
            if (!hr_lookup_ask_toml(p->a->l, &files[k], &p->paths[i], secrets, mark_misplaced, &r))
                return false;
    return true;
}

/* They are for secrets, and for what is asked for by its whole name, which may be one. */
static bool ask_vaults(const pass *p)
{
    asking *a = p->a;

    if (!a->secret && !a->whole)
        return true;
    a->status = hr_lookup_open_vaults(a->l, a->err);
    for (size_t k = 0; a->status == HR_OK && a->l->vaults[k]; k++)
        for (size_t i = 0; i < p->n; i++)
            if (!hr_lookup_ask_vault(a->l, a->l->vaults[k], &p->paths[i], a->fn, a->ctx, &a->status,
                                     a->err))
                return false;
    return a->status == HR_OK;
}

static hr_status ask_all(asking *a, hr_error *err)
{
    const pass passes[] = {{a, a->paths, a->n_own, true},
                           {a, a->paths + a->n_own, a->n - a->n_own, a->n_own == 0}};

    a->err = err;
    for (size_t i = a->n_own ? 0 : 1; i < 2; i++)
        if (!ask_environment(&passes[i]) || !ask_files(&passes[i], a->l->secrets, true) ||
            !ask_files(&passes[i], a->l->config, false) || !ask_vaults(&passes[i]))
            break;
    return a->status;
}

/* ---- answers ---- */

/* Texts, each once. */
typedef struct names {
    const char *items[2 * MOST_PATHS];
    size_t n;
} names;

typedef struct answer {
    hr_lookup *l;
    bool shown; /* not told to base/secret.h */
    hr_probe best;
    hr_probe misplaced;
    const char *where;  /* of the last thing noted as tried */
    names keys, places; /* of documents: each key was looked for in each place */
    names absent;
} answer;

static void note_name(names *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->items[i], name) == 0)
            return;
    if (s->n < sizeof(s->items) / sizeof(s->items[0]))
        s->items[s->n++] = name;
}

static void note_tried(answer *a, const hr_probe *p)
{
    hr_buf *t = &a->l->tried;

    if (p->absent) {
        note_name(&a->absent, p->where);
    } else if (p->document) {
        note_name(&a->keys, p->key);
        note_name(&a->places, p->where);
    } else if (a->where && strcmp(a->where, p->where) == 0) {
        hr_buf_addf(t, ", %s", p->key);
    } else {
        hr_buf_addf(t, "%s%s: %s", t->len ? "; " : "", p->where, p->key);
        a->where = p->where;
    }
}

static void add_names(hr_buf *out, const char *before, const names *s)
{
    for (size_t i = 0; i < s->n; i++)
        hr_buf_addf(out, "%s%s", i ? ", " : before, s->items[i]);
}

static void finish_tried(const answer *a)
{
    hr_buf *t = &a->l->tried;

    add_names(t, t->len ? "; " : "", &a->places);
    add_names(t, ": ", &a->keys);
    add_names(t, t->len ? "; there is no " : "there is no ", &a->absent);
}

static bool take_first(void *ctx, const hr_probe *p)
{
    answer *a = ctx;

    note_tried(a, p);
    if (p->misplaced && !a->misplaced.text)
        a->misplaced = *p;
    if (!p->text || p->misplaced)
        return true;
    a->best = *p;
    return false;
}

/* What a whole name stands for is a secret unless a place says that it is not. */
static bool may_be_secret(const asking *a, const hr_probe *p)
{
    const hr_key_path *path = p->path;

    if (hr_secret_is_name(hr_str_from(path->parts[path->n - 1])) ||
        (strstr(p->text, "://") && strchr(p->text, '@')))
        return true;
    return a->whole ? p->secret || !p->document : a->secret || (p->secret && !a->shown);
}

static hr_status note_value(const asking *a, const hr_probe *p, hr_error *err)
{
    const char *key = a->setting ? a->setting : hr_lookup_join(a->l, p->path, ".", NULL);
    const hr_config_value value = {.key = key,
                                   .value = p->text,
                                   .provider = p->where,
                                   .place = p->place,
                                   .secret = may_be_secret(a, p),
                                   .piece = a->whole};

    return key ? hr_config_values_add(&a->l->values, &value, err) : hr_nomem(err);
}

static hr_status answer_with(const asking *asked, const answer *a, hr_found *out, hr_error *err)
{
    const hr_probe *p = &a->best;

    *out = (hr_found){0};
    if (!p->text && a->misplaced.text)
        return hr_fail(err, HR_E_CONFIG,
                       "%s: %s is a secret: move it from there to secrets.toml, or to the "
                       "environment",
                       a->misplaced.place, a->misplaced.key);
    if (!p->text)
        return HR_OK;
    if (p->secret && !p->table && !a->shown)
        HR_TRY(hr_secret_add(hr_str_from(p->text), err));
    *out = (hr_found){
        .text = p->text, .place = p->place, .key = p->key, .secret = p->secret, .table = p->table};
    return p->table ? HR_OK : note_value(asked, p, err);
}

static hr_status ask_first(hr_lookup *l, asking *a, hr_found *out, hr_error *err)
{
    answer found = {.l = l, .shown = a->shown};

    hr_buf_reset(&l->tried);
    a->l = l;
    a->fn = take_first;
    a->ctx = &found;
    HR_TRY(ask_all(a, err));
    finish_tried(&found);
    return answer_with(a, &found, out, err);
}

static void paths_of_field(asking *a, const hr_lookup *l, const hr_lookup_field *f)
{
    a->setting = f->setting;
    a->secret = f->secret;
    a->shown = f->shown;
    if (l->pipeline)
        a->n_own = make_paths(a->paths, l->pipeline, f);
    a->n = a->n_own + make_paths(a->paths + a->n_own, NULL, f);
}

hr_status hr_lookup_field_get(hr_lookup *l, const hr_lookup_field *field, hr_found *out,
                              hr_error *err)
{
    asking a = {0};

    HR_TRY(hr_lookup_open(l, err));
    paths_of_field(&a, l, field);
    return ask_first(l, &a, out, err);
}

/* "a.b.c" in pieces; a key in one piece is also looked for in small letters. */
static hr_status paths_of_key(asking *a, hr_lookup *l, const char *key, hr_error *err)
{
    hr_key_path *p = &a->paths[0];

    a->whole = true;
    for (const char *c = key;; c++) {
        const size_t n = strcspn(c, ".");
        const char *part = hr_arena_strndup(&l->arena, (hr_str){c, n});

        if (!part)
            return hr_nomem(err);
        add_part(p, part);
        c += n;
        if (!*c)
            break;
    }
    a->n = 1;
    if (p->n == 1) {
        a->paths[1] = (hr_key_path){.parts = {hr_lookup_join(l, p, "", tolower)}, .n = 1};
        a->n = a->paths[1].parts[0] && strcmp(a->paths[1].parts[0], key) != 0 ? 2 : 1;
    }
    return HR_OK;
}

hr_status hr_lookup_get(hr_lookup *l, const char *key, hr_found *out, hr_error *err)
{
    asking a = {0};

    HR_TRY(hr_lookup_open(l, err));
    HR_TRY(paths_of_key(&a, l, key, err));
    return ask_first(l, &a, out, err);
}

hr_config_values *hr_lookup_values(hr_lookup *l)
{
    return &l->values;
}

void hr_lookup_add_tried(const hr_lookup *l, hr_buf *out)
{
    hr_buf_add(out, hr_buf_str(&l->tried));
}

/* ---- the one in use ---- */

static _Thread_local hr_lookup *in_use;
static _Thread_local const char *const *in_sections;

void hr_lookup_use(hr_lookup *l, const char *const *sections)
{
    in_use = l;
    in_sections = sections;
}

hr_lookup *hr_lookup_in_use(const char *const **sections)
{
    *sections = in_sections;
    return in_use;
}

/* ---- explaining ---- */

static bool explain_probe(void *ctx, const hr_probe *p)
{
    hr_buf *out = ctx;

    hr_buf_addf(out, "%s\t%s\t%s\n", p->where, p->key ? p->key : "",
                p->absent      ? "no such file"
                : !p->text     ? "not set"
                : p->misplaced ? "set, but a secret does not belong here"
                               : "set");
    return true;
}

hr_status hr_lookup_explain(hr_lookup *l, const hr_lookup_field *field, hr_buf *out, hr_error *err)
{
    asking a = {.l = l, .fn = explain_probe, .ctx = out};

    HR_TRY(hr_lookup_open(l, err));
    if (field->sections)
        paths_of_field(&a, l, field);
    else
        HR_TRY(paths_of_key(&a, l, field->name, err));
    a.secret = field->secret;
    HR_TRY(ask_all(&a, err));
    return hr_buf_status(out, err);
}
