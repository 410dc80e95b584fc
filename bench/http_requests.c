/* http_requests URL N CONCURRENCY -- N requests through headrace/http.h; prints how many a second,
 * and how many a second of the client's CPU. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "headrace/headrace.h"

static double cpu_seconds(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double wall_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static hr_status run(hr_http_flow *f, const char *url, long n, long concurrency, size_t *bytes,
                     hr_error *err)
{
    const hr_http_request request = {.size = sizeof(request), .url = url};
    long submitted = 0;

    while (submitted < n || hr_http_outstanding(f)) {
        hr_http_response *r = NULL;
        size_t size = 0;

        if (submitted < n && hr_http_outstanding(f) < (size_t)concurrency) {
            HR_TRY(hr_http_submit(f, &request, err));
            submitted++;
            continue;
        }
        HR_TRY(hr_http_next(f, &r, err));

        const hr_status st = hr_http_response_check(r, err);

        (void)hr_http_response_body(r, &size);
        *bytes += size;
        hr_http_response_free(r);
        HR_TRY(st);
    }
    return HR_OK;
}

int main(int argc, char **argv)
{
    char settings[64];
    const hr_http_options options = {.size = sizeof(options), .settings = settings};
    hr_http_client *c = NULL;
    hr_http_flow *f = NULL;
    hr_error err = {0};
    size_t bytes = 0;

    if (argc != 4)
        return 2;

    const long n = strtol(argv[2], NULL, 10);
    const long concurrency = strtol(argv[3], NULL, 10);

    (void)snprintf(settings, sizeof(settings), "{\"concurrency\": %ld}", concurrency);
    if (hr_http_client_new(&options, &c, &err) != HR_OK || hr_http_flow_new(c, &f, &err) != HR_OK) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }

    const double cpu = cpu_seconds();
    const double wall = wall_seconds();
    const hr_status st = run(f, argv[1], n, concurrency, &bytes, &err);

    if (st == HR_OK)
        (void)printf("%ld requests, %zu bytes: %.0f requests/s, %.0f requests/s of client CPU\n", n,
                     bytes, (double)n / (wall_seconds() - wall), (double)n / (cpu_seconds() - cpu));
    else
        (void)fprintf(stderr, "%s\n", err.msg);
    hr_http_flow_free(f);
    hr_http_client_free(c);
    return st == HR_OK ? 0 : 1;
}
