/* splitter.h -- where a stream of JSON text may be cut between two items.
 *
 * It sees strings, escapes and brackets, 64 bytes at a time, and nothing else: of text that is
 * not JSON it cuts something, and the parser behind it finds the fault, which lies in that page
 * or an earlier one. Cut places are
 *   - outside of a top-level array: after a bracket that ends a value, after white space;
 *   - inside of one: before the comma behind an element.
 * So an item is never cut, and what follows a place in an array starts at ','. */
#ifndef HR_EXTRACT_SPLITTER_H
#define HR_EXTRACT_SPLITTER_H

#include <stdint.h>

#include "base/str.h"

/* Where the scan stands. All zero: at the beginning of an input. */
typedef struct hr_splitter {
    uint64_t depth; /* open brackets, the top-level array's among them */
    uint64_t lines; /* newlines passed; the caller may reset it */
    bool in_array;  /* in a top-level array */
    bool in_string;
    bool escaped; /* the next byte follows a backslash */
} hr_splitter;

/* Goes on at text[*pos], up to text[n]. True: *pos is the first cut place not before `min` (nor
 * before 1), and a scan of text + *pos may go on from 0. False: there is none, *pos == n; call
 * again when text[n] and more is there. */
bool hr_splitter_scan(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min);

/* What hr_splitter_scan() chooses from: the implementations that this processor can run, fastest
 * first; NULL after the last. For tests. */
typedef bool hr_splitter_fn(hr_splitter *s, const char *text, size_t *pos, size_t n, size_t min);
hr_splitter_fn *hr_splitter_variant(size_t i);

#endif
