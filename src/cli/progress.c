#include "cli/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/style.h"
#include "cli/utf8.h"

static const double live_interval = 0.1;
static const double log_interval = 5;

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool can_redraw(FILE *out)
{
    const char *term = getenv("TERM");

    return cli_style_width(out) > 0 && term && term[0] && strcmp(term, "dumb") != 0;
}

void cli_progress_init(cli_progress *p, FILE *out, cli_progress_mode mode)
{
    *p = (cli_progress){.out = out, .mode = mode};
    if (mode == CLI_PROGRESS_AUTO)
        p->mode = can_redraw(out) ? CLI_PROGRESS_LIVE : CLI_PROGRESS_NONE;
    if (p->mode == CLI_PROGRESS_LIVE)
        (void)cli_utf8_init();
    if (mode == CLI_PROGRESS_LOG)
        p->next = now() + log_interval;
}

/* /proc/self/statm: pages of the program, then those of them in memory. */
uint64_t cli_progress_memory(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    char line[128] = "";

    if (!f)
        return 0;
    const char *second = fgets(line, sizeof(line), f) ? strchr(line, ' ') : NULL;
    (void)fclose(f);
    return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* Seconds to go, judged by the part that is done; negative: unknown. */
static double time_left(const hr_event *e)
{
    double part = 0;

    if (e->bytes_total)
        part = (double)e->bytes_read / (double)e->bytes_total;
    else if (e->rows_total)
        part = (double)e->rows / (double)e->rows_total;
    if (e->done || part <= 0 || part > 1 || e->seconds < 1)
        return -1;
    return e->seconds * (1 - part) / part;
}

void cli_progress_describe(cli_text *out, const hr_event *e, uint64_t memory, const char *sep)
{
    const double left = time_left(e);

    if (e->bytes) {
        cli_text_add_bytes(out, e->bytes);
        cli_text_addz(out, sep);
    }
    cli_text_add_count(out, e->rows);
    cli_text_addz(out, e->rows == 1 ? " row" : " rows");
    if (e->rows && e->seconds > 0) {
        cli_text_addz(out, sep);
        cli_text_add_count(out, (uint64_t)((double)e->rows / e->seconds));
        cli_text_addz(out, " rows/s");
    }
    if (left >= 0) {
        cli_text_addz(out, sep);
        cli_text_add_seconds(out, left);
        cli_text_addz(out, " left");
    }
    if (memory) {
        cli_text_addz(out, sep);
        cli_text_add_bytes(out, memory);
        cli_text_addz(out, " memory");
    }
}

static void erase(cli_progress *p)
{
    if (p->drawn)
        (void)fputs("\r\033[K", p->out);
    p->drawn = false;
}

static void draw(cli_progress *p, const hr_event *e)
{
    const unsigned width = cli_style_width(p->out);

    cli_text_reset(&p->line);
    cli_text_addf(&p->line, "%s%s", e->step, e->resource ? " " : "");
    if (e->resource)
        cli_utf8_add_visible(&p->line, e->resource, strlen(e->resource));
    cli_text_addz(&p->line, "  ");
    cli_progress_describe(&p->line, e, cli_progress_memory(), "  ");

    /* A line that fills the last column would wrap and could not be wiped away. */
    const size_t n = cli_utf8_fit(p->line.p, p->line.n, width > 1 ? width - 1 : 79);
    (void)fprintf(p->out, "\r%.*s\033[K", (int)n, p->line.p);
    (void)fflush(p->out);
    p->drawn = true;
}

static void log_line(cli_progress *p, const hr_event *e)
{
    cli_text_reset(&p->line);
    cli_text_addf(&p->line, "headrace: %s%s%s%s: ", e->step, e->resource ? " " : "",
                  e->resource ? e->resource : "", e->done ? " done" : "");
    cli_progress_describe(&p->line, e, cli_progress_memory(), ", ");
    (void)fprintf(p->out, "%s\n", p->line.p);
}

static void json_line(cli_progress *p, const hr_event *e)
{
    cli_text *t = &p->line;

    cli_text_reset(t);
    cli_text_addz(t, "{\"event\":\"progress\",\"step\":");
    cli_text_add_json(t, e->step, strlen(e->step));
    cli_text_addz(t, ",\"resource\":");
    if (e->resource)
        cli_text_add_json(t, e->resource, strlen(e->resource));
    else
        cli_text_addz(t, "null");
    cli_text_addf(t, ",\"bytes\":%" PRIu64 ",\"bytes_read\":%" PRIu64 ",\"bytes_total\":%" PRIu64,
                  e->bytes, e->bytes_read, e->bytes_total);
    cli_text_addf(t, ",\"rows\":%" PRIu64 ",\"rows_total\":%" PRIu64 ",\"seconds\":%.3f", e->rows,
                  e->rows_total, e->seconds);
    cli_text_addf(t, ",\"memory\":%" PRIu64 ",\"done\":%s}", cli_progress_memory(),
                  e->done ? "true" : "false");
    (void)fprintf(p->out, "%s\n", t->p);
}

/* The last event of a step is never dropped, except by the live line. */
static bool is_due(cli_progress *p, const hr_event *e)
{
    const double t = now();

    if (t < p->next && !(e->done && p->mode != CLI_PROGRESS_LIVE))
        return false;
    p->next = t + (p->mode == CLI_PROGRESS_LOG ? log_interval : live_interval);
    return true;
}

static void show_progress(cli_progress *p, const hr_event *e)
{
    if (p->mode == CLI_PROGRESS_NONE || !is_due(p, e))
        return;
    switch (p->mode) {
    case CLI_PROGRESS_LIVE:
        draw(p, e);
        break;
    case CLI_PROGRESS_LOG:
        log_line(p, e);
        break;
    default:
        json_line(p, e);
        break;
    }
}

void cli_progress_event(void *ctx, const hr_event *event)
{
    cli_progress *p = ctx;

    switch (event->kind) {
    case HR_EVENT_PROGRESS:
        show_progress(p, event);
        break;
    case HR_EVENT_NOTICE:
        erase(p);
        cli_report("notice", event->message);
        break;
    case HR_EVENT_WARNING:
        erase(p);
        cli_report("warning", event->message);
        break;
    }
}

void cli_progress_release(cli_progress *p)
{
    erase(p);
    if (p->out)
        (void)fflush(p->out);
    cli_text_release(&p->line);
}
