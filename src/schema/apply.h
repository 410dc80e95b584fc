/* apply.h -- what a resource's hints mean for the schema document, as dlt's extract step does it.
 *
 * Hints make or change the root table of the resource and the tables of its nested hints: they
 * add columns (without a type, when none is given: incomplete ones, which data completes), set
 * their properties, and set what the table's disposition, contract and references are. What
 * hints do not name stays as it is, except that naming a key (or another property that means
 * several columns together) takes it from the columns that had it. */
#ifndef HR_SCHEMA_APPLY_H
#define HR_SCHEMA_APPLY_H

#include "config/hints.h"
#include "schema/naming.h"
#include "schema/schema.h"

/* Whether the hints say anything of columns or tables beyond a plain disposition. */
bool hr_hints_shape_tables(const hr_hints *h);

/* HR_E_CONFIG: a hint is wrong, whatever the schema that it would be put into. */
hr_status hr_hints_check(const hr_hints *h, const hr_naming *naming, const char *resource,
                         hr_error *err);

/* Changes the document only: call hr_schema_reindex() after the last. `root` is normalized;
 * `cursor` is the column of an incremental hint, NULL or "" for none. HR_E_CONFIG says which hint
 * is wrong. */
hr_status hr_schema_apply_hints(hr_schema *s, const hr_hints *h, const char *resource,
                                const char *root, hr_str cursor, const hr_naming *naming,
                                hr_error *err);

/* Builds the index anew; pointers to tables and columns are no longer valid. */
hr_status hr_schema_reindex(hr_schema *s, hr_error *err);

#endif
