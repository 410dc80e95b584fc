/* statement.h -- small help for building SQL and running it; for the files of this folder. */
#ifndef HR_LOAD_STATEMENT_H
#define HR_LOAD_STATEMENT_H

#include "destination/destination.h"

void hr_sql_table(hr_buf *out, const hr_destination *d, const char *name); /* qualified */
void hr_sql_text(hr_buf *out, const char *text);                           /* a literal, or NULL */

/* The condition that a view of information_schema shows this dataset. */
void hr_sql_in_dataset(hr_buf *out, const hr_destination *d);

/* Run what was built, and release it. */
hr_status hr_sql_execute(hr_destination *d, hr_buf *sql, hr_error *err);
hr_status hr_sql_select(hr_destination *d, hr_buf *sql, hr_arena *arena, hr_rows *out,
                        hr_error *err);

/* Whether the table is there with these columns (NULL columns: any), asked in the cheapest way:
 * by a query that yields nothing. False may have another cause than a missing table, but none that
 * may pass, such as a lock: those are failures. Not inside a transaction, which a refused query may
 * end. */
hr_status hr_sql_answers(hr_destination *d, const char *table, const hr_column *const *columns,
                         size_t n_columns, bool *out, hr_error *err);

/* Whether the table is there. Not inside a transaction either. */
hr_status hr_sql_has_table(hr_destination *d, const char *name, hr_arena *arena, bool *out,
                           hr_error *err);

/* Whether something in the dataset has that name, be it visible to us or not. For dialects with
 * find_relation. */
hr_status hr_sql_has_relation(hr_destination *d, const char *name, bool *out, hr_error *err);

#endif
