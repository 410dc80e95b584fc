/* How alerts leave: by HTTP, or through a program. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "headrace/http.h"
#include "pipeline/alerts.h"

extern char **environ;

/* ---- HTTP ---- */

static hr_status client_for(double timeout, hr_http_client **out, hr_error *err)
{
    hr_buf settings = {0};
    hr_http_options options = {.size = sizeof(options)};

    hr_buf_addf(&settings, "{\"timeout\":{\"total\":%.3f},\"retry\":{\"deadline\":%.3f}}", timeout,
                timeout);
    hr_status st = hr_buf_status(&settings, err);
    options.settings = settings.data;
    if (st == HR_OK)
        st = hr_http_client_new(&options, out, err);
    hr_buf_release(&settings);
    return st;
}

hr_status hr_alert_post(const char *url, hr_str json, double timeout, hr_error *err)
{
    static const hr_http_field type = {"Content-Type", "application/json"};
    const hr_http_request request = {.size = sizeof(request),
                                     .method = "POST",
                                     .url = url,
                                     .headers = &type,
                                     .n_headers = 1,
                                     .body = json.p,
                                     .body_size = json.n};
    hr_http_client *client = NULL;
    hr_http_response *response = NULL;

    HR_TRY(client_for(timeout, &client, err));
    hr_status st = hr_http_send(client, &request, &response, err);
    if (st == HR_OK)
        st = hr_http_response_check(response, err);
    hr_http_response_free(response);
    hr_http_client_free(client);
    return st;
}

/* ---- a program ---- */

/* A file in memory, so that a program that reads nothing blocks nobody. */
static hr_status input_file(hr_str json, int *fd, hr_error *err)
{
    size_t done = 0;

    *fd = memfd_create("alert", MFD_CLOEXEC);
    if (*fd < 0)
        return hr_fail_errno(err, errno, "the input of the command");
    while (done < json.n) {
        const ssize_t n = write(*fd, json.p + done, json.n - done);

        if (n < 0)
            return hr_fail_errno(err, errno, "the input of the command");
        done += (size_t)n;
    }
    return lseek(*fd, 0, SEEK_SET) < 0 ? hr_fail_errno(err, errno, "the input of the command")
                                       : HR_OK;
}

static hr_status start(const hr_texts *command, int input, pid_t *pid, hr_error *err)
{
    posix_spawn_file_actions_t files;
    char **argv = hr_calloc(command->n + 1, sizeof(*argv));

    if (!argv)
        return hr_nomem(err);
    for (size_t i = 0; i < command->n; i++)
        argv[i] = (char *)(uintptr_t)command->items[i]; /* posix_spawnp's type lacks a const */
    int why = posix_spawn_file_actions_init(&files);
    if (why == 0) {
        why = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
        if (why == 0)
            why = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
        if (why == 0)
            why = posix_spawnp(pid, argv[0], &files, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&files);
    }
    hr_free(argv);
    return why ? hr_fail_errno(err, why, "%s cannot be run", command->items[0]) : HR_OK;
}

/* Kills what takes too long; either way nothing is left behind. */
static bool ended_in_time(pid_t pid, double timeout)
{
    struct pollfd wait = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    const bool in_time = wait.fd < 0 || poll(&wait, 1, (int)(timeout * 1000)) > 0;

    if (!in_time)
        (void)kill(pid, SIGKILL);
    if (wait.fd >= 0)
        (void)close(wait.fd);
    return in_time;
}

static hr_status finish(const char *program, pid_t pid, double timeout, hr_error *err)
{
    const bool in_time = ended_in_time(pid, timeout);
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!in_time)
        return hr_fail(err, HR_E_REMOTE, "%s had not ended after %g s and was killed", program,
                       timeout);
    if (!WIFEXITED(status))
        return hr_fail(err, HR_E_REMOTE, "%s was ended by a signal", program);
    if (WEXITSTATUS(status))
        return hr_fail(err, HR_E_REMOTE, "%s ended with status %d", program, WEXITSTATUS(status));
    return HR_OK;
}

hr_status hr_alert_run(const hr_texts *command, hr_str json, double timeout, hr_error *err)
{
    int input = -1;
    pid_t pid = -1;
    hr_status st = input_file(json, &input, err);

    if (st == HR_OK)
        st = start(command, input, &pid, err);
    if (st == HR_OK)
        st = finish(command->items[0], pid, timeout, err);
    if (input >= 0)
        (void)close(input);
    return st;
}
