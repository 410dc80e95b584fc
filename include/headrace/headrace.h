/* headrace/headrace.h -- everything: include this. */
#ifndef HEADRACE_HEADRACE_H
#define HEADRACE_HEADRACE_H

#include "headrace/arrow.h"
#include "headrace/config.h"
#include "headrace/error.h"
#include "headrace/events.h"
#include "headrace/file.h"
#include "headrace/http.h"
#include "headrace/pipeline.h"
#include "headrace/rest_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0"; static. */
HR_API const char *hr_version(void);

/* Frees memory that a headrace call said the caller owns. NULL is fine. */
HR_API void hr_free(void *p);

/* The nearest of `words` (ended by NULL), what a misspelt word was probably meant to be; NULL when
 * none is near: at most one letter in three wrong, missing, too many or swapped, or the start of
 * exactly one word. */
HR_API const char *hr_suggest(const char *word, const char *const *words);

#ifdef __cplusplus
}
#endif

#endif
