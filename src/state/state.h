/* state.h -- what a pipeline remembers between runs: dlt's state document (engine version 4).
 *
 * It exists in two forms. The column form goes to the destination with the rows it belongs to
 * (table _dlt_pipeline_state): without `_local`, compact JSON, zlib, base64. The local form is
 * the working folder's state.json, plain, with `_local`, which never leaves the machine.
 * Properties that Headrace does not know stay and are written back. Values that JSON cannot
 * express are texts with one leading private-use character, as dlt writes them; here they are
 * texts like others. Not thread-safe. */
#ifndef HR_STATE_STATE_H
#define HR_STATE_STATE_H

#include "base/buf.h"
#include "headrace/error.h"

enum { HR_STATE_ENGINE = 4 };

typedef struct hr_state hr_state;
typedef struct yyjson_mut_doc hr_json_mdoc;
typedef struct yyjson_mut_val hr_json_mval;

/* A state as a first run of dlt makes it: version 0, no names, the hash of that. `cwd` is
 * remembered as `_local.initial_cwd`. */
HR_NODISCARD hr_status hr_state_new(hr_state **out, const char *cwd, hr_error *err);

/* From the local form; from what a column holds (plain JSON is taken, too). A missing `_local`
 * is added, empty. HR_E_UNSUPPORTED: another engine version. HR_E_PARSE: not a state. */
HR_NODISCARD hr_status hr_state_parse(hr_state **out, hr_str json, hr_error *err);
HR_NODISCARD hr_status hr_state_decode(hr_state **out, hr_str stored, hr_error *err);
HR_NODISCARD hr_status hr_state_copy(hr_state **out, const hr_state *s, hr_error *err);
void hr_state_free(hr_state *s);

/* Append the local form, and the column form. */
HR_NODISCARD hr_status hr_state_write(const hr_state *s, hr_buf *out, hr_error *err);
HR_NODISCARD hr_status hr_state_encode(const hr_state *s, hr_buf *out, hr_error *err);

/* The hash of the content as it is now: SHA3-256 in base64. */
enum { HR_STATE_HASH_TEXT = 45 };
HR_NODISCARD hr_status hr_state_hash(const hr_state *s, char out[HR_STATE_HASH_TEXT],
                                     hr_error *err);

/* Stores the hash, and when it differs from the one stored before, adds 1 to the version. A
 * state without a stored hash keeps its version. *changed may be NULL. */
HR_NODISCARD hr_status hr_state_bump(hr_state *s, bool *changed, hr_error *err);

/* ---- What it holds ---- */

/* Counts up by 1 with each change that hr_state_bump() saw. */
int64_t hr_state_version(const hr_state *s);

typedef enum hr_state_field {
    HR_STATE_PIPELINE_NAME,
    HR_STATE_DATASET_NAME,
    HR_STATE_DEFAULT_SCHEMA_NAME,
    HR_STATE_DESTINATION_TYPE, /* "dlt.destinations.duckdb" */
    HR_STATE_DESTINATION_NAME, /* NULL unless it differs from the type's name */
    HR_STATE_VERSION_HASH,     /* as bump stored it */
    HR_STATE_N_FIELDS
} hr_state_field;

/* NULL: absent, or null. Borrowed until it is set again. */
const char *hr_state_get(const hr_state *s, hr_state_field f);
/* `value` is copied; NULL stores null. */
HR_NODISCARD hr_status hr_state_set(hr_state *s, hr_state_field f, const char *value,
                                    hr_error *err);

/* Names of schemas, in the order of their bytes. Adding one that is there changes nothing. */
size_t hr_state_n_schema_names(const hr_state *s);
const char *hr_state_schema_name(const hr_state *s, size_t i);
HR_NODISCARD hr_status hr_state_add_schema_name(hr_state *s, const char *name, hr_error *err);

/* The document, and its member `sources`: {<schema>: {"resources": {<resource>: {...}}}}.
 * NULL: there is none; hr_state_make_sources makes it. */
hr_json_mdoc *hr_state_doc(const hr_state *s);
hr_json_mval *hr_state_sources(const hr_state *s);
HR_NODISCARD hr_status hr_state_make_sources(hr_state *s, hr_json_mval **out, hr_error *err);

/* Forgets what a resource remembers, as its replacement begins; like dlt's, this makes the
 * source's member, empty, when there was none. */
HR_NODISCARD hr_status hr_state_forget_resource(hr_state *s, const char *source,
                                                const char *resource, hr_error *err);

/* ---- The part that stays here ---- */

/* Takes the `_local` of another state in place of its own; for a state that was restored from
 * a destination. */
HR_NODISCARD hr_status hr_state_take_local(hr_state *s, const hr_state *from, hr_error *err);

/* Whether no run has begun yet. */
bool hr_state_first_run(const hr_state *s);

/* A run has begun in folder `dir`: no first run any more, and last_run_context says where. */
HR_NODISCARD hr_status hr_state_set_run(hr_state *s, const char *dir, hr_error *err);

/* Whether the stored hash is other than that of the last state that went into a package; and
 * that it has gone there, at `now` (base/time.h). */
bool hr_state_must_extract(const hr_state *s);
HR_NODISCARD hr_status hr_state_mark_extracted(hr_state *s, int64_t now, hr_error *err);

#endif
