/* option_text.h -- what option tables say of themselves: templates and JSON Schema. */
#ifndef HR_CONFIG_OPTION_TEXT_H
#define HR_CONFIG_OPTION_TEXT_H

#include "config/option.h"

/* Appends the rows of a table as YAML, `indent` columns in, each below its help. What has an
 * example or is required stands there; the rest is a comment with its default. Rows that a template
 * leaves out (HR_OPTION_ADVANCED) are left out. */
void hr_option_template(const hr_option_table *table, unsigned indent, hr_buf *out);

/* Appends one row and what is below it. `value` stands for it; NULL: its example or default. */
void hr_option_template_row(const hr_option *row, const char *value, unsigned indent, hr_buf *out);

/* The JSON Schema (draft-07) of an object of this table, in `doc`; NULL: out of memory, or a row's
 * own schema is no JSON. */
yyjson_mut_val *hr_option_schema(yyjson_mut_doc *doc, const hr_option_table *table);

#endif
