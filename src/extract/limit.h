/* limit.h -- a step that lets the first items of a resource pass, and no more. */
#ifndef HR_EXTRACT_LIMIT_H
#define HR_EXTRACT_LIMIT_H

#include "base/arena.h"
#include "extract/step.h"

/* Exact when one worker reads the pages. All of it lies in the arena. */
HR_NODISCARD hr_status hr_limit_step(hr_step *out, hr_arena *arena, uint64_t most, hr_error *err);

#endif
