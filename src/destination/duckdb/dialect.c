#include "destination/duckdb/handle.h"
#include "load/widen.h"

static const char *integer_type(int bits)
{
    if (bits < 0)
        return "BIGINT";
    if (bits <= 8)
        return "TINYINT";
    if (bits <= 16)
        return "SMALLINT";
    if (bits <= 32)
        return "INTEGER";
    if (bits <= 64)
        return "BIGINT";
    return bits <= 128 ? "HUGEINT" : NULL;
}

static const char *timestamp_type(const hr_column *c)
{
    if (c->timezone)
        return "TIMESTAMP WITH TIME ZONE";
    if (c->precision == 0)
        return "TIMESTAMP_S";
    if (c->precision > 0 && c->precision <= 3)
        return "TIMESTAMP_MS";
    if (c->precision <= 6)
        return "TIMESTAMP";
    return c->precision <= 9 ? "TIMESTAMP_NS" : NULL;
}

static const char *plain_type(const hr_column *c)
{
    switch (c->type) {
    case HR_TYPE_TEXT:
        return "VARCHAR";
    case HR_TYPE_DOUBLE:
        return "DOUBLE";
    case HR_TYPE_BOOL:
        return "BOOLEAN";
    case HR_TYPE_TIMESTAMP:
        return timestamp_type(c);
    case HR_TYPE_BIGINT:
        return integer_type(c->precision);
    case HR_TYPE_JSON:
        return "JSON";
    case HR_TYPE_DATE:
        return "DATE";
    case HR_TYPE_TIME:
        return "TIME";
    case HR_TYPE_BINARY:
        return "BLOB";
    default:
        return NULL;
    }
}

static hr_status column_type(const hr_column *c, hr_buf *out, hr_error *err)
{
    const bool wei = c->type == HR_TYPE_WEI;

    if (wei || c->type == HR_TYPE_DECIMAL) {
        hr_buf_addf(out, "DECIMAL(%d,%d)", c->precision >= 0 ? c->precision : HR_DECIMAL_PRECISION,
                    c->scale >= 0 ? c->scale : (wei ? 0 : HR_DECIMAL_SCALE));
        return hr_buf_status(out, err);
    }

    const char *const name = plain_type(c);

    if (!name)
        return hr_fail(err, HR_E_UNSUPPORTED, "DuckDB has no type for %s with precision %d",
                       hr_type_name(c->type), c->precision);
    hr_buf_addz(out, name);
    return hr_buf_status(out, err);
}

/* ---- Widening ---- */

/* Text is written as the normalizer writes it when it widens a column. */
static const hr_widening ways[] = {
    {"TINYINT", "BIGINT", "CAST($ AS BIGINT)", ""},
    {"SMALLINT", "BIGINT", "CAST($ AS BIGINT)", ""},
    {"INTEGER", "BIGINT", "CAST($ AS BIGINT)", ""},
    {"BIGINT", "HUGEINT", "CAST($ AS HUGEINT)", ""},
    {"BIGINT", "DOUBLE", "CAST($ AS DOUBLE)",
     "TRY_CAST(CAST($ AS DOUBLE) AS BIGINT) IS DISTINCT FROM $"},
    {"BIGINT", "VARCHAR", "CAST($ AS VARCHAR)", ""},
    /* A whole number may have been an integer before, and reads the same either way. */
    {"DOUBLE", "VARCHAR",
     "CASE WHEN $ = floor($) AND abs($) < 9223372036854775808 AND CAST($ AS VARCHAR) <> '-0.0' "
     "THEN CAST(TRY_CAST($ AS BIGINT) AS VARCHAR) ELSE CAST($ AS VARCHAR) END",
     ""},
    {"BLOB", "VARCHAR", "base64($)", ""},
    {"BOOLEAN", "VARCHAR", "CASE WHEN $ THEN 'True' WHEN NOT $ THEN 'False' END", ""},
    {"DATE", "VARCHAR", "CAST($ AS VARCHAR)", ""},
    {"TIMESTAMP WITH TIME ZONE", "VARCHAR",
     "CASE WHEN epoch_us($) % 1000000 = 0 "
     "THEN strftime(timezone('UTC', $), '%Y-%m-%dT%H:%M:%S+00:00') "
     "ELSE strftime(timezone('UTC', $), '%Y-%m-%dT%H:%M:%S.%f+00:00') END",
     ""},
    {"TIMESTAMP", "VARCHAR",
     "CASE WHEN epoch_us($) % 1000000 = 0 THEN strftime($, '%Y-%m-%dT%H:%M:%S') "
     "ELSE strftime($, '%Y-%m-%dT%H:%M:%S.%f') END",
     ""},
    {"TIME", "VARCHAR",
     "CASE WHEN epoch_us($) % 1000000 = 0 THEN CAST($ AS VARCHAR) "
     "ELSE strftime(DATE '2000-01-01' + $, '%H:%M:%S.%f') END",
     ""},
    {"JSON", "VARCHAR", "CAST($ AS VARCHAR)", ""},
    {"DECIMAL(*", "VARCHAR", "CAST($ AS VARCHAR)", ""},
    /* Same bytes; DuckDB checks nothing on the way in. */
    {"VARCHAR", "JSON", "", ""},
};

static bool widen(const char *from, const char *to, const char *quoted, hr_buf *cast, hr_buf *lossy)
{
    static const hr_widenings all = {ways, sizeof(ways) / sizeof(ways[0]), "DECIMAL("};

    return hr_widen(&all, from, to, quoted, cast, lossy);
}

const hr_dialect dk_dialect = {
    .name = "duckdb",
    .max_identifier = 65536,
    .add_columns_together = false,
    .now = "now()",
    .swaps_tables = true,
    .temporary_end = "",
    .analyze = "",
    .equal = {"", " IS NOT DISTINCT FROM ", ""},
    /* Row ids of child tables are hashes, so random to a compressor: it would spend a quarter of
     * the insert to save a tenth of the file. */
    .row_id_storage = " USING COMPRESSION uncompressed",
    .stored_type = "data_type",
    .column_type = column_type,
    .widen = widen,
};
