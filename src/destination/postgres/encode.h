/* encode.h -- Arrow columns to the fields of COPY's binary format. */
#ifndef HR_DESTINATION_POSTGRES_ENCODE_H
#define HR_DESTINATION_POSTGRES_ENCODE_H

#include "base/buf.h"
#include "destination/postgres/library.h"
#include "headrace/arrow.h"
#include "headrace/error.h"

/* A row number that is told to people: of all rows that were sent, from 1. */
typedef struct pg_place {
    const char *table;
    uint64_t first_row; /* of the batch */
} pg_place;

typedef struct pg_column pg_column;

/* Appends length and bytes of one value that is not null. False: it does not fit the column, and
 * `*why` says so; or memory ran out, and out->failed. */
typedef bool (*pg_put)(const pg_column *c, const struct ArrowArray *a, int64_t row, hr_buf *out,
                       const char **why);

struct pg_column {
    const char *name;
    pg_put put;
    bool text;       /* UTF-8: checked before it is sent */
    bool jsonb;      /* has no NUL as \u0000 either */
    bool remove_nul; /* ... but leaves it out */
    bool dirty;      /* the batch at hand holds NUL */
    int scale;       /* decimals */
};

/* How a column of Arrow format `arrow` goes into a column of type `oid`. HR_E_SCHEMA: it cannot. */
hr_status pg_column_init(pg_column *c, const char *name, const char *arrow, pg_oid oid,
                         bool remove_nul, hr_error *err);

/* Looks at all texts of a batch's column; to be called before its values are put. HR_E_SCHEMA:
 * one holds NUL, or bytes that are not UTF-8. */
hr_status pg_column_check(pg_column *c, const struct ArrowArray *a, const pg_place *where,
                          hr_error *err);

/* The failure of a put: table, column and row. */
hr_status pg_column_fail(const pg_column *c, const pg_place *where, int64_t row, const char *why,
                         hr_error *err);

static inline bool pg_is_null(const struct ArrowArray *a, int64_t row)
{
    const uint8_t *const bits = a->buffers[0];

    if (a->null_count == 0)
        return false;
    return a->null_count == a->length || (bits && !(bits[row / 8] >> (row % 8) & 1));
}

#endif
