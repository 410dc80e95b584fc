/* tally.h -- what became of the values of a page: how many there were, and why some were not kept.
 *
 * Examples are borrowed: they live as long as the tables that the names are of. Nothing here fails.
 * Not thread-safe: each worker counts for itself. */
#ifndef HR_NORMALIZE_TALLY_H
#define HR_NORMALIZE_TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <yyjson.h>

typedef enum hr_discard {
    HR_DISCARD_SYSTEM_KEY,    /* a key named like a system column */
    HR_DISCARD_DUPLICATE_KEY, /* under on_duplicate_key: last */
    HR_DISCARD_NEW_COLUMN,    /* schema_contract columns: discard_value */
    HR_DISCARD_NEW_TYPE,      /* schema_contract data_type: discard_value */
    HR_DISCARD_NEW_TABLE,     /* schema_contract tables: discard_* */
    HR_DISCARD_ROW_OF_COLUMN, /* schema_contract columns: discard_row; all values of the row */
    HR_DISCARD_ROW_OF_TYPE,   /* schema_contract data_type: discard_row */
    HR_DISCARD_LEFT_OUT,      /* the hints include and exclude */
    HR_N_DISCARDS
} hr_discard;

/* A value is a scalar that is not null, or an object or list that stays JSON. */
typedef struct hr_tally {
    uint64_t items;
    uint64_t values;
    uint64_t discarded[HR_N_DISCARDS];
    const char *example[HR_N_DISCARDS]; /* a name */
    uint64_t rows_discarded;            /* by contracts, child rows not counted */
} hr_tally;

/* Of several examples the first in the order of bytes is kept, so that it depends neither on
 * workers nor on pages. Both may be NULL. */
bool hr_better_example(const char *candidate, const char *kept);

void hr_tally_add(hr_tally *sum, const hr_tally *more);

/* Scalars in a value, itself included, null not counted. */
uint64_t hr_count_scalars(yyjson_val *val);

/* `n` values, which `values` counts already, are not kept. */
void hr_tally_discard(hr_tally *t, hr_discard why, uint64_t n, const char *name);

/* The same for all scalars in `val`, which are counted hereby. */
void hr_tally_discard_in(hr_tally *t, hr_discard why, yyjson_val *val, const char *name);

#endif
