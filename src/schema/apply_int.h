/* apply_int.h -- what the files that put hints into a schema share. */
#ifndef HR_SCHEMA_APPLY_INT_H
#define HR_SCHEMA_APPLY_INT_H

#include "config/hints.h"
#include "schema/naming.h"
#include "schema/schema_int.h"

typedef struct hr_apply {
    hr_schema *s;
    yyjson_mut_doc *doc;
    const hr_naming *naming;
    yyjson_mut_val *columns; /* of the table at hand: name -> properties */
    hr_buf name;             /* the last that hr_apply_name made */
} hr_apply;

static inline hr_str hr_apply_text_in(yyjson_val *v)
{
    return (hr_str){yyjson_get_str(v), yyjson_get_len(v)};
}

/* A name of the data, normalized into a->name. */
hr_status hr_apply_name(hr_apply *a, hr_str raw, hr_error *err);

/* A copy of the text as a value; NULL: out of memory. */
yyjson_mut_val *hr_apply_text(hr_apply *a, hr_str text);

/* The column of that name in the hints so far, made if it is not there. */
hr_status hr_apply_column(hr_apply *a, hr_str raw, yyjson_mut_val **out, bool *made, hr_error *err);

/* False: out of memory. */
bool hr_apply_copy(hr_apply *a, yyjson_mut_val *obj, yyjson_val *key, yyjson_val *val);
bool hr_apply_true(hr_apply *a, yyjson_mut_val *col, const char *prop);

/* Takes a property from all columns. */
void hr_apply_take_prop(yyjson_mut_val *columns, const char *prop);

/* The hints `columns`, and `primary_key` or `merge_key`; NULL: not given. */
hr_status hr_apply_columns(hr_apply *a, yyjson_val *columns, hr_error *err);
hr_status hr_apply_key(hr_apply *a, const char *prop, yyjson_val *names, hr_error *err);

/* Puts the write disposition with its options into the table. */
hr_status hr_apply_disposition(hr_apply *a, const hr_hints *h, yyjson_mut_val *table,
                               hr_error *err);

/* What the hints alone say: a table, with the columns that they name in a->columns. */
hr_status hr_apply_hinted(hr_apply *a, const hr_hints *h, hr_str cursor, yyjson_mut_val **out,
                          hr_error *err);

#endif
