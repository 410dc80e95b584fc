#include "destination/postgres/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "destination/url.h"

static const char lock_timeout_default[] = "30s";

const char *pg_url_get(const pg_url *url, const char *name)
{
    for (size_t i = 0; i < url->n_parameters; i++) {
        if (strcmp(url->parameters[i].name, name) == 0)
            return url->parameters[i].value;
    }
    return NULL;
}

/* The last one counts. */
static void set(pg_url *url, const char *name, const char *value)
{
    for (size_t i = 0; i < url->n_parameters; i++) {
        if (strcmp(url->parameters[i].name, name) == 0) {
            url->parameters[i].value = value;
            return;
        }
    }
    url->parameters[url->n_parameters++] = (pg_parameter){name, value};
}

static hr_status set_decoded(pg_url *url, const char *name, hr_str raw, hr_arena *arena,
                             hr_error *err)
{
    const char *value = NULL;

    if (!raw.n)
        return HR_OK;
    HR_TRY(hr_url_decode(raw, &value, arena, err));
    set(url, name, value);
    return HR_OK;
}

/* ---- Hosts ---- */

static void add_host(hr_str one, hr_buf *hosts, hr_buf *ports, bool *any_port)
{
    const char *const bracket =
        one.n && one.p[0] == '[' ? memchr(one.p, ']', one.n) : NULL; /* [::1]:5432 */
    const char *const from = bracket ? bracket : one.p;
    const char *const colon = one.n ? memchr(from, ':', one.n - (size_t)(from - one.p)) : NULL;
    hr_str host = {one.p, colon ? (size_t)(colon - one.p) : one.n};

    if (bracket)
        host = (hr_str){one.p + 1, (size_t)(bracket - one.p) - 1};
    hr_buf_add(hosts, host);
    if (colon) {
        hr_buf_add(ports, (hr_str){colon + 1, one.n - (size_t)(colon + 1 - one.p)});
        *any_port = true;
    }
}

/* A password whose '/' is not escaped would look like a port: so nothing of it is told. */
static hr_status check_ports(const char *ports, hr_error *err)
{
    if (ports[strspn(ports, "0123456789,")])
        return hr_fail(err, HR_E_CONFIG,
                       "the port is not a number (in a password, / is written %%2F, ? %%3F, @ %%40 "
                       "and : %%3A)");
    return HR_OK;
}

static hr_status set_hosts(pg_url *url, hr_str raw, hr_arena *arena, hr_error *err)
{
    hr_buf hosts = {0}, ports = {0};
    bool any_port = false;

    while (raw.n) {
        const char *const comma = memchr(raw.p, ',', raw.n);
        const size_t n = comma ? (size_t)(comma - raw.p) : raw.n;

        add_host((hr_str){raw.p, n}, &hosts, &ports, &any_port);
        if (comma) {
            hr_buf_addc(&hosts, ',');
            hr_buf_addc(&ports, ',');
        }
        raw.p += n + (comma != NULL);
        raw.n -= n + (comma != NULL);
    }

    hr_status st = hr_buf_status(&hosts, err);

    if (st == HR_OK)
        st = hr_buf_status(&ports, err);
    if (st == HR_OK)
        st = check_ports(ports.data ? ports.data : "", err);
    if (st == HR_OK)
        st = set_decoded(url, "host", hr_buf_str(&hosts), arena, err);
    if (st == HR_OK && any_port)
        st = set_decoded(url, "port", hr_buf_str(&ports), arena, err);
    hr_buf_release(&hosts);
    hr_buf_release(&ports);
    return st;
}

/* user:password@hosts; the last '@' ends the password, which may hold others. */
static hr_status parse_authority(pg_url *url, hr_str raw, hr_arena *arena, hr_error *err)
{
    const char *const at = raw.n ? memrchr(raw.p, '@', raw.n) : NULL;

    if (at) {
        const hr_str who = {raw.p, (size_t)(at - raw.p)};
        const char *const colon = who.n ? memchr(who.p, ':', who.n) : NULL;
        const size_t n = colon ? (size_t)(colon - who.p) : who.n;

        HR_TRY(set_decoded(url, "user", (hr_str){who.p, n}, arena, err));
        if (colon)
            HR_TRY(set_decoded(url, "password", (hr_str){colon + 1, who.n - n - 1}, arena, err));
        raw = (hr_str){at + 1, raw.n - who.n - 1};
    }
    return set_hosts(url, raw, arena, err);
}

/* ---- What follows '?' ---- */

static hr_status parse_duration(const char *text, int64_t *ms, hr_error *err)
{
    static const struct unit {
        const char *name;
        int64_t ms;
    } units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}};
    char *end = NULL;
    const long long n = strtoll(text, &end, 10);

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (end != text && n >= 0 && strcmp(end, units[i].name) == 0 &&
            n <= INT32_MAX / units[i].ms) {
            *ms = n * units[i].ms;
            return HR_OK;
        }
    }
    return hr_fail(err, HR_E_CONFIG, "lock_timeout=%s: expected a time like 30s, 500ms or 2min",
                   text);
}

static hr_status add_option(void *ctx, const char *name, const char *value, hr_error *err)
{
    pg_url *const url = ctx;

    if (strcmp(name, "lock_timeout") == 0) {
        url->lock_timeout_set = true;
        return parse_duration(value, &url->lock_timeout_ms, err);
    }
    if (strcmp(name, "remove_nul") == 0) {
        url->remove_nul_set = true;
        return hr_url_bool(name, value, &url->remove_nul, err);
    }
    if (strcmp(name, "create_indexes") == 0) {
        url->create_indexes_set = true;
        return hr_url_bool(name, value, &url->create_indexes, err);
    }
    if (strcmp(name, "ssl") == 0 && strcmp(value, "true") == 0) /* libpq does so, for JDBC's sake */
        set(url, "sslmode", "require");
    else if (strcmp(name, "client_encoding") != 0) /* it is UTF-8, whatever dlt was told */
        set(url, name, value);
    return HR_OK;
}

bool pg_url_says(const pg_url *url, const char *name)
{
    return (url->lock_timeout_set && strcmp(name, "lock_timeout") == 0) ||
           (url->remove_nul_set && strcmp(name, "remove_nul") == 0) ||
           (url->create_indexes_set && strcmp(name, "create_indexes") == 0) ||
           pg_url_get(url, name);
}

static size_t count(const char *s, char c)
{
    size_t n = 0;

    for (; *s; s++)
        n += *s == c;
    return n;
}

static const char *after_scheme(const char *url)
{
    static const char *const schemes[] = {"postgres://", "postgresql://"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
            return url + strlen(schemes[i]);
    }
    return NULL;
}

static hr_status parse(const char *url, pg_url *out, hr_arena *arena, hr_error *err)
{
    const char *const rest = after_scheme(url);

    if (!rest)
        return hr_fail(err, HR_E_CONFIG, "expected postgres://user@host:port/database");
    /* user, password, host, port, dbname, and what the query adds */
    out->parameters = hr_arena_zalloc(arena, (count(rest, '=') + 5) * sizeof(*out->parameters));
    if (!out->parameters)
        return hr_nomem(err);

    const hr_str authority = {rest, strcspn(rest, "/?")};
    const char *const path = rest + authority.n;
    const size_t skip = *path == '/';
    const hr_str database = {path + skip, strcspn(path + skip, "?")};
    const char *const query = database.p + database.n;

    if (database.n && memchr(database.p, '@', database.n))
        return hr_fail(err, HR_E_CONFIG,
                       "there is an @ behind the first / (in a password, / is written %%2F; in a "
                       "database's name, @ is written %%40)");
    HR_TRY(parse_duration(lock_timeout_default, &out->lock_timeout_ms, err));
    HR_TRY(parse_authority(out, authority, arena, err));
    HR_TRY(set_decoded(out, "dbname", database, arena, err));
    return *query ? hr_url_options(query + 1, add_option, out, arena, err) : HR_OK;
}

hr_status pg_url_parse(const char *url, pg_url *out, hr_arena *arena, hr_error *err)
{
    *out = (pg_url){.create_indexes = true};

    const hr_status st = parse(url, out, arena, err);

    return st == HR_OK ? HR_OK : hr_fail_in(err, st, "destination URL");
}

/* ---- Showing it ---- */

static void add_escaped(hr_buf *out, const char *text, const char *plain)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            strchr(plain, c))
            hr_buf_addc(out, (char)c);
        else
            hr_buf_addf(out, "%%%02X", c);
    }
}

/* Hosts and ports are lists with as many members, or one port for all. */
static void show_hosts(const char *hosts, const char *ports, hr_buf *out)
{
    const bool one_port = ports && !strchr(ports, ',');

    while (*hosts) {
        const hr_str host = {hosts, strcspn(hosts, ",")};
        const hr_str port = {ports, ports ? strcspn(ports, ",") : 0};
        const bool v6 = memchr(host.p, ':', host.n) != NULL;
        char text[256];

        if (host.n < sizeof(text)) {
            memcpy(text, host.p, host.n);
            text[host.n] = '\0';
            hr_buf_addz(out, v6 ? "[" : "");
            add_escaped(out, text, "-._:");
            hr_buf_addz(out, v6 ? "]" : "");
        }
        if (port.n)
            hr_buf_addf(out, ":" HR_STR_FMT, HR_STR_ARG(port));
        hosts += host.n;
        if (ports && !one_port)
            ports += port.n + (ports[port.n] == ',');
        if (*hosts == ',') {
            hr_buf_addc(out, ',');
            hosts++;
        }
    }
}

static void show_option(hr_buf *out, char *before, const char *name, const char *value)
{
    hr_buf_addf(out, "%c%s=", *before, name);
    add_escaped(out, value, "-._/");
    *before = '&';
}

void pg_url_show(const pg_url *url, hr_buf *out)
{
    /* What the next run needs as well to find the server and to trust it; none holds a secret. */
    static const char *const shown[] = {
        "service",      "hostaddr",        "sslmode",
        "sslrootcert",  "sslcert",         "sslkey",
        "sslcrl",       "sslcrldir",       "ssl_min_protocol_version",
        "require_auth", "channel_binding", "requirepeer",
        "gssencmode",   "krbsrvname",      "target_session_attrs",
        "passfile",     "connect_timeout", "load_balance_hosts"};
    const char *const user = pg_url_get(url, "user");
    const char *const host = pg_url_get(url, "host");
    const char *const port = pg_url_get(url, "port");
    const char *const database = pg_url_get(url, "dbname");
    char before = '?', timeout[32];

    hr_buf_addz(out, "postgres://");
    if (user) {
        add_escaped(out, user, "-._");
        hr_buf_addc(out, '@');
    }
    if (host)
        show_hosts(host, port, out);
    else if (port)
        hr_buf_addf(out, ":%s", port);
    hr_buf_addc(out, '/');
    if (database)
        add_escaped(out, database, "-._");
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        if (pg_url_get(url, shown[i]))
            show_option(out, &before, shown[i], pg_url_get(url, shown[i]));
    }
    if (url->lock_timeout_set) {
        (void)snprintf(timeout, sizeof(timeout), "%lldms", (long long)url->lock_timeout_ms);
        show_option(out, &before, "lock_timeout", timeout);
    }
    if (url->remove_nul)
        show_option(out, &before, "remove_nul", "true");
    if (!url->create_indexes)
        show_option(out, &before, "create_indexes", "false");
}
