#include "destination/duckdb/url.h"

#include <string.h>

#include "base/mem.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* %XX undone. A NUL cannot be part of a path or a setting. */
static hr_status decode(hr_str in, const char **out, hr_arena *arena, hr_error *err)
{
    char *const to = hr_arena_alloc(arena, in.n + 1);
    size_t n = 0;

    if (!to)
        return hr_nomem(err);
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];

        if (c == '%') {
            const int hi = i + 2 < in.n ? hex_digit(in.p[i + 1]) : -1;
            const int lo = hi < 0 ? -1 : hex_digit(in.p[i + 2]);

            if (lo < 0 || (hi == 0 && lo == 0))
                return hr_fail(err, HR_E_CONFIG, "bad %%-escape in \"" HR_STR_FMT "\"",
                               HR_STR_ARG(in));
            c = (char)(hi * 16 + lo);
            i += 2;
        }
        to[n++] = c;
    }
    to[n] = '\0';
    *out = to;
    return HR_OK;
}

static bool parse_bool(const char *value, bool *out)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off"};

    for (size_t i = 0; i < 4; i++) {
        if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
            *out = strcmp(value, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static hr_status add_option(dk_url *out, const char *name, const char *value, hr_error *err)
{
    if (strcmp(name, "storage_version") == 0) {
        out->storage_version = value;
        return HR_OK;
    }
    if (strcmp(name, "read_only") == 0) {
        if (parse_bool(value, &out->read_only))
            return HR_OK;
        return hr_fail(err, HR_E_CONFIG, "read_only=%s: expected true or false", value);
    }
    out->options[out->n_options++] = (dk_option){name, value};
    return HR_OK;
}

static size_t count(hr_str s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
}

static hr_status parse_query(hr_str query, dk_url *out, hr_arena *arena, hr_error *err)
{
    out->options = hr_arena_zalloc(arena, (count(query, '&') + 1) * sizeof(*out->options));
    if (!out->options)
        return hr_nomem(err);
    while (query.n) {
        const char *const amp = memchr(query.p, '&', query.n);
        const hr_str pair = {query.p, amp ? (size_t)(amp - query.p) : query.n};
        const char *const eq = memchr(pair.p, '=', pair.n);
        const char *name = NULL, *value = NULL;

        if (!eq || eq == pair.p)
            return hr_fail(err, HR_E_CONFIG, "\"" HR_STR_FMT "\": expected name=value",
                           HR_STR_ARG(pair));
        HR_TRY(decode((hr_str){pair.p, (size_t)(eq - pair.p)}, &name, arena, err));
        HR_TRY(decode((hr_str){eq + 1, pair.n - (size_t)(eq + 1 - pair.p)}, &value, arena, err));
        HR_TRY(add_option(out, name, value, err));
        query.p += pair.n + (amp != NULL);
        query.n -= pair.n + (amp != NULL);
    }
    return HR_OK;
}

static hr_status parse(const char *url, dk_url *out, hr_arena *arena, hr_error *err)
{
    static const char scheme[] = "duckdb:///";

    if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
        return hr_fail(
            err, HR_E_CONFIG,
            "expected duckdb:///relative/file.duckdb or duckdb:////absolute/file.duckdb");

    const char *const path = url + sizeof(scheme) - 1;
    const hr_str raw = {path, strcspn(path, "?")};

    HR_TRY(decode(raw, &out->path, arena, err));
    if (!*out->path)
        return hr_fail(err, HR_E_CONFIG, "no file is named");
    if (strncmp(out->path, ":memory:", 8) == 0)
        return hr_fail(err, HR_E_CONFIG,
                       "a database in memory would be gone when the run ends: name a file");
    if (path[raw.n] == '?')
        return parse_query(hr_str_from(path + raw.n + 1), out, arena, err);
    return HR_OK;
}

hr_status dk_url_parse(const char *url, dk_url *out, hr_arena *arena, hr_error *err)
{
    *out = (dk_url){0};

    const hr_status st = parse(url, out, arena, err);

    return st == HR_OK ? HR_OK : hr_fail_in(err, st, "destination URL");
}
