/* diff.h -- what one version of a schema has that an earlier one had not. */
#ifndef HR_SCHEMA_DIFF_H
#define HR_SCHEMA_DIFF_H

#include "schema/schema.h"

typedef enum hr_schema_change_kind {
    HR_NEW_TABLE,   /* its columns follow, each as a HR_NEW_COLUMN or HR_NEW_VARIANT */
    HR_NEW_COLUMN,  /* with a type; an incomplete column is none */
    HR_NEW_VARIANT, /* a column for values that another one did not take */
    HR_NEW_TYPE,    /* a column that was there has another type, precision or scale */
} hr_schema_change_kind;

/* Names are borrowed from the later schema. */
typedef struct hr_schema_change {
    hr_schema_change_kind kind;
    const char *table;
    const char *column; /* NULL for HR_NEW_TABLE */
    hr_type type;
    hr_type before; /* HR_NEW_TYPE only */
} hr_schema_change;

typedef struct hr_schema_changes {
    hr_schema_change *items;
    size_t n, cap;
} hr_schema_changes;

/* "table", "column", "variant", "type". */
const char *hr_schema_change_name(hr_schema_change_kind kind);

/* Appends to `out`, tables and columns in the order of `after`. System tables are left out, and
 * tables that never had data. `before` == NULL: all is new. */
hr_status hr_schema_diff(const hr_schema *before, const hr_schema *after, hr_schema_changes *out,
                         hr_error *err);
void hr_schema_changes_release(hr_schema_changes *c);

#endif
