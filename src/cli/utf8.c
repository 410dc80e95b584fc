#include "cli/utf8.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* Length that a first byte promises; 0: it cannot be one. */
static size_t promised(unsigned char b)
{
    if (b < 0x80)
        return 1;
    if (b >= 0xc2 && b < 0xe0)
        return 2;
    if (b >= 0xe0 && b < 0xf0)
        return 3;
    return b >= 0xf0 && b < 0xf5 ? 4 : 0;
}

static bool is_scalar(uint32_t c, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    return c >= least[len] && c < 0x110000 && (c < 0xd800 || c > 0xdfff);
}

size_t cli_utf8_next(const char *p, size_t n, uint32_t *c)
{
    const unsigned char first = (unsigned char)p[0];
    const size_t len = promised(first);

    *c = CLI_UTF8_BAD;
    if (len == 0 || len > n)
        return 1;

    uint32_t v = len == 1 ? first : first & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        const unsigned char b = (unsigned char)p[i];

        if ((b & 0xc0) != 0x80)
            return 1;
        v = v << 6 | (b & 0x3fU);
    }
    if (!is_scalar(v, len))
        return 1;
    *c = v;
    return len;
}

int cli_utf8_init(void)
{
    /* NOLINTBEGIN(concurrency-mt-unsafe): before the library starts threads */
    if (setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        return 1;
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    /* NOLINTEND(concurrency-mt-unsafe) */
    return 0;
}

static size_t char_width(uint32_t c)
{
    if (c == CLI_UTF8_BAD || c < 0x7f)
        return 1;
    const int w = wcwidth((wchar_t)c);
    return w < 0 ? 1 : (size_t)w;
}

size_t cli_utf8_width(const char *p, size_t n)
{
    size_t width = 0;

    for (size_t i = 0; i < n;) {
        uint32_t c;

        i += cli_utf8_next(p + i, n - i, &c);
        width += char_width(c);
    }
    return width;
}

size_t cli_utf8_fit(const char *p, size_t n, size_t columns)
{
    size_t width = 0;

    for (size_t i = 0; i < n;) {
        uint32_t c;
        const size_t len = cli_utf8_next(p + i, n - i, &c);

        width += char_width(c);
        if (width > columns)
            return i;
        i += len;
    }
    return n;
}

static void add_control(cli_text *out, uint32_t c)
{
    if (c == '\n')
        cli_text_addz(out, "\\n");
    else if (c == '\t')
        cli_text_addz(out, "\\t");
    else if (c == '\r')
        cli_text_addz(out, "\\r");
    else
        cli_text_addf(out, "\\x%02x", (unsigned)c);
}

void cli_utf8_add_visible(cli_text *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t c;
        const size_t len = cli_utf8_next(p + i, n - i, &c);

        if (c == CLI_UTF8_BAD)
            cli_text_addz(out, "\xef\xbf\xbd");
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            add_control(out, c);
        else
            cli_text_add(out, p + i, len);
        i += len;
    }
}

void cli_utf8_add_lines(cli_text *out, const char *p, size_t n)
{
    while (n > 0) {
        const char *const end = memchr(p, '\n', n);
        const size_t line = end ? (size_t)(end - p) : n;

        cli_utf8_add_visible(out, p, line);
        if (end)
            cli_text_addc(out, '\n');
        p += line + (end != NULL);
        n -= line + (end != NULL);
    }
}
