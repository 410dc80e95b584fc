/* writer.h -- JSON in the making: the load info, the trace, and what the calls that read back give.
 *
 * Calls may go on when memory is short; only hr_writer_finish tells. Texts are copied. */
#ifndef HR_PIPELINE_WRITER_H
#define HR_PIPELINE_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <yyjson.h>

#include "headrace/error.h"

typedef struct hr_writer {
    yyjson_mut_doc *doc;
    yyjson_mut_val *root; /* what is written */
    bool ok;
} hr_writer;

/* An object, or an array. */
void hr_writer_begin(hr_writer *w);
void hr_writer_begin_list(hr_writer *w);

/* Ends the writer. `st` is how what was to be written went, and is returned unless it is HR_OK;
 * then *json is the caller's. */
hr_status hr_writer_finish(hr_writer *w, hr_status st, char **json, hr_error *err);

/* Each adds a member to the object `o`. */
void hr_put_text(hr_writer *w, yyjson_mut_val *o, const char *key, const char *text); /* or NULL */
void hr_put_count(hr_writer *w, yyjson_mut_val *o, const char *key, uint64_t n);
void hr_put_bool(hr_writer *w, yyjson_mut_val *o, const char *key, bool yes);
void hr_put_null(hr_writer *w, yyjson_mut_val *o, const char *key);
void hr_put_seconds(hr_writer *w, yyjson_mut_val *o, const char *key, double seconds);
void hr_put_instant(hr_writer *w, yyjson_mut_val *o, const char *key, double unix_time);
void hr_put_json(hr_writer *w, yyjson_mut_val *o, const char *key, const char *json);
void hr_put_copy(hr_writer *w, yyjson_mut_val *o, const char *key, yyjson_val *v); /* NULL: null */
yyjson_mut_val *hr_put_array(hr_writer *w, yyjson_mut_val *o, const char *key);
yyjson_mut_val *hr_put_object(hr_writer *w, yyjson_mut_val *o, const char *key);

/* A new object at the end of the array `a`. */
yyjson_mut_val *hr_add_object(hr_writer *w, yyjson_mut_val *a);

#endif
