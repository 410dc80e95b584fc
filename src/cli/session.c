#include "cli/session.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/hints.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/text.h"

/* What a signal handler can see. */
static _Atomic(hr_pipeline *) caught_by;
static _Atomic(int64_t) asked_at; /* when the first signal came; 0: none did */

/* timeout(1) sends one to the program and one to its group; a hand at Ctrl-C is slower. */
enum { SAME_SIGNAL_MS = 1000 };

static hr_pipeline_options options_of(cli_session *s, const cli_args *args,
                                      const cli_text *settings)
{
    return (hr_pipeline_options){
        .size = sizeof(hr_pipeline_options),
        .name = args->pipeline,
        .pipelines_dir = args->pipelines_dir,
        .destination = args->to,
        .dataset = args->dataset,
        .memory_limit = args->mem.n,
        .workers = (unsigned)args->workers.n,
        .settings = settings->p,
        .dry_run = args->dry_run,
        .on_event = cli_progress_event,
        .event_ctx = &s->progress,
    };
}

static void begin(cli_session *s, cli_progress_mode progress)
{
    s->pipeline = NULL;
    cli_report_json(progress == CLI_PROGRESS_JSON);
    cli_progress_init(&s->progress, stderr, progress);
}

static int finish_opening(cli_session *s, hr_status st, const hr_error *err)
{
    if (st == HR_OK)
        return CLI_EXIT_OK;
    cli_progress_release(&s->progress);
    return cli_fail_with(err);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t n_end = strlen(end);

    return n > n_end && strcmp(text + n - n_end, end) == 0;
}

/* --pipeline shop.yaml: the pipeline that this file describes. */
static bool names_file(const char *pipeline)
{
    return pipeline && (ends_with(pipeline, ".yaml") || ends_with(pipeline, ".yml") ||
                        ends_with(pipeline, ".json"));
}

static hr_status open_place(cli_session *s, const cli_args *args, const cli_text *settings,
                            hr_error *err)
{
    hr_file_options options = {
        .size = sizeof(options),
        .path = args->pipeline,
        .pipeline = options_of(s, args, settings),
        .without_source = true,
    };

    options.pipeline.name = NULL;
    return hr_pipeline_open_file(&s->pipeline, &options, err);
}

int cli_session_open(cli_session *s, const cli_args *args, cli_progress_mode progress)
{
    cli_text settings = {0};
    hr_error err = {0};

    begin(s, progress);
    hr_status st = cli_settings_of(args, &settings, &err);
    const hr_pipeline_options options = options_of(s, args, &settings);
    if (st == HR_OK && names_file(args->pipeline))
        st = open_place(s, args, &settings, &err);
    else if (st == HR_OK)
        st = hr_pipeline_open(&s->pipeline, &options, &err);
    cli_text_release(&settings);
    return finish_opening(s, st, &err);
}

/* "a,b" in pieces, which the caller frees with the list, items first. */
static char **split_names(const char *names, size_t *n)
{
    char **list = cli_alloc(strlen(names) + 1, sizeof(*list));

    *n = 0;
    for (const char *c = names; *c;) {
        const size_t length = strcspn(c, ",");

        if (length)
            list[(*n)++] = cli_copy(c, length);
        c += length + (c[length] == ',');
    }
    return list;
}

int cli_session_open_file(cli_session *s, const cli_args *args, const char *path,
                          cli_progress_mode progress)
{
    size_t n = 0;
    char **select = split_names(args->select ? args->select : "", &n);
    cli_text hints = {0};
    cli_text settings = {0};
    hr_error err = {0};

    begin(s, progress);
    hr_status st = names_file(args->pipeline)
                       ? hr_fail(&err, HR_E_USAGE,
                                 "%s describes the pipeline, so --pipeline takes a name", path)
                       : cli_hints_of(args, &hints, &err);
    if (st == HR_OK)
        st = cli_settings_of(args, &settings, &err);
    const hr_file_options options = {
        .size = sizeof(options),
        .path = path,
        .pipeline = options_of(s, args, &settings),
        .select = (const char *const *)select,
        .n_select = n,
        .limit = args->limit.n,
        .hints = hints.p,
    };
    if (st == HR_OK)
        st = hr_pipeline_open_file(&s->pipeline, &options, &err);
    for (size_t i = 0; i < n; i++)
        free(select[i]);
    free(select);
    cli_text_release(&hints);
    cli_text_release(&settings);
    return finish_opening(s, st, &err);
}

void cli_session_close(cli_session *s)
{
    /* A signal from here on has nothing to cancel and ends the program. */
    atomic_store(&caught_by, NULL);
    hr_pipeline_close(s->pipeline);
    s->pipeline = NULL;
    cli_progress_release(&s->progress);
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_signal(int number)
{
    hr_pipeline *p = atomic_load(&caught_by);
    const int64_t now = now_ms();
    int64_t first = 0;

    (void)number;
    if (!atomic_compare_exchange_strong(&asked_at, &first, now) && now - first < SAME_SIGNAL_MS)
        return;
    if (!p || first)
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

int cli_ask(const cli_args *args, cli_question *ask, cli_show *show)
{
    cli_session s;
    hr_error err = {0};
    char *json = NULL;
    int status = cli_session_open(&s, args, CLI_PROGRESS_NONE);

    if (status != CLI_EXIT_OK)
        return status;
    if (ask(s.pipeline, &json, &err) == HR_OK) {
        yyjson_doc *doc = cli_json_take(json);

        status = show(s.pipeline, yyjson_doc_get_root(doc), args);
        yyjson_doc_free(doc);
    } else {
        status = cli_fail_with(&err);
    }
    cli_session_close(&s);
    return status;
}
