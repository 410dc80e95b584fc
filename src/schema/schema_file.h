/* schema_file.h -- schemas as files that people read, change and give back; dlt's form: YAML,
 * without the names that tables and columns repeat. */
#ifndef HR_SCHEMA_SCHEMA_FILE_H
#define HR_SCHEMA_SCHEMA_FILE_H

#include "schema/schema.h"

/* As hr_schema_parse, of a file; its version_hash need not match. `hash` gets that of its
 * content, by which a change is known. Whether tables have rows is not the file's to say, so that
 * mark is taken away (after the hash). HR_E_IO with ENOENT: there is no such file. */
hr_status hr_schema_read_file(hr_schema **out, const char *path, char hash[HR_HASH_TEXT],
                              hr_error *err);

/* Appends the schema. `stripped`: without what processing left in it, as for a file that is to be
 * imported; its version and hash are then of this form, and `hash` (may be NULL) gets the hash. */
hr_status hr_schema_write_yaml(const hr_schema *s, bool stripped, char *hash, hr_buf *out,
                               hr_error *err);

/* For a schema that takes the place of another: tables of the same name keep the mark that they
 * have rows, and the other's hash goes to previous_hashes. */
hr_status hr_schema_follow(hr_schema *s, const hr_schema *before, hr_error *err);

/* The hash of the file that it came from; NULL: none. It does not count for the schema's own. */
const char *hr_schema_imported_hash(const hr_schema *s);
hr_status hr_schema_set_imported_hash(hr_schema *s, const char *hash, hr_error *err);

#endif
