/* github_events.c -- pipeline.yaml as a program: the same events, by libheadrace's HTTP client.
 *
 *   cc -std=c17 github_events.c $(pkg-config --cflags --libs headrace) -o github_events
 *
 * The client authenticates, waits for rate limits, and repeats what failed; the program follows the
 * Link header and hands the pages to a pipeline as they come. With a pipeline file there is less to
 * write: hr_pipeline_open_file("pipeline.yaml") and hr_pipeline_run. Compiles as C17 and as C++17.
 */
#include <headrace/headrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Pages ---- */

typedef struct pages {
    hr_http_client *client;
    hr_http_response *page; /* the one that is being read; its body is borrowed by the pipeline */
    char next[1024];        /* its address; "" after the last page */
} pages;

/* The address in a Link header of GitHub's: <https://...>; rel="next", <https://...>; rel="last" */
static void find_next(const char *link, char *next, size_t size)
{
    const char *rel = link ? strstr(link, ">; rel=\"next\"") : NULL;
    const char *from = rel;

    next[0] = '\0';
    while (from && from > link && *from != '<')
        from--;
    if (from && (size_t)(rel - from) < size) {
        memcpy(next, from + 1, (size_t)(rel - from) - 1);
        next[rel - from - 1] = '\0';
    }
}

static hr_status next_page(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    pages *p = (pages *)ctx;
    hr_http_request request;
    hr_status st;

    *n = 0;
    if (!p->next[0])
        return HR_OK; /* no bytes: the end */
    memset(&request, 0, sizeof(request));
    request.size = sizeof(request);
    request.url = p->next;
    hr_http_response_free(p->page);
    p->page = NULL;
    st = hr_http_send(p->client, &request, &p->page, err);
    if (st == HR_OK)
        st = hr_http_response_check(p->page, err);
    if (st == HR_OK) {
        find_next(hr_http_response_header(p->page, "Link", 0), p->next, sizeof(p->next));
        *bytes = hr_http_response_body(p->page, n);
    }
    return st;
}

/* ---- The pipeline ---- */

static void print_event(void *ctx, const hr_event *event)
{
    (void)ctx;
    if (event->kind == HR_EVENT_NOTICE || event->kind == HR_EVENT_WARNING)
        fprintf(stderr, "%s\n", event->message);
}

static hr_status open_client(const char *api, hr_http_client **client, hr_error *err)
{
    const char *token = getenv("ACCESS_TOKEN");
    char settings[1024];
    hr_http_options options;

    snprintf(settings, sizeof(settings),
             token ? "{\"base_url\": \"%s\", \"auth\": {\"type\": \"bearer\", \"token\": \"%s\"}}"
                   : "{\"base_url\": \"%s\"}",
             api, token);
    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    options.settings = settings;
    options.on_event = print_event;
    return hr_http_client_new(&options, client, err);
}

static hr_status load(pages *p, hr_error *err)
{
    hr_pipeline *pipeline = NULL;
    hr_pipeline_options options;
    hr_resource_options events;
    hr_json_source source;
    char *info = NULL;
    hr_status st;

    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    options.name = "github_events_c";
    options.destination = "duckdb:///github.duckdb";
    options.dataset = "events_c";
    memset(&events, 0, sizeof(events));
    events.size = sizeof(events);
    events.table = "events";
    events.hints = "{\"write_disposition\": \"append\"}";
    memset(&source, 0, sizeof(source));
    source.ctx = p;
    source.next = next_page;
    source.rereadable = true;

    st = hr_pipeline_open(&pipeline, &options, err);
    if (st == HR_OK)
        st = hr_pipeline_add_json(pipeline, &events, &source, err);
    if (st == HR_OK)
        st = hr_pipeline_run(pipeline, &info, err);
    if (st == HR_OK)
        printf("%s\n", info);
    hr_free(info);
    hr_pipeline_close(pipeline);
    return st;
}

int main(void)
{
    const char *api = getenv("GITHUB_API");
    pages p;
    hr_error err;
    hr_status st;

    memset(&p, 0, sizeof(p));
    snprintf(p.next, sizeof(p.next),
             "repos/DataTalksClub/data-engineering-zoomcamp/events?per_page=100");
    st = open_client(api ? api : "https://api.github.com", &p.client, &err);
    if (st == HR_OK)
        st = load(&p, &err);
    if (st != HR_OK)
        fprintf(stderr, "github_events: %s\n", err.msg);
    hr_http_response_free(p.page);
    hr_http_client_free(p.client);
    return st == HR_OK ? 0 : 1;
}
