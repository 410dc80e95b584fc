/* schema_int.h -- what the files of the schema share. */
#ifndef HR_SCHEMA_SCHEMA_INT_H
#define HR_SCHEMA_SCHEMA_INT_H

#include "schema/schema.h"
#include "json/json.h"

enum { HR_SCHEMA_ENGINE = 11 };

/* The document of a new schema, with its name and without hash. */
hr_status hr_schema_std_document(const char *name, hr_json_mdoc **out, hr_error *err);

/* The table _dlt_pipeline_state as extract adds it; NULL: out of memory. */
hr_json_mval *hr_schema_std_state_table(hr_json_mdoc *doc);

/* Builds the index over s->doc, which must hold a schema; the rest of `s` is zero. Changes the
 * document where reading does (see hr_schema_parse). */
hr_status hr_schema_index(hr_schema *s, hr_error *err);

/* Indexes one table: `val` is in the document, or will be, under `key`. */
hr_status hr_schema_index_table(hr_schema *s, hr_json_mval *key, hr_json_mval *val, hr_table **out,
                                hr_error *err);

/* Set the fields that show properties of the document (of `val` for a property of any object that
 * must be a text, null aside). HR_E_PARSE: a value is of a wrong kind. */
hr_status hr_column_read(hr_column *c, hr_error *err);
hr_status hr_table_read(hr_table *t, hr_error *err);
hr_status hr_schema_text_prop(const hr_json_mval *obj, const char *prop, hr_str *out,
                              hr_error *err);

/* Puts a hash to the front of previous_hashes, unless it is there. False: out of memory. */
bool hr_schema_remember_hash(hr_schema *s, const char *hash);

/* Take a column or a table into the arrays and maps; false: out of memory, nothing changed. */
bool hr_schema_link_column(hr_table *t, hr_column *c);
bool hr_schema_link_table(hr_schema *s, hr_table *t);

#endif
