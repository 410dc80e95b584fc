/* scan.h -- the small forms that DuckDB and Arrow write numbers in: "DECIMAL(18,2)", "v1.4.0". */
#ifndef HR_DESTINATION_DUCKDB_SCAN_H
#define HR_DESTINATION_DUCKDB_SCAN_H

#include <stdbool.h>

/* Each goes past what it found at *at; false leaves *at and *out alone. */
bool dk_scan_word(const char **at, const char *word);
bool dk_scan_int(const char **at, int *out); /* digits only, at most INT_MAX */

#endif
