/* Numbers through the server's form and back; and any bytes as a field of any type: an Arrow value
 * or an error, no more. */
#include <nanoarrow/nanoarrow.h>
#include <stdlib.h>

#include "destination/postgres/decode.h"
#include "destination/postgres/numeric.h"
#include "destination/postgres/oids.h"
#include "headrace/headrace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void round_trip(const uint8_t *data, int scale)
{
    hr_int128 v, back = 0;
    hr_int128 most = 1;
    hr_buf out = {0};

    memcpy(&v, data, sizeof(v));
    for (int i = 0; i < 38; i++)
        most *= 10;
    v %= most;
    if (pg_add_numeric(&out, v, scale)) {
        check(pg_get_numeric((hr_str){out.data + 4, out.len - 4}, scale, &back));
        check(back == v);
    }
    hr_buf_release(&out);
}

static void decode(pg_oid oid, int typmod, hr_str bytes)
{
    struct ArrowSchema schema;
    struct ArrowArray array = {0};
    pg_field field;
    const char *why = NULL;

    pg_field_init(&field, oid, typmod);
    ArrowSchemaInit(&schema);
    if (pg_field_schema(&field, &schema) == NANOARROW_OK &&
        ArrowArrayInitFromSchema(&array, &schema, NULL) == NANOARROW_OK) {
        if (ArrowArrayStartAppending(&array) == NANOARROW_OK)
            (void)pg_field_append(&field, bytes, &array, &why);
        array.release(&array);
    }
    schema.release(&schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pg_oid oids[] = {
        PG_BOOL,   PG_BYTEA, PG_INT8, PG_INT2,  PG_INT4,      PG_TEXT,        PG_JSON,    PG_FLOAT4,
        PG_FLOAT8, PG_DATE,  PG_TIME, PG_JSONB, PG_TIMESTAMP, PG_TIMESTAMPTZ, PG_NUMERIC, 2950};

    if (size < 4)
        return 0;
    if (size >= 20)
        round_trip(data + 4, data[0] % 39);
    for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++)
        decode(oids[i], (data[1] % 40 << 16 | data[2]) + 4,
               (hr_str){(const char *)data + 3, size - 3});
    return 0;
}
