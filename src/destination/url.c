#include "destination/url.h"

#include <string.h>
#include <strings.h>

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

hr_status hr_url_decode(hr_str in, const char **out, hr_arena *arena, hr_error *err)
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
                return hr_fail(err, HR_E_CONFIG,
                               "a %% is not followed by two hexadecimal digits (a %% itself is "
                               "written %%25)");
            c = (char)(hi * 16 + lo);
            i += 2;
        }
        to[n++] = c;
    }
    to[n] = '\0';
    *out = to;
    return HR_OK;
}

hr_status hr_url_options(const char *query, hr_url_option *take, void *ctx, hr_arena *arena,
                         hr_error *err)
{
    while (*query) {
        const hr_str pair = {query, strcspn(query, "&")};
        const char *const eq = pair.n ? memchr(pair.p, '=', pair.n) : NULL;
        const char *name = NULL, *value = NULL;

        if (!eq || eq == pair.p)
            return hr_fail(err, HR_E_CONFIG, "what follows '?' is not name=value, joined by '&'");
        HR_TRY(hr_url_decode((hr_str){pair.p, (size_t)(eq - pair.p)}, &name, arena, err));
        HR_TRY(hr_url_decode((hr_str){eq + 1, pair.n - (size_t)(eq + 1 - pair.p)}, &value, arena,
                             err));
        HR_TRY(take(ctx, name, value, err));
        query += pair.n + (query[pair.n] == '&');
    }
    return HR_OK;
}

hr_status hr_url_bool(const char *name, const char *value, bool *out, hr_error *err)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
            *out = strcasecmp(value, yes[i]) == 0;
            return HR_OK;
        }
    }
    return hr_fail(err, HR_E_CONFIG, "%s: expected true or false", name);
}
