/* run_int.h -- one run, shared by the files that make it. */
#ifndef HR_PIPELINE_RUN_INT_H
#define HR_PIPELINE_RUN_INT_H

#include "load/load.h"
#include "normalize/normalize.h"
#include "package/package.h"
#include "pipeline/pipeline_int.h"
#include "pipeline/progress.h"
#include "schema/diff.h"
#include "state/state.h"

/* What settling a package of an earlier run came to. */
typedef struct hr_settled {
    char load_id[24];
    const char *outcome; /* "discarded", "finished", "already committed", "left" */
    char *why;
    char *jobs; /* of one that was finished, as JSON; may be NULL */
} hr_settled;

typedef struct hr_run {
    hr_pipeline *p;
    hr_progress progress;
    hr_arena arena;

    hr_schema *stored;   /* what the destination has; NULL: nothing */
    hr_schema *schema;   /* what this run makes of it */
    bool imported;       /* the schema comes from import_schema's file, which was changed */
    bool import_missing; /* that file is not there; import_text is to be it, once all is read */
    hr_buf import_text;
    hr_state *state;
    hr_buf dropped, truncated; /* JSON arrays of tables, for the load's transaction; "": none */
    bool state_changed;
    hr_package *package;
    bool sealed;                /* the package is complete */
    hr_normalize_result result; /* all resources */
    const char *load_id;        /* "" until a package was begun */

    hr_load_table *tables; /* of the load */
    size_t n_tables;
    hr_load load;
    bool loaded;
    hr_schema_changes changes; /* that the load brought */

    hr_settled *settled;
    size_t n_settled, cap_settled;
    char **warnings;
    size_t n_warnings, cap_warnings;

    double started; /* wall clock, Unix time */
    hr_run_step extract_step, load_step;
    hr_error error; /* HR_OK: none */
} hr_run;

/* Why values are discarded, as the load info and warnings say it. */
const char *hr_discard_reason(hr_discard why);

/* Warns: to the caller now, and in the load info. */
void hr_run_warn(hr_run *r, const char *fmt, ...) HR_PRINTF(2, 3);

/* Settles what earlier runs left: throws incomplete packages away, finishes those whose source
 * cannot be read again, and says so. */
hr_status hr_run_settle(hr_run *r, hr_error *err);

/* What dlt's extract step leaves before the data: names in the state; in the schema, the tables
 * that resources and hints speak of. */
hr_status hr_run_describe_state(hr_run *r, hr_error *err);
hr_status hr_run_declare(hr_run *r, hr_error *err);

/* import_schema and export_schema. Before anything is declared: a file that was changed since the
 * last run takes the schema's place. A file that is missing is made of what is declared, and
 * written when all is read. The export is the schema as it is committed. */
hr_status hr_run_import_schema(hr_run *r, hr_error *err);
hr_status hr_run_note_import(hr_run *r, hr_error *err);
hr_status hr_run_write_import(const hr_run *r, hr_error *err);
hr_status hr_run_link_export(hr_run *r, hr_error *err);
hr_status hr_run_export_schema(const hr_run *r, hr_error *err);

/* Incremental resources: finds where they begin; and, after the data, notes where they stopped
 * and sees whether the state has changed. */
hr_status hr_run_begin_incremental(hr_run *r, hr_error *err);
hr_status hr_run_finish_state(hr_run *r, hr_error *err);

/* After the data: says which columns were only null, and refuses key columns without a value. */
void hr_run_warn_of_nulls(hr_run *r, const hr_normalize_result *part);
hr_status hr_run_check_columns(hr_run *r, hr_error *err);

/* After the load: says which new columns are nullable at the destination, though the schema says
 * otherwise, because the table had rows. */
void hr_run_warn_of_nullable(hr_run *r);

/* An input without rows is no snapshot of anything: scd2 then retires nothing, which is said. */
void hr_run_warn_of_empty_snapshots(hr_run *r);

/* An API's part of a run; nothing when there is none. Its answers are kept with the package, and
 * beside it when the run comes to nothing but another might not. */
hr_status hr_run_begin_rest(hr_run *r, hr_error *err);
hr_status hr_run_open_rest(hr_resource *res, hr_step *first, hr_step *last, hr_error *err);
void hr_run_end_rest(hr_run *r);
/* Before a package is thrown away: the answers in it are for the next run. */
void hr_run_keep_answers(const hr_run *r, const char *load_id);

/* ---- the parts of a run, in their order, for what is not quite one ---- */

/* Takes the time, and gets ready to tell progress. The caller owes hr_run_release(). */
void hr_run_start(hr_run *r);

/* Reads all resources into the package, which it begins. */
hr_status hr_run_extract(hr_run *r, hr_error *err);

/* Puts the keys that the user has set into the state. */
hr_status hr_run_apply_edits(hr_run *r, hr_error *err);

/* Makes r->package. `rereadable`: all that goes into it can be read again. */
hr_status hr_run_begin_package(hr_run *r, bool rereadable, hr_error *err);

/* Completes the package, with the final schema and state; and loads it. After a load there are only
 * warnings: nothing makes it a failed run any more. */
hr_status hr_run_seal(hr_run *r, hr_error *err);
hr_status hr_run_seal_and_load(hr_run *r, hr_error *err);

/* The working folder's pipeline.json; after a load schema.json and state.json, too. */
hr_status hr_run_write_copies(hr_run *r, hr_error *err);

/* Removes the package of a run that did not load it, unless the next run is to. */
void hr_run_tidy(hr_run *r);
void hr_run_release(hr_run *r);

/* ---- their steps ---- */

/* Loads r->package with r->schema; sets r->loaded. */
hr_status hr_run_load(hr_run *r, hr_error *err);

/* Lists in r->tables what would be loaded, without batches. */
hr_status hr_run_preview(hr_run *r, hr_error *err);

/* Reads schema and state of the destination into r->stored and r->state. */
hr_status hr_run_restore(hr_run *r, hr_error *err);

/* Whether the package of a run that did not load it stays for the next one. */
static inline bool hr_run_keeps_package(const hr_run *r)
{
    return r->load.unknown || (r->sealed && !r->package->rereadable);
}

/* All steps together. */
static inline double hr_run_seconds(const hr_run *r)
{
    return r->extract_step.seconds + r->load_step.seconds;
}

/* The files of the package, as a JSON array; the caller's. */
hr_status hr_run_jobs(const hr_run *r, char **json, hr_error *err);

/* The load info and the trace, as JSON; the caller's. */
hr_status hr_run_info(const hr_run *r, char **json, hr_error *err);
hr_status hr_run_trace(const hr_run *r, char **json, hr_error *err);

/* What a webhook gets: {"event", "text", "load_info"}; the caller's. */
hr_status hr_run_event(const hr_run *r, const char *event, const char *text, char **json,
                       hr_error *err);

#endif
