/* decode.h -- the fields of COPY's binary format to Arrow columns. */
#ifndef HR_DESTINATION_POSTGRES_DECODE_H
#define HR_DESTINATION_POSTGRES_DECODE_H

#include <nanoarrow/nanoarrow.h>

#include "base/str.h"
#include "destination/postgres/library.h"

/* How a column of a result is read. */
typedef struct pg_field {
    pg_oid oid;
    int precision, scale; /* numeric */
    bool as_text;         /* Arrow has no such type: the server is asked for text */
} pg_field;

void pg_field_init(pg_field *f, pg_oid oid, int typmod);

/* The column's Arrow type, into an initialized schema. */
ArrowErrorCode pg_field_schema(const pg_field *f, struct ArrowSchema *out);

/* Appends a value that is not null. EINVAL: it has no Arrow form, and *why says so. */
ArrowErrorCode pg_field_append(const pg_field *f, hr_str bytes, struct ArrowArray *out,
                               const char **why);

#endif
