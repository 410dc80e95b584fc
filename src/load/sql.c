#include <string.h>

#include "load/dialect.h"

static void add_quoted(hr_buf *out, char quote, hr_str text)
{
    hr_buf_addc(out, quote);
    while (text.n) {
        const char *const at = memchr(text.p, quote, text.n);
        const size_t n = at ? (size_t)(at - text.p) + 1 : text.n;

        hr_buf_add(out, (hr_str){text.p, n});
        if (at)
            hr_buf_addc(out, quote);
        text.p += n;
        text.n -= n;
    }
    hr_buf_addc(out, quote);
}

void hr_sql_identifier(hr_buf *out, hr_str name)
{
    add_quoted(out, '"', name);
}

void hr_sql_literal(hr_buf *out, hr_str text)
{
    add_quoted(out, '\'', text);
}
