/* http_pages.c -- the HTTP client by itself: the pages of an API, several at once.
 *
 *   cc -std=c17 http_pages.c $(pkg-config --cflags --libs headrace) -o http_pages
 *   ./http_pages https://api.github.com/repos/duckdb/duckdb/events 5
 *
 * Answers come in the order in which they are ready; what has to be waited for or sent again is
 * told on standard error. With ACCESS_TOKEN in the environment, requests carry it, to that host
 * only. Compiles as C17 and as C++17. */
#include <headrace/headrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_event(void *ctx, const hr_event *event)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", event->message);
}

/* The keys are those of `client` in a pipeline file: docs/http-client.md. */
static hr_status open_client(hr_http_client **client, hr_error *err)
{
    static char settings[1024];
    const char *token = getenv("ACCESS_TOKEN");
    hr_http_options options;

    (void)snprintf(settings, sizeof(settings),
                   "{\"concurrency\": 4, \"retry\": {\"backoff_factor\": 0.1}%s%s%s}",
                   token ? ", \"auth\": {\"type\": \"bearer\", \"token\": \"" : "",
                   token ? token : "", token ? "\"}" : "");
    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    options.settings = settings;
    options.on_event = on_event;
    return hr_http_client_new(&options, client, err);
}

static hr_status submit_page(hr_http_flow *flow, const char *url, long page, hr_error *err)
{
    char number[32];
    hr_http_field param;
    hr_http_request request;

    (void)snprintf(number, sizeof(number), "%ld", page);
    param.name = "page";
    param.value = number;
    memset(&request, 0, sizeof(request));
    request.size = sizeof(request);
    request.url = url;
    request.params = &param;
    request.n_params = 1;
    return hr_http_submit(flow, &request, err);
}

static hr_status fetch(hr_http_flow *flow, const char *url, long pages, hr_error *err)
{
    for (long page = 1; page <= pages; page++)
        HR_TRY(submit_page(flow, url, page, err));
    while (hr_http_outstanding(flow)) {
        hr_http_response *response = NULL;
        size_t n = 0;

        HR_TRY(hr_http_next(flow, &response, err));

        const hr_status status = hr_http_response_check(response, err);

        (void)hr_http_response_body(response, &n);
        if (status == HR_OK)
            (void)printf("%s: %zu bytes\n", hr_http_response_url(response), n);
        hr_http_response_free(response);
        HR_TRY(status);
    }
    return HR_OK;
}

int main(int argc, char **argv)
{
    hr_http_client *client = NULL;
    hr_http_flow *flow = NULL;
    hr_error err;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: http_pages URL PAGES\n");
        return 2;
    }

    hr_status status = open_client(&client, &err);

    if (status == HR_OK)
        status = hr_http_flow_new(client, &flow, &err);
    if (status == HR_OK)
        status = fetch(flow, argv[1], strtol(argv[2], NULL, 10), &err);
    if (status != HR_OK)
        (void)fprintf(stderr, "http_pages: %s\n", err.msg);
    hr_http_flow_free(flow);
    hr_http_client_free(client);
    return status == HR_OK ? 0 : 1;
}
