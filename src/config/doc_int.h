/* doc_int.h -- what the files that make documents share. */
#ifndef HR_CONFIG_DOC_INT_H
#define HR_CONFIG_DOC_INT_H

#include "config/doc.h"

/* An empty document with this name; NULL: out of memory. */
hr_doc *hr_doc_new(const char *name);

/* Copies what was read into the document: its values, and the places of all `n` of them. */
hr_status hr_doc_fill(hr_doc *doc, yyjson_mut_doc *json, const hr_place *places, size_t n,
                      hr_error *err);

#endif
