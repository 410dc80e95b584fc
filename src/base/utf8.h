/* utf8.h -- code points of a text, and the two Unicode classes that dlt's rules ask for.
 *
 * Bytes that are not UTF-8 count as one code point each (HR_UTF8_BAD), so nothing here can
 * fail or read past the end. Pure and thread-safe. */
#ifndef HR_BASE_UTF8_H
#define HR_BASE_UTF8_H

#include <stdint.h>

#include "base/str.h"

#define HR_UTF8_BAD 0xFFFDU

/* The code point at s.p[*at], which must be inside the text; moves *at behind it. */
uint32_t hr_utf8_next(hr_str s, size_t *at);

bool hr_utf8_valid(hr_str s);
size_t hr_utf8_count(hr_str s);
/* Bytes that the first n code points take; all of them when there are fewer. */
size_t hr_utf8_prefix(hr_str s, size_t n);

bool hr_utf8_is_space(uint32_t c); /* Python's str.isspace */
bool hr_utf8_is_digit(uint32_t c); /* Unicode category Nd, Python's \d */

/* Without white space at both ends, as Python's str.strip. */
hr_str hr_utf8_trim(hr_str s);

#endif
