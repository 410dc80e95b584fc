#include <string.h>

#include "destination/postgres/handle.h"
#include "load/widen.h"

enum { MOST_PRECISION = 1000 };

static void add_times(hr_buf *out, const char *name, const hr_column *c, bool zone)
{
    hr_buf_addz(out, name);
    if (c->precision >= 0 && c->precision != 6)
        hr_buf_addf(out, " (%d)", c->precision);
    hr_buf_addz(out, zone ? " with time zone" : " without time zone");
}

static void add_integer(hr_buf *out, int bits)
{
    if (bits < 0 || bits > 32)
        hr_buf_addz(out, "bigint");
    else
        hr_buf_addz(out, bits <= 16 ? "smallint" : "integer");
}

static void add_numeric(hr_buf *out, const hr_column *c)
{
    /* wei: room for 256 bits before the point and behind it */
    const bool wei = c->type == HR_TYPE_WEI;
    const int precision = wei ? 156 : HR_DECIMAL_PRECISION;
    const int scale = wei ? 78 : HR_DECIMAL_SCALE;

    hr_buf_addf(out, "numeric(%d,%d)", c->precision >= 0 ? c->precision : precision,
                c->scale >= 0 ? c->scale : scale);
}

static hr_status column_type(const hr_column *c, hr_buf *out, hr_error *err)
{
    switch (c->type) {
    case HR_TYPE_TEXT:
        hr_buf_addz(out, "varchar");
        if (c->precision > 0)
            hr_buf_addf(out, "(%d)", c->precision);
        break;
    case HR_TYPE_DOUBLE:
        hr_buf_addz(out, "double precision");
        break;
    case HR_TYPE_BOOL:
        hr_buf_addz(out, "boolean");
        break;
    case HR_TYPE_TIMESTAMP:
        add_times(out, "timestamp", c, c->timezone);
        break;
    case HR_TYPE_BIGINT:
        if (c->precision > 64)
            return hr_fail(err, HR_E_UNSUPPORTED, "Postgres has no integers of %d bits",
                           c->precision);
        add_integer(out, c->precision);
        break;
    case HR_TYPE_JSON:
        hr_buf_addz(out, "jsonb");
        break;
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        if (c->precision > MOST_PRECISION)
            return hr_fail(err, HR_E_UNSUPPORTED, "Postgres has no decimals of %d digits",
                           c->precision);
        add_numeric(out, c);
        break;
    case HR_TYPE_DATE:
        hr_buf_addz(out, "date");
        break;
    case HR_TYPE_TIME:
        add_times(out, "time", c, false);
        break;
    case HR_TYPE_BINARY:
        hr_buf_addz(out, "bytea");
        break;
    default:
        return hr_fail(err, HR_E_UNSUPPORTED, "Postgres has no type for %s", hr_type_name(c->type));
    }
    return hr_buf_status(out, err);
}

/* A column's type as column_type() spells it. One of a domain is that of the domain's values; it
 * keeps the domain. */
#define OF_DOMAIN " domain"
static const char stored_type[] =
    "CASE WHEN domain_name IS NOT NULL THEN data_type || '" OF_DOMAIN "' "
    "WHEN data_type = 'USER-DEFINED' THEN udt_name "
    "WHEN data_type = 'character varying' THEN "
    "'varchar' || coalesce('(' || character_maximum_length || ')', '') "
    "WHEN data_type = 'numeric' AND numeric_precision IS NOT NULL THEN "
    "'numeric(' || numeric_precision || ',' || numeric_scale || ')' "
    "WHEN data_type LIKE 'time%' AND datetime_precision <> 6 THEN "
    "regexp_replace(data_type, '^([a-z]+) ', '\\1 (' || datetime_precision || ') ') "
    "ELSE data_type END";

/* ---- Widening ---- */

/* Text is written as the normalizer writes it when it widens a column. */
static const hr_widening ways[] = {
    {"smallint", "integer", "$::integer", ""},
    {"smallint", "bigint", "$::bigint", ""},
    {"integer", "bigint", "$::bigint", ""},
    {"bigint", "double precision", "$::double precision",
     "$::double precision::numeric <> $::numeric"},
    {"smallint", "varchar", "$::varchar", ""},
    {"integer", "varchar", "$::varchar", ""},
    {"bigint", "varchar", "$::varchar", ""},
    /* A whole number may have been an integer before, and reads the same either way. */
    {"double precision", "varchar",
     "CASE WHEN $ = floor($) AND abs($) < 9223372036854775808 AND $::varchar <> '-0' "
     "THEN $::numeric::bigint::varchar WHEN $::varchar = '-0' THEN '-0.0' ELSE $::varchar END",
     ""},
    {"bytea", "varchar", "translate(encode($, 'base64'), chr(10), '')", ""},
    {"boolean", "varchar", "CASE WHEN $ THEN 'True' WHEN NOT $ THEN 'False' END", ""},
    {"date", "varchar", "to_char($, 'YYYY-MM-DD')", ""},
    {"timestamp* with time zone", "varchar",
     "to_char($ AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || CASE WHEN "
     "date_trunc('second', $) = $ THEN '' ELSE to_char($, '.US') END || '+00:00'",
     ""},
    {"timestamp* without time zone", "varchar",
     "to_char($, 'YYYY-MM-DD\"T\"HH24:MI:SS') || CASE WHEN date_trunc('second', $) = $ THEN '' "
     "ELSE to_char($, '.US') END",
     ""},
    {"time* without time zone", "varchar",
     "to_char($, 'HH24:MI:SS') || CASE WHEN date_trunc('second', $::interval) = $::interval "
     "THEN '' ELSE to_char($, '.US') END",
     ""},
    {"jsonb", "varchar", "$::varchar", ""},
    {"json", "varchar", "$::varchar", ""},
    {"numeric*", "varchar", "$::varchar", ""},
    {"varchar*", "varchar", "$::varchar", ""},
    {"text", "varchar*", "", ""}, /* a column that somebody made takes what ours would */
    {"json", "jsonb", "", ""},
    {"varchar", "jsonb", "$::jsonb", ""},
    {"numeric", "numeric*", "", ""},
    {"timestamp with time zone", "timestamp*", "", ""},
    {"timestamp without time zone", "timestamp*", "", ""},
};

static bool widen(const char *from, const char *to, const char *quoted, hr_buf *cast, hr_buf *lossy)
{
    static const hr_widenings all = {ways, sizeof(ways) / sizeof(ways[0]), "numeric("};
    const size_t n = strlen(from), of_domain = strlen(OF_DOMAIN);

    if (n > of_domain && strcmp(from + n - of_domain, OF_DOMAIN) == 0)
        return true;
    return hr_widen(&all, from, to, quoted, cast, lossy);
}

/* Grants, row security, views and rules, comments, triggers and foreign keys, publications, indexes
 * that no constraint made, partitions and tables that inherit, storage parameters, defaults, and
 * constraints that a load makes none of. */
static const char find_attached[] =
    "SELECT 1 FROM pg_catalog.pg_class c WHERE (c.relacl IS NOT NULL OR c.relrowsecurity "
    "OR c.relkind <> 'r' OR c.relhassubclass OR c.relispartition OR c.relpersistence <> 'p' "
    "OR c.reloptions IS NOT NULL "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_attrdef f WHERE f.adrelid = c.oid) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND "
    "k.contype NOT IN ('u', 'n')) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND "
    "a.attacl IS NOT NULL) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.refobjid = c.oid AND "
    "d.refclassid = c.tableoid AND d.classid = pg_catalog.regclass 'pg_catalog.pg_rewrite') "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_description d WHERE d.objoid = c.oid AND "
    "d.classoid = c.tableoid) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_publication_rel p WHERE p.prrelid = c.oid) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND NOT EXISTS "
    "(SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid))) "
    "AND c.oid = pg_catalog.regclass ";

/* ---- Few rows in many ---- */

/* A query may be shared by parallel workers, which see no temporary table; an array they get. It
 * must stay well below 1 GB. Of a partition a place says nothing, so tables that have some are
 * left out; and unnest would take apart what is an array itself. */
static void few_in_many(const char *few, const char *many, hr_buf *sql)
{
    hr_buf_addz(sql, "SELECT 1 FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.regclass ");
    hr_sql_literal(sql, hr_str_from(many));
    hr_buf_addz(sql, " AND c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 16000000 AND "
                     "pg_catalog.pg_table_size(");
    hr_sql_literal(sql, hr_str_from(few));
    hr_buf_addz(sql, ") < least(32000000, pg_catalog.pg_relation_size(c.oid) / 8) AND NOT EXISTS "
                     "(SELECT 1 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON "
                     "t.oid = a.atttypid WHERE a.attrelid = c.oid AND t.typcategory = 'A')");
}

static void shared_rows(const char *table, const char *const *columns, size_t n, hr_buf *sql)
{
    hr_buf_addz(sql, "unnest(");
    for (size_t i = 0; i < n; i++)
        hr_buf_addf(sql, "%sARRAY(SELECT %s FROM %s ORDER BY ctid)", i ? ", " : "", columns[i],
                    table);
    hr_buf_addz(sql, ") AS s(");
    for (size_t i = 0; i < n; i++)
        hr_buf_addf(sql, "%s%s", i ? ", " : "", columns[i]);
    hr_buf_addc(sql, ')');
}

/* An open cursor has a snapshot, and no row that this sees gives its place to another. */
static const hr_finding finding = {
    .place = "ctid",
    .hold = {"DECLARE ", " CURSOR FOR SELECT 1"},
    .release = "CLOSE ",
    .few_in_many = few_in_many,
    .shared_rows = shared_rows,
};

const hr_dialect pg_dialect = {
    .name = "postgres",
    .max_identifier = 63,
    .add_columns_together = true,
    .case_sensitive = true,
    .migrates_apart = true,
    .max_identifier_bytes = 63,
    .find_dataset = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ",
    .swaps_tables = true,
    .find_attached = find_attached,
    .unique_names =
        "SELECT c.conname, a.attname FROM pg_catalog.pg_constraint c JOIN "
        "pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'u' AND c.conrelid = pg_catalog.regclass ",
    .find_relation = "SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass",
    .temporary_end = " ON COMMIT DROP",
    .analyze = "ANALYZE ",
    .finding = &finding,
    .equal = {"ARRAY[", "] = ARRAY[", "]"},
    .now = "now()",
    .row_id_storage = "",
    .stored_type = stored_type,
    .column_type = column_type,
    .widen = widen,
};
