/* http_rate.c -- how many requests a second the HTTP client makes: http_rate URL COUNT CONCURRENCY
 *
 * Prints requests, seconds and seconds of CPU of the client. */
#include <headrace/headrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Keeps `concurrency` requests under way until all are answered. */
static hr_status ask(hr_http_flow *flow, const char *url, long count, long concurrency,
                     hr_error *err)
{
    const hr_http_request request = {.size = sizeof(request), .url = url};
    long sent = 0;

    for (long answered = 0; answered < count; answered++) {
        hr_http_response *response = NULL;

        for (; sent < count && sent - answered < concurrency; sent++)
            if (hr_http_submit(flow, &request, err) != HR_OK)
                return err->status;
        if (hr_http_next(flow, &response, err) != HR_OK)
            return err->status;
        if (hr_http_response_check(response, err) != HR_OK) {
            hr_http_response_free(response);
            return err->status;
        }
        hr_http_response_free(response);
    }
    return HR_OK;
}

int main(int argc, char **argv)
{
    hr_error err = {0};
    hr_http_client *client = NULL;
    hr_http_flow *flow = NULL;
    char settings[64];

    if (argc != 4)
        return 2;
    const long count = strtol(argv[2], NULL, 10), concurrency = strtol(argv[3], NULL, 10);
    snprintf(settings, sizeof(settings), "{\"concurrency\": %ld}", concurrency);
    const hr_http_options options = {.size = sizeof(options), .settings = settings};
    hr_status st = hr_http_client_new(&options, &client, &err);
    if (st == HR_OK)
        st = hr_http_flow_new(client, &flow, &err);
    const double began = now();
    if (st == HR_OK)
        st = ask(flow, argv[1], count, concurrency, &err);
    if (st == HR_OK)
        printf("%ld %.3f %.3f\n", count, now() - began, cpu());
    else
        fprintf(stderr, "http_rate: %s\n", err.msg);
    hr_http_flow_free(flow);
    hr_http_client_free(client);
    return st == HR_OK ? 0 : 1;
}
