/* file.h -- the database file: where it is, making it, and attaching it to an instance. Whoever
 * calls holds the lock of instance.c. */
#ifndef HR_DESTINATION_DUCKDB_FILE_H
#define HR_DESTINATION_DUCKDB_FILE_H

#include "destination/duckdb/instance.h"

/* The absolute path of a file that may not be there yet, links resolved; hr_free() frees it.
 * HR_E_IO with os_errno: its folder is not there, or cannot be looked at. */
HR_NODISCARD hr_status dk_file_resolve(const char *path, char **out, hr_error *err);

/* The file is attached under DuckDB's own name for it, the file name up to the first dot, so that
 * views and habits keep working; unless that is the dataset's name too, for then dataset.table
 * would be ambiguous. hr_free() frees it. */
HR_NODISCARD hr_status dk_file_name_catalog(const char *path, const char *dataset, char **out,
                                            hr_error *err);

/* Attaches in->path to in->db as in->catalog. Unless the instance only reads, a file that is not
 * there, or is empty, is made. HR_E_IO: it is no DuckDB database. HR_E_BUSY: another process has
 * it, the message says which. Not thread-safe for one path: called under the lock of instance.c. */
HR_NODISCARD hr_status dk_file_open(const dk_instance *in, const dk_url *url, hr_error *err);

#endif
