/* fill.h -- from columns of Arrow arrays to DuckDB's vectors. */
#ifndef HR_DESTINATION_DUCKDB_FILL_H
#define HR_DESTINATION_DUCKDB_FILL_H

#include "destination/duckdb/library.h"

typedef struct dk_column dk_column;
struct dk_column {
    /* Values start ... start + n - 1 of `a` to `data`. Long strings are not copied: `data` then
     * points into the array. */
    void (*fill)(const dk_column *c, const struct ArrowArray *a, int64_t start, int64_t n,
                 void *data);
    size_t width;         /* bytes of a value; 0: not fixed */
    dk_logical_type type; /* of the vector; owned */
};

/* How a column of Arrow format `arrow` gets into a database column of type `target`: as that
 * type where the bytes are the same, else as the nearest one, which DuckDB casts. `target` is
 * borrowed. HR_E_UNSUPPORTED: a format that batches do not have. */
hr_status dk_column_init(dk_column *c, const dk_library *lib, const char *arrow,
                         dk_logical_type target, hr_error *err);
void dk_column_release(dk_column *c, const dk_library *lib);

/* One column of a chunk; `start` is a multiple of 8. */
void dk_column_fill(const dk_column *c, const dk_library *lib, const struct ArrowArray *a,
                    int64_t start, int64_t n, dk_vector vector);

#endif
