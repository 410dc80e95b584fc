/* fields.h -- columns as Arrow schemas: how each data type lies in an array. */
#ifndef HR_ARROW_FIELDS_H
#define HR_ARROW_FIELDS_H

#include "headrace/arrow.h"
#include "headrace/error.h"
#include "value/types.h"

typedef struct hr_arrow_field {
    hr_str name;
    hr_type type;
    int precision, scale; /* decimals; -1: the default (38, 9) */
    bool no_timezone;     /* timestamps */
} hr_arrow_field;

/* A struct schema with one child a field. On success the caller owes out->release(out). */
hr_status hr_arrow_schema(struct ArrowSchema *out, const hr_arrow_field *fields, size_t n,
                          hr_error *err);

#endif
