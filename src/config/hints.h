/* hints.h -- what a user says of a resource: how it is written, its keys, columns, contract.
 *
 * Hints are a JSON object with dlt's names, wherever they come from: YAML, the command line or
 * the C interface. Here they are checked and made easy to read; what they mean for the schema
 * document is schema/apply.h's. Not thread-safe; immutable once parsed. */
#ifndef HR_CONFIG_HINTS_H
#define HR_CONFIG_HINTS_H

#include <yyjson.h>

#include "base/str.h"
#include "config/option.h"
#include "headrace/error.h"

typedef enum hr_write_disposition {
    HR_APPEND = 0, /* add the rows */
    HR_REPLACE,    /* empty the table and its child tables, then add the rows */
    HR_MERGE,      /* the rows take the place of those with the same keys */
    HR_SKIP,       /* read, but load nothing */
} hr_write_disposition;

const char *hr_disposition_name(hr_write_disposition d);

/* All values point into `doc`; NULL: not given. */
typedef struct hr_hints {
    yyjson_doc *doc;
    const char *table_name; /* NULL: the resource's name */
    hr_write_disposition write_disposition;
    bool has_disposition;
    yyjson_val *disposition_options; /* the object form: strategy, validity columns ... */
    yyjson_val *primary_key;         /* a name or a list of names; [] takes the keys away */
    yyjson_val *merge_key;
    yyjson_val *columns; /* object: name -> properties */
    yyjson_val *references;
    yyjson_val *nested_hints;
    yyjson_val *incremental;
    yyjson_val *schema_contract;   /* a mode, or an object */
    yyjson_val *additional;        /* additional_table_hints: members of the table, as they are */
    yyjson_val *include, *exclude; /* lists of patterns */
    yyjson_val *rename;            /* object: key of the data -> key to take it for */
    const char *file_format, *table_format;
    int max_table_nesting; /* levels that unfold; below, values stay JSON. -1: not given */
    bool parallelized;
    bool widen;     /* on_conflict: widen. Else a value that does not fit makes a variant */
    bool last_wins; /* on_duplicate_key: last. Else an object with one key twice is refused */
} hr_hints;

/* What holds for a run, whatever the resource. Values point into `doc`; NULL: not given. */
typedef struct hr_run_hints {
    yyjson_doc *doc;
    yyjson_val *schema_contract;
    yyjson_val *preferred_types; /* object: pattern -> type */
    yyjson_val *state;           /* object: the user's key -> value, `resources` as in the state */
    yyjson_val *alerts;
    const char *naming;                        /* of a new schema */
    const char *replace_strategy;              /* of tables that name none */
    const char *refresh;                       /* drop_sources, drop_resources or drop_data */
    const char *import_schema, *export_schema; /* folders */
    int max_table_nesting;                     /* -1: not given */
    int root_key; /* whether child tables carry their root's id; -1: not given */
} hr_run_hints;

/* The hints as rows, for what describes tables that have them among their keys (`also`): it reads
 * nothing. */
extern const hr_option_table hr_hint_table;

/* `text` NULL or "": nothing is given. HR_E_CONFIG names the key and what it takes; an unknown
 * key is refused. On failure `out` is empty. */
HR_NODISCARD hr_status hr_hints_parse(hr_hints *out, const char *text, hr_error *err);
void hr_hints_release(hr_hints *h);

/* The same of an object within a document, which is borrowed: nothing to release. */
HR_NODISCARD hr_status hr_hints_read(hr_hints *out, yyjson_val *object, hr_error *err);

HR_NODISCARD hr_status hr_run_hints_parse(hr_run_hints *out, const char *text, hr_error *err);
void hr_run_hints_release(hr_run_hints *h);

#endif
