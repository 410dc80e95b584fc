#include "source/rest_api/template.h"

static hr_status bad_brace(hr_str text, char brace, hr_error *err)
{
    return hr_fail(err, HR_E_CONFIG,
                   "\"" HR_STR_FMT "\" has a '%c' without its partner; a brace that is no "
                   "placeholder is written twice: %c%c",
                   HR_STR_ARG(text), brace, brace, brace);
}

hr_status hr_template_walk(hr_str text, hr_template_fn fn, void *ctx, hr_error *err)
{
    size_t begin = 0;
    size_t i = 0;

    while (i < text.n) {
        const char c = text.p[i];
        const bool twice = (c == '{' || c == '}') && i + 1 < text.n && text.p[i + 1] == c;

        if (twice) { /* the first of the two is text */
            HR_TRY(fn(ctx, false, (hr_str){text.p + begin, i + 1 - begin}, err));
            i += 2;
            begin = i;
        } else if (c == '}') {
            return bad_brace(text, c, err);
        } else if (c == '{') {
            const char *end = memchr(text.p + i, '}', text.n - i);

            if (!end)
                return bad_brace(text, c, err);
            const hr_str name = {text.p + i + 1, (size_t)(end - text.p) - i - 1};
            if (i > begin)
                HR_TRY(fn(ctx, false, (hr_str){text.p + begin, i - begin}, err));
            HR_TRY(fn(ctx, true, name, err));
            i = begin = (size_t)(end - text.p) + 1;
        } else {
            i++;
        }
    }
    if (text.n > begin)
        return fn(ctx, false, (hr_str){text.p + begin, text.n - begin}, err);
    return HR_OK;
}

hr_str hr_template_only(hr_str text)
{
    const bool braces = text.n > 2 && text.p[0] == '{' && text.p[text.n - 1] == '}';

    if (!braces || text.p[1] == '{' || memchr(text.p, '}', text.n - 1))
        return (hr_str){0};
    return (hr_str){text.p + 1, text.n - 2};
}
