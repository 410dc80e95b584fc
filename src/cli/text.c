#include "cli/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/utf8.h"

static _Noreturn void out_of_memory(void)
{
    (void)fputs("headrace: out of memory\n", stderr);
    _exit(EXIT_FAILURE); /* at once: other threads may be at work */
}

void *cli_alloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);

    if (!p)
        out_of_memory();
    return p;
}

void *cli_grow(void *p, size_t n, size_t size)
{
    void *grown = reallocarray(p, n ? n : 1, size ? size : 1);

    if (!grown)
        out_of_memory();
    return grown;
}

char *cli_copy(const char *p, size_t n)
{
    char *copy = cli_alloc(n + 1, 1);

    if (n)
        memcpy(copy, p, n);
    return copy;
}

void cli_text_release(cli_text *t)
{
    free(t->p);
    *t = (cli_text){0};
}

void cli_text_reset(cli_text *t)
{
    t->n = 0;
    if (t->p)
        t->p[0] = '\0';
}

static void reserve(cli_text *t, size_t more)
{
    if (t->cap - t->n > more)
        return;

    size_t cap = t->cap ? t->cap : 64;
    while (cap - t->n <= more) {
        if (cap > SIZE_MAX / 2)
            out_of_memory();
        cap *= 2;
    }
    t->p = cli_grow(t->p, cap, 1);
    t->cap = cap;
}

void cli_text_add(cli_text *t, const char *p, size_t n)
{
    reserve(t, n);
    if (n)
        memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = '\0';
}

void cli_text_addc(cli_text *t, char c)
{
    cli_text_add(t, &c, 1);
}

void cli_text_addz(cli_text *t, const char *s)
{
    cli_text_add(t, s, strlen(s));
}

void cli_text_addf(cli_text *t, const char *fmt, ...)
{
    va_list ap;

    reserve(t, 64);
    const size_t room = t->cap - t->n;
    va_start(ap, fmt);
    const int need = vsnprintf(t->p + t->n, room, fmt, ap);
    va_end(ap);
    if (need >= 0 && (size_t)need >= room) {
        reserve(t, (size_t)need);
        va_start(ap, fmt);
        (void)vsnprintf(t->p + t->n, t->cap - t->n, fmt, ap);
        va_end(ap);
    }
    t->n += need > 0 ? (size_t)need : 0;
}

const char *cli_text_z(const cli_text *t)
{
    return t->p ? t->p : "";
}

void cli_text_add_count(cli_text *t, uint64_t n)
{
    char digits[24];
    const int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            cli_text_addc(t, ',');
        cli_text_addc(t, digits[i]);
    }
}

void cli_text_add_bytes(cli_text *t, uint64_t n)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double v = (double)n / 1000;
    size_t unit = 0;

    if (n < 1000) {
        cli_text_addf(t, "%u B", (unsigned)n);
        return;
    }
    while (v >= 999.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        v /= 1000;
        unit++;
    }
    cli_text_addf(t, v < 99.95 ? "%.1f %s" : "%.0f %s", v, units[unit]);
}

void cli_text_add_seconds(cli_text *t, double seconds)
{
    const unsigned long whole = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;

    if (seconds < 0.9995)
        cli_text_addf(t, "%.0f ms", seconds > 0 ? seconds * 1000 : 0);
    else if (seconds < 59.95)
        cli_text_addf(t, "%.1f s", seconds);
    else if (whole < 3600)
        cli_text_addf(t, "%lu min %lu s", whole / 60, whole % 60);
    else
        cli_text_addf(t, "%lu h %lu min", whole / 3600, whole % 3600 / 60);
}

static void add_json_char(cli_text *t, const char *p, size_t n, uint32_t c)
{
    static const char letters[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                   ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};

    if (c == CLI_UTF8_BAD)
        cli_text_addz(t, "\\ufffd");
    else if (c < sizeof(letters) && letters[c])
        cli_text_addf(t, "\\%c", letters[c]);
    else if (c < 0x20 || c == 0x7f)
        cli_text_addf(t, "\\u%04x", (unsigned)c);
    else
        cli_text_add(t, p, n);
}

/* Bytes at the front that JSON takes as they are. Most texts are one such run. */
static size_t plain_run(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

void cli_text_add_json(cli_text *t, const char *p, size_t n)
{
    cli_text_addc(t, '"');
    for (size_t i = 0; i < n;) {
        uint32_t c;
        const size_t run = plain_run(p + i, n - i);

        cli_text_add(t, p + i, run);
        i += run;
        if (i == n)
            break;
        const size_t len = cli_utf8_next(p + i, n - i, &c);

        add_json_char(t, p + i, len, c);
        i += len;
    }
    cli_text_addc(t, '"');
}

void cli_text_add_identifier(cli_text *t, const char *p, size_t n)
{
    cli_text_addc(t, '"');
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"')
            cli_text_addc(t, '"');
        cli_text_addc(t, p[i]);
    }
    cli_text_addc(t, '"');
}
