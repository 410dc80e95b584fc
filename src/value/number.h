/* number.h -- decimal numbers in text, to and from binary ones, exactly.
 *
 * Nothing here depends on the locale. Pure and thread-safe. */
#ifndef HR_VALUE_NUMBER_H
#define HR_VALUE_NUMBER_H

#include "value/convert.h"

/* [+-] digits [. digits] [e [+-] digits], with a digit on at least one side of the point. */
typedef struct hr_number {
    bool negative;
    bool integral;   /* neither a point nor an exponent */
    hr_str whole;    /* digits before the point, may be empty */
    hr_str fraction; /* digits after it, may be empty */
    int64_t exponent;
} hr_number;

/* The whole text has to be a number; views into it go to *out. */
bool hr_number_parse(hr_str text, hr_number *out);

/* The number times 10^scale. False: not an integer then, or of more digits than `precision`
 * (38 at most). */
bool hr_number_to_decimal(const hr_number *n, int precision, int scale, hr_int128 *out);

/* The nearest double. False: beyond the largest, or out of memory (scratch->failed). */
bool hr_number_to_double(const hr_number *n, double *out, hr_buf *scratch);

/* Digits of base 16 without a prefix. False: none, other characters, or beyond 127 bits. */
bool hr_hex_parse(hr_str digits, hr_int128 *out);

/* v / 10^from as an integer of at most `precision` digits times 10^-to, if it is one. */
bool hr_decimal_rescale(hr_int128 v, int from, int precision, int to, hr_int128 *out);

#endif
