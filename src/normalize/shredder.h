/* shredder.h -- one item into rows of typed columns: dlt's relational normalizer.
 *
 * Algorithm and order of columns as dlt 1.31: an object's scalars come in key order, nested
 * objects after them, the last one first; then the system columns; then the lists, each
 * element a row of a child table, depth first. A list in a list gets a row with the inner list
 * as child table "<table>__list".
 *
 * Each value goes to its column in one switch when its type is the column's; all else (new
 * columns, conversions, variants) is off the hot path. Nothing is kept but counts, the builders
 * in `tables`, and the shapes. Not thread-safe: one shredder a worker. */
#ifndef HR_NORMALIZE_SHREDDER_H
#define HR_NORMALIZE_SHREDDER_H

#include <yyjson.h>

#include "normalize/tables.h"
#include "normalize/tally.h"
#include "value/convert.h"
#include "json/json.h"

enum { HR_MAX_NESTING = 1000 }; /* levels that unfold when nobody says otherwise */

typedef struct hr_shred_options {
    int max_nesting;
    bool widen;                       /* conflicts widen columns instead of making variants */
    bool last_wins;                   /* of duplicate keys */
    const struct hr_row_shape *shape; /* borrowed; NULL: keys and types are those of the data */
} hr_shred_options;

typedef struct hr_shredder {
    hr_shred_options options;
    hr_tables tables;
    hr_tally tally; /* of the page at hand */
    bool rejected;  /* a contract discards the row at hand ... */
    hr_discard reject_why;
    const char *reject_name; /* ... because of this */
    const char *culprit;     /* after a failure: where in the item's text, NULL if not known */

    uint64_t row;            /* stamp of the row at hand */
    struct hr_frame *frames; /* objects waiting to be flattened */
    size_t n_frames, cap_frames;
    struct hr_pending *lists; /* lists waiting for their row to be complete */
    size_t n_lists, cap_lists;
    yyjson_val **keys; /* under last_wins: of the object at hand */
    size_t n_keys, cap_keys;
    uint64_t mark; /* counts down */
    hr_buf text;   /* of conversions */
    hr_buf name;
    hr_json_keys json_keys;
} hr_shredder;

/* `plan` as for hr_tables_init(), borrowed. */
void hr_shredder_init(hr_shredder *s, const hr_naming *naming, const hr_shred_options *options,
                      const hr_row_plan *plan);
void hr_shredder_release(hr_shredder *s);

/* `root` is of s->tables. The item is not changed. After a failure the page is to be rolled
 * back. HR_E_SCHEMA: refused, the message names table and column. */
hr_status hr_shred_item(hr_shredder *s, hr_ntable *root, yyjson_val *item, hr_error *err);

#endif
