/* package.h -- a load package: one folder with all that a load will commit.
 *
 *   <packages>/<load id>/begun.json     what is being extracted, by whom; written first
 *                        0001.arrow ... Arrow IPC files, one table each, several batches a file
 *                        manifest.json  every file's batches with checksums, the state row, the
 *                                       schema; written last, in one step: with it the package
 *                                       is complete, without it the package is worth nothing
 *                        loaded.json    the package was committed; its data is gone
 *
 * File names count up, so they are short and safe whatever the tables are called. The files
 * are ordinary Arrow IPC files that any Arrow library opens.
 *
 * hr_package and its writers: hr_package_write may run on several threads, each with its own
 * writer; all else on one thread. */
#ifndef HR_PACKAGE_PACKAGE_H
#define HR_PACKAGE_PACKAGE_H

#include "arrow/fields.h"
#include "base/buf.h"
#include "headrace/error.h"
#include "package/batches.h"

/* One batch of a file: an encapsulated IPC message. */
typedef struct hr_package_batch {
    uint64_t offset, length; /* in the file */
    uint64_t rows;
    uint64_t hash; /* XXH3, 64 bits, of those bytes */
} hr_package_batch;

typedef struct hr_package_file {
    char *name;             /* in the folder */
    char *table;            /* normalized */
    hr_arrow_field *fields; /* names are owned by the file */
    size_t n_fields;
    hr_package_batch *batches;
    size_t n_batches, cap_batches;
    uint64_t bytes;
} hr_package_file;

/* A row for _dlt_pipeline_state; encoded == NULL: none. */
typedef struct hr_package_state {
    int64_t version, engine_version;
    char *pipeline_name;
    char *encoded;
    char *hash;
} hr_package_state;

typedef struct hr_package {
    char *dir;
    char load_id[24];
    bool rereadable; /* all its sources can be read again */
    char *created_at;
    char *place;     /* database and dataset that it is for, in words; NULL: not known */
    char *base_hash; /* version_hash of the stored schema it was normalized against; "" none */
    char *schema;    /* JSON in dlt's full form; NULL until sealed */
    char *replaced;  /* JSON array of root tables to be replaced; NULL: none */
    char *dropped;   /* JSON array of tables that the load drops first; NULL: none */
    char *truncated; /* ... and that it empties */
    char *resources; /* JSON array of resource names */
    hr_package_state state;
    hr_package_file **files;
    size_t n_files, cap_files;
    void *lock; /* of `files` while several writers run */
} hr_package;

/* Creates the folder under `packages` and begun.json. Texts are copied; the caller owes
 * hr_package_free(). */
hr_status hr_package_begin(hr_package **out, const char *packages, const char *load_id,
                           bool rereadable, const char *resources_json, hr_error *err);

/* Reads a complete package. HR_E_PARSE: the manifest is damaged. HR_E_USAGE: not complete. */
hr_status hr_package_open(hr_package **out, const char *packages, const char *load_id,
                          hr_error *err);

void hr_package_free(hr_package *p); /* the folder stays; NULL is fine */

/* ---- writing ---- */

typedef struct hr_batch_column {
    hr_arrow_field field;
    int64_t n_null;
    const uint8_t *validity; /* may be NULL when n_null == 0 */
    const int32_t *offsets;  /* text, json, binary */
    const void *data;
    size_t data_bytes;
} hr_batch_column;

typedef struct hr_batch {
    hr_str table;
    int64_t n_rows;
    const hr_batch_column *columns;
    size_t n_columns;
} hr_batch;

typedef struct hr_package_writer hr_package_writer;

/* Borrows the package. The caller owes hr_package_writer_free(). */
hr_status hr_package_writer_new(hr_package_writer **out, hr_package *p, hr_error *err);

/* Goes on in the table's file when the columns are those of its last batch, else in a new one. The
 * batch is borrowed for the call. */
hr_status hr_package_write(hr_package_writer *w, const hr_batch *batch, hr_error *err);

/* Ends all files of the writer. Without it they are worth nothing. */
hr_status hr_package_writer_finish(hr_package_writer *w, hr_error *err);
void hr_package_writer_free(hr_package_writer *w); /* NULL is fine */

/* Writes the manifest. p->schema, state and replaced are set. When the source can't be read
 * again, everything is made durable first. */
hr_status hr_package_seal(hr_package *p, hr_error *err);

/* After the commit: leaves loaded.json (a short record) and removes the rest. */
hr_status hr_package_mark_loaded(hr_package *p, hr_error *err);

/* Removes the rest of a loaded package, where a run ended before it was all removed. */
void hr_package_tidy(const char *packages, const char *load_id);

/* Removes the folder. */
hr_status hr_package_discard(const char *packages, const char *load_id, hr_error *err);

/* Rows of a table over all files; 0 when it has none. */
uint64_t hr_package_rows(const hr_package *p, hr_str table);

/* Average bytes of a row in the table that has most bytes; 0: there are no rows. */
uint64_t hr_package_row_bytes(const hr_package *p);

/* ---- the folder of packages ---- */

typedef enum hr_package_status {
    HR_PACKAGE_BEGUN,    /* a run that ended early left it, or one that still works on it */
    HR_PACKAGE_COMPLETE, /* sealed, not known to be committed */
    HR_PACKAGE_LOADED,
    HR_PACKAGE_BROKEN, /* not even begun.json can be read */
} hr_package_status;

typedef struct hr_package_entry {
    char load_id[24];
    hr_package_status status;
    bool rereadable;
} hr_package_entry;

/* Oldest first; *out is the caller's (hr_free). A missing folder has none. */
hr_status hr_package_list(const char *packages, hr_package_entry **out, size_t *n, hr_error *err);

#endif
