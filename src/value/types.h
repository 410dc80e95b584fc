/* types.h -- the eleven data types of dlt, and how each lies in an Arrow array. */
#ifndef HR_VALUE_TYPES_H
#define HR_VALUE_TYPES_H

#include "base/str.h"

typedef enum hr_type {
    HR_TYPE_NONE = 0,
    HR_TYPE_TEXT,      /* Arrow utf8 "u" */
    HR_TYPE_DOUBLE,    /* float64 "g" */
    HR_TYPE_BOOL,      /* bool "b" */
    HR_TYPE_TIMESTAMP, /* "tsu:UTC", or "tsu:" when the column has timezone:false */
    HR_TYPE_BIGINT,    /* int64 "l" */
    HR_TYPE_JSON,      /* utf8 "u", compact JSON */
    HR_TYPE_DECIMAL,   /* decimal128 "d:p,s" */
    HR_TYPE_WEI,       /* decimal128 "d:38,0" */
    HR_TYPE_DATE,      /* date32 "tdD" */
    HR_TYPE_TIME,      /* time64[us] "ttu" */
    HR_TYPE_BINARY,    /* binary "z" */
    HR_N_TYPES
} hr_type;

/* "bigint", as in schemas and in variant names. "" for HR_TYPE_NONE. */
const char *hr_type_name(hr_type t);
hr_type hr_type_from_name(hr_str name); /* HR_TYPE_NONE: unknown. "complex" is json. */

enum { HR_DECIMAL_PRECISION = 38, HR_DECIMAL_SCALE = 9 };

#endif
