#include "destination/postgres/decode.h"

#include <errno.h>

#include "destination/postgres/numeric.h"
#include "destination/postgres/oids.h"
#include "destination/postgres/wire.h"

enum { TYPMOD_HEADER = 4, MOST_DIGITS = 38 };

static enum ArrowType arrow_type(pg_oid oid)
{
    switch (oid) {
    case PG_BOOL:
        return NANOARROW_TYPE_BOOL;
    case PG_INT2:
        return NANOARROW_TYPE_INT16;
    case PG_INT4:
        return NANOARROW_TYPE_INT32;
    case PG_INT8:
        return NANOARROW_TYPE_INT64;
    case PG_FLOAT4:
        return NANOARROW_TYPE_FLOAT;
    case PG_FLOAT8:
        return NANOARROW_TYPE_DOUBLE;
    case PG_BYTEA:
        return NANOARROW_TYPE_BINARY;
    case PG_DATE:
        return NANOARROW_TYPE_DATE32;
    case PG_TIME:
        return NANOARROW_TYPE_TIME64;
    case PG_TIMESTAMP:
    case PG_TIMESTAMPTZ:
        return NANOARROW_TYPE_TIMESTAMP;
    case PG_NUMERIC:
        return NANOARROW_TYPE_DECIMAL128;
    case PG_TEXT:
    case PG_VARCHAR:
    case PG_BPCHAR:
    case PG_NAME:
    case PG_JSON:
    case PG_JSONB:
        return NANOARROW_TYPE_STRING;
    default:
        return NANOARROW_TYPE_UNINITIALIZED;
    }
}

void pg_field_init(pg_field *f, pg_oid oid, int typmod)
{
    *f = (pg_field){.oid = oid};
    if (oid == PG_NUMERIC) {
        f->precision = typmod < TYPMOD_HEADER ? 0 : (typmod - TYPMOD_HEADER) >> 16 & 0xFFFF;
        f->scale = (typmod - TYPMOD_HEADER) & 0x7FF;
        f->as_text = f->precision < 1 || f->precision > MOST_DIGITS || f->scale > f->precision;
    } else {
        f->as_text = arrow_type(oid) == NANOARROW_TYPE_UNINITIALIZED;
    }
}

ArrowErrorCode pg_field_schema(const pg_field *f, struct ArrowSchema *out)
{
    const enum ArrowType type = f->as_text ? NANOARROW_TYPE_STRING : arrow_type(f->oid);

    switch (type) {
    case NANOARROW_TYPE_TIME64:
        return ArrowSchemaSetTypeDateTime(out, type, NANOARROW_TIME_UNIT_MICRO, NULL);
    case NANOARROW_TYPE_TIMESTAMP:
        return ArrowSchemaSetTypeDateTime(out, type, NANOARROW_TIME_UNIT_MICRO,
                                          f->oid == PG_TIMESTAMPTZ ? "UTC" : "");
    case NANOARROW_TYPE_DECIMAL128:
        return ArrowSchemaSetTypeDecimal(out, type, f->precision, f->scale);
    default:
        return ArrowSchemaSetType(out, type);
    }
}

static ArrowErrorCode append_decimal(const pg_field *f, hr_str bytes, struct ArrowArray *out,
                                     const char **why)
{
    struct ArrowDecimal decimal;
    hr_int128 v;

    if (!pg_get_numeric(bytes, f->scale, &v)) {
        *why = "a numeric is not a number, or infinite; cast it to text";
        return EINVAL;
    }
    ArrowDecimalInit(&decimal, 128, f->precision, f->scale);
    ArrowDecimalSetBytes(&decimal, (const uint8_t *)&v);
    return ArrowArrayAppendDecimal(out, &decimal);
}

static ArrowErrorCode append_float(hr_str bytes, struct ArrowArray *out)
{
    double d;

    if (bytes.n == 4) {
        const int32_t bits = pg_get_i32(bytes.p);
        float f;

        memcpy(&f, &bits, sizeof(f));
        d = (double)f;
    } else {
        const int64_t bits = pg_get_i64(bytes.p);

        memcpy(&d, &bits, sizeof(d));
    }
    return ArrowArrayAppendDouble(out, d);
}

static int64_t integer_of(hr_str bytes)
{
    if (bytes.n == 2)
        return pg_get_i16(bytes.p);
    return bytes.n == 4 ? pg_get_i32(bytes.p) : pg_get_i64(bytes.p);
}

static ArrowErrorCode append_time(int64_t v, int64_t epoch, int64_t infinity,
                                  struct ArrowArray *out, const char **why)
{
    int64_t sum;

    if (v == infinity || v == -infinity - 1 || __builtin_add_overflow(v, epoch, &sum)) {
        *why = "a date or time is infinite, or beyond those of Arrow; cast it to text";
        return EINVAL;
    }
    return ArrowArrayAppendInt(out, sum);
}

static size_t width_of(pg_oid oid)
{
    switch (oid) {
    case PG_BOOL:
        return 1;
    case PG_INT2:
        return 2;
    case PG_INT4:
    case PG_FLOAT4:
    case PG_DATE:
        return 4;
    case PG_INT8:
    case PG_FLOAT8:
    case PG_TIME:
    case PG_TIMESTAMP:
    case PG_TIMESTAMPTZ:
        return 8;
    default:
        return 0;
    }
}

ArrowErrorCode pg_field_append(const pg_field *f, hr_str bytes, struct ArrowArray *out,
                               const char **why)
{
    if (f->as_text)
        return ArrowArrayAppendString(out, (struct ArrowStringView){bytes.p, (int64_t)bytes.n});
    if (width_of(f->oid) && bytes.n != width_of(f->oid)) {
        *why = "a value has another length than its type";
        return EINVAL;
    }
    switch (f->oid) {
    case PG_BOOL:
        return ArrowArrayAppendInt(out, bytes.p[0] != 0);
    case PG_FLOAT4:
    case PG_FLOAT8:
        return append_float(bytes, out);
    case PG_DATE:
        return append_time(integer_of(bytes), PG_EPOCH_DAYS, INT32_MAX, out, why);
    case PG_TIMESTAMP:
    case PG_TIMESTAMPTZ:
        return append_time(integer_of(bytes), PG_EPOCH_MICROS, INT64_MAX, out, why);
    case PG_NUMERIC:
        return append_decimal(f, bytes, out, why);
    case PG_BYTEA:
        return ArrowArrayAppendBytes(out, (struct ArrowBufferView){{bytes.p}, (int64_t)bytes.n});
    case PG_JSONB: /* a version goes before */
        bytes = bytes.n ? (hr_str){bytes.p + 1, bytes.n - 1} : bytes;
        return ArrowArrayAppendString(out, (struct ArrowStringView){bytes.p, (int64_t)bytes.n});
    default:
        if (width_of(f->oid))
            return ArrowArrayAppendInt(out, integer_of(bytes));
        return ArrowArrayAppendString(out, (struct ArrowStringView){bytes.p, (int64_t)bytes.n});
    }
}
