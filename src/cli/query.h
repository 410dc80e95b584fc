/* query.h -- the commands that run SQL and show what comes back. */
#ifndef HR_CLI_QUERY_H
#define HR_CLI_QUERY_H

#include "cli/args.h"
#include "cli/session.h"

/* Shows at most `limit` rows (0: all). When there are more, and the user has not set the limit,
 * it says so. */
HR_NODISCARD hr_status cli_query_show(cli_session *s, const cli_args *args, const char *sql,
                                      uint64_t limit, hr_error *err);

#endif
