/* notes.h -- rows that a run writes for itself, beside its data: see hr_note_table. */
#ifndef HR_PIPELINE_NOTES_H
#define HR_PIPELINE_NOTES_H

#include "arrow/builder.h"
#include "pipeline/run_int.h"

typedef struct hr_notes {
    hr_run *run;
    const hr_note_table *table;
    const char *keys[HR_N_NOTE_KEYS];
    hr_builder columns[HR_N_NOTE_KEYS + HR_MOST_NOTE_VALUES];
    size_t n_columns;
    int64_t n;
} hr_notes;

/* Declares the table, if it is new. `last_key` is borrowed. The caller owes hr_notes_release(),
 * whatever is returned. */
HR_NODISCARD hr_status hr_notes_begin(hr_notes *out, hr_run *r, const hr_note_table *table,
                                      const hr_resource *res, const char *last_key, hr_error *err);
HR_NODISCARD hr_status hr_notes_add(hr_notes *n, const hr_str *values, hr_error *err);
/* Puts all into the package. */
HR_NODISCARD hr_status hr_notes_write(const hr_notes *n, hr_error *err);
void hr_notes_release(hr_notes *n);

#endif
