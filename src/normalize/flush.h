/* flush.h -- the rows a worker has gathered, as batches of a package.
 *
 * Row ids are made here, many at a time: new ones for root tables (unless they are hashes,
 * which the shredder makes), and for child tables the hash of parent id, table and list index,
 * parents before their children. Columns without any value are left out. */
#ifndef HR_NORMALIZE_FLUSH_H
#define HR_NORMALIZE_FLUSH_H

#include "normalize/tables.h"
#include "package/package.h"

/* Writes all rows and forgets them. *values gets the number of values written, system columns
 * not counted; *rows that of rows. */
hr_status hr_flush_tables(hr_tables *ts, hr_package_writer *w, uint64_t *values, uint64_t *rows,
                          hr_error *err);

#endif
