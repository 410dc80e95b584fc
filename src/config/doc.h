/* doc.h -- what a user wrote in YAML or JSON: values that know where they stand.
 *
 * The values are those of an immutable yyjson_doc, so they are read with yyjson's own functions.
 * YAML is read by the core schema of YAML 1.2: true, false, null, ~, integers (also 0x and 0o) and
 * floats are what they look like, and yes, no, on, off, 012:34 and 2024-01-01 are texts.
 * Integers beyond 64 bits are kept as they were written (YYJSON_TYPE_RAW). Refused, with the place:
 * a key twice in one object, a second document, keys that are not scalars, tags, merge keys (<<),
 * .inf and .nan, and a document that is larger, deeper or (through aliases) longer than the limits.
 *
 * A document may be read from several threads, except by hr_options_read (config/option.h), which
 * puts what it makes into the document's arena. */
#ifndef HR_CONFIG_DOC_H
#define HR_CONFIG_DOC_H

#include <yyjson.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
    HR_DOC_BYTES = 16 << 20,
    HR_DOC_VALUES = 500000, /* with the keys, and with each use of an alias */
    HR_DOC_DEPTH = 100,
};

/* Where a value of YAML was written, from 1; columns count code points. */
typedef struct hr_place {
    uint32_t line;
    uint32_t column;
} hr_place;

typedef struct hr_doc {
    const char *name; /* in messages: a file's name, or what the text is */
    yyjson_doc *json;
    const hr_place *places; /* of value i of the document; NULL: it came as JSON */
    bool *expanded;         /* of value i: whether hr_doc_expand changed it; NULL: none */
    hr_arena arena;         /* of what is made from the document and lives as long */
} hr_doc;

/* On success the caller owes hr_doc_free(). The text is copied. HR_E_CONFIG: "name:line:column:
 * ..." An empty YAML text is one null. */
HR_NODISCARD hr_status hr_doc_parse_yaml(hr_doc **out, hr_str text, const char *name,
                                         hr_error *err);
HR_NODISCARD hr_status hr_doc_parse_json(hr_doc **out, hr_str text, const char *name,
                                         hr_error *err);
/* A file: JSON when its name ends in .json, else YAML. Messages name it as `path` does. */
HR_NODISCARD hr_status hr_doc_read(hr_doc **out, const char *path, hr_error *err);
void hr_doc_free(hr_doc *doc);

yyjson_val *hr_doc_root(const hr_doc *doc);

/* Appends where `val`, a value or key of the document, stands: "github.yaml:12:7", or for JSON
 * "hints: columns.id.data_type". A failure to allocate is the buffer's. */
void hr_doc_add_place(const hr_doc *doc, const yyjson_val *val, hr_buf *out);

/* Fails with a message that begins with the place of `val` and ": ". */
hr_status hr_doc_fail(const hr_doc *doc, const yyjson_val *val, hr_error *err, hr_status status,
                      const char *fmt, ...) HR_PRINTF(5, 6);

/* Appends what a text is to become to `out`, and says in *changed whether it becomes another.
 * `val` is the text's value, for messages. */
typedef hr_status (*hr_doc_expand_fn)(void *ctx, const hr_doc *doc, const yyjson_val *val,
                                      hr_buf *out, bool *changed, hr_error *err);

/* Puts every text that is a value (keys stay) through `expand`. Values read before are stale
 * afterwards; after a failure the document is as it was. */
HR_NODISCARD hr_status hr_doc_expand(hr_doc *doc, hr_doc_expand_fn expand, void *ctx,
                                     hr_error *err);

/* Whether hr_doc_expand changed this value: it is a text then whatever it was meant to be. */
bool hr_doc_is_expanded(const hr_doc *doc, const yyjson_val *val);

#endif
