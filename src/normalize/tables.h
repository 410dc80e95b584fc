/* tables.h -- one worker's mirror of the schema, with a column builder behind each column.
 *
 *   table ── shape (the row itself) ── slot "ship" ── field "ship" ── shape "ship" ── slot "city"
 *     │                                    └ key of the data    └ name in the table      │
 *     └── fields by name <── "ship__city" ───────────────────────────────────────────────┘
 *
 * A shape is an object at one place of a row: it knows the keys seen there in the order they
 * came, so that the next object's keys are found by prediction. A slot is one key as the data
 * spells it. A field is one normalized name in a table: the column of that name, the object
 * whose members have it as prefix, and the child table of the list with that name; several
 * slots may lead to one field, which is how collisions are seen.
 *
 * What a page adds to the schema is noted in `delta` until it is committed, and can be taken
 * back together with its rows. Not thread-safe. */
#ifndef HR_NORMALIZE_TABLES_H
#define HR_NORMALIZE_TABLES_H

#include "arrow/builder.h"
#include "base/arena.h"
#include "base/map.h"
#include "normalize/catalog.h"
#include "schema/naming.h"
#include "schema/shape.h"
#include "schema/strategy.h"
#include "value/convert.h"

typedef struct hr_ntable hr_ntable;
typedef struct hr_shape hr_shape;
typedef struct hr_field hr_field;

typedef struct hr_slot {
    hr_str key;
    hr_field *field; /* NULL: a system name, to be discarded */
    uint64_t stamp;  /* the last object in which the key was met */
    size_t index;    /* in shape->slots */
    hr_keep keep;
} hr_slot;

struct hr_shape {
    hr_ntable *table;
    hr_str path; /* normalized, not shortened; empty for the row itself */
    hr_slot **slots;
    size_t n_slots, cap_slots;
    hr_map by_key;
};

/* A column of the mirror. */
typedef struct hr_ncolumn {
    hr_column_spec spec; /* .type is never NONE */
    hr_builder builder;
    int64_t page_valid; /* values that are not null when the page began */
    bool inexact;       /* a bigint with a number that no double is; see HR_CHANGE_INEXACT */
    hr_field *variants[HR_N_TYPES]; /* <name>__v_<type>, once used */
} hr_ncolumn;

struct hr_field {
    hr_str name;        /* shortened */
    hr_str path;        /* not shortened */
    hr_ncolumn *column; /* NULL: not in the schema */
    bool slow;          /* its values are looked at, even if they have its column's type */
    hr_type preferred;  /* of its column, if there is none yet; NONE: that of its value */
    unsigned key;       /* its place in the plan's keys, from 1; 0: none */
    hr_shape *object;   /* NULL: never seen as an object */
    hr_ntable *list;    /* NULL: never seen as a list */
    bool barred;        /* a contract discarded a value of it */
    /* Where in the data it was last met, by kind, to tell one key twice from two keys. */
    uint64_t scalar_row, object_row, list_row;
    const hr_slot *scalar_slot, *object_slot, *list_slot;
};

/* How rows of a root table and of those below it are identified; the same for all workers. */
typedef struct hr_row_plan {
    hr_str table;
    hr_row_ids ids;
    const hr_str *keys; /* of HR_ROW_IDS_KEY: the columns of the primary key, sorted */
    size_t n_keys;
    const hr_str *required; /* data columns of the root that take no null */
    size_t n_required;
    bool root_ids;       /* rows below get their root's id */
    bool ordered;        /* rows get HR_ROW_ORDER */
    uint64_t first_page; /* pages that came before, of other inputs of the same table */
    /* Tables of lists that are roots themselves, since hints gave them keys; not below others. */
    const struct hr_row_plan *cut;
    size_t n_cut;
} hr_row_plan;

struct hr_ntable {
    hr_str name;       /* shortened */
    hr_str path;       /* not shortened */
    hr_ntable *parent; /* NULL: a root table */
    hr_ntable *above;  /* of a table cut off: the one whose lists it takes; NULL: none yet */
    hr_str parent_name;
    hr_ntable **others; /* other tables with a list of this name: {"a":{"b":[]}} {"a":[{"b":[]}]} */
    size_t n_others, cap_others;
    hr_contract contract;
    bool known; /* in the schema, or in this page's delta */
    bool has_id, has_root_id;
    bool has_system; /* all of its system columns, too */
    hr_shape *row;
    hr_field *value;      /* column of scalars in lists; NULL until used */
    hr_field *inner;      /* "list" of lists in lists; NULL until used */
    hr_map fields;        /* by name */
    hr_ncolumn **columns; /* data columns, in the order this worker met them */
    size_t n_columns, cap_columns;

    int64_t n_rows;      /* since the last flush */
    int64_t page_rows;   /* n_rows when the page began */
    int64_t *parent_row; /* child tables: row of the parent in its n_rows ... */
    int64_t *list_idx;   /* ... and place in the list */
    uint16_t *via;       /* which parent it is, see hr_table_via; NULL: `parent`, for all rows */
    int64_t cap_links;
    uint16_t via_now; /* that of the rows to come */

    const hr_row_plan *plan; /* of the root that its rows belong to */
    yyjson_val **key_values; /* of the row at hand, as plan->keys; NULL: null, or absent */
    char *row_ids;           /* of a root table whose ids are hashes: HR_ROW_ID characters a row */
    int64_t *order;          /* of a root table that is ordered: places of its rows in the input */
    int64_t cap_ids;         /* rows that both have room for */
};

typedef struct hr_tables {
    hr_arena arena; /* all names and structures; grows with the schema, not with data */
    hr_naming naming;
    hr_ntable **items; /* a table's `parent` before it */
    size_t n, cap;
    hr_map by_name;
    const hr_row_plan *plan;   /* borrowed */
    const hr_row_shape *shape; /* borrowed; NULL: none */
    bool widens;               /* columns may: no value goes in unseen */
    uint64_t page;             /* the one at hand */
    size_t log_pos;            /* up to where the catalog is mirrored */
    hr_changes delta;          /* added by the page at hand */
    hr_buf scratch;            /* for names */
} hr_tables;

/* `plan` NULL: new ids and nothing else. */
void hr_tables_init(hr_tables *ts, const hr_naming *naming, const hr_row_plan *plan, bool widens);
void hr_tables_release(hr_tables *ts);

/* Mirrors what the catalog has that `ts` lacks. Only between pages (empty delta). */
hr_status hr_tables_catch_up(hr_tables *ts, hr_catalog *c, hr_error *err);

/* Remembers where each table stands. / Takes rows and additions since then back. / Keeps them,
 * after they were committed. */
void hr_tables_begin_page(hr_tables *ts, uint64_t page);
void hr_tables_roll_back(hr_tables *ts);
void hr_tables_keep(hr_tables *ts);

/* Rows since begin_page, all tables. */
uint64_t hr_tables_page_rows(const hr_tables *ts);

/* The root table `path` (parent NULL), or the child table of the list at `path` below `parent`.
 * Made if the worker has none; *out->known tells whether the schema has it. Its parent in the
 * schema is that of its first row, as with dlt; later ones are in `others`. HR_E_SCHEMA: the name
 * is that of a root table and of a child table, unless the plan has that table cut off. */
hr_status hr_tables_get(hr_tables *ts, hr_ntable *parent, hr_str path, hr_ntable **out,
                        hr_error *err);

/* Parent number `via` of a child table: 0 is `parent`, the others follow. And the reverse; 0 for a
 * table cut off. */
hr_ntable *hr_table_parent(const hr_ntable *t, uint16_t via);
uint16_t hr_table_via(const hr_ntable *t, const hr_ntable *parent);

/* Whether rows of a table have the id of the root that is above theirs: those below a root, and
 * those of tables cut off from below one. Then they are linked to their parents. */
bool hr_ntable_has_root_id(const hr_ntable *t);

/* A new row; the index is t->n_rows - 1. Child rows link to row `parent_row` of the parent that
 * t->via_now tells. */
hr_status hr_table_add_row(hr_tables *ts, hr_ntable *t, int64_t parent_row, int64_t list_idx,
                           hr_error *err);

/* Takes the last row of a table back, with what was added to the schema since the delta had
 * `delta` entries. */
void hr_table_drop_row(hr_tables *ts, hr_ntable *t, size_t delta);

/* After the first row of a table: its system columns come next in the schema. */
hr_status hr_table_complete(hr_tables *ts, hr_ntable *t, hr_error *err);

/* HR_E_SCHEMA: a required column of a root has no value in a row of the page at hand: of `root`,
 * the resource's, in row *row (from 1) of those that it has on this page. */
hr_status hr_tables_check_nulls(const hr_tables *ts, const hr_ntable *root, uint64_t *row,
                                hr_error *err);

/* The slot of a key in a shape; `hint` is the index it may have. Never NULL on success. */
hr_status hr_shape_find(hr_tables *ts, hr_shape *s, hr_str key, hr_slot **out, hr_error *err);

/* The object, or the list's table, at a field; made when first needed. */
hr_status hr_field_object(hr_tables *ts, hr_shape *at, hr_field *f, hr_error *err);
hr_status hr_field_list(hr_tables *ts, hr_shape *at, hr_field *f, hr_error *err);

/* A field by its path in the table; made if need be. */
hr_status hr_table_field(hr_tables *ts, hr_ntable *t, hr_str path, hr_field **out, hr_error *err);

/* Adds the column of a field to the mirror and the delta. f->column is NULL before. */
hr_status hr_field_add_column(hr_tables *ts, hr_ntable *t, hr_field *f, const hr_column_spec *spec,
                              hr_error *err);

/* Gives a column another type; its values since the last flush are converted. HR_E_UNSUPPORTED:
 * one cannot be, and nothing has changed. */
hr_status hr_field_widen(hr_tables *ts, hr_ntable *t, hr_field *f, const hr_column_spec *to,
                         hr_error *err);

/* What conversion needs to know of a column. */
hr_target hr_spec_target(const hr_column_spec *spec);

/* Notes that a bigint column holds a number that no double is. */
hr_status hr_field_mark_inexact(hr_tables *ts, const hr_ntable *t, hr_field *f, hr_error *err);

/* Memory of builders and links, which grows with the rows since the last flush. */
size_t hr_tables_bytes(const hr_tables *ts);

/* Forgets all rows (after a flush); memory and schema stay. */
void hr_tables_clear_rows(hr_tables *ts);

/* Whether a normalized row-level name is one of the system columns. */
bool hr_is_system_column(hr_str name);

#endif
