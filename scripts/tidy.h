/* tidy.h -- what clang-tidy cannot see from one source file; only scripts/lint includes it.
 *
 * hr_fail returns the status that it is given, and hr_nomem never HR_OK. Both live in other source
 * files, so the analyzer would follow every `return hr_nomem(err)` as a success too, with nothing
 * in the output parameters, and report their use in the caller. */
#include "base/mem.h"
#include "headrace/error.h"

static inline hr_status hr_tidy_returns(hr_status from_call, hr_status known)
{
    (void)from_call;
    return known;
}

#define hr_fail(err, status, ...) hr_tidy_returns((hr_fail)(err, status, __VA_ARGS__), status)
#define hr_fail_in(err, status, ...) hr_tidy_returns((hr_fail_in)(err, status, __VA_ARGS__), status)
#define hr_fail_errno(...) hr_tidy_returns((hr_fail_errno)(__VA_ARGS__), HR_E_IO)
#define hr_nomem(err) hr_tidy_returns((hr_nomem)(err), HR_E_NOMEM)
