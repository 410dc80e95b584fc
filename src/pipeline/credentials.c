#include "pipeline/credentials.h"

#include <ctype.h>
#include <stdlib.h>
#include <yyjson.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/suggest.h"
#include "destination/postgres/url.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* What is being found. */
typedef struct finding {
    hr_lookup *l;
    const char *name;
    const char *sections[3]; /* destination, the name */
    hr_arena *arena;
    hr_buf url;
} finding;

bool hr_is_destination_name(const char *destination)
{
    return destination && destination[0] && !strstr(destination, "://");
}

/* The whole of the credentials as one text; NULL: there is none. Its secrets are still to be told.
 */
static hr_status find_whole(const finding *f, const char **text, hr_error *err)
{
    const hr_lookup_field field = {
        .sections = f->sections, .name = "credentials", .secret = true, .shown = true};
    hr_found found = {0};

    HR_TRY(hr_lookup_field_get(f->l, &field, &found, err));
    *text = found.table ? NULL : found.text;
    return HR_OK;
}

static hr_status find_field(const finding *f, const char *name, bool secret, const char **text,
                            hr_error *err)
{
    const hr_lookup_field field = {.sections = f->sections,
                                   .group = "credentials",
                                   .name = name,
                                   .secret = secret,
                                   .shown = !secret};
    hr_found found = {0};

    HR_TRY(hr_lookup_field_get(f->l, &field, &found, err));
    *text = found.text;
    return HR_OK;
}

static hr_status refuse_missing(const finding *f, const char *field, hr_error *err)
{
    hr_buf tried = {0};

    hr_lookup_add_tried(f->l, &tried);
    (void)hr_fail(err, HR_E_CONFIG,
                  "destination %s has no %s; say a URL in destination.%s.credentials, or the "
                  "field; looked at %s",
                  f->name, field, f->name, tried.data ? tried.data : "");
    hr_buf_release(&tried);
    return HR_E_CONFIG;
}

/* ---- Postgres ---- */

/* dlt's fields, and options of our own, as names of a Postgres URL. */
static const struct field {
    const char *name, *parameter;
    const char *elsewhere; /* libpq's variable; NULL: it is not needed */
} fields[] = {
    {"host", "host", "PGHOST"},
    {"port", "port", NULL},
    {"database", "dbname", "PGDATABASE"},
    {"username", "user", NULL},
    {"password", "password", NULL},
    {"connect_timeout", "connect_timeout", NULL},
    {"lock_timeout", "lock_timeout", NULL},
    {"remove_nul", "remove_nul", NULL},
};

static void add_parameter(hr_buf *url, const char *name, hr_str value)
{
    hr_buf_addf(url, "%c%s=", strchr(url->data, '?') ? '&' : '?', name);
    for (size_t i = 0; i < value.n; i++) {
        if (isalnum((unsigned char)value.p[i]))
            hr_buf_addc(url, value.p[i]);
        else
            hr_buf_addf(url, "%%%02X", (unsigned char)value.p[i]);
    }
}

static hr_str trimmed(const char *text)
{
    hr_str s = hr_str_from(text);

    while (s.n && isspace((unsigned char)s.p[0]))
        s = (hr_str){s.p + 1, s.n - 1};
    while (s.n && isspace((unsigned char)s.p[s.n - 1]))
        s.n--;
    return s;
}

static bool is_set(const char *variable)
{
    const char *v = getenv(variable); // NOLINT(concurrency-mt-unsafe): nobody sets it

    return v && v[0];
}

/* What libpq finds by itself is not missing. */
static bool is_needed(const struct field *field, const pg_url *whole)
{
    return field->elsewhere && !is_set(field->elsewhere) && !is_set("PGSERVICE") &&
           !pg_url_get(whole, "service") && !pg_url_get(whole, "hostaddr");
}

static hr_status add_field(finding *f, const struct field *field, const pg_url *whole,
                           hr_error *err)
{
    const bool secret = strcmp(field->name, "password") == 0;
    const char *text = NULL;

    if (pg_url_says(whole, field->parameter))
        return HR_OK;
    HR_TRY(find_field(f, field->name, secret, &text, err));
    if (!text)
        return is_needed(field, whole) ? refuse_missing(f, field->name, err) : HR_OK;
    const hr_str value = trimmed(text);
    if (secret)
        HR_TRY(hr_secret_add(value, err));
    add_parameter(&f->url, field->parameter, value);
    return HR_OK;
}

/* {sslmode: verify-full}: libpq's own names. */
static hr_status add_query(finding *f, const pg_url *whole, hr_error *err)
{
    const char *text = NULL;
    yyjson_val *key, *val;
    size_t i, n;

    HR_TRY(find_field(f, "query", false, &text, err));
    yyjson_doc *doc = text ? hr_json_read(hr_str_from(text), 0, NULL) : NULL;
    const bool wrong = text && !yyjson_is_obj(yyjson_doc_get_root(doc));
    yyjson_obj_foreach(yyjson_doc_get_root(doc), i, n, key, val)
    {
        char *shown = yyjson_is_str(val) ? NULL : hr_json_text(val, NULL);

        if (!pg_url_says(whole, yyjson_get_str(key)))
            add_parameter(&f->url, yyjson_get_str(key),
                          hr_str_from(shown ? shown : yyjson_get_str(val)));
        hr_free(shown);
    }
    yyjson_doc_free(doc);
    return wrong ? hr_fail(err, HR_E_CONFIG,
                           "destination %s: query of its credentials takes an "
                           "object of texts",
                           f->name)
                 : HR_OK;
}

/* dlt has this one beside the credentials. */
static hr_status add_create_indexes(finding *f, const pg_url *whole, hr_error *err)
{
    const hr_lookup_field field = {.sections = f->sections, .name = "create_indexes"};
    hr_found found = {0};

    if (pg_url_says(whole, field.name))
        return HR_OK;
    HR_TRY(hr_lookup_field_get(f->l, &field, &found, err));
    if (found.text)
        add_parameter(&f->url, field.name, trimmed(found.text));
    return HR_OK;
}

static hr_status find_postgres(finding *f, hr_error *err)
{
    const char *whole = NULL;
    pg_url parsed = {0};

    HR_TRY(find_whole(f, &whole, err));
    hr_buf_addz(&f->url, whole ? whole : "postgresql://");
    HR_TRY(hr_buf_status(&f->url, err));
    HR_TRY(hr_secret_add_url(hr_buf_str(&f->url), err));
    const hr_status st = pg_url_parse(f->url.data, &parsed, f->arena, err);
    if (st != HR_OK)
        return hr_fail_in(err, st, "destination.%s.credentials", f->name);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        HR_TRY(add_field(f, &fields[i], &parsed, err));
    HR_TRY(add_create_indexes(f, &parsed, err));
    return add_query(f, &parsed, err);
}

/* ---- DuckDB ---- */

static hr_status find_duckdb(finding *f, hr_error *err)
{
    const char *where = NULL;

    HR_TRY(find_whole(f, &where, err));
    if (!where)
        HR_TRY(find_field(f, "database", false, &where, err));
    if (where && where[0] == ':')
        return hr_fail(err, HR_E_UNSUPPORTED, "destination %s: %s is not supported; name a file",
                       f->name, where);
    if (where)
        hr_buf_addf(&f->url, "%s%s", strstr(where, "://") ? "" : "duckdb:///", where);
    return HR_OK;
}

/* ---- kinds ---- */

static const struct kind {
    const char *name;
    hr_status (*find)(finding *f, hr_error *err);
} kinds[] = {{"duckdb", find_duckdb}, {"postgres", find_postgres}};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct kind *kind_of(const char *type)
{
    static const char prefix[] = "dlt.destinations.";

    if (strncmp(type, prefix, strlen(prefix)) == 0)
        type += strlen(prefix);
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i].name, type) == 0)
            return &kinds[i];
    return NULL;
}

static hr_status refuse_kind(const char *name, const char *type, hr_error *err)
{
    const char *names[N_KINDS + 1] = {0};

    for (size_t i = 0; i < N_KINDS; i++)
        names[i] = kinds[i].name;
    const char *meant = hr_suggest(type ? type : name, names);
    if (type)
        return hr_fail(err, HR_E_CONFIG,
                       "destination %s: there is no destination_type \"%s\"; there are duckdb and "
                       "postgres",
                       name, type);
    return hr_fail(err, HR_E_CONFIG,
                   "there is no destination \"%s\"" HR_MEANT_FMT "; it is a URL such as "
                   "duckdb:///events.duckdb, duckdb or postgres, or a name whose "
                   "destination.%s.destination_type is one of these",
                   name, HR_MEANT_ARG(meant), name);
}

static hr_status find_kind(hr_lookup *l, const char *name, const struct kind **kind, hr_error *err)
{
    const char *const sections[] = {"destination", name, NULL};
    const hr_lookup_field field = {.sections = sections, .name = "destination_type", .shown = true};
    hr_found type = {0};

    HR_TRY(hr_lookup_field_get(l, &field, &type, err));
    *kind = kind_of(type.text ? type.text : name);
    return *kind ? HR_OK : refuse_kind(name, type.text, err);
}

hr_status hr_find_destination(hr_lookup *l, const char *name, hr_arena *arena, const char **url,
                              hr_error *err)
{
    finding f = {.l = l, .name = name, .sections = {"destination", name}, .arena = arena};
    const struct kind *kind = NULL;

    *url = NULL;
    HR_TRY(find_kind(l, name, &kind, err));
    hr_status st = kind->find(&f, err);
    if (st == HR_OK && f.url.len) {
        *url = f.url.failed ? NULL : hr_arena_strndup(arena, hr_buf_str(&f.url));
        st = *url ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&f.url);
    return st;
}
