/* doc_int.h -- what the files that make documents share. */
#ifndef HR_CONFIG_DOC_INT_H
#define HR_CONFIG_DOC_INT_H

#include "config/doc.h"

/* An empty document with this name; NULL: out of memory. */
hr_doc *hr_doc_new(const char *name);

#endif
