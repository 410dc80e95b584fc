/* convert.h -- one value from its own type to a column's: dlt's coercion matrix, made lossless.
 *
 * A conversion either gives the same value exactly, or fails, and the value then goes to a
 * variant column. Where dlt 1.31 loses something (an integer beyond 2^53 into a double column,
 * -0.0 into bigint, a fraction into decimal(38,0), 5 into bool, a time of day into date), this
 * refuses; see docs/differences.md. Rounded are only a decimal fraction that becomes a double
 * (to the nearest) and epoch seconds in a double (to the microsecond).
 * Pure and thread-safe. */
#ifndef HR_VALUE_CONVERT_H
#define HR_VALUE_CONVERT_H

#include <stdint.h>

#include "base/buf.h"
#include "value/types.h"

/* A 128-bit two's complement integer, as Arrow's decimal128 lies in memory (little endian). */
__extension__ typedef __int128 hr_int128;

/* A value on its way into a column. Which member counts follows from `type`:
 * text, json, binary: text. bigint, timestamp, time (microseconds), date (days): i. double: d.
 * bool: b. decimal, wei: dec, scaled by 10^scale. */
typedef struct hr_value {
    hr_type type;
    int scale;
    union {
        int64_t i;
        double d;
        bool b;
        hr_int128 dec;
        hr_str text;
    };
} hr_value;

/* What the column wants. Precision and scale count for decimal (38,9 when unset, -1). */
typedef struct hr_target {
    hr_type type;
    int precision, scale;
} hr_target;

/* True: *out is `in` as a value of the target type, exact. Text that had to be made (numbers
 * as text, decoded base64) lies in `scratch`, which is reset first, so `in` must not lie there.
 * False: it does not fit, *out is as it was; or memory ran out, and then scratch->failed. */
bool hr_convert(const hr_value *in, hr_target target, hr_value *out, hr_buf *scratch);

/* Type of a number literal that yyjson could not hold (YYJSON_READ_BIGNUM_AS_RAW): an integer of
 * up to 38 digits is decimal with scale 0; all else is text, the literal itself. */
hr_value hr_value_of_raw_number(hr_str literal);

/* Text forms as dlt writes them: shortest round trip with ".0" or an exponent ("1.0", "1e+16",
 * "1e-07"), "True"/"False", plain decimals. Append to `out`. */
void hr_text_of_double(double d, hr_buf *out);
void hr_text_of_decimal(hr_int128 v, int scale, hr_buf *out);

/* Whether a double column can hold this integer exactly. */
bool hr_int_fits_double(int64_t i);

#endif
