/* migrate.h -- brings the tables of a dataset to what the schema says. */
#ifndef HR_LOAD_MIGRATE_H
#define HR_LOAD_MIGRATE_H

#include "load/load.h"

/* Creates the dataset, the tables that have seen data and the system tables where they are
 * missing, adds missing columns, widens types. Rows that are there get their root's id when a
 * column for it is added. Nothing is dropped or narrowed. New tables that
 * are filled first (fresh.h) are not made, but marked. HR_E_SCHEMA: a
 * column of a table that gets rows has a type that does not go with the schema's. */
hr_status hr_migrate(hr_load *load, hr_destination *d, hr_error *err);

/* Whether there is nothing to migrate: this very schema was migrated to before, and the tables of
 * the load still have their columns. To be asked before the transaction. */
hr_status hr_migrated(const hr_load *load, hr_destination *d, bool *out, hr_error *err);

#endif
