#include "vault/vault.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "config/toml.h"
#include "headrace/headrace.h"
#include "vault/vault_int.h"
#include "json/json.h"

enum { MOST_TEXT = 1 << 20 };

/* What one name of the vault holds. */
typedef struct hr_vault_document {
    struct hr_vault_document *older;
    hr_doc *doc;      /* NULL: there is none, or it is a single value */
    const char *text; /* a single value; NULL: none */
} document;

/* ---- settings ---- */

hr_status hr_vault_setting(hr_net_vault *v, const char *group, const char *name,
                           const char *variable, bool secret, const char **out, hr_error *err)
{
    const char *const sections[] = {"providers", v->kind->section, NULL};
    const hr_lookup_field field = {
        .sections = sections, .group = group, .name = name, .secret = secret, .shown = !secret};
    hr_found found = {0};

    HR_TRY(hr_lookup_field_get(v->lookup, &field, &found, err));
    *out = found.text;
    if (!*out && variable)
        *out = getenv(variable); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (*out && !**out)
        *out = NULL;
    return HR_OK;
}

hr_status hr_vault_need(hr_net_vault *v, const char *group, const char *name, const char *variable,
                        bool secret, const char **out, hr_error *err)
{
    HR_TRY(hr_vault_setting(v, group, name, variable, secret, out, err));
    if (*out)
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG,
                   "\"%s\" is missing; set providers.%s.%s%s%s, or the variable %s", name,
                   v->kind->section, group ? group : "", group ? "." : "", name, variable);
}

static hr_status is_enabled(hr_lookup *l, const hr_vault_kind *kind, bool *enabled, hr_error *err)
{
    static const char *const sections[] = {"providers", NULL};
    const hr_lookup_field field = {.sections = sections, .name = kind->enable, .shown = true};
    hr_found found = {0};

    HR_TRY(hr_lookup_field_get(l, &field, &found, err));
    *enabled = found.text && strcasecmp(found.text, "true") == 0;
    return HR_OK;
}

/* ---- names ---- */

/* As dlt: no punctuation but '-' and '_', and no white space. */
static void add_name(const hr_net_vault *v, const char *const *parts, size_t n, hr_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            hr_buf_addc(out, v->kind->separator);
        for (const char *c = parts[i]; *c; c++) {
            if (isalnum((unsigned char)*c) || *c == '-' || *c == '_')
                hr_buf_addc(out, *c);
        }
    }
}

/* ---- documents ---- */

/* What the parser would say of a text that is none could show the secret. */
static hr_status parse(const char *name, hr_str text, hr_doc **out, hr_error *err)
{
    hr_error why = {0};
    hr_str rest = text;

    while (rest.n && isspace((unsigned char)*rest.p))
        rest = (hr_str){rest.p + 1, rest.n - 1};
    const hr_status st = rest.n && *rest.p == '{' ? hr_doc_parse_json(out, text, "secret", &why)
                                                  : hr_doc_parse_toml(out, text, "secret", &why);
    return st == HR_OK || st == HR_E_NOMEM
               ? st
               : hr_fail(err, HR_E_CONFIG, "%s is no TOML or JSON document", name);
}

static hr_status keep(hr_net_vault *v, const char *name, hr_str text, bool single, document *d,
                      hr_error *err)
{
    if (!single)
        return parse(name, text, &d->doc, err);
    d->text = hr_arena_strndup(&v->arena, text);
    return d->text ? HR_OK : hr_nomem(err);
}

static hr_status read_document(hr_net_vault *v, const char *name, bool single, document *d,
                               hr_error *err)
{
    hr_vault_answer answer = HR_VAULT_ABSENT;
    hr_buf text = {.limit = MOST_TEXT};
    hr_status st = hr_vault_read(v, name, &text, &answer, err);

    if (st == HR_OK)
        st = hr_buf_status(&text, err);
    if (st == HR_OK && answer == HR_VAULT_FOUND)
        st = keep(v, name, hr_buf_str(&text), single, d, err);
    if (answer == HR_VAULT_DENIED)
        v->base.label = v->kind->denied;
    hr_buf_release(&text);
    return st;
}

/* Each name is asked for once. */
static hr_status get_named(hr_net_vault *v, const char *name, bool single, document **out,
                           hr_error *err)
{
    *out = hr_map_get(&v->documents, hr_str_from(name));
    if (*out)
        return HR_OK;
    const char *kept = hr_arena_strndup(&v->arena, hr_str_from(name));
    document *d = hr_arena_zalloc(&v->arena, sizeof(*d));
    if (!kept || !d || !hr_map_put(&v->documents, hr_str_from(kept), d))
        return hr_nomem(err);
    d->older = v->newest;
    v->newest = d;
    *out = d;
    return read_document(v, name, single, d, err);
}

static hr_status get_document(hr_net_vault *v, const char *const *parts, size_t n, bool single,
                              document **out, hr_error *err)
{
    hr_buf name = {0};

    hr_buf_addz(&name, v->prefix);
    add_name(v, parts, n, &name);
    while (!n && name.len && name.data[name.len - 1] == v->kind->separator)
        name.data[--name.len] = '\0'; /* the prefix alone */
    hr_status st = hr_buf_status(&name, err);
    if (st == HR_OK)
        st = get_named(v, name.data ? name.data : "", single, out, err);
    hr_buf_release(&name);
    return st;
}

/* ---- the value of a key ---- */

static hr_status add_value(yyjson_val *val, hr_buf *out, bool *found, hr_error *err)
{
    *found = val && !yyjson_is_obj(val) && !yyjson_is_null(val);
    if (!*found)
        return HR_OK;
    if (yyjson_is_str(val)) {
        hr_buf_add(out, (hr_str){yyjson_get_str(val), yyjson_get_len(val)});
        return hr_buf_status(out, err);
    }
    char *json = hr_json_text(val, NULL);
    if (!json)
        return hr_nomem(err);
    hr_buf_addz(out, json);
    hr_free(json);
    return hr_buf_status(out, err);
}

/* An object a section, and in it the field. */
static hr_status get_by_path(hr_net_vault *v, const char *const *parts, size_t n, hr_buf *out,
                             bool *found, hr_error *err)
{
    document *d = NULL;

    HR_TRY(get_document(v, parts, n - 1, false, &d, err));
    return add_value(d->doc ? yyjson_obj_get(hr_doc_root(d->doc), parts[n - 1]) : NULL, out, found,
                     err);
}

/* dlt's fragments of secrets.toml, from the general to the special: dlt_secrets_toml, that of the
 * pipeline, `sources` and sources.NAME, `destination` and destination.NAME. */
static hr_status read_fragments(hr_net_vault *v, const char *const *parts, size_t n, hr_error *err)
{
    static const char *const root[] = {"dlt_secrets_toml"};
    const char *const own[] = {v->pipeline, root[0]};
    const size_t at = v->pipeline && n > 1 && strcmp(parts[0], v->pipeline) == 0 ? 1 : 0;
    document *d = NULL;

    HR_TRY(get_document(v, root, 1, false, &d, err));
    if (v->pipeline)
        HR_TRY(get_document(v, own, 2, false, &d, err));
    if (strcmp(parts[at], "sources") != 0 && strcmp(parts[at], "destination") != 0)
        return HR_OK;
    HR_TRY(get_document(v, parts, at + 1, false, &d, err));
    return at + 2 < n ? get_document(v, parts, at + 2, false, &d, err) : HR_OK;
}

static yyjson_val *follow(const document *d, const char *const *parts, size_t n)
{
    yyjson_val *val = d->doc ? hr_doc_root(d->doc) : NULL;

    for (size_t i = 0; val && i < n; i++)
        val = yyjson_obj_get(val, parts[i]);
    return val;
}

static hr_status get_from_fragments(hr_net_vault *v, const char *const *parts, size_t n,
                                    hr_buf *out, bool *found, hr_error *err)
{
    document *own = NULL;

    HR_TRY(read_fragments(v, parts, n, err));
    *found = false;
    for (const document *d = v->newest; d && !*found; d = d->older)
        HR_TRY(add_value(follow(d, parts, n), out, found, err));
    if (*found || !v->singles)
        return HR_OK;
    HR_TRY(get_document(v, parts, n, true, &own, err));
    *found = own->text != NULL;
    hr_buf_addz(out, own->text ? own->text : "");
    return hr_buf_status(out, err);
}

static hr_status get(hr_vault *base, const char *const *parts, size_t n, hr_buf *out, bool *found,
                     hr_error *err)
{
    hr_net_vault *v = (hr_net_vault *)base;

    return v->kind->by_path ? get_by_path(v, parts, n, out, found, err)
                            : get_from_fragments(v, parts, n, out, found, err);
}

/* ---- opening ---- */

static void close_vault(hr_vault *base)
{
    hr_net_vault *v = (hr_net_vault *)base;

    for (document *d = v->newest; d; d = d->older)
        hr_doc_free(d->doc);
    hr_http_client_free(v->client);
    hr_map_release(&v->documents);
    hr_arena_release(&v->arena);
    hr_free(v);
}

/* A vault that does not answer is to be told soon. */
static bool add_limits(yyjson_mut_doc *doc, yyjson_mut_val *client)
{
    yyjson_mut_val *retry = yyjson_mut_obj_add_obj(doc, client, "retry");

    return retry && yyjson_mut_obj_add_int(doc, retry, "max_attempts", 3) &&
           yyjson_mut_obj_add_int(doc, client, "timeout", 30);
}

static hr_status open_client(hr_net_vault *v, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *client = doc ? yyjson_mut_obj(doc) : NULL;
    hr_buf text = {0};

    hr_status st =
        client && add_limits(doc, client) ? v->kind->configure(v, doc, client, err) : hr_nomem(err);
    if (st == HR_OK)
        st = hr_json_write(client, false, NULL, &text, err);
    if (st == HR_OK)
        st = hr_buf_status(&text, err);
    const hr_http_options options = {.size = sizeof(options), .settings = text.data};
    if (st == HR_OK)
        st = hr_http_client_new(&options, &v->client, err);
    hr_buf_release(&text);
    yyjson_mut_doc_free(doc);
    return st;
}

static hr_status configure(hr_net_vault *v, hr_error *err)
{
    const char *fragments = NULL;

    HR_TRY(hr_vault_setting(v, NULL, "only_toml_fragments", NULL, false, &fragments, err));
    v->singles = fragments && strcasecmp(fragments, "false") == 0;
    const hr_status st = open_client(v, err);
    return st == HR_OK ? st : hr_fail_in(err, st, "%s", v->kind->label);
}

static hr_status open_one(hr_lookup *l, const char *pipeline, const hr_vault_kind *kind,
                          hr_vault **out, hr_error *err)
{
    hr_net_vault *v = hr_calloc(1, sizeof(*v));

    if (!v)
        return hr_nomem(err);
    v->base = (hr_vault){.label = kind->label, .get = get, .close = close_vault};
    v->kind = kind;
    v->lookup = l;
    v->pipeline = pipeline;
    v->prefix = "";
    const hr_status st = configure(v, err);
    if (st == HR_OK)
        *out = &v->base;
    else
        close_vault(&v->base);
    return st;
}

static hr_status open_all(hr_lookup *l, const char *pipeline, hr_vault *vaults[HR_MOST_VAULTS + 1],
                          hr_error *err)
{
    static const hr_vault_kind *const kinds[] = {&hr_google_secrets, &hr_aws_secrets,
                                                 &hr_hashicorp_vault};
    size_t n = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        bool enabled = false;

        HR_TRY(is_enabled(l, kinds[i], &enabled, err));
        if (enabled)
            HR_TRY(open_one(l, pipeline, kinds[i], &vaults[n++], err));
    }
    return HR_OK;
}

hr_status hr_vaults_open(hr_lookup *l, const char *pipeline, hr_vault *vaults[HR_MOST_VAULTS + 1],
                         hr_error *err)
{
    const char *const *sections = NULL;
    hr_lookup *in_use = hr_lookup_in_use(&sections);

    hr_lookup_use(NULL, NULL); /* a vault's credentials are not those of a source */
    const hr_status st = open_all(l, pipeline, vaults, err);
    hr_lookup_use(in_use, sections);
    return st;
}
