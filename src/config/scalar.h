/* scalar.h -- what a plain scalar of YAML means, by the core schema of YAML 1.2. */
#ifndef HR_CONFIG_SCALAR_H
#define HR_CONFIG_SCALAR_H

#include <yyjson.h>

#include "base/str.h"

/* A value in `doc`. NULL: out of memory, or *why says what it cannot be (a constant text). */
yyjson_mut_val *hr_scalar_core(yyjson_mut_doc *doc, hr_str text, const char **why);

#endif
