#include "cli/query.h"

#include <inttypes.h>

#include "cli/rows.h"
#include "cli/style.h"

hr_status cli_query_show(cli_session *s, const cli_args *args, const char *sql, uint64_t limit,
                         hr_error *err)
{
    const cli_format format = args->json ? CLI_FORMAT_JSON : (cli_format)args->format;
    const cli_style style = cli_style_of(stdout);
    struct ArrowArrayStream stream = {0};
    bool more = false;

    HR_TRY(hr_pipeline_query(s->pipeline, sql, &stream, err));
    const hr_status st = cli_rows_write(&style, format, &stream, limit, &more, err);
    stream.release(&stream);
    (void)fflush(stdout); /* before the note, where both go to one terminal */
    if (st == HR_OK && more && !args->limit.given)
        (void)fprintf(stderr, "headrace: the first %" PRIu64 " rows; --limit 0 shows all\n", limit);
    return st;
}
