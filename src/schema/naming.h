/* naming.h -- names of tables and columns from names in the data: dlt's snake_case convention.
 *
 * Facts: dlt 1.31, naming convention "snake_case". All functions are pure and thread-safe. */
#ifndef HR_SCHEMA_NAMING_H
#define HR_SCHEMA_NAMING_H

#include "base/buf.h"
#include "headrace/error.h"

/* Longest identifier in code points; 0: unlimited. */
typedef struct hr_naming {
    size_t max_length;
} hr_naming;

/* One identifier ("HTTPServerID" -> "http_server_id"), shortened. Appends to `out`.
 * HR_E_SCHEMA: the name is empty, all white space. */
hr_status hr_naming_identifier(const hr_naming *n, hr_str raw, hr_buf *out, hr_error *err);

/* A key of the data, a column or a table name: split at "__", each part an identifier, empty
 * parts dropped, joined with "__", shortened with the raw path as source of the tag. An empty
 * or blank key gives "_empty"; one made of underscores that would vanish ("__") gives "x". */
hr_status hr_naming_path(const hr_naming *n, hr_str raw, hr_buf *out, hr_error *err);

/* Joins two normalized names: parent "__" child, shortened with the joined name as source.
 * An empty parent gives the child. */
hr_status hr_naming_join(const hr_naming *n, hr_str parent, hr_str child, hr_buf *out,
                         hr_error *err);

/* Puts a tag into the middle of `name` when it is longer than the limit; the tag is 4 bytes of
 * SHAKE-128 over `source`, in base64 without '=', '/' as 'a', '+' as 'b', lower case. */
hr_status hr_naming_shorten(const hr_naming *n, hr_str name, hr_str source, hr_buf *out,
                            hr_error *err);

/* Schema name from a pipeline name: a final "_pipeline" dropped, identifier, at most 64. */
hr_status hr_naming_schema_name(hr_str pipeline, hr_buf *out, hr_error *err);

#endif
