#include "arrow/fields.h"

#include <nanoarrow/nanoarrow.h>

static ArrowErrorCode set_type(struct ArrowSchema *s, const hr_arrow_field *f)
{
    const int precision = f->precision >= 0 ? f->precision : HR_DECIMAL_PRECISION;
    const int scale = f->scale >= 0 ? f->scale : HR_DECIMAL_SCALE;

    switch (f->type) {
    case HR_TYPE_DOUBLE:
        return ArrowSchemaSetType(s, NANOARROW_TYPE_DOUBLE);
    case HR_TYPE_BOOL:
        return ArrowSchemaSetType(s, NANOARROW_TYPE_BOOL);
    case HR_TYPE_BIGINT:
        return ArrowSchemaSetType(s, NANOARROW_TYPE_INT64);
    case HR_TYPE_TIMESTAMP:
        return ArrowSchemaSetTypeDateTime(s, NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_MICRO,
                                          f->no_timezone ? "" : "UTC");
    case HR_TYPE_DECIMAL:
        return ArrowSchemaSetTypeDecimal(s, NANOARROW_TYPE_DECIMAL128, precision, scale);
    case HR_TYPE_WEI:
        return ArrowSchemaSetTypeDecimal(s, NANOARROW_TYPE_DECIMAL128, HR_DECIMAL_PRECISION, 0);
    case HR_TYPE_DATE:
        return ArrowSchemaSetType(s, NANOARROW_TYPE_DATE32);
    case HR_TYPE_TIME:
        return ArrowSchemaSetTypeDateTime(s, NANOARROW_TYPE_TIME64, NANOARROW_TIME_UNIT_MICRO,
                                          NULL);
    case HR_TYPE_BINARY:
        return ArrowSchemaSetType(s, NANOARROW_TYPE_BINARY);
    default:
        return ArrowSchemaSetType(s, NANOARROW_TYPE_STRING);
    }
}

static ArrowErrorCode set_field(struct ArrowSchema *s, const hr_arrow_field *f)
{
    char stack[256];
    char *name = f->name.n < sizeof(stack) ? stack : ArrowMalloc((int64_t)f->name.n + 1);

    if (!name)
        return ENOMEM;
    memcpy(name, f->name.p, f->name.n);
    name[f->name.n] = '\0';
    ArrowErrorCode rc = set_type(s, f);
    if (rc == NANOARROW_OK)
        rc = ArrowSchemaSetName(s, name);
    if (name != stack)
        ArrowFree(name);
    return rc;
}

hr_status hr_arrow_schema(struct ArrowSchema *out, const hr_arrow_field *fields, size_t n,
                          hr_error *err)
{
    ArrowSchemaInit(out);
    ArrowErrorCode rc = ArrowSchemaSetTypeStruct(out, (int64_t)n);

    for (size_t i = 0; i < n && rc == NANOARROW_OK; i++)
        rc = set_field(out->children[i], &fields[i]);
    if (rc != NANOARROW_OK) {
        out->release(out);
        return rc == ENOMEM ? hr_fail(err, HR_E_NOMEM, "out of memory")
                            : hr_fail(err, HR_E_SCHEMA, "cannot describe %zu columns in Arrow", n);
    }
    return HR_OK;
}
