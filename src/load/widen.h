/* widen.h -- the table behind a dialect's widen(): which column becomes which, and by what SQL. */
#ifndef HR_LOAD_WIDEN_H
#define HR_LOAD_WIDEN_H

#include "load/dialect.h"

/* In SQL here, $ stands for the column; a '*' in a type for a precision, if any. */
typedef struct hr_widening {
    const char *from, *to;
    const char *cast;  /* "": the column stays as it is */
    const char *lossy; /* rows that would change; "": none can */
} hr_widening;

typedef struct hr_widenings {
    const hr_widening *rows;
    size_t n;
    const char *decimal; /* as the types of decimals begin: "numeric(" */
} hr_widenings;

/* A row that has both types; else integers and decimals to decimals with as many digits before the
 * point and behind it, or more. False: neither. */
bool hr_widen(const hr_widenings *all, const char *from, const char *to, const char *quoted,
              hr_buf *cast, hr_buf *lossy);

#endif
