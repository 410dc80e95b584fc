/* reader.h -- a package's batches of one table, for a destination to pull. */
#ifndef HR_PACKAGE_READER_H
#define HR_PACKAGE_READER_H

#include "package/package.h"
#include "schema/schema.h"

typedef struct hr_package_reader hr_package_reader;

/* Batches of `table`, all brought to the table's columns: those columns of the schema (in its
 * order, without _dlt_load_id) that some batch has, and HR_ROW_ORDER. Batches written before a
 * column was widened are converted. Each batch's checksum is verified. `p` and `table` are
 * borrowed. */
hr_status hr_package_reader_new(hr_package_reader **out, const hr_package *p, const hr_table *table,
                                hr_error *err);
const hr_batches *hr_package_reader_batches(const hr_package_reader *r);
void hr_package_reader_free(hr_package_reader *r);

#endif
