/* package_int.h -- what the files of this folder share. */
#ifndef HR_PACKAGE_PACKAGE_INT_H
#define HR_PACKAGE_PACKAGE_INT_H

#include "package/package.h"

/* A file for batches like this one; without a name. NULL: out of memory. */
hr_package_file *hr_package_file_new(const hr_batch *like, hr_error *err);
void hr_package_file_free(hr_package_file *f);

/* Whether the batch has just the columns of the file. */
bool hr_package_file_has(const hr_package_file *f, const hr_batch *batch);

bool hr_arrow_field_eq(const hr_arrow_field *a, const hr_arrow_field *b);

/* The manifest as text / from text into `p`, whose dir and load_id are set. HR_E_PARSE: not a
 * manifest, or one that cannot be right (ranges, types, names that leave the folder). */
hr_status hr_manifest_write(const hr_package *p, hr_buf *out, hr_error *err);
hr_status hr_manifest_parse(hr_package *p, hr_str text, hr_error *err);

#endif
