/* jsonpath.h -- JSONPath as dlt reads it: the grammar and results of jsonpath-ng's "ext" parser.
 *
 *   a.b  'a b'."c.d"  a,b  $  @  `this`   names; quoted ones may hold anything
 *   [0]  [-1]  [0,2]  [1:9:2]  [*]  *     elements; * also gives the members of an object
 *   a..b                                  at any depth (1,000 levels)
 *   a[?(@.n > 3 && (@.s == 'x' || !@.t))] filters, as RFC 9535 compares
 *   a|b   a where b   a wherenot b
 *
 * What jsonpath-ng has beyond that (arithmetic, sorting, other named operators, =~) is refused.
 * A compiled path is immutable and may be used by several threads at once. */
#ifndef HR_JSON_JSONPATH_H
#define HR_JSON_JSONPATH_H

#include <yyjson.h>

#include "base/str.h"
#include "headrace/error.h"

enum { HR_JSONPATH_LENGTH = 2048, HR_JSONPATH_DEPTH = 1000 };

typedef struct hr_jsonpath hr_jsonpath;

/* HR_E_CONFIG says what is wrong at which byte. The caller owes hr_jsonpath_free(). */
HR_NODISCARD hr_status hr_jsonpath_compile(hr_jsonpath **out, hr_str text, hr_error *err);

/* Compiles what stands in a filter after the '?', for hr_jsonpath_test(). */
HR_NODISCARD hr_status hr_jsonpath_compile_test(hr_jsonpath **out, hr_str text, hr_error *err);

void hr_jsonpath_free(hr_jsonpath *p); /* NULL is fine */

/* A match; false: enough. */
typedef bool (*hr_jsonpath_fn)(void *ctx, yyjson_val *match);

/* Calls `fn` for each match below `root`, in jsonpath-ng's order. False: `fn` had enough. */
bool hr_jsonpath_each(const hr_jsonpath *p, yyjson_val *root, hr_jsonpath_fn fn, void *ctx);

/* The first match; NULL: there is none. A JSON null is a match. */
yyjson_val *hr_jsonpath_first(const hr_jsonpath *p, yyjson_val *root);

/* Whether `item` passes a compiled test; it is both '@' and '$'. */
bool hr_jsonpath_test(const hr_jsonpath *p, yyjson_val *item);

/* The name, when the path is one name and nothing else (as dlt's "simple field": id, "a.b", but
 * not $.id); .p == NULL when it is not. Lives as long as the path. */
hr_str hr_jsonpath_simple(const hr_jsonpath *p);

/* Appends the name as a path that selects it: quoted when it has to be. */
struct hr_buf;
void hr_jsonpath_quote(struct hr_buf *out, hr_str name);

#endif
