#include "arrow/stream.h"

hr_status hr_stream_failed(struct ArrowArrayStream *s, hr_error *err)
{
    const char *const why = s->get_last_error ? s->get_last_error(s) : NULL;

    return hr_fail(err, HR_E_REMOTE, "%s", why && why[0] ? why : "no reason told");
}
