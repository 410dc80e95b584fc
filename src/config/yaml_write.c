#include "config/yaml_write.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

typedef struct writer {
    yaml_emitter_t emitter;
    hr_buf *out;
} writer;

static int append(void *ctx, unsigned char *text, size_t n)
{
    hr_buf *out = ctx;

    hr_buf_add(out, (hr_str){(const char *)text, n});
    return !out->failed;
}

/* Numbers, dates and the like begin with a digit, a sign or a dot, so only words are left to know:
 * those of YAML 1.1, which has more of them. */
static bool is_plain(hr_str text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};

    if (!text.n || !(isalpha((unsigned char)text.p[0]) || text.p[0] == '_'))
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == text.n && strncasecmp(words[i], text.p, text.n) == 0)
            return false;
    }
    return true;
}

static bool emit(writer *w, yaml_event_t *event)
{
    return yaml_emitter_emit(&w->emitter, event); /* which takes the event over */
}

static bool write_scalar(writer *w, hr_str text, bool plain)
{
    yaml_event_t event;

    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text.p,
                                        (int)text.n, plain, !plain || is_plain(text),
                                        YAML_ANY_SCALAR_STYLE) &&
           emit(w, &event);
}

static bool write_text(writer *w, hr_str text)
{
    return write_scalar(w, text.p ? text : HR_STR(""), is_plain(text));
}

static bool write_number(writer *w, yyjson_mut_val *v)
{
    hr_buf text = {0};

    const bool ok = hr_json_write(v, false, NULL, &text, NULL) == HR_OK &&
                    write_scalar(w, hr_buf_str(&text), true);
    hr_buf_release(&text);
    return ok;
}

static bool write_value(writer *w, yyjson_mut_val *v);

static bool write_object(writer *w, yyjson_mut_val *v)
{
    const yaml_mapping_style_t style =
        yyjson_mut_obj_size(v) ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;
    yaml_event_t event;
    yyjson_mut_val *key, *val;
    size_t i, n;

    if (!yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style) || !emit(w, &event))
        return false;
    yyjson_mut_obj_foreach(v, i, n, key, val)
    {
        if (!write_text(w, hr_json_str(key)) || !write_value(w, val))
            return false;
    }
    return yaml_mapping_end_event_initialize(&event) && emit(w, &event);
}

static bool write_list(writer *w, yyjson_mut_val *v)
{
    const yaml_sequence_style_t style =
        yyjson_mut_arr_size(v) ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE;
    yaml_event_t event;
    yyjson_mut_val *val;
    size_t i, n;

    if (!yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style) || !emit(w, &event))
        return false;
    yyjson_mut_arr_foreach(v, i, n, val)
    {
        if (!write_value(w, val))
            return false;
    }
    return yaml_sequence_end_event_initialize(&event) && emit(w, &event);
}

static bool write_value(writer *w, yyjson_mut_val *v)
{
    if (yyjson_mut_is_obj(v))
        return write_object(w, v);
    if (yyjson_mut_is_arr(v))
        return write_list(w, v);
    return yyjson_mut_is_str(v) ? write_text(w, hr_json_str(v)) : write_number(w, v);
}

static bool write_document(writer *w, yyjson_mut_val *v)
{
    yaml_event_t event;

    return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) && emit(w, &event) &&
           yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) && emit(w, &event) &&
           write_value(w, v) && yaml_document_end_event_initialize(&event, 1) && emit(w, &event) &&
           yaml_stream_end_event_initialize(&event) && emit(w, &event);
}

hr_status hr_yaml_write(yyjson_mut_val *v, hr_buf *out, hr_error *err)
{
    writer w = {.out = out};

    if (!yaml_emitter_initialize(&w.emitter))
        return hr_nomem(err);
    yaml_emitter_set_output(&w.emitter, append, out);
    yaml_emitter_set_unicode(&w.emitter, 1);
    const bool ok = write_document(&w, v);
    yaml_emitter_delete(&w.emitter);
    return ok ? hr_buf_status(out, err) : hr_nomem(err);
}
