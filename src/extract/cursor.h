/* cursor.h -- values of a cursor: how they compare, and how they stand in the state.
 *
 * Numbers compare as numbers, exactly, whether integers, decimals or doubles. Texts that are ISO
 * dates or instants ("2024-01-31...") compare as instants, whatever their zone and precision,
 * without a zone as UTC, a date as its midnight; they come before all other texts, which compare
 * byte by byte. A number and a text do not compare. In the state, values are as they came; dates,
 * instants and decimals that came typed are texts behind one private-use character, as dlt
 * writes them. Pure and thread-safe. */
#ifndef HR_EXTRACT_CURSOR_H
#define HR_EXTRACT_CURSOR_H

#include <yyjson.h>

#include "base/buf.h"
#include "value/convert.h"

typedef enum hr_cursor_kind {
    HR_CURSOR_NONE = 0,
    HR_CURSOR_EXACT, /* n / 10^scale */
    HR_CURSOR_REAL,
    HR_CURSOR_INSTANT,
    HR_CURSOR_TEXT,
} hr_cursor_kind;

typedef struct hr_cursor {
    hr_cursor_kind kind;
    int scale;
    union {
        hr_int128 n;
        double d;
        int64_t micros;
    };
    uint64_t finer; /* INSTANT: digits of the fraction after the sixth, in 10^-18 s */
    hr_str text;    /* borrowed; as the state has it. .p == NULL: a number */
} hr_cursor;

/* False: of no type that a cursor may have (null, bool, object, list, not finite). */
bool hr_cursor_of_text(hr_str text, hr_cursor *out);
bool hr_cursor_of_json(yyjson_val *v, hr_cursor *out);
bool hr_cursor_of_state(yyjson_mut_val *v, hr_cursor *out);

/* What a value is called in messages: "number", "instant", "text". */
const char *hr_cursor_kind_name(const hr_cursor *c);

/* Whether two values have an order; *order < 0: a comes first, 0: they are equal. */
bool hr_cursor_compare(const hr_cursor *a, const hr_cursor *b, int *order);

/* Whether they are of different values, or one is none. */
bool hr_cursors_differ(const hr_cursor *a, const hr_cursor *b);

/* For messages: the value, a text in quotes; appended. */
void hr_cursor_show(const hr_cursor *c, hr_buf *out);

/* As a value of a document; NULL: out of memory. */
yyjson_mut_val *hr_cursor_to_doc(const hr_cursor *c, yyjson_mut_doc *doc);

/* The same as JSON text; appended. */
HR_NODISCARD hr_status hr_cursor_write(const hr_cursor *c, hr_buf *out, hr_error *err);

/* A value with its text in memory of its own. Zero is empty. */
typedef struct hr_cursor_copy {
    hr_cursor v;
    hr_buf text;
} hr_cursor_copy;

bool hr_cursor_keep(hr_cursor_copy *into, const hr_cursor *v); /* false: out of memory */
void hr_cursor_copy_release(hr_cursor_copy *c);

#endif
