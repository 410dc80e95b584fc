/* json.h -- yyjson documents that we keep, change and write back: schema and state.
 *
 * Numbers are read as their text (YYJSON_TYPE_RAW), so what another program wrote is written
 * back digit by digit. The writer's bytes are those of orjson, since dlt's hashes are made of
 * them: no white space, non-ASCII and '/' as they are, control characters as \n or \u001f,
 * doubles as 1.0, 0.00001, 1e-7, 1e+16. */
#ifndef HR_JSON_JSON_H
#define HR_JSON_JSON_H

#include <yyjson.h>

#include "base/buf.h"

/* Deeper documents are refused: reading back what the depth of a stack cannot hold is no use,
 * and orjson writes no more either. */
enum { HR_JSON_DEPTH = 254 };

/* yyjson's allocator over base/mem.h. */
extern const yyjson_alc hr_json_alc;

/* A document that is only read, with yyjson's flags; nothing of `text` is kept. The caller frees it
 * with yyjson_doc_free(). NULL: no JSON, or out of memory; `why` (may be NULL) says which. */
yyjson_doc *hr_json_read(hr_str text, yyjson_read_flag flags, yyjson_read_err *why);

/* A value as yyjson writes it, in memory that the caller frees with hr_free(). `n` (may be NULL)
 * gets its length. NULL: out of memory. */
char *hr_json_text(const yyjson_val *v, size_t *n);
char *hr_json_mut_text(const yyjson_mut_val *v, size_t *n);

/* The caller frees *out with yyjson_mut_doc_free(). HR_E_PARSE names the byte. */
HR_NODISCARD hr_status hr_json_parse(hr_str text, yyjson_mut_doc **out, hr_error *err);

/* Appends `v`. `sorted`: the keys of every object in the order of their bytes. `without` (may
 * be NULL) ends with NULL: members of the outermost object that are left out. */
HR_NODISCARD hr_status hr_json_write(const yyjson_mut_val *v, bool sorted,
                                     const char *const *without, hr_buf *out, hr_error *err);

/* The same of a value that was parsed and stays as it is: items of the data. Of the outermost
 * object those keys are left out that begin with `without` (empty: none are).
 * `keys` is scratch memory that calls share; all-zero to begin with, freed by the caller. */
typedef struct hr_json_keys {
    yyjson_val **items;
    size_t n, cap;
} hr_json_keys;
HR_NODISCARD hr_status hr_json_write_item(const yyjson_val *v, bool sorted, hr_str without,
                                          hr_json_keys *keys, hr_buf *out, hr_error *err);

/* Appends a string, in quotes. */
void hr_json_put_string(hr_buf *out, hr_str s);

/* An integer, read or made here. False: not one, or beyond 64 bits. */
bool hr_json_int(const yyjson_mut_val *v, int64_t *out);

/* The text of a string; .p == NULL: not a string (or absent, v == NULL). */
hr_str hr_json_str(const yyjson_mut_val *v);

/* Member of an object by linear search; NULL: absent, or `obj` is no object. */
yyjson_mut_val *hr_json_get(const yyjson_mut_val *obj, const char *key);

/* Adds a member, or replaces its value where it stands. `val` NULL (an allocation that
 * failed) and failures give false. `key` is borrowed, so a literal. */
bool hr_json_put(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, yyjson_mut_val *val);

#endif
