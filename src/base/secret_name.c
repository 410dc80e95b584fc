/* Where secrets are seen by what stands around them: names, and parts of URLs. */
#include <ctype.h>

#include "base/secret.h"

/* Words of secrets, without '-' and '_'. */
static const char *const words[] = {
    "authorization", "token",      "secret",     "password",  "passwd",           "pwd",
    "passphrase",    "apikey",     "accesskey",  "secretkey", "privatekey",       "subscriptionkey",
    "appkey",        "authkey",    "cookie",     "signature", "credential",       "credentials",
    "sharedkey",     "signingkey", "accountkey", "bearer",    "connectionstring", "clientassertion",
};
/* Tokens with one of these only say where to go on. */
static const char *const cursors[] = {"page",   "next",   "prev", "continu", "sync",
                                      "cursor", "scroll", "skip", "start"};
static const char *const sent[] = {"key", "auth", "pass", "xauth", "jwt", "sig"};

enum { MOST_LETTERS = 64 };
#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

/* The last letters of a name, without what may stand between them; returns how many. */
static size_t bare_name(hr_str name, char bare[MOST_LETTERS + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '-' || name.p[i] == '_' || name.p[i] == '.')
            continue;
        if (n == MOST_LETTERS)
            memmove(bare, bare + 1, --n);
        bare[n++] = (char)tolower((unsigned char)name.p[i]);
    }
    bare[n] = '\0';
    return n;
}

static bool is_cursor(const char *bare)
{
    bool any = false;

    for (size_t i = 0; i < N_OF(cursors); i++)
        any = any || strstr(bare, cursors[i]);
    return any && strstr(bare, "token");
}

static bool ends_in(const char *bare, size_t n, const char *word)
{
    const size_t length = strlen(word);

    return n >= length && memcmp(bare + n - length, word, length) == 0;
}

bool hr_secret_is_name(hr_str name)
{
    char bare[MOST_LETTERS + 1];
    const size_t n = bare_name(name, bare);

    for (size_t i = 0; i < N_OF(words); i++)
        if (ends_in(bare, n, words[i]))
            return !is_cursor(bare);
    return strcmp(bare, "sig") == 0;
}

bool hr_secret_is_sent(hr_str name)
{
    char bare[MOST_LETTERS + 1];
    const size_t n = bare_name(name, bare);

    for (size_t i = 0; i < N_OF(words); i++)
        if (strstr(bare, words[i]))
            return !is_cursor(bare);
    for (size_t i = 0; i < N_OF(sent); i++)
        if (strcmp(bare, sent[i]) == 0)
            return true;
    return ends_in(bare, n, "key"); /* X-Shop-Key, and a few that are none */
}

/* ---- URLs ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As it stands, and what its %xx stand for. */
static hr_status add_encoded(hr_str s, hr_error *err)
{
    hr_buf plain = {0};

    for (size_t i = 0; i < s.n; i++) {
        const int high = s.p[i] == '%' && i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;

        hr_buf_addc(&plain, low >= 0 ? (char)(high * 16 + low) : s.p[i]);
        i += low >= 0 ? 2 : 0;
    }
    hr_status st = hr_buf_status(&plain, err);
    if (st == HR_OK)
        st = hr_secret_add(s, err);
    if (st == HR_OK && plain.len)
        st = hr_secret_add(hr_buf_str(&plain), err);
    hr_buf_release(&plain);
    return st;
}

static hr_status add_parameters(hr_str query, hr_error *err)
{
    while (query.n) {
        const char *end = memchr(query.p, '&', query.n);
        const size_t n = end ? (size_t)(end - query.p) : query.n;
        const char *equals = memchr(query.p, '=', n);
        const size_t name = equals ? (size_t)(equals - query.p) : n;

        if (equals && hr_secret_is_name((hr_str){query.p, name}))
            HR_TRY(add_encoded((hr_str){equals + 1, n - name - 1}, err));
        query = (hr_str){query.p + n + (end != NULL), query.n - n - (end != NULL)};
    }
    return HR_OK;
}

static hr_str before(hr_str s, const char *set)
{
    size_t n = 0;

    while (n < s.n && !strchr(set, s.p[n]))
        n++;
    return (hr_str){s.p, n};
}

hr_status hr_secret_add_url(hr_str url, hr_error *err)
{
    const char *scheme = url.n > 3 ? memmem(url.p, url.n, "://", 3) : NULL;

    const size_t skip = scheme ? (size_t)(scheme + 3 - url.p) : 0;

    if (!url.n)
        return HR_OK;
    const hr_str rest = {url.p + skip, url.n - skip};
    const hr_str authority = before(rest, "?#"); /* a '/' in a password is a common mistake */
    const char *at = scheme ? memrchr(authority.p, '@', authority.n) : NULL;
    const hr_str user = {authority.p, at ? (size_t)(at - authority.p) : 0};
    const char *colon = memchr(user.p, ':', user.n);
    const char *query = memchr(rest.p, '?', rest.n);

    if (colon)
        HR_TRY(add_encoded((hr_str){colon + 1, user.n - (size_t)(colon + 1 - user.p)}, err));
    if (!query)
        return HR_OK;
    const hr_str parameters = {query + 1, rest.n - (size_t)(query + 1 - rest.p)};
    return add_parameters(before(parameters, "#"), err);
}
