#include "destination/duckdb/url.h"

#include <string.h>

#include "base/mem.h"
#include "destination/url.h"

static hr_status add_option(void *ctx, const char *name, const char *value, hr_error *err)
{
    dk_url *const out = ctx;

    if (strcmp(name, "storage_version") == 0) {
        out->storage_version = value;
        return HR_OK;
    }
    if (strcmp(name, "read_only") == 0)
        return hr_url_bool(name, value, &out->read_only, err);
    out->options[out->n_options++] = (dk_option){name, value};
    return HR_OK;
}

static hr_status parse_options(const char *query, dk_url *out, hr_arena *arena, hr_error *err)
{
    size_t most = 1;

    for (const char *p = query; *p; p++)
        most += *p == '&';
    out->options = hr_arena_zalloc(arena, most * sizeof(*out->options));
    if (!out->options)
        return hr_nomem(err);
    return hr_url_options(query, add_option, out, arena, err);
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

    HR_TRY(hr_url_decode(raw, &out->path, arena, err));
    if (!*out->path)
        return hr_fail(err, HR_E_CONFIG, "no file is named");
    if (strncmp(out->path, ":memory:", 8) == 0)
        return hr_fail(err, HR_E_CONFIG,
                       "a database in memory would be gone when the run ends: name a file");
    return path[raw.n] == '?' ? parse_options(path + raw.n + 1, out, arena, err) : HR_OK;
}

hr_status dk_url_parse(const char *url, dk_url *out, hr_arena *arena, hr_error *err)
{
    *out = (dk_url){0};

    const hr_status st = parse(url, out, arena, err);

    return st == HR_OK ? HR_OK : hr_fail_in(err, st, "destination URL");
}
