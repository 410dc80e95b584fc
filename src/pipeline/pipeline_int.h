/* pipeline_int.h -- what the files of this folder share: the pipeline object and its folder.
 *
 *   <pipelines_dir>/<name>/pipeline.json  last destination, dataset and naming
 *                          state.json     dlt's pipeline state, with its local part
 *                          schema.json    the schema as last committed, for people
 *                          trace.json     the last run
 *                          lock           held while a run lasts; says who holds it
 *                          packages/      see package/package.h
 *
 * The destination is the truth about schema and state; what stands here is a copy. */
#ifndef HR_PIPELINE_PIPELINE_INT_H
#define HR_PIPELINE_PIPELINE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "config/alerts.h"
#include "config/hints.h"
#include "config/lookup.h"
#include "destination/destination.h"
#include "extract/incremental.h"
#include "extract/page.h"
#include "headrace/pipeline.h"
#include "normalize/normalize.h"
#include "normalize/plan.h"
#include "normalize/shredder.h"
#include "schema/shape.h"
#include "source/rest_api/source.h"

typedef struct hr_resource {
    char *table; /* as the user wrote it: the name of the resource */
    char *root;  /* its root table: the name normalized; that may change when a run begins */
    hr_hints hints;
    hr_incremental *incremental; /* NULL: none */
    bool left_out;               /* nothing of it is read */
    hr_row_plan rows;            /* known from declare on; its names live in the run */
    hr_row_shape shape;          /* likewise */
    hr_shred_options shred;      /* max_nesting -1: what the table has */
    hr_page_source pages;        /* of JSON; pages.next == NULL when paths are still to open */
    char **paths;                /* of files, opened when the run begins */
    size_t n_paths;
    struct ArrowArrayStream arrow; /* .release == NULL: not an Arrow resource */
    hr_rest_source *rest;          /* the pipeline's; NULL: not of an API */
    size_t rest_at;                /* number of the resource there */
    bool hidden;                   /* read for its children, but not loaded */
    hr_step limit;                 /* .item == NULL: none */
    bool was_read;                 /* in this run, to its end: */
    uint64_t rows_read;            /* of the root table */
    uint64_t bytes_read;           /* of its input, unpacked */
    double seconds;
} hr_resource;

/* A key of the user's in the state, set for the next run. */
typedef struct hr_state_edit {
    char *resource; /* NULL: of the source */
    char *key;
    char *json; /* NULL: to be taken away */
} hr_state_edit;

struct hr_pipeline {
    char *name;
    char *schema_name;   /* normalized */
    bool schema_settled; /* a source or the last run said so; else see hr_pipeline_settle_schema */
    char *dir;
    char *packages;
    char *destination_name; /* NULL: it was given as a URL */
    char *url;
    char *shown_url; /* without secrets */
    char *dataset;   /* normalized */
    const hr_destination_ops *ops;
    uint64_t memory_limit;
    unsigned workers;
    hr_run_hints hints;
    hr_naming naming;
    hr_doc *alerts_doc; /* NULL: there are none */
    hr_list alerts;     /* of hr_alert */
    hr_doc *hook_doc;   /* NULL: no run has found a hook */
    hr_list hook;       /* of hr_alert: that of dlt's configuration */
    bool dry_run;
    const char *hints_over;  /* while a file's resources are added: laid over their hints */
    char *plan;              /* of a pipeline from a file, as JSON; NULL: none */
    char *http_runtime;      /* request_* keys of dlt's configuration, as JSON; NULL: none */
    hr_arena arena;          /* of its limits and settings */
    hr_config_values values; /* all that were found */
    hr_event_fn on_event;
    void *event_ctx;

    hr_rest_source *rest; /* NULL: none; as the resources, for one run */
    hr_state_edit *edits;
    size_t n_edits, cap_edits;
    hr_resource *resources;
    size_t n_resources, cap_resources;

    bool running;
    atomic_bool cancelled;
    _Atomic(hr_page_source *) reading; /* for cancel: what may be waiting for data */
    atomic_int cancelling;             /* calls of cancel that may be using it */
};

/* hr_pipeline_open, with what is found in `l`; `source` is the kind that a file names, or NULL. */
hr_status hr_pipeline_open_with(hr_pipeline **out, const hr_pipeline_options *options, hr_lookup *l,
                                const char *source, hr_error *err);

/* Whether a call may use the pipeline. HR_E_USAGE: there is none, or it runs, and one of its
 * callbacks calls back. */
hr_status hr_pipeline_check(const hr_pipeline *p, hr_error *err);

/* How the memory of a run is shared out. */
typedef struct hr_memory_plan {
    size_t page_bytes;  /* of JSON a page */
    size_t item_limit;  /* largest item, or answer of an API */
    size_t queue_bytes; /* of pages that wait, before and after they are in order */
    size_t flush_bytes; /* builders of one worker */
    uint64_t engine;    /* memory limit of an embedded destination */
} hr_memory_plan;

/* `limit` in bytes. */
hr_memory_plan hr_plan_memory(uint64_t limit, unsigned workers);

/* How the destination is opened; all of it is borrowed from the pipeline. */
hr_destination_settings hr_pipeline_settings(const hr_pipeline *p, bool read_only);

/* Path of a file in the working folder; the caller's. NULL: out of memory. */
char *hr_pipeline_path(const hr_pipeline *p, const char *name);

/* What the last run remembered in pipeline.json; the caller's. NULL: the file is absent.
 * HR_E_CONFIG: it is damaged, so where the data belongs is not known. */
hr_status hr_pipeline_remembered(const hr_pipeline *p, const char *key, char **value,
                                 hr_error *err);

/* The same of a key that the destination's own tables tell, too: a damaged file is as good as none.
 */
hr_status hr_pipeline_remembered_copy(const hr_pipeline *p, const char *key, char **value,
                                      hr_error *err);

/* On a fresh folder, when no source names it: the schema is the default one of the state that the
 * destination holds, if it holds one; else it is made of the pipeline's name. */
hr_status hr_pipeline_settle_schema(hr_pipeline *p, hr_destination *d, hr_error *err);

/* Replaces a file of the working folder, which is made if need be. */
hr_status hr_pipeline_write(const hr_pipeline *p, const char *name, hr_str text, hr_error *err);

/* Database and dataset, in words; the caller's. NULL: out of memory. Not the server's address, by
 * which the same database may be reached in another way tomorrow. */
char *hr_pipeline_place(const hr_pipeline *p);

/* Takes / gives back the lock of the working folder. HR_E_BUSY names the holder. */
hr_status hr_pipeline_lock(const hr_pipeline *p, int *fd, hr_error *err);
void hr_pipeline_unlock(int fd);

/* Notices and warnings, to the caller's callback. */
void hr_pipeline_say(const hr_pipeline *p, hr_event_kind kind, const char *fmt, ...)
    HR_PRINTF(3, 4);

/* The table's name as the user wrote it. */
static inline const char *hr_resource_table(const hr_resource *r)
{
    return r->hints.table_name ? r->hints.table_name : r->table;
}

void hr_resource_release(hr_resource *r);
void hr_state_edits_release(hr_pipeline *p);

/* The setting `state`, an object, as calls of hr_pipeline_set_state. */
HR_NODISCARD hr_status hr_state_edits_take(hr_pipeline *p, yyjson_val *state, hr_error *err);

/* Adds a resource without data. Borrowed until the next one is added. */
hr_status hr_pipeline_new_resource(hr_pipeline *p, const hr_resource_options *o, hr_resource **out,
                                   hr_error *err);

/* The members of an object (NULL: none), then those of a JSON text over them, as text. */
hr_status hr_file_merge(yyjson_val *first, bool only_settings, const char *second, hr_buf *out,
                        hr_error *err);

/* Forgets all resources, as a run does when it ends. */
void hr_pipeline_drop_resources(hr_pipeline *p);

/* As hr_pipeline_add_rest_api; takes `doc` over, whatever is returned. `val` is of it. Of its
 * resources those named in `select`; none: those that it says itself. */
hr_status hr_pipeline_add_rest_doc(hr_pipeline *p, hr_doc *doc, yyjson_val *val,
                                   const hr_texts *select, hr_error *err);

/* Arrow batches into the package; see arrow_resource.c. */
struct hr_package;
struct hr_schema;
hr_status hr_run_arrow_resource(hr_pipeline *p, hr_resource *r, struct hr_schema *schema,
                                struct hr_package *package, hr_normalize_result *out,
                                hr_error *err);

#endif
