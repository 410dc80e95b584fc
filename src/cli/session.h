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

/* On failure the message is out and the exit status is returned, else 0; then the caller owes
 * cli_session_close(). */
int cli_session_open(cli_session *s, const cli_args *args, cli_progress_mode progress);
void cli_session_close(cli_session *s);

/* From now on SIGINT and SIGTERM cancel the run of this session; the second one exits at once. */
void cli_session_catch_signals(cli_session *s);

/* Reads a JSON text that the library returned, and frees it. NULL: not JSON. */
yyjson_doc *cli_json_take(char *text);

/* A member of an object as text; `otherwise` when it is absent, null or not a text. */
const char *cli_json_text(yyjson_val *object, const char *key, const char *otherwise);
uint64_t cli_json_count(yyjson_val *object, const char *key);
double cli_json_real(yyjson_val *object, const char *key);

#endif
