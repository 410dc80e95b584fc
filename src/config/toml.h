/* toml.h -- TOML as a document, with the places of its values. Dates and times become texts. */
#ifndef HR_CONFIG_TOML_H
#define HR_CONFIG_TOML_H

#include "config/doc.h"

enum { HR_TOML_BYTES = 1 << 20 };

/* As hr_doc_parse_yaml; an empty text is an empty object. */
HR_NODISCARD hr_status hr_doc_parse_toml(hr_doc **out, hr_str text, const char *name,
                                         hr_error *err);

#endif
