/* headrace/pipeline.h -- a pipeline: where data comes from, where it goes, and what is known of it.
 *
 * A pipeline has a name, a working folder <pipelines_dir>/<name>, a destination and a dataset.
 * Call order: open; add resources; run; look at the load info; run again or close. The reading
 * calls need no resources. A handle is used by one thread at a time, and what a run calls back may
 * read the pipeline, but not change or run it (HR_E_USAGE); different handles are independent, also
 * those of one DuckDB file: a run waits some seconds for results of its file that others read. Two
 * processes may open one pipeline, but only one of them runs: the other's run fails with HR_E_BUSY.
 */
#ifndef HEADRACE_PIPELINE_H
#define HEADRACE_PIPELINE_H

#include "headrace/arrow.h"
#include "headrace/error.h"
#include "headrace/events.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hr_pipeline hr_pipeline;

/* Zero-initialize, set `size` to sizeof(hr_pipeline_options), then set what you need.
 * All strings are copied. */
typedef struct hr_pipeline_options {
    size_t size;
    const char *name;          /* NULL: "headrace" */
    const char *pipelines_dir; /* NULL: $HEADRACE_PIPELINES_DIR, else ~/.headrace/pipelines */
    /* A URL, or a name whose credentials are looked for (docs/configuration.md); NULL: what is
     * configured, else the pipeline's last one, else duckdb:///<name>.duckdb */
    const char *destination;
    const char *dataset;   /* NULL: the pipeline's last one, else <name>_dataset; normalized */
    uint64_t memory_limit; /* bytes, from 32 MiB, bounds all that grows with data; 0: 256 MiB */
    unsigned workers;      /* threads that normalize and load; 0: one a processor */
    const char
        *settings;        /* of all resources, a JSON object: schema_contract, naming,
                             max_table_nesting, root_key, preferred_types, refresh ...; NULL: none */
    bool dry_run;         /* run() reads and normalizes, and loads nothing */
    hr_event_fn on_event; /* may be NULL */
    void *event_ctx;
} hr_pipeline_options;

/* Touches neither the destination nor the disk, beyond reading the working folder and, for what
 * the options leave out, the places of docs/configuration.md. On success
 * the caller owes hr_pipeline_close(). HR_E_CONFIG: a bad name, URL or number. */
HR_API HR_NODISCARD hr_status hr_pipeline_open(hr_pipeline **out,
                                               const hr_pipeline_options *options, hr_error *err);
HR_API void hr_pipeline_close(hr_pipeline *p); /* NULL is fine */

/* Asks a run to stop soon with HR_E_CANCELLED. Safe from any thread and from a signal handler. */
HR_API void hr_pipeline_cancel(hr_pipeline *p);

/* Zero-initialize and set `size` as above. Strings are copied. */
typedef struct hr_resource_options {
    size_t size;
    const char *table; /* name of the resource and, normalized, of its root table; required */
    /* A JSON object; NULL: none. dlt's names: write_disposition (append, replace, merge, skip, or
     * an object with "disposition" and more), primary_key, merge_key, columns, incremental,
     * schema_contract, max_table_nesting, table_name, nested_hints, references ...; and our
     * on_conflict (variant, widen) and on_duplicate_key (fail, last). docs/hints.md has them all.
     */
    const char *hints;
} hr_resource_options;

/* Adds files of JSON (one value, an array, NDJSON or concatenated; plain, gzip or zstd, seen by
 * their first bytes). A path may be a file, a glob pattern, a folder, or "-" for standard input.
 * Nothing is read before run(). */
HR_API HR_NODISCARD hr_status hr_pipeline_add_files(hr_pipeline *p,
                                                    const hr_resource_options *options,
                                                    const char *const *paths, size_t n_paths,
                                                    hr_error *err);

/* Bytes of JSON from a callback: next() hands out the next piece, cut anywhere; *n == 0 ends.
 * The piece is borrowed until the next call; a failure puts its reason in `err`, which is never
 * NULL, and fails the run. close() may be NULL; it is called once, whatever
 * happens. Both are called on one thread at a time. `rereadable` says that a later run could
 * get the same data again, so that a package that did not commit may be thrown away. */
typedef struct hr_json_source {
    void *ctx;
    hr_status (*next)(void *ctx, const void **bytes, size_t *n, hr_error *err);
    void (*close)(void *ctx);
    bool rereadable;
} hr_json_source;

HR_API HR_NODISCARD hr_status hr_pipeline_add_json(hr_pipeline *p,
                                                   const hr_resource_options *options,
                                                   const hr_json_source *source, hr_error *err);

/* Arrow batches; their columns become the table's columns under normalized names. Takes `stream`
 * over, whatever is returned. Nested types are refused: give those as JSON. */
HR_API HR_NODISCARD hr_status hr_pipeline_add_arrow(hr_pipeline *p,
                                                    const hr_resource_options *options,
                                                    struct ArrowArrayStream *stream, hr_error *err);

/* Reads all resources, normalizes them, and commits them to the destination in one transaction.
 * Packages that an earlier run left are settled first (see NOTICE events). The resources are
 * used up. On failure nothing of this run is in the destination. *info_json (may be NULL) gets
 * the load info as JSON, described in docs/load-info.md, also after most failures; the caller
 * frees it with hr_free(). */
HR_API HR_NODISCARD hr_status hr_pipeline_run(hr_pipeline *p, char **info_json, hr_error *err);

/* Reads schema and state of the destination into the working folder, as a run on a fresh folder
 * does by itself. HR_E_USAGE: nothing is there. */
HR_API HR_NODISCARD hr_status hr_pipeline_sync(hr_pipeline *p, hr_error *err);

/* Drops the tables of resources, child tables too, and forgets their state; n_resources == 0:
 * of all. One transaction. With `state_only` tables stay. The pipeline has no resources added.
 * *info_json (may be NULL) as of a run. */
HR_API HR_NODISCARD hr_status hr_pipeline_drop(hr_pipeline *p, const char *const *resources,
                                               size_t n_resources, bool state_only,
                                               char **info_json, hr_error *err);

/* A key of your own in the state of the source, or of a resource (NULL: of the source); `json`
 * NULL takes it away. It is stored with the next run's load; a run without rows stores it alone.
 * Texts are copied. HR_E_USAGE: a key that is not the user's, or no JSON. */
HR_API HR_NODISCARD hr_status hr_pipeline_set_state(hr_pipeline *p, const char *resource,
                                                    const char *key, const char *json,
                                                    hr_error *err);

/* ---- Reading back. JSON texts are the caller's, freed with hr_free(). ---- */

/* Runs SQL at the destination, with the dataset as default schema. On success the caller owes
 * out->release(). The stream uses the pipeline: release it first. */
HR_API HR_NODISCARD hr_status hr_pipeline_query(hr_pipeline *p, const char *sql,
                                                struct ArrowArrayStream *out, hr_error *err);

/* [{"name", "parent" (or null), "columns", "rows"}] of the dataset, in schema order. */
HR_API HR_NODISCARD hr_status hr_pipeline_tables(hr_pipeline *p, char **json, hr_error *err);

/* The schema that the destination holds, in dlt's stored form. */
HR_API HR_NODISCARD hr_status hr_pipeline_schema(hr_pipeline *p, char **json, hr_error *err);

/* The state that the destination holds, in dlt's form: your keys and resources' cursors stand
 * under "sources". */
HR_API HR_NODISCARD hr_status hr_pipeline_state(hr_pipeline *p, char **json, hr_error *err);

/* Which load brought which table and column: [{"version", "inserted_at", "load_id" (null: none
 * that is known), "changes": [{"kind": "table", "column", "variant" or "type", "table", "column",
 * "type"}]}], oldest first. */
HR_API HR_NODISCARD hr_status hr_pipeline_schema_log(hr_pipeline *p, char **json, hr_error *err);

/* Load packages of the working folder, newest first: [{"load_id", "state", ...}]. */
HR_API HR_NODISCARD hr_status hr_pipeline_packages(hr_pipeline *p, char **json, hr_error *err);

/* One package in full. HR_E_USAGE: there is no such package. */
HR_API HR_NODISCARD hr_status hr_pipeline_package(hr_pipeline *p, const char *load_id, char **json,
                                                  hr_error *err);

/* Throws a package away that has not been committed. */
HR_API HR_NODISCARD hr_status hr_pipeline_package_abort(hr_pipeline *p, const char *load_id,
                                                        hr_error *err);

/* The trace of the last run; HR_E_USAGE when there was none. */
HR_API HR_NODISCARD hr_status hr_pipeline_trace(hr_pipeline *p, char **json, hr_error *err);

/* Where the pipeline points: {"pipeline", "destination", "dataset", "working_dir"}. */
HR_API HR_NODISCARD hr_status hr_pipeline_describe(hr_pipeline *p, char **json, hr_error *err);

#ifdef __cplusplus
}
#endif

#endif
