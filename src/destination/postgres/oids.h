/* oids.h -- type numbers of PostgreSQL's built-in types, which never change. */
#ifndef HR_DESTINATION_POSTGRES_OIDS_H
#define HR_DESTINATION_POSTGRES_OIDS_H

enum pg_type_oid {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_OID = 26,
    PG_NAME = 19,
    PG_JSON = 114,
    PG_FLOAT4 = 700,
    PG_FLOAT8 = 701,
    PG_BPCHAR = 1042,
    PG_VARCHAR = 1043,
    PG_DATE = 1082,
    PG_TIME = 1083,
    PG_TIMESTAMP = 1114,
    PG_TIMESTAMPTZ = 1184,
    PG_NUMERIC = 1700,
    PG_JSONB = 3802
};

/* Postgres counts from 2000-01-01, Arrow from 1970-01-01. */
#define PG_EPOCH_DAYS 10957
#define PG_EPOCH_MICROS INT64_C(946684800000000)

#endif
