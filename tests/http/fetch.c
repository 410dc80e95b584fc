/* fetch SETTINGS METHOD URL BODY [NAME VALUE]... -- one request; prints its status and body. */
#include <stdio.h>
#include <string.h>

#include "headrace/headrace.h"

enum { MOST_HEADERS = 8 };

static hr_status fetch(hr_http_client *c, int argc, char **argv, hr_error *err)
{
    hr_http_field headers[MOST_HEADERS];
    hr_http_request request = {.size = sizeof(request),
                               .method = argv[2],
                               .url = argv[3],
                               .body = argv[4],
                               .body_size = strlen(argv[4]),
                               .headers = headers};
    hr_http_response *r = NULL;
    size_t n = 0;

    for (int i = 5; i + 1 < argc && request.n_headers < MOST_HEADERS; i += 2)
        headers[request.n_headers++] = (hr_http_field){argv[i], argv[i + 1]};
    HR_TRY(hr_http_send(c, &request, &r, err));

    const hr_status st = hr_http_response_check(r, err);

    if (st == HR_OK)
        (void)printf("%d\n%s\n", hr_http_response_status(r), hr_http_response_body(r, &n));
    hr_http_response_free(r);
    return st;
}

int main(int argc, char **argv)
{
    hr_http_options options = {.size = sizeof(options)};
    hr_http_client *c = NULL;
    hr_error err = {0};

    if (argc < 5)
        return 2;
    options.settings = argv[1];

    hr_status st = hr_http_client_new(&options, &c, &err);

    if (st == HR_OK)
        st = fetch(c, argc, argv, &err);
    if (st != HR_OK)
        (void)fprintf(stderr, "%s\n", err.msg);
    hr_http_client_free(c);
    return (int)st;
}
