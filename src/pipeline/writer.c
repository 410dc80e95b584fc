#include "pipeline/writer.h"

#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

static void begin(hr_writer *w, yyjson_mut_val *(*make)(yyjson_mut_doc *))
{
    w->doc = yyjson_mut_doc_new(&hr_json_alc);
    w->root = make(w->doc);
    w->ok = w->root != NULL;
}

void hr_writer_begin(hr_writer *w)
{
    begin(w, yyjson_mut_obj);
}

void hr_writer_begin_list(hr_writer *w)
{
    begin(w, yyjson_mut_arr);
}

hr_status hr_writer_finish(hr_writer *w, hr_status st, char **json, hr_error *err)
{
    if (st == HR_OK) {
        *json = w->ok ? hr_json_mut_text(w->root, NULL) : NULL;
        st = *json ? HR_OK : hr_nomem(err);
    }
    yyjson_mut_doc_free(w->doc);
    return st;
}

void hr_put_text(hr_writer *w, yyjson_mut_val *o, const char *key, const char *text)
{
    w->ok = w->ok && (text ? yyjson_mut_obj_add_strcpy(w->doc, o, key, text)
                           : yyjson_mut_obj_add_null(w->doc, o, key));
}

void hr_put_count(hr_writer *w, yyjson_mut_val *o, const char *key, uint64_t n)
{
    w->ok = w->ok && yyjson_mut_obj_add_uint(w->doc, o, key, n);
}

void hr_put_bool(hr_writer *w, yyjson_mut_val *o, const char *key, bool yes)
{
    w->ok = w->ok && yyjson_mut_obj_add_bool(w->doc, o, key, yes);
}

void hr_put_null(hr_writer *w, yyjson_mut_val *o, const char *key)
{
    w->ok = w->ok && yyjson_mut_obj_add_null(w->doc, o, key);
}

void hr_put_copy(hr_writer *w, yyjson_mut_val *o, const char *key, yyjson_val *v)
{
    yyjson_mut_val *copy = v ? yyjson_val_mut_copy(w->doc, v) : yyjson_mut_null(w->doc);

    w->ok = w->ok && copy && yyjson_mut_obj_add_val(w->doc, o, key, copy);
}

void hr_put_json(hr_writer *w, yyjson_mut_val *o, const char *key, const char *json)
{
    yyjson_doc *doc = w->ok ? hr_json_read(hr_str_from(json), 0, NULL) : NULL;

    w->ok = doc != NULL;
    hr_put_copy(w, o, key, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
}

/* To the millisecond: more is noise. */
void hr_put_seconds(hr_writer *w, yyjson_mut_val *o, const char *key, double seconds)
{
    const double rounded = (double)(int64_t)(seconds * 1000 + 0.5) / 1000;

    w->ok = w->ok && yyjson_mut_obj_add_real(w->doc, o, key, rounded);
}

yyjson_mut_val *hr_put_array(hr_writer *w, yyjson_mut_val *o, const char *key)
{
    yyjson_mut_val *a = w->ok ? yyjson_mut_obj_add_arr(w->doc, o, key) : NULL;

    w->ok = a != NULL;
    return a;
}

yyjson_mut_val *hr_put_object(hr_writer *w, yyjson_mut_val *o, const char *key)
{
    yyjson_mut_val *sub = w->ok ? yyjson_mut_obj_add_obj(w->doc, o, key) : NULL;

    w->ok = sub != NULL;
    return sub;
}

yyjson_mut_val *hr_add_object(hr_writer *w, yyjson_mut_val *a)
{
    yyjson_mut_val *o = w->ok ? yyjson_mut_arr_add_obj(w->doc, a) : NULL;

    w->ok = o != NULL;
    return o;
}

void hr_put_instant(hr_writer *w, yyjson_mut_val *o, const char *key, double unix_time)
{
    const time_t whole = (time_t)unix_time;
    struct tm tm;
    char day[32];
    char text[48];

    gmtime_r(&whole, &tm);
    (void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text, sizeof(text), "%s.%03dZ", day, (int)((unix_time - (double)whole) * 1000));
    hr_put_text(w, o, key, text);
}
