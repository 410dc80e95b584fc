/* naming.h -- names of tables and columns from names in the data, by dlt's naming conventions.
 *
 * Facts: dlt 1.31. All functions are pure and thread-safe.
 *
 *   snake_case   userID -> user_id; ASCII letters, digits and underscores, lower case
 *   direct       as it is, but for quotes and line ends; levels are joined with U+25B6
 *   sql_cs_v1    ASCII letters, digits and underscores, capitals kept
 *   sql_ci_v1    the same in lower case; words are not told apart */
#ifndef HR_SCHEMA_NAMING_H
#define HR_SCHEMA_NAMING_H

#include "base/buf.h"
#include "headrace/error.h"

typedef enum hr_convention {
    HR_NAMES_SNAKE_CASE = 0,
    HR_NAMES_DIRECT,
    HR_NAMES_SQL_CS,
    HR_NAMES_SQL_CI,
} hr_convention;

typedef struct hr_naming {
    size_t max_length; /* of an identifier, in code points; 0: unlimited */
    hr_convention convention;
} hr_naming;

/* By the name that schemas store ("sql_ci_v1"), and back. HR_E_CONFIG names those there are. */
hr_status hr_convention_find(const char *name, hr_convention *out, hr_error *err);
const char *hr_convention_name(hr_convention c);

/* What joins the levels of a name: "__", or U+25B6 for direct. */
hr_str hr_naming_separator(const hr_naming *n);

/* One identifier ("HTTPServerID" -> "http_server_id"), shortened. Appends to `out`.
 * HR_E_SCHEMA: the name is empty, all white space. */
hr_status hr_naming_identifier(const hr_naming *n, hr_str raw, hr_buf *out, hr_error *err);

/* A key of the data, a column or a table name: split at the separator, each part an identifier,
 * empty parts dropped, joined again, shortened with the raw path as source of the tag. An empty
 * or blank key gives "_empty"; one of which nothing would be left ("__") gives "x", or "_" where
 * the convention is another than snake_case. */
hr_status hr_naming_path(const hr_naming *n, hr_str raw, hr_buf *out, hr_error *err);

/* Joins two normalized names: parent, separator, child, shortened with the joined name as source.
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
