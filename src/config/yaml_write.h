/* yaml_write.h -- a document as YAML, for people to read and change.
 *
 * In the form of PyYAML's block style. Texts that YAML 1.1 or 1.2 would take for something else
 * are quoted, so both read back what was written. */
#ifndef HR_CONFIG_YAML_WRITE_H
#define HR_CONFIG_YAML_WRITE_H

#include <yyjson.h>

#include "base/buf.h"

/* Appends `v`; its numbers may be raw (json/json.h). Only memory can be missing. */
HR_NODISCARD hr_status hr_yaml_write(yyjson_mut_val *v, hr_buf *out, hr_error *err);

#endif
