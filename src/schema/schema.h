/* schema.h -- what is known of a dataset: tables, columns, types, settings.
 *
 * Holds dlt's schema document (engine version 11; shared format, see docs/differences.md) with
 * an index over it. Properties that Headrace does not know stay in the document and are
 * written back. A schema is append-only: tables and columns are added, never removed.
 * Not thread-safe; pointers to tables and columns live as long as the schema. */
#ifndef HR_SCHEMA_SCHEMA_H
#define HR_SCHEMA_SCHEMA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "headrace/error.h"
#include "value/types.h"

enum { HR_HASH_TEXT = 45 }; /* base64 of SHA3-256, and the NUL */

typedef struct hr_table hr_table;
typedef struct yyjson_mut_doc hr_json_mdoc;
typedef struct yyjson_mut_val hr_json_mval;

/* Which of the rows with one primary key stays, when a load brings several. */
typedef enum hr_dedup_sort {
    HR_DEDUP_NONE,
    HR_DEDUP_ASC,  /* the lowest */
    HR_DEDUP_DESC, /* the highest */
} hr_dedup_sort;

typedef struct hr_column {
    const char *name;
    hr_type type; /* HR_TYPE_NONE: an incomplete column, a hint without a type */
    bool nullable;
    bool variant;
    bool timezone; /* timestamps; default true */
    int precision; /* -1: the default */
    int scale;     /* -1: the default */

    /* What it is for when rows are loaded; dlt's names. */
    bool unique, primary_key, merge_key;
    bool row_key, parent_key, root_key; /* how rows of nested tables are linked */
    bool hard_delete;                   /* marks rows that are to be deleted */
    bool valid_from, valid_to;          /* x-valid-from, x-valid-to, of scd2 */
    bool row_version;                   /* x-row-version */
    hr_dedup_sort dedup_sort;
    const char *active_record_timestamp; /* x-...; NULL: null in the column means active */

    hr_table *table;
    hr_json_mval *doc;
} hr_column;

struct hr_table {
    const char *name;
    hr_str parent;                 /* .p == NULL: a root table */
    const char *resource;          /* NULL on nested tables */
    const char *write_disposition; /* NULL on nested tables */
    hr_column **columns;           /* in stored order */
    size_t n_columns;
    hr_map by_name;
    bool seen_data;
    int max_nesting; /* -1: not set on this table */

    /* How rows are loaded; dlt's names without "x-". NULL: not set on this table. */
    const char *merge_strategy;
    const char *replace_strategy;
    const char *boundary_timestamp;
    const char *merge_source_filter;
    const char *merge_destination_scope;
    bool merge_skip_unchanged_rows;
    bool stage_data_deduplicated;

    hr_json_mval *doc;
    hr_json_mval *columns_doc; /* private from here */
    size_t cap_columns;
};

typedef struct hr_schema {
    const char *name;
    const char *naming; /* the convention of its names (schema/naming.h), or one of dlt's others */
    int64_t version;
    char version_hash[HR_HASH_TEXT]; /* "" when never computed */
    hr_table **tables;               /* in stored order */
    size_t n_tables;
    hr_map by_name;
    hr_json_mdoc *doc; /* private from here */
    hr_json_mval *tables_doc;
    hr_arena arena;
    size_t cap_tables;
    bool unsaved; /* made by hr_schema_new and not changed since */
} hr_schema;

/* A new schema as dlt makes it: the tables _dlt_version and _dlt_loads, default settings,
 * version 1 and its hash, no previous hashes. `name` is already normalized. */
hr_status hr_schema_new(hr_schema **out, const char *name, hr_error *err);

/* From stored JSON (full form; the form without repeated names too). Adds what dlt adds on
 * reading (names, "append", resources) and drops its old placeholders of null columns.
 * HR_E_UNSUPPORTED: an engine version other than 11. HR_E_SCHEMA: the hash does not match the
 * content. HR_E_PARSE: not a schema. */
hr_status hr_schema_parse(hr_schema **out, hr_str json, hr_error *err);
/* The same of a document that somebody may have changed by hand: no hash need match. */
hr_status hr_schema_parse_edited(hr_schema **out, hr_str json, hr_error *err);
void hr_schema_free(hr_schema *s);
hr_status hr_schema_copy(hr_schema **out, const hr_schema *s, hr_error *err);

hr_table *hr_schema_table(const hr_schema *s, hr_str name); /* NULL: absent */
hr_column *hr_table_column(const hr_table *t, hr_str name); /* NULL: absent */

/* `resource` and `disposition` for a root table (parent.p == NULL), NULL for a nested one.
 * The table must be absent. Names are copied. */
hr_status hr_schema_add_table(hr_schema *s, hr_str name, hr_str parent, const char *resource,
                              const char *disposition, hr_table **out, hr_error *err);
hr_status hr_table_set_disposition(hr_schema *s, hr_table *t, const char *disposition,
                                   hr_error *err);

/* Sets x-normalizer.max_nesting of a root table, which limits how deep its items unfold. As in
 * dlt, the table has then seen no data again, until it does. */
hr_status hr_table_set_max_nesting(hr_schema *s, hr_table *t, int levels, hr_error *err);

/* Sets one property, by its name in the document; `value`, of the schema's document, may be NULL:
 * the property is removed. The fields above show it at once. HR_E_PARSE: the property takes no
 * such value; the document has it, and the schema is not to be used any more. Not for names, nor
 * for the type of a column (hr_column_set_type). */
hr_status hr_table_set(hr_schema *s, hr_table *t, const char *property, hr_json_mval *value,
                       hr_error *err);
hr_status hr_column_set(hr_schema *s, hr_column *c, const char *property, hr_json_mval *value,
                        hr_error *err);

/* What a new column is like. Zero-initialized means: incomplete, nullable, defaults. */
typedef struct hr_column_spec {
    hr_str name;
    hr_type type;
    bool not_null;
    bool variant; /* adds variant:true and dlt's description of variants */
    bool has_precision, has_scale;
    int precision, scale;
} hr_column_spec;

/* Appends; the column must be absent. What settings.default_hints says of its name is added:
 * in a new schema that makes the system columns (_dlt_id, _dlt_parent_id, _dlt_list_idx,
 * _dlt_load_id, _dlt_root_id) not_null, unique, row_key, parent_key, root_key. Patterns count
 * when they are plain names, or plain names between "re:^" and "$". */
hr_status hr_table_add_column(hr_schema *s, hr_table *t, const hr_column_spec *spec,
                              hr_column **out, hr_error *err);

/* Changes the type of a column that is there: widens it, or completes one without a type,
 * which moves to the end of its table as in dlt. -1 for precision and scale: the default. */
hr_status hr_column_set_type(hr_schema *s, hr_column *c, hr_type type, int precision, int scale,
                             hr_error *err);

/* Sets x-normalizer.seen-data, as dlt does for each table that got rows. */
hr_status hr_table_set_seen_data(hr_schema *s, hr_table *t, hr_error *err);

/* By which convention names are made; those that are there stay. */
hr_status hr_schema_set_naming(hr_schema *s, const char *convention, hr_error *err);

/* Adds the table _dlt_pipeline_state (without _dlt_id, which the normalizer adds; see
 * hr_table_add_column) if it is absent. To be called after the tables of the resources were
 * added: in a fresh schema the hash of what is there becomes the first of previous_hashes. */
hr_status hr_schema_add_state_table(hr_schema *s, hr_error *err);

/* The hash of the content as it is now. */
hr_status hr_schema_hash(const hr_schema *s, char out[HR_HASH_TEXT], hr_error *err);

/* Hashes that the content had before, newest first; .p == NULL: there are no more. */
hr_str hr_schema_previous_hash(const hr_schema *s, size_t i);

/* dlt's "bump version": when the content differs from version_hash, the old hash goes to the
 * front of previous_hashes (10 at most), version grows by one, the new hash is stored.
 * Two keep version and previous hashes: a schema that has no hash yet (version_hash ""), and
 * one fresh from hr_schema_new at its first change; so it is still version 1 when the first
 * extract is done. *changed may be NULL. */
hr_status hr_schema_bump(hr_schema *s, bool *changed, hr_error *err);

/* Full form, compact, in dlt's key order. */
hr_status hr_schema_write(const hr_schema *s, hr_buf *out, hr_error *err);

#endif
