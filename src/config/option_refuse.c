/* What is said about a value that an option does not take. */
#include <inttypes.h>
#include <stdio.h>

#include "base/suggest.h"
#include "config/option_int.h"
#include "headrace/headrace.h"

void hr_option_show(const hr_option_place *p, yyjson_val *val, char out[HR_OPTION_SHOWN])
{
    const char *text = yyjson_get_str(val);
    const size_t size = HR_OPTION_SHOWN;

    if (p->option && p->option->kind == HR_OPTION_SECRET)
        (void)snprintf(out, size, "what stands here");
    else if (hr_doc_is_expanded(p->doc, val))
        (void)snprintf(out, size, "what the variable holds");
    else if (text)
        (void)snprintf(out, size, "\"%.*s\"%s", HR_OPTION_SHOWN_TEXT, text,
                       strlen(text) > HR_OPTION_SHOWN_TEXT ? "..." : "");
    else if (yyjson_is_obj(val) || yyjson_is_arr(val))
        (void)snprintf(out, size, "%s", yyjson_is_obj(val) ? "an object" : "a list");
    else if (yyjson_is_raw(val))
        (void)snprintf(out, size, "%.*s", HR_OPTION_SHOWN_TEXT, yyjson_get_raw(val));
    else if (yyjson_is_bool(val))
        (void)snprintf(out, size, "%s", yyjson_get_bool(val) ? "true" : "false");
    else if (yyjson_is_null(val))
        (void)snprintf(out, size, "null");
    else if (yyjson_is_sint(val))
        (void)snprintf(out, size, "%" PRId64, yyjson_get_sint(val));
    else
        (void)snprintf(out, size, "%.15g", yyjson_get_num(val));
}

hr_status hr_option_refuse(const hr_option_place *p, yyjson_val *val, const char *wanted,
                           hr_error *err)
{
    char shown[HR_OPTION_SHOWN];

    hr_option_show(p, val, shown);
    return hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: %s takes %s, not %s", p->table->what,
                       p->option->name, wanted, shown);
}

hr_status hr_option_refuse_key(const hr_option_place *p, yyjson_val *key, hr_error *err)
{
    const char *names[HR_OPTION_MOST_KEYS];
    hr_buf list = {0};
    size_t n = 0;

    for (const hr_option *o = p->table->rows; o->name && n + 1 < HR_OPTION_MOST_KEYS; o++) {
        names[n++] = o->name;
        hr_buf_addf(&list, "%s%s", n > 1 ? ", " : "", o->name);
    }
    names[n] = NULL;
    const char *meant = hr_suggest(yyjson_get_str(key), names);
    if (meant)
        (void)hr_doc_fail(p->doc, key, err, HR_E_CONFIG,
                          "%s has no option \"%s\"; did you mean %s?", p->table->what,
                          yyjson_get_str(key), meant);
    else
        (void)hr_doc_fail(p->doc, key, err, HR_E_CONFIG, "%s has no option \"%s\"; it takes %s",
                          p->table->what, yyjson_get_str(key), list.failed ? "others" : list.data);
    hr_buf_release(&list);
    return HR_E_CONFIG;
}

hr_status hr_option_refuse_choice(const hr_option_place *p, yyjson_val *val,
                                  const char *const *choices, hr_error *err)
{
    char shown[HR_OPTION_SHOWN];
    hr_buf list = {0};
    const char *text = yyjson_get_str(val);

    for (size_t i = 0; choices[i]; i++)
        hr_buf_addf(&list, "%s%s", i ? ", " : "", choices[i]);
    hr_option_show(p, val, shown);
    const char *meant = text && !hr_doc_is_expanded(p->doc, val) ? hr_suggest(text, choices) : NULL;
    (void)hr_doc_fail(p->doc, val, err, HR_E_CONFIG, "%s: %s is one of %s, not %s" HR_MEANT_FMT,
                      p->table->what, p->option->name, list.failed ? "a few words" : list.data,
                      shown, HR_MEANT_ARG(meant));
    hr_buf_release(&list);
    return HR_E_CONFIG;
}
