/* shape.h -- what the schema and a resource's hints say of fields before they are columns: which
 * are left out, under which names they are taken, and which types new ones prefer.
 *
 * Immutable once made, so the workers of a run share it. */
#ifndef HR_SCHEMA_SHAPE_H
#define HR_SCHEMA_SHAPE_H

#include <yyjson.h>

#include "config/hints.h"
#include "schema/pattern.h"
#include "schema/schema.h"

typedef struct hr_patterns {
    hr_pattern *items;
    size_t n, cap;
} hr_patterns;

typedef struct hr_row_shape {
    hr_patterns preferred;        /* settings.preferred_types ... */
    hr_type *types;               /* ... and the type of each */
    hr_patterns include, exclude; /* the table's `filters` */
    hr_str separator;
    yyjson_val *rename; /* object: key of a row -> the key that it is taken for; NULL: none */
} hr_row_shape;

/* What becomes of a field. */
typedef enum hr_keep {
    HR_KEEP,
    HR_ENTER, /* as an object or a list, for what is in it; a scalar is left out */
    HR_LEAVE_OUT,
} hr_keep;

/* Of a root table; `rename` is borrowed as long as the shape. */
HR_NODISCARD hr_status hr_row_shape_init(hr_row_shape *out, const hr_schema *s, const hr_table *t,
                                         yyjson_val *rename, const hr_naming *naming,
                                         hr_error *err);
void hr_row_shape_release(hr_row_shape *s);

/* Whether the hints include, exclude and rename can be understood; and preferred_types, an object
 * of types by patterns, which may be NULL. HR_E_CONFIG, HR_E_UNSUPPORTED: they name the pattern. */
HR_NODISCARD hr_status hr_row_shape_check(const hr_hints *h, const hr_naming *naming,
                                          hr_error *err);
HR_NODISCARD hr_status hr_preferred_types_check(yyjson_val *given, const hr_naming *naming,
                                                hr_error *err);

/* Adds them to settings.preferred_types, as dlt does: the newest word on a pattern counts. */
HR_NODISCARD hr_status hr_schema_prefer_types(hr_schema *s, yyjson_val *given,
                                              const hr_naming *naming, hr_error *err);

/* The type that a new column of this name gets, whatever its first value is; NONE: that of the
 * value. As in dlt the first pattern that matches counts. */
hr_type hr_row_shape_type(const hr_row_shape *s, const char *name);

/* `path` is from the root table on: "ship__city" of an object, "items__price" of a list. What is
 * said of the longest part of the path counts, include before exclude; if nothing is, a field is
 * kept, unless there are only includes. */
HR_NODISCARD hr_status hr_row_shape_keep(const hr_row_shape *s, hr_str path, hr_keep *out,
                                         hr_error *err);

/* The key that a key of the row is taken for. */
hr_str hr_row_shape_key(const hr_row_shape *s, hr_str key);

#endif
