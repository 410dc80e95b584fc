#include "cli/session.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "cli/hints.h"
#include "cli/report.h"

/* What a signal handler can see. */
static _Atomic(hr_pipeline *) caught_by;
static atomic_flag asked = ATOMIC_FLAG_INIT;

int cli_session_open(cli_session *s, const cli_args *args, cli_progress_mode progress)
{
    cli_text settings = {0};
    cli_settings_of(args, &settings);
    const hr_pipeline_options options = {
        .size = sizeof(options),
        .name = args->pipeline,
        .pipelines_dir = args->pipelines_dir,
        .destination = args->to,
        .dataset = args->dataset,
        .memory_limit = args->mem.n,
        .workers = (unsigned)args->workers.n,
        .settings = settings.p,
        .on_event = cli_progress_event,
        .event_ctx = &s->progress,
    };
    hr_error err = {0};

    s->pipeline = NULL;
    cli_report_json(progress == CLI_PROGRESS_JSON);
    cli_progress_init(&s->progress, stderr, progress);
    const hr_status st = hr_pipeline_open(&s->pipeline, &options, &err);
    cli_text_release(&settings);
    if (st == HR_OK)
        return CLI_EXIT_OK;
    cli_progress_release(&s->progress);
    return cli_fail_with(&err);
}

void cli_session_close(cli_session *s)
{
    /* A signal from here on has nothing to cancel and ends the program. */
    atomic_store(&caught_by, NULL);
    hr_pipeline_close(s->pipeline);
    s->pipeline = NULL;
    cli_progress_release(&s->progress);
}

static void on_signal(int number)
{
    hr_pipeline *p = atomic_load(&caught_by);

    (void)number;
    if (!p || atomic_flag_test_and_set(&asked))
        _exit(CLI_EXIT_INTERRUPTED);
    hr_pipeline_cancel(p);
}

void cli_session_catch_signals(cli_session *s)
{
    struct sigaction catch = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    atomic_store(&caught_by, s->pipeline);
    (void)sigemptyset(&catch.sa_mask);
    (void)sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGINT, &catch, NULL);
    (void)sigaction(SIGTERM, &catch, NULL);
    /* A reader of our messages that goes away must not cut a load off. */
    (void)sigaction(SIGPIPE, &ignore, NULL);
}
