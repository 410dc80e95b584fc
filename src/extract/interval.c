#include "extract/interval.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "value/iso_time.h"

static const char start_name[] = "DLT_INTERVAL_START";
static const char end_name[] = "DLT_INTERVAL_END";
static const char allow_name[] = "DLT_ALLOW_EXTERNAL_SCHEDULERS";

/* NULL: not set, or empty. */
static const char *variable(const char *name)
{
    const char *v = getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets it

    return v && *v ? v : NULL;
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcasecmp(word, *words) != 0)
        words++;
    return *words != NULL;
}

static hr_status ask(yyjson_val *allowed, bool *out, hr_error *err)
{
    static const char *const yes[] = {"yes", "true", "t", "y", "1", NULL};
    static const char *const no[] = {"no", "false", "f", "n", "0", NULL};
    const char *word = variable(allow_name);

    *out = false;
    if (allowed && !yyjson_is_null(allowed)) {
        *out = yyjson_is_true(allowed);
        return HR_OK;
    }
    if (!word)
        return HR_OK;
    *out = is_one_of(word, yes);
    return *out || is_one_of(word, no)
               ? HR_OK
               : hr_fail(err, HR_E_CONFIG, "%s takes true or false, not \"%s\"", allow_name, word);
}

static hr_status read_bound(const char *name, int64_t *out, hr_error *err)
{
    const char *text = variable(name);
    hr_iso iso;

    if (!text)
        return hr_fail(
            err, HR_E_CONFIG,
            "allow_external_schedulers is set, but no scheduler gave an interval: %s and "
            "%s are needed, and %s is not set",
            start_name, end_name, name);
    const hr_iso_kind kind = hr_iso_parse(hr_str_from(text), &iso);
    if (kind != HR_ISO_DATE && kind != HR_ISO_DATETIME)
        return hr_fail(err, HR_E_CONFIG, "%s is \"%s\", which is no ISO 8601 date or time", name,
                       text);
    *out = kind == HR_ISO_DATE ? (int64_t)iso.days * 86400 * 1000000 : iso.micros;
    return HR_OK;
}

hr_status hr_interval_find(hr_interval *out, yyjson_val *allowed, bool *joined, hr_error *err)
{
    HR_TRY(ask(allowed, joined, err));
    if (!*joined)
        return HR_OK;
    HR_TRY(read_bound(start_name, &out->start, err));
    return read_bound(end_name, &out->end, err);
}

static hr_status keep_instant(int64_t micros, hr_cursor_copy *out, hr_error *err)
{
    static const size_t offset =
        sizeof("+00:00") - 1; /* Z is as good, and needs no escape in URLs */
    char text[HR_ISO_TEXT_MAX];
    const size_t n = hr_iso_datetime_text(micros, text) - offset;
    hr_cursor c;

    text[n] = 'Z';
    (void)hr_cursor_of_text((hr_str){text, n + 1}, &c);
    return hr_cursor_keep(out, &c) ? HR_OK : hr_nomem(err);
}

hr_status hr_interval_value(int64_t micros, const hr_cursor *like, hr_cursor_copy *out,
                            hr_error *err)
{
    const int64_t seconds = (micros - (micros % 1000000 + 1000000) % 1000000) / 1000000;
    hr_cursor c = {.kind = HR_CURSOR_EXACT};

    switch (like->kind) {
    case HR_CURSOR_NONE:
    case HR_CURSOR_INSTANT:
        return keep_instant(micros, out, err);
    case HR_CURSOR_EXACT:
        c.scale = like->scale ? 6 : 0;
        c.n = like->scale ? micros : seconds;
        break;
    case HR_CURSOR_REAL:
        c = (hr_cursor){.kind = HR_CURSOR_REAL, .d = (double)micros / 1e6};
        break;
    default:
        return hr_fail(err, HR_E_CONFIG,
                       "a scheduler's interval is one of time, which initial_value is not: give a "
                       "number of seconds, or a date or time in ISO 8601");
    }
    return hr_cursor_keep(out, &c) ? HR_OK : hr_nomem(err);
}
