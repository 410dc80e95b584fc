/* tables_int.h -- what the files of tables.h share: tables and rows (tables.c), fields and columns
 * (fields.c), what other workers found (mirror.c), and what a page added (page_rows.c). */
#ifndef HR_NORMALIZE_TABLES_INT_H
#define HR_NORMALIZE_TABLES_INT_H

#include "normalize/tables.h"

/* In the arena; NULL: out of memory. */
hr_shape *hr_shape_new(hr_tables *ts, hr_ntable *t, hr_str path);

/* What the arena does not hold. NULL is fine. */
void hr_shape_release(hr_shape *s);
void hr_ntable_release(hr_ntable *t);

/* A table without rows, known by its name from now on. */
HR_NODISCARD hr_status hr_ntable_new(hr_tables *ts, hr_str name, hr_str path, hr_str parent_name,
                                     hr_ntable **out, hr_error *err);

/* "parent__child" in the arena; .p == NULL: out of memory. */
hr_str hr_tables_join_path(hr_tables *ts, hr_str parent, hr_str child);

/* The name a path has at the destination, in the arena. */
HR_NODISCARD hr_status hr_tables_shorten(hr_tables *ts, hr_str path, hr_str *out, hr_error *err);

/* Adds to what this page changes in the schema. */
HR_NODISCARD hr_status hr_tables_note(hr_tables *ts, const hr_change *change, hr_error *err);

/* Gives the field a column that the catalog has. */
HR_NODISCARD hr_status hr_field_mirror_column(hr_tables *ts, hr_ntable *t, hr_field *f,
                                              const hr_column_spec *spec, hr_error *err);

/* Its builder must be empty: where columns may widen, rows are flushed after every page. */
void hr_ncolumn_retype(hr_ncolumn *c, const hr_column_spec *spec);

/* Forgets child tables that never got a row or lost it: another page may give their names to
 * lists elsewhere. Only between pages. */
void hr_tables_forget_unknown(hr_tables *ts);

#endif
