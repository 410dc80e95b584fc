/* strategies.h -- dlt's ways to merge and to replace, by name. Thread-safe. */
#ifndef HR_CONFIG_STRATEGIES_H
#define HR_CONFIG_STRATEGIES_H

#include "headrace/error.h"

typedef enum hr_merge {
    HR_MERGE_NONE, /* the disposition is another one */
    HR_MERGE_DELETE_INSERT,
    HR_MERGE_UPSERT,
    HR_MERGE_INSERT_ONLY,
    HR_MERGE_SCD2,
} hr_merge;

typedef enum hr_replace_way {
    HR_REPLACE_TRUNCATE,
    HR_REPLACE_STAGE,
    HR_REPLACE_SWAP,
} hr_replace_way;

/* Literals; a merge is not NONE. */
const char *hr_merge_name(hr_merge m);
const char *hr_replace_name(hr_replace_way w);

/* HR_E_CONFIG: there is none of that name, and *out is NONE (TRUNCATE); the message has those that
 * there are. HR_E_UNSUPPORTED: cdc. */
HR_NODISCARD hr_status hr_merge_by_name(const char *name, hr_merge *out, hr_error *err);
HR_NODISCARD hr_status hr_replace_by_name(const char *name, hr_replace_way *out, hr_error *err);

#endif
