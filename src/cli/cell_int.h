/* cell_int.h -- an Arrow type as cell_type.c reads it and cell.c needs it. */
#ifndef HR_CLI_CELL_INT_H
#define HR_CLI_CELL_INT_H

#include "cli/cell.h"

/* How the bytes of TYPE_TEXT* are shown. */
typedef enum cli_look {
    LOOK_TEXT,
    LOOK_HEX,
    LOOK_JSON,  /* text that claims to be JSON */
    LOOK_UUID,  /* 16 bytes */
    LOOK_BITS,  /* DuckDB: the number of unused bits, then the bits, high end first */
    LOOK_CLOCK, /* DuckDB: microseconds in 40 bits, offset in 24 bits */
} cli_look;

typedef enum type_id {
    TYPE_NULL,
    TYPE_BOOL,
    TYPE_BOOL8, /* a byte, 0 or not */
    TYPE_INT,
    TYPE_UINT,
    TYPE_FLOAT,
    TYPE_DECIMAL,
    TYPE_TEXT,      /* offsets of `width` bytes */
    TYPE_TEXT_VIEW, /* 16-byte views */
    TYPE_TEXT_FIXED,
    TYPE_DATE, /* ticks of a day, or of a fraction of it */
    TYPE_TIME,
    TYPE_TIMESTAMP,
    TYPE_DURATION,
    TYPE_INTERVAL_MONTHS,
    TYPE_INTERVAL_DAYS,
    TYPE_INTERVAL_NANOS,
    TYPE_LIST, /* offsets of `width` bytes */
    TYPE_LIST_VIEW,
    TYPE_LIST_FIXED,
    TYPE_STRUCT,
    TYPE_MAP,
    TYPE_UNION_SPARSE,
    TYPE_UNION_DENSE,
} type_id;

struct cli_type {
    type_id id;
    size_t width;       /* bytes of a value or of an offset */
    int64_t per_second; /* times; for dates: ticks of a day */
    int64_t n_items;    /* TYPE_LIST_FIXED: items; TYPE_DECIMAL: scale */
    cli_look look;
    bool is_unsigned; /* TYPE_DECIMAL */
    bool zoned;       /* TYPE_TIMESTAMP */
    unsigned char union_child[128];
    char *name;
    cli_type *dictionary; /* then the type itself is that of the indexes */
    cli_type **children;
    size_t n_children;
};

#endif
