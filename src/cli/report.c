#include "cli/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/text.h"
#include "cli/utf8.h"

/* The one thing that every message depends on; set once, before there are threads. */
static bool as_json;

static const struct outcome {
    const char *name;
    int exit_status;
} outcomes[] = {
    [HR_OK] = {"ok", CLI_EXIT_OK},
    [HR_E_USAGE] = {"usage", CLI_EXIT_USAGE},
    [HR_E_CONFIG] = {"config", CLI_EXIT_USAGE},
    [HR_E_NOMEM] = {"memory", CLI_EXIT_FAILED},
    [HR_E_IO] = {"io", CLI_EXIT_FAILED},
    [HR_E_REMOTE] = {"remote", CLI_EXIT_FAILED},
    [HR_E_PARSE] = {"parse", CLI_EXIT_FAILED},
    [HR_E_SCHEMA] = {"schema", CLI_EXIT_FAILED},
    [HR_E_BUSY] = {"busy", CLI_EXIT_BUSY},
    [HR_E_CANCELLED] = {"cancelled", CLI_EXIT_INTERRUPTED},
    [HR_E_UNSUPPORTED] = {"unsupported", CLI_EXIT_USAGE},
};

static const struct outcome *outcome_of(hr_status status)
{
    static const struct outcome other = {"failed", CLI_EXIT_FAILED};

    return (size_t)status < sizeof(outcomes) / sizeof(outcomes[0]) ? &outcomes[status] : &other;
}

int cli_exit_of(hr_status status)
{
    return outcome_of(status)->exit_status;
}

const char *cli_status_name(hr_status status)
{
    return outcome_of(status)->name;
}

void cli_report_json(bool on)
{
    as_json = on;
}

void cli_report(const char *event, const char *message)
{
    cli_text line = {0};

    if (as_json) {
        cli_text_addf(&line, "{\"event\":\"%s\",\"message\":", event);
        cli_text_add_json(&line, message, strlen(message));
        cli_text_addz(&line, "}\n");
    } else { /* it may quote the data, and a terminal would obey what is in there */
        cli_text_addz(&line, strcmp(event, "warning") == 0 ? "headrace: warning: " : "headrace: ");
        cli_utf8_add_lines(&line, message, strlen(message));
        cli_text_addc(&line, '\n');
    }
    (void)fputs(line.p, stderr);
    cli_text_release(&line);
}

int cli_fail(hr_status status, const char *fmt, ...)
{
    char message[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    cli_report("error", message);
    return cli_exit_of(status);
}

int cli_fail_with(const hr_error *err)
{
    return cli_fail(err->status, "%s", err->msg[0] ? err->msg : "it failed without a reason");
}

int cli_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    hr_error err = {0};
    (void)hr_fail_errno(&err, errno, "standard output could not be written");
    (void)cli_fail_with(&err);
    return status == CLI_EXIT_OK ? CLI_EXIT_FAILED : status;
}
