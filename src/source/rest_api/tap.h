/* tap.h -- what children need of their parent's rows, on its way from the one to the others.
 *
 * The last step of a parent's rows notes the fields of each row, by page, in a file; when all rows
 * are through, the children read them in the order of the pages. So memory does not grow with the
 * number of parents. The file has no name: it is gone with the process. */
#ifndef HR_SOURCE_REST_API_TAP_H
#define HR_SOURCE_REST_API_TAP_H

#include "extract/step.h"
#include "source/rest_api/plan.h"

typedef struct hr_tap hr_tap;

/* `folder` is there. Borrows `r`, which has taps. */
HR_NODISCARD hr_status hr_tap_new(hr_tap **out, const hr_rest_resource *r, const char *folder,
                                  hr_error *err);
void hr_tap_free(hr_tap *t);

/* The step; it drops the rows when the resource is not wanted itself. */
hr_step hr_tap_step(hr_tap *t);

/* One reader of the rows, after the step was closed. */
typedef struct hr_tap_reader {
    const hr_tap *tap;
    size_t page;
    char *text; /* of that page */
    size_t cap, len, pos;
} hr_tap_reader;

void hr_tap_read(hr_tap_reader *r, const hr_tap *t);
/* The next row: an array of the values of the resource's taps. *out == NULL: there is no more.
 * The caller frees it with yyjson_doc_free. */
HR_NODISCARD hr_status hr_tap_next(hr_tap_reader *r, yyjson_doc **out, hr_error *err);
void hr_tap_reader_release(hr_tap_reader *r);

#endif
