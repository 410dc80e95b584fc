/* session.h -- a pipeline opened as the command line says. */
#ifndef HR_CLI_SESSION_H
#define HR_CLI_SESSION_H

#include <yyjson.h>

#include "cli/args.h"
#include "cli/progress.h"
#include "headrace/headrace.h"

typedef struct cli_session {
    hr_pipeline *pipeline;
    cli_progress progress;
} cli_session;

/* The pipeline that --pipeline names, or whose file it names. On failure the message is out and the
 * exit status is returned, else 0; then the caller owes cli_session_close(). */
int cli_session_open(cli_session *s, const cli_args *args, cli_progress_mode progress);
/* Likewise for the pipeline that a file describes; the command line wins over the file. */
int cli_session_open_file(cli_session *s, const cli_args *args, const char *path,
                          cli_progress_mode progress);
void cli_session_close(cli_session *s);

/* From now on SIGINT and SIGTERM cancel the run of this session; the second one exits at once. */
void cli_session_catch_signals(cli_session *s);

/* Opens the pipeline that the command line names, asks it for a JSON text (hr_pipeline_state and
 * its like), and hands the answer to `show`. Returns the exit status: that of `show`, or of what
 * failed before. */
typedef hr_status cli_question(hr_pipeline *p, char **json, hr_error *err);
typedef int cli_show(hr_pipeline *p, yyjson_val *answer, const cli_args *args);

int cli_ask(const cli_args *args, cli_question *ask, cli_show *show);

#endif
