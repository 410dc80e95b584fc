/* option_int.h -- what the files of option.h share: refusals, and values that are no containers. */
#ifndef HR_CONFIG_OPTION_INT_H
#define HR_CONFIG_OPTION_INT_H

#include "config/option.h"

enum { HR_OPTION_MOST_KEYS = 128, HR_OPTION_SHOWN_TEXT = 60, HR_OPTION_SHOWN = 92 };

/* What is being read. */
typedef struct hr_option_place {
    hr_doc *doc;
    const hr_option_table *table;
    const hr_option *option;
} hr_option_place;

/* How a message shows what was written; never what a variable stood for. */
void hr_option_show(const hr_option_place *p, yyjson_val *val, char out[HR_OPTION_SHOWN]);

/* "client: timeout takes a time, not true"; "client has no option x; did you mean y?"; "type is one
 * of a, b, not c". All return HR_E_CONFIG. */
hr_status hr_option_refuse(const hr_option_place *p, yyjson_val *val, const char *wanted,
                           hr_error *err);
hr_status hr_option_refuse_key(const hr_option_place *p, yyjson_val *key, hr_error *err);
hr_status hr_option_refuse_choice(const hr_option_place *p, yyjson_val *val,
                                  const char *const *choices, hr_error *err);

/* Reads a value of the kinds from BOOL to TEXTS. */
hr_status hr_option_read_scalar(const hr_option_place *p, yyjson_val *val, void *field,
                                hr_error *err);

#endif
