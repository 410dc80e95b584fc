/* fresh.h -- tables that a load fills before they take their name.
 *
 * A UNIQUE index that is built over rows which are there costs a fraction of one that is kept while
 * rows come in random order: in Postgres, 1.2 million rows with ids take a third of the time. But
 * a table that others see is not without its constraints even for a moment. So rows go into a table
 * under a name of the load's own, inside the transaction; the constraints follow; and with the
 * commit it has the name, the constraints and the constraints' names that CREATE TABLE would have
 * given it. Small tables gain nothing by it, and are made before. Where constraints cost nothing of
 * the kind, the dialect has no `unique_names`, and new tables are not filled in this way.
 *
 * A table that replaces another one is filled so, too, whatever its size (replace.c): the old one
 * is dropped when the rows of all tables are there, as nobody can read it from then on. */
#ifndef HR_LOAD_FRESH_H
#define HR_LOAD_FRESH_H

#include "base/arena.h"
#include "load/load.h"

/* Whether a table's constraints are made after its rows. */
bool hr_is_filled_first(const hr_destination *d, const hr_table *t);

/* The name until then, of the load's table so numbered. */
const char *hr_fresh_name(const hr_load *load, size_t number, hr_arena *arena);

/* Makes the tables marked `fresh`. */
hr_status hr_fresh_create(const hr_load *load, hr_destination *d, hr_error *err);

/* Gives them their constraints. HR_E_SCHEMA: there are rows that are not unique. */
hr_status hr_fresh_constrain(const hr_load *load, hr_destination *d, hr_error *err);

/* Gives them their names. HR_E_BUSY and retryable: one of the names has been taken meanwhile. Takes
 * no lock that others wait for while they migrate: a long load does not fail at its end for them.
 */
hr_status hr_fresh_place(const hr_load *load, hr_destination *d, hr_error *err);

#endif
