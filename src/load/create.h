/* create.h -- making tables. */
#ifndef HR_LOAD_CREATE_H
#define HR_LOAD_CREATE_H

#include "load/load.h"

/* HR_E_SCHEMA: the engine would cut the name of the table or column, as `what` says, and two that
 * begin alike would be one. */
hr_status hr_check_name(const hr_destination *d, const char *what, const char *name, hr_error *err);

/* A column as CREATE TABLE and ADD COLUMN take it. */
enum { HR_WITH_NULL = 1, HR_WITH_UNIQUE = 2 };
hr_status hr_add_definition(const hr_destination *d, const hr_column *c, unsigned with, hr_buf *sql,
                            hr_error *err);

/* Creates an empty table as the schema has it, under a name of its own, where there is none; with
 * or without its constraints UNIQUE. HR_E_BUSY and retryable: another transaction has just made it.
 */
hr_status hr_create_table(hr_destination *d, const hr_table *t, const char *name, bool unique,
                          hr_error *err);

/* HR_E_BUSY, retryable: a table of that name was made by somebody else just now. */
hr_status hr_fail_taken(const char *name, hr_error *err);

#endif
