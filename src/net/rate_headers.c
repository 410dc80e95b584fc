#include "net/rate_headers.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "net/clock.h"
#include "value/iso_time.h"

/* ---- Numbers and dates ---- */

enum { MOST_SECONDS = 100000000 }; /* longer waits are times since 1970 ... */

#define MOST_EPOCH_SECONDS 1e11 /* ... in seconds, and beyond this in milliseconds */
#define MOST_EPOCH_MILLIS 1e14

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number at the front, with a fraction perhaps; what follows is left in *s. */
static bool take_number(hr_str *s, double *out)
{
    double scale = 1;
    size_t i = 0;
    bool point = false;

    *out = 0;
    for (; i < s->n && (is_digit(s->p[i]) || (s->p[i] == '.' && !point && i)); i++) {
        if (s->p[i] == '.') {
            point = true;
            continue;
        }
        *out = *out * 10 + (s->p[i] - '0');
        scale *= point ? 10 : 1;
        if (scale > 1e9 || *out > 1e18)
            return false;
    }
    *out /= scale;
    *s = (hr_str){s->p + i, s->n - i};
    return i > 0;
}

static hr_str trim(hr_str s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s = (hr_str){s.p + 1, s.n - 1};
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static bool whole_number(hr_str s, double *out)
{
    s = trim(s);
    return take_number(&s, out) && s.n == 0;
}

static hr_str take_word(hr_str *s)
{
    size_t i = 0;

    while (i < s->n && strchr(" ,-\t", s->p[i]))
        i++;
    *s = (hr_str){s->p + i, s->n - i};
    for (i = 0; i < s->n && !strchr(" ,-\t", s->p[i]); i++)
        ;

    const hr_str word = {s->p, i};

    *s = (hr_str){s->p + i, s->n - i};
    return word;
}

static int month_of(hr_str word)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (int i = 0; word.n == 3 && i < 12; i++) {
        if (strncasecmp(word.p, months + (size_t)i * 3, 3) == 0)
            return i + 1;
    }
    return 0;
}

typedef struct date_parts {
    int day;
    int month;
    int year;
    hr_str time;
} date_parts;

static bool is_zone(hr_str word)
{
    return (word.n == 3 &&
            (strncasecmp(word.p, "GMT", 3) == 0 || strncasecmp(word.p, "UTC", 3) == 0));
}

static bool take_part(date_parts *d, hr_str word)
{
    double number = 0;

    if (memchr(word.p, ':', word.n)) {
        d->time = word;
        return word.n == 8;
    }
    if (is_digit(*word.p)) {
        if (word.n > 4 || !whole_number(word, &number))
            return false;
        if (d->day)
            d->year = (int)number + (word.n == 2 ? (number < 70 ? 2000 : 1900) : 0);
        else
            d->day = (int)number;
        return true;
    }
    if (!d->month)
        d->month = month_of(word);
    return d->month || word.n >= 3 || is_zone(word);
}

bool hr_http_date(hr_str text, int64_t *micros)
{
    date_parts d = {0};
    char iso[40];
    hr_iso at;

    for (hr_str word = take_word(&text); word.n; word = take_word(&text)) {
        if (!take_part(&d, word))
            return false;
    }
    if (!d.day || !d.month || d.year < 1000 || d.year > 9999 || !d.time.n || d.day > 31)
        return false;
    (void)snprintf(iso, sizeof(iso), "%04d-%02d-%02dT" HR_STR_FMT "Z", d.year, d.month, d.day,
                   HR_STR_ARG(d.time));
    if (hr_iso_parse(hr_str_from(iso), &at) != HR_ISO_DATETIME)
        return false;
    *micros = at.micros;
    return true;
}

bool hr_retry_after(hr_str text, int64_t now, int64_t *micros)
{
    double seconds = 0;
    int64_t date = 0;

    text = trim(text);
    if (whole_number(text, &seconds) && seconds < MOST_SECONDS) {
        *micros = (int64_t)(seconds * HR_SECOND);
        return true;
    }
    if (!hr_http_date(text, &date))
        return false;
    *micros = date > now ? date - now : 0;
    return true;
}

/* ---- Rate limits ---- */

/* Seconds from now, or a time: since 1970, of HTTP, or of ISO 8601. `server`: micros since 1970 by
 * the server's clock, whose seconds are cut off, so that a time of its is waited for by one more.
 */
static int64_t read_reset(hr_str text, int64_t server)
{
    double number = 0;
    int64_t date = 0;
    hr_iso iso;

    text = trim(text);
    if (whole_number(text, &number)) {
        if (number < MOST_SECONDS)
            return (int64_t)(number * HR_SECOND);
        if (number >= MOST_EPOCH_MILLIS)
            return HR_RATE_UNKNOWN;
        date = (int64_t)(number < MOST_EPOCH_SECONDS ? number * HR_SECOND : number * 1000);
    } else if (hr_iso_parse(text, &iso) == HR_ISO_DATETIME) {
        date = iso.micros;
    } else if (!hr_http_date(text, &date)) {
        return HR_RATE_UNKNOWN;
    }
    return date > server ? date - server + HR_SECOND : 0;
}

/* Of several policies the one counts that stops us first. */
static void take_policy(hr_rate_told *out, int64_t remaining, int64_t reset)
{
    if (remaining == HR_RATE_UNKNOWN)
        return;
    if (out->remaining == HR_RATE_UNKNOWN || remaining < out->remaining ||
        (remaining == out->remaining && reset > out->reset)) {
        out->remaining = remaining;
        out->reset = reset;
    }
}

/* "name=value" of the list at the front, `end` being what follows it: ',' or ';'. */
static hr_str take_member(hr_str *s, char *end)
{
    size_t i = 0;
    bool quoted = false;

    for (; i < s->n && (quoted || (s->p[i] != ',' && s->p[i] != ';')); i++)
        quoted ^= s->p[i] == '"';

    const hr_str member = trim((hr_str){s->p, i});

    *end = i < s->n ? s->p[i] : '\0';
    i += i < s->n;
    *s = (hr_str){s->p + i, s->n - i};
    return member;
}

static bool member_is(hr_str member, const char *name, double *number)
{
    const size_t n = strlen(name);

    return member.n > n + 1 && strncasecmp(member.p, name, n) == 0 && member.p[n] == '=' &&
           whole_number((hr_str){member.p + n + 1, member.n - n - 1}, number);
}

/* `limit=100, remaining=50, reset=5` of the first drafts, `"default";r=50;t=5, ...` of later. */
static void read_rate_limit(hr_str s, hr_rate_told *out)
{
    int64_t remaining = HR_RATE_UNKNOWN;
    int64_t reset = HR_RATE_UNKNOWN;

    while (s.n) {
        char end = '\0';
        const hr_str member = take_member(&s, &end);
        double number = 0;
        const bool later = member_is(member, "r", &number);

        if (later || member_is(member, "remaining", &number))
            remaining = (int64_t)number;
        else if (member_is(member, "t", &number) || member_is(member, "reset", &number))
            reset = number < MOST_SECONDS ? (int64_t)(number * HR_SECOND) : HR_RATE_UNKNOWN;
        else if (member.n && *member.p == '"')
            remaining = reset = HR_RATE_UNKNOWN;
        if (end != ';' && remaining != HR_RATE_UNKNOWN && reset != HR_RATE_UNKNOWN) {
            take_policy(out, remaining, reset);
            remaining = reset = HR_RATE_UNKNOWN;
        }
    }
    take_policy(out, remaining, reset);
}

static void read_pair(const char *remaining, const char *reset, int64_t server, hr_rate_told *out)
{
    hr_str text = trim(hr_str_from(remaining ? remaining : ""));
    double number = 0;

    if (take_number(&text, &number)) /* "99, 900" is of several windows, the first binding */
        take_policy(out, (int64_t)number,
                    reset ? read_reset(hr_str_from(reset), server) : HR_RATE_UNKNOWN);
}

void hr_rate_read(const char *(*header)(const void *ctx, const char *name), const void *ctx,
                  int64_t now, hr_rate_told *out)
{
    static const char *const names[][3] = {
        {"RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Reset"},
        {"X-RateLimit-Remaining", "X-RateLimit-Reset-After", "X-RateLimit-Reset"},
        {"X-Rate-Limit-Remaining", "X-Rate-Limit-Reset-After", "X-Rate-Limit-Reset"},
    };
    const char *const retry = header(ctx, "Retry-After");
    const char *const limit = header(ctx, "RateLimit");
    const char *const date = header(ctx, "Date");
    int64_t server = now;

    *out = (hr_rate_told){HR_RATE_UNKNOWN, HR_RATE_UNKNOWN, HR_RATE_UNKNOWN};
    if (date && !hr_http_date(hr_str_from(date), &server))
        server = now;
    if (retry && !hr_retry_after(hr_str_from(retry), server, &out->retry_after))
        out->retry_after = HR_RATE_UNKNOWN;
    if (limit)
        read_rate_limit(hr_str_from(limit), out);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *const remaining = header(ctx, names[i][0]);
        const char *const after = remaining ? header(ctx, names[i][1]) : NULL;

        if (remaining)
            read_pair(remaining, after ? after : header(ctx, names[i][2]), server, out);
    }
}
