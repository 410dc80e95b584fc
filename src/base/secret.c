#include "base/secret.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/hash.h"
#include "base/mem.h"
#include "headrace/headrace.h"

enum {
    LEAST_BYTES = 3, /* as long as what is put instead */
    WORD_BYTES = 5,
    LINE_BYTES = 16,
    LEAST_CODED = 6,
};

typedef struct form {
    char *p;
    size_t n;
    bool as_word;
} form;

typedef struct secret {
    form *forms;
    size_t n, cap;
} secret;

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static secret *secrets; /* a ring */
static size_t n_secrets, cap_secrets, next_secret;
static atomic_bool any;
static unsigned char begins[256]; /* whether a form begins with this byte */

/* ---- forms ---- */

static bool add_form(secret *s, hr_str text)
{
    form f = {.n = text.n, .as_word = text.n <= WORD_BYTES};

    if (text.n < LEAST_BYTES)
        return true;
    for (size_t i = 0; i < s->n; i++)
        if (hr_str_eq((hr_str){s->forms[i].p, s->forms[i].n}, text))
            return true;
    f.p = hr_strndup(text);
    if (f.p && HR_PUSH(s->forms, s->n, s->cap, f))
        return true;
    hr_free(f.p);
    return false;
}

static bool add_and_release(secret *s, hr_buf *text)
{
    const bool ok = !text->failed && (!text->len || add_form(s, hr_buf_str(text)));

    hr_buf_release(text);
    return ok;
}

static bool is_unreserved(unsigned char c)
{
    return isalnum(c) || strchr("-._~", c);
}

static bool add_percent(secret *s, hr_str v, const char *hex, const char *space)
{
    hr_buf out = {0};

    for (size_t i = 0; i < v.n; i++) {
        const unsigned char c = (unsigned char)v.p[i];

        if (c && is_unreserved(c))
            hr_buf_addc(&out, v.p[i]);
        else if (c == ' ')
            hr_buf_addz(&out, space);
        else
            hr_buf_addf(&out, "%%%c%c", hex[c >> 4], hex[c & 15]);
    }
    return add_and_release(s, &out);
}

static bool add_json(secret *s, hr_str v, const char *slash)
{
    hr_buf out = {0};

    for (size_t i = 0; i < v.n; i++) {
        const unsigned char c = (unsigned char)v.p[i];

        if (c == '"' || c == '\\')
            hr_buf_addf(&out, "\\%c", c);
        else if (c == '/')
            hr_buf_addz(&out, slash);
        else if (c == '\n' || c == '\r' || c == '\t')
            hr_buf_addz(&out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else if (c < 0x20)
            hr_buf_addf(&out, "\\u%04x", c);
        else
            hr_buf_addc(&out, v.p[i]);
    }
    return add_and_release(s, &out);
}

/* What base64 makes of the value behind `before` bytes of something else, without the letters that
 * those bytes or what follows have a part in. */
static bool add_base64(secret *s, hr_str v, size_t before)
{
    static const size_t skip[] = {0, 2, 3};
    const size_t n = before + v.n;
    const size_t first = skip[before], last = n * 8 / 6;
    char *raw = hr_calloc(1, n + 1);
    char *text = hr_calloc(1, 4 * ((n + 2) / 3) + 1);
    bool ok = raw && text;

    if (ok && last >= first + LEAST_CODED) {
        memcpy(raw + before, v.p, v.n);
        (void)hr_base64(raw, n, text);
        ok = add_form(s, (hr_str){text + first, last - first});
        for (size_t i = 0; i < last; i++)
            text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
        ok = ok && add_form(s, (hr_str){text + first, last - first});
    }
    hr_free(raw);
    hr_free(text);
    return ok;
}

static bool add_lines(secret *s, hr_str v)
{
    while (v.n) {
        const char *end = memchr(v.p, '\n', v.n);
        const size_t n = end ? (size_t)(end - v.p) : v.n;
        const size_t used = end ? n + 1 : n;

        if (n >= LINE_BYTES && used < v.n && !add_form(s, (hr_str){v.p, n}))
            return false;
        v = (hr_str){v.p + used, v.n - used};
    }
    return true;
}

static bool make_forms(secret *s, hr_str v)
{
    static const char upper[] = "0123456789ABCDEF";
    static const char lower[] = "0123456789abcdef";

    return add_form(s, v) && add_percent(s, v, upper, "%20") && add_percent(s, v, lower, "%20") &&
           add_percent(s, v, upper, "+") && add_percent(s, v, lower, "+") && add_json(s, v, "/") &&
           add_json(s, v, "\\/") && add_base64(s, v, 0) && add_base64(s, v, 1) &&
           add_base64(s, v, 2) && add_lines(s, v);
}

/* ---- the register ---- */

static void release_forms(secret *s)
{
    for (size_t i = 0; i < s->n; i++)
        hr_free(s->forms[i].p);
    hr_free(s->forms);
    *s = (secret){0};
}

static bool is_known(hr_str value)
{
    for (size_t i = 0; i < n_secrets; i++)
        if (secrets[i].n &&
            hr_str_eq((hr_str){secrets[i].forms[0].p, secrets[i].forms[0].n}, value))
            return true;
    return false;
}

/* Takes `s` over when it succeeds. */
static bool keep(secret *s)
{
    if (n_secrets < HR_SECRETS_KEPT) {
        if (!HR_PUSH(secrets, n_secrets, cap_secrets, *s))
            return false;
    } else {
        release_forms(&secrets[next_secret]);
        secrets[next_secret] = *s;
        next_secret = (next_secret + 1) % HR_SECRETS_KEPT;
    }
    for (size_t i = 0; i < s->n; i++)
        begins[(unsigned char)s->forms[i].p[0]] = 1;
    atomic_store(&any, true);
    return true;
}

hr_status hr_secret_add(hr_str value, hr_error *err)
{
    secret s = {0};

    if (value.n < LEAST_BYTES)
        return HR_OK;
    (void)pthread_rwlock_wrlock(&lock);
    const bool known = is_known(value);
    const bool ok = known || (make_forms(&s, value) && keep(&s));
    (void)pthread_rwlock_unlock(&lock);
    if (!ok)
        release_forms(&s);
    return ok ? HR_OK : hr_nomem(err);
}

/* ---- blanking ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool stands_alone(const char *text, size_t n, size_t at, size_t length)
{
    return (at == 0 || !is_word(text[at - 1])) && (at + length == n || !is_word(text[at + length]));
}

/* The longest form that begins at text[at]; 0: none. */
static size_t longest_at(const char *text, size_t n, size_t at, bool cut)
{
    size_t longest = 0;

    for (size_t s = 0; s < n_secrets; s++) {
        for (size_t i = 0; i < secrets[s].n; i++) {
            const form *f = &secrets[s].forms[i];
            const size_t room = n - at;
            const size_t length = f->n <= room ? f->n : cut ? room : 0;

            if (length <= longest || length < LEAST_BYTES || memcmp(text + at, f->p, length) != 0 ||
                (f->as_word && !stands_alone(text, n, at, length)))
                continue;
            longest = length;
        }
    }
    return longest;
}

static size_t blank_locked(char *text, size_t n, bool cut)
{
    size_t to = 0;

    for (size_t at = 0; at < n;) {
        const size_t found = begins[(unsigned char)text[at]] ? longest_at(text, n, at, cut) : 0;

        if (found) {
            memset(text + at, '\0', found); /* so that stands_alone() sees no letters of it */
            memset(text + to, '*', 3);
            to += 3;
            at += found;
        } else {
            text[to++] = text[at++];
        }
    }
    return to;
}

size_t hr_secret_blank(char *text, size_t n, bool cut)
{
    if (!n || !atomic_load(&any))
        return n;
    (void)pthread_rwlock_rdlock(&lock);
    n = blank_locked(text, n, cut);
    (void)pthread_rwlock_unlock(&lock);
    return n;
}

void hr_secret_blank_buf(hr_buf *text)
{
    if (!text->data)
        return;
    text->len = hr_secret_blank(text->data, text->len, false);
    text->data[text->len] = '\0';
}

bool hr_secret_in(hr_str text)
{
    bool found = false;

    if (!atomic_load(&any))
        return false;
    (void)pthread_rwlock_rdlock(&lock);
    for (size_t at = 0; at < text.n && !found; at++)
        found = begins[(unsigned char)text.p[at]] && longest_at(text.p, text.n, at, false);
    (void)pthread_rwlock_unlock(&lock);
    return found;
}

bool hr_secret_has(hr_str text)
{
    bool found = false;

    (void)pthread_rwlock_rdlock(&lock);
    for (size_t i = 0; i < n_secrets && !found; i++)
        found =
            secrets[i].n && memmem(secrets[i].forms[0].p, secrets[i].forms[0].n, text.p, text.n);
    (void)pthread_rwlock_unlock(&lock);
    return found;
}
