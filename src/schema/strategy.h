/* strategy.h -- what the properties of a root table come to: how its rows are merged, and what
 * they and the rows below them are identified by. */
#ifndef HR_SCHEMA_STRATEGY_H
#define HR_SCHEMA_STRATEGY_H

#include "config/strategies.h"
#include "schema/schema.h"

/* HR_E_UNSUPPORTED: cdc. HR_E_CONFIG: no such strategy. */
hr_status hr_table_merge(const hr_table *root, hr_merge *out, hr_error *err);

/* Where the _dlt_id of a root row comes from. */
typedef enum hr_row_ids {
    HR_ROW_IDS_NEW,
    HR_ROW_IDS_KEY, /* the hash of the primary key: upsert, insert-only */
    HR_ROW_IDS_ROW, /* the hash of the whole item: scd2 whose row version is the _dlt_id */
} hr_row_ids;

hr_row_ids hr_table_row_ids(const hr_table *root);

/* The root of the chain that `t` belongs to; `t` itself, if it is one. */
const hr_table *hr_table_root(const hr_schema *s, const hr_table *t);

/* Whether rows of lists below `root` go into a table of their own, `t`, that is a root, too: since
 * nested_hints gave it keys. */
bool hr_table_is_cut_from(const hr_table *t, const hr_table *root);

/* Columns of a table with a property; NULL: none. */
typedef bool (*hr_column_test)(const hr_column *c);
hr_column *hr_table_first(const hr_table *t, hr_column_test test);
bool hr_is_primary_key(const hr_column *c);
bool hr_is_merge_key(const hr_column *c);
bool hr_is_row_key(const hr_column *c);
bool hr_is_root_key(const hr_column *c);
bool hr_is_row_version(const hr_column *c);
bool hr_is_hard_delete(const hr_column *c);
bool hr_is_dedup_sort(const hr_column *c);
bool hr_is_valid_from(const hr_column *c);
bool hr_is_valid_to(const hr_column *c);

/* As dlt does whenever hints of a root table are set: notes in normalizers.json.config that rows
 * below it get its row id as _dlt_root_id, if its merge strategy, root_key_propagation of that
 * config, or a table below that has such a column already ask for it. */
hr_status hr_schema_settle_root_key(hr_schema *s, const hr_table *root, hr_error *err);

/* Sets root_key_propagation of that config, as dlt's root_key=True or False on a source does. */
hr_status hr_schema_ask_root_key(hr_schema *s, bool wanted, hr_error *err);

/* Whether that is noted. */
bool hr_schema_has_root_key(const hr_schema *s, const hr_table *root);

#endif
