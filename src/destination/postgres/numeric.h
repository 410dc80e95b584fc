/* numeric.h -- decimals as Postgres sends them: digits of base 10000 around the point. */
#ifndef HR_DESTINATION_POSTGRES_NUMERIC_H
#define HR_DESTINATION_POSTGRES_NUMERIC_H

#include "base/buf.h"
#include "value/convert.h"

/* Appends a field, length first: v / 10^scale, 0 <= scale <= 38. False: out of memory. */
bool pg_add_numeric(hr_buf *out, hr_int128 v, int scale);

/* Reads a field's bytes as a multiple of 10^-scale. False: NaN, infinite, or not of 38 digits at
 * most then. */
bool pg_get_numeric(hr_str field, int scale, hr_int128 *out);

#endif
