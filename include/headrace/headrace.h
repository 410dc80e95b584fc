/* headrace/headrace.h -- everything: include this. */
#ifndef HEADRACE_HEADRACE_H
#define HEADRACE_HEADRACE_H

#include "headrace/arrow.h"
#include "headrace/error.h"
#include "headrace/events.h"
#include "headrace/pipeline.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0"; static. */
HR_API const char *hr_version(void);

/* Frees memory that a headrace call said the caller owns. NULL is fine. */
HR_API void hr_free(void *p);

#ifdef __cplusplus
}
#endif

#endif
