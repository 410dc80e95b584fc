#include "config/lookup.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/secret.h"
#include "config/dotenv.h"
#include "config/toml.h"
#include "headrace/headrace.h"
#include "json/json.h"

enum { MOST_PARTS = 12, MOST_PATHS = 12, FOLDERS = 4 };

/* A key, from the outermost section to the field. */
typedef struct path {
    const char *parts[MOST_PARTS];
    size_t n;
} path;

typedef struct toml_file {
    const char *label; /* as messages name it */
    char *path;
    hr_doc *doc; /* NULL: there is no such file */
} toml_file;

struct hr_lookup {
    hr_arena arena;
    const char *pipeline; /* NULL: none */
    bool opened;
    bool has_dotenv;
    const char *dotenv_label;
    hr_map dotenv;
    toml_file secrets[FOLDERS]; /* the first that has a key wins */
    toml_file config[FOLDERS];
    hr_buf tried;
};

/* What one place says of one key. */
typedef struct probe {
    const char *where; /* "environment", ".env", a file's label */
    const char *key;
    const char *text; /* NULL: not set */
    const char *place;
    bool secret;
    bool misplaced; /* a secret that stands in config.toml */
    bool absent;    /* the file is not there; key is NULL */
} probe;

/* Returns whether to go on. */
typedef bool (*probe_fn)(void *ctx, const probe *p);

/* ---- opening ---- */

static const char *setting(const char *name)
{
    const char *v = getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets it

    return v && v[0] ? v : NULL;
}

static hr_status read_toml(hr_lookup *l, toml_file *f, const char *folder, const char *shown,
                           const char *name, hr_error *err)
{
    hr_buf text = {.limit = HR_TOML_BYTES + 4096};
    hr_error why = {0};

    f->path = hr_path_join(folder, name);
    char *label = hr_path_join(shown, name);
    f->label = label ? hr_arena_strndup(&l->arena, hr_str_from(label)) : NULL;
    hr_free(label);
    if (!f->path || !f->label)
        return hr_nomem(err);
    hr_status st = hr_read_file(f->path, &text, &why);
    if (st == HR_OK)
        st = hr_doc_parse_toml(&f->doc, hr_buf_str(&text), f->label, err);
    else if (why.os_errno == ENOENT || why.os_errno == ENOTDIR)
        st = HR_OK;
    else
        st = hr_fail(err, HR_E_CONFIG, "%s", why.msg);
    hr_buf_release(&text);
    return st;
}

static hr_status read_folder(hr_lookup *l, size_t i, const char *base, const char *shown_base,
                             const char *folder, hr_error *err)
{
    char *whole = base ? hr_path_join(base, folder) : hr_strdup(folder);
    char *shown = shown_base ? hr_path_join(shown_base, folder) : hr_strdup(folder);
    hr_status st = whole && shown ? HR_OK : hr_nomem(err);

    if (st == HR_OK)
        st = read_toml(l, &l->secrets[i], whole, shown, "secrets.toml", err);
    if (st == HR_OK)
        st = read_toml(l, &l->config[i], whole, shown, "config.toml", err);
    hr_free(whole);
    hr_free(shown);
    return st;
}

static hr_status read_dotenv(hr_lookup *l, const char *project, hr_error *err)
{
    char *file = project ? hr_path_join(project, ".env") : hr_strdup(".env");
    hr_buf text = {.limit = HR_TOML_BYTES};
    hr_error why = {0};

    l->dotenv_label = file ? hr_arena_strndup(&l->arena, hr_str_from(file)) : NULL;
    if (!l->dotenv_label) {
        hr_free(file);
        return hr_nomem(err);
    }
    hr_status st = hr_read_file(file, &text, &why);
    l->has_dotenv = st == HR_OK;
    if (st == HR_OK)
        st = hr_dotenv_parse(&l->dotenv, &l->arena, hr_buf_str(&text), l->dotenv_label, err);
    else if (why.os_errno == ENOENT)
        st = HR_OK;
    else
        st = hr_fail(err, HR_E_CONFIG, "%s", why.msg);
    hr_buf_release(&text);
    hr_free(file);
    return st;
}

static hr_status open_all(hr_lookup *l, hr_error *err)
{
    const char *own = setting("HEADRACE_PROJECT_DIR");
    const char *project = own ? own : setting("DLT_PROJECT_DIR");
    const char *dlt = setting("DLT_CONFIG_FOLDER");
    const char *home = setting("HOME");

    if (l->opened)
        return HR_OK;
    l->opened = true;
    HR_TRY(read_dotenv(l, project, err));
    HR_TRY(read_folder(l, 0, project, project, ".headrace", err));
    HR_TRY(read_folder(l, 1, project, project, dlt ? dlt : ".dlt", err));
    if (!home)
        return HR_OK;
    HR_TRY(read_folder(l, 2, home, "~", ".headrace", err));
    return read_folder(l, 3, home, "~", ".dlt", err);
}

hr_status hr_lookup_new(hr_lookup **out, const char *pipeline, hr_error *err)
{
    hr_lookup *l = hr_calloc(1, sizeof(*l));

    if (l && pipeline)
        l->pipeline = hr_arena_strndup(&l->arena, hr_str_from(pipeline));
    if (!l || (pipeline && !l->pipeline)) {
        hr_lookup_free(l);
        return hr_nomem(err);
    }
    *out = l;
    return HR_OK;
}

void hr_lookup_free(hr_lookup *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < FOLDERS; i++) {
        hr_doc_free(l->secrets[i].doc);
        hr_doc_free(l->config[i].doc);
        hr_free(l->secrets[i].path);
        hr_free(l->config[i].path);
    }
    hr_map_release(&l->dotenv);
    hr_buf_release(&l->tried);
    hr_arena_release(&l->arena);
    hr_free(l);
}

/* ---- paths ---- */

static void add_part(path *p, const char *part)
{
    if (part && p->n < MOST_PARTS)
        p->parts[p->n++] = part;
}

static void make_path(path *p, const char *prefix, const hr_lookup_field *f, size_t sections)
{
    *p = (path){0};
    add_part(p, prefix);
    for (size_t i = 0; i < sections; i++)
        add_part(p, f->sections[i]);
    add_part(p, f->group);
    add_part(p, f->name);
}

/* All keys below one prefix, from the most to the least specific. */
static size_t make_paths(path out[MOST_PATHS], const char *prefix, const hr_lookup_field *f)
{
    size_t sections = 0, n = 0;

    while (f->sections && f->sections[sections] && sections < MOST_PATHS - 2)
        sections++;
    const bool compact = sections == 3 && strcmp(f->sections[0], "sources") == 0 &&
                         strcmp(f->sections[1], f->sections[2]) != 0;
    for (size_t left = sections + 1; left-- > 0;) {
        make_path(&out[n++], prefix, f, left);
        if (compact && left == 2) {
            out[n] = (path){0};
            add_part(&out[n], prefix);
            add_part(&out[n], f->sections[0]);
            add_part(&out[n], f->sections[2]);
            add_part(&out[n], f->group);
            add_part(&out[n++], f->name);
        }
    }
    return n;
}

static const char *join(hr_lookup *l, const path *p, const char *between, int (*change)(int))
{
    hr_buf text = {0};

    for (size_t i = 0; i < p->n; i++) {
        if (i)
            hr_buf_addz(&text, between);
        for (const char *c = p->parts[i]; *c; c++)
            hr_buf_addc(&text, change ? (char)change((unsigned char)*c) : *c);
    }
    const char *kept = text.failed ? NULL : hr_arena_strndup(&l->arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return kept;
}

/* A key in one piece stands as it is. */
static const char *env_key(hr_lookup *l, const path *p)
{
    return p->n == 1 ? p->parts[0] : join(l, p, "__", toupper);
}

static int file_letter(int c)
{
    return c == '_' ? '-' : tolower(c);
}

/* ---- places ---- */

static bool ask_env(hr_lookup *l, const path *p, probe_fn fn, void *ctx)
{
    const char *key = env_key(l, p);
    probe found = {.where = "environment", .key = key};
    hr_buf place = {0};

    if (!key)
        return true;
    found.text = setting(key);
    hr_buf_addf(&place, "environment variable %s", key);
    found.place =
        found.text && !place.failed ? hr_arena_strndup(&l->arena, hr_buf_str(&place)) : NULL;
    hr_buf_release(&place);
    return fn(ctx, &found);
}

/* A container's mounted secret: a file, or a folder with a file of the same name. */
static bool ask_mounted(hr_lookup *l, const path *p, probe_fn fn, void *ctx)
{
    const char *name = join(l, p, "--", file_letter);
    hr_buf text = {.limit = 1 << 20}, where = {0};
    probe found = {.where = "/run/secrets", .key = name, .secret = true};

    if (!name || strchr(name, '/'))
        return true;
    hr_buf_addf(&where, "/run/secrets/%s", name);
    bool read = where.data && hr_read_file(where.data, &text, NULL) == HR_OK;
    if (where.data && !read) {
        hr_buf_reset(&text);
        hr_buf_addf(&where, "/%s", name);
        read = where.data && hr_read_file(where.data, &text, NULL) == HR_OK;
    }
    while (text.len && isspace((unsigned char)text.data[text.len - 1]))
        text.len--;
    if (read && !text.failed) {
        found.text = hr_arena_strndup(&l->arena, hr_buf_str(&text));
        found.place = hr_arena_strndup(&l->arena, hr_buf_str(&where));
    }
    hr_buf_release(&text);
    hr_buf_release(&where);
    return fn(ctx, &found);
}

static bool ask_dotenv(hr_lookup *l, const path *p, probe_fn fn, void *ctx)
{
    const char *key = env_key(l, p);
    probe found = {.where = l->dotenv_label, .key = key, .place = l->dotenv_label};

    if (!key)
        return true;
    found.text = hr_map_get(&l->dotenv, hr_str_from(key));
    if (found.text && !found.text[0])
        found.text = NULL;
    return fn(ctx, &found);
}

static yyjson_val *follow(const hr_doc *doc, const path *p)
{
    yyjson_val *v = hr_doc_root(doc);

    for (size_t i = 0; v && i < p->n; i++)
        v = yyjson_obj_get(v, p->parts[i]);
    return v;
}

static const char *text_of(hr_lookup *l, yyjson_val *v)
{
    if (yyjson_is_str(v))
        return hr_arena_strndup(&l->arena, (hr_str){yyjson_get_str(v), yyjson_get_len(v)});
    size_t n = 0;
    char *json = yyjson_val_write_opts(v, 0, &hr_json_alc, &n, NULL);
    const char *kept = json ? hr_arena_strndup(&l->arena, (hr_str){json, n}) : NULL;
    hr_free(json);
    return kept;
}

static bool ask_toml(hr_lookup *l, const toml_file *f, const path *p, bool secret, probe_fn fn,
                     void *ctx)
{
    yyjson_val *v = f->doc ? follow(f->doc, p) : NULL;
    probe found = {.where = f->label, .key = join(l, p, ".", NULL), .secret = secret};
    hr_buf place = {0};

    if (!f->doc || !found.key)
        return true;
    if (v) {
        found.text = text_of(l, v);
        hr_doc_add_place(f->doc, v, &place);
        found.place = place.failed ? f->label : hr_arena_strndup(&l->arena, hr_buf_str(&place));
        hr_buf_release(&place);
    }
    return fn(ctx, &found);
}

/* ---- the order ---- */

typedef struct asking {
    hr_lookup *l;
    path paths[2 * MOST_PATHS];
    size_t n;
    bool secret;
    bool whole; /* the key is asked for by its whole name */
    probe_fn fn;
    void *ctx;
} asking;

static bool say_absent(const asking *a, const char *where)
{
    const probe absent = {.where = where, .absent = true};

    return a->fn(a->ctx, &absent);
}

static bool ask_environment(const asking *a)
{
    for (size_t i = 0; i < a->n; i++) {
        /* PASSWORD or TABLE may be set for anything. */
        if (a->paths[i].n == 1 && !a->whole)
            continue;
        if (!ask_env(a->l, &a->paths[i], a->fn, a->ctx))
            return false;
    }
    for (size_t i = 0; a->secret && i < a->n; i++)
        if ((a->paths[i].n > 1 || a->whole) && !ask_mounted(a->l, &a->paths[i], a->fn, a->ctx))
            return false;
    if (!a->l->has_dotenv)
        return say_absent(a, a->l->dotenv_label);
    for (size_t i = 0; i < a->n; i++)
        if ((a->paths[i].n > 1 || a->whole) && !ask_dotenv(a->l, &a->paths[i], a->fn, a->ctx))
            return false;
    return true;
}

typedef struct relay {
    const asking *a;
    bool misplaced;
} relay;

static bool mark_misplaced(void *ctx, const probe *p)
{
    const relay *r = ctx;
    probe marked = *p;

    marked.misplaced = r->misplaced && p->text;
    return r->a->fn(r->a->ctx, &marked);
}

static bool ask_files(const asking *a, const toml_file *files, bool secrets)
{
    relay r = {.a = a, .misplaced = !secrets && a->secret};

    for (size_t k = 0; k < FOLDERS; k++)
        if (files[k].label && !files[k].doc && !say_absent(a, files[k].label))
            return false;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < FOLDERS; k++)
            if (!ask_toml(a->l, &files[k], &a->paths[i], secrets, mark_misplaced, &r))
                return false;
    return true;
}

static void ask_all(const asking *a)
{
    if (ask_environment(a) && ask_files(a, a->l->secrets, true))
        (void)ask_files(a, a->l->config, false);
}

/* ---- answers ---- */

typedef struct answer {
    hr_lookup *l;
    probe best;
    probe misplaced;
    const char *where; /* of the last thing noted as tried */
} answer;

static void note_tried(answer *a, const probe *p)
{
    hr_buf *t = &a->l->tried;

    if (p->absent) {
        hr_buf_addf(t, "%s%s (no such file)", t->len ? "; " : "", p->where);
        a->where = NULL;
    } else if (a->where && strcmp(a->where, p->where) == 0) {
        hr_buf_addf(t, ", %s", p->key);
    } else {
        hr_buf_addf(t, "%s%s: %s", t->len ? "; " : "", p->where, p->key);
        a->where = p->where;
    }
}

static bool take_first(void *ctx, const probe *p)
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

static hr_status answer_with(const answer *a, hr_found *out, hr_error *err)
{
    const probe *p = &a->best;

    *out = (hr_found){0};
    if (!p->text && a->misplaced.text)
        return hr_fail(err, HR_E_CONFIG,
                       "%s: %s is a secret: move it from there to secrets.toml, or to the "
                       "environment",
                       a->misplaced.place, a->misplaced.key);
    if (!p->text)
        return HR_OK;
    if (p->secret)
        HR_TRY(hr_secret_add(hr_str_from(p->text), err));
    *out = (hr_found){.text = p->text, .place = p->place, .key = p->key, .secret = p->secret};
    return HR_OK;
}

static hr_status ask_first(hr_lookup *l, asking *a, hr_found *out, hr_error *err)
{
    answer found = {.l = l};

    hr_buf_reset(&l->tried);
    a->l = l;
    a->fn = take_first;
    a->ctx = &found;
    ask_all(a);
    return answer_with(&found, out, err);
}

static void paths_of_field(asking *a, const hr_lookup *l, const hr_lookup_field *f)
{
    a->secret = f->secret;
    if (l->pipeline)
        a->n = make_paths(a->paths, l->pipeline, f);
    a->n += make_paths(a->paths + a->n, NULL, f);
}

hr_status hr_lookup_field_get(hr_lookup *l, const hr_lookup_field *field, hr_found *out,
                              hr_error *err)
{
    asking a = {0};

    HR_TRY(open_all(l, err));
    paths_of_field(&a, l, field);
    return ask_first(l, &a, out, err);
}

/* "a.b.c" in pieces; a key in one piece is also looked for in small letters. */
static hr_status paths_of_key(asking *a, hr_lookup *l, const char *key, hr_error *err)
{
    path *p = &a->paths[0];

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
        a->paths[1] = (path){.parts = {join(l, p, "", tolower)}, .n = 1};
        a->n = a->paths[1].parts[0] && strcmp(a->paths[1].parts[0], key) != 0 ? 2 : 1;
    }
    return HR_OK;
}

hr_status hr_lookup_get(hr_lookup *l, const char *key, hr_found *out, hr_error *err)
{
    asking a = {0};

    HR_TRY(open_all(l, err));
    HR_TRY(paths_of_key(&a, l, key, err));
    return ask_first(l, &a, out, err);
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

static bool explain_probe(void *ctx, const probe *p)
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

    HR_TRY(open_all(l, err));
    if (field->sections)
        paths_of_field(&a, l, field);
    else
        HR_TRY(paths_of_key(&a, l, field->name, err));
    a.secret = field->secret;
    ask_all(&a);
    return hr_buf_status(out, err);
}
