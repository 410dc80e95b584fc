/* cell.h -- values of Arrow arrays as text.
 *
 * Every number keeps its exact value: integers and decimals in full, floats as the shortest
 * text that reads back to the same bits. Times are ISO 8601, zoned ones in UTC with a Z.
 * Bytes are lower-case hex. Lists, structs, maps and unions are JSON. */
#ifndef HR_CLI_CELL_H
#define HR_CLI_CELL_H

#include "cli/text.h"
#include "headrace/arrow.h"

typedef enum cli_cell_kind {
    CLI_CELL_NULL,
    CLI_CELL_TEXT,
    CLI_CELL_NUMBER, /* is a JSON number as it stands */
    CLI_CELL_BOOL,   /* true or false */
    CLI_CELL_JSON,   /* is JSON */
} cli_cell_kind;

/* An Arrow type with its format string taken apart once. */
typedef struct cli_type cli_type;

/* On success the caller owes cli_type_free(). HR_E_UNSUPPORTED names the column and the format. */
HR_NODISCARD hr_status cli_type_new(cli_type **out, const struct ArrowSchema *schema,
                                    hr_error *err);
void cli_type_free(cli_type *t);

size_t cli_type_n_children(const cli_type *t);
const cli_type *cli_type_child(const cli_type *t, size_t i);
const char *cli_type_name(const cli_type *t);
bool cli_type_is_number(const cli_type *t); /* is set right-aligned */

/* Adds the value in row `row` (counted from the array's offset); adds nothing for NULL.
 * `date_time_sep` stands between a date and a time: ' ' for people, 'T' for programs. */
cli_cell_kind cli_cell_add(cli_text *out, const cli_type *t, const struct ArrowArray *a,
                           int64_t row, char date_time_sep);

/* Adds a formatted value as JSON: null, a string, or the text itself. */
void cli_cell_add_json(cli_text *out, cli_cell_kind kind, const char *p, size_t n);

#endif
