/* A Link header, a line break, a body: what is found out from an answer, and where its rows are. */
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/answer.h"
#include "source/rest_api/detect.h"
#include "source/rest_api/link_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *header(void *ctx, const char *name, size_t nth)
{
    return nth == 0 && strcmp(name, "Link") == 0 ? ctx : NULL;
}

static void look(char *link, yyjson_val *body)
{
    hr_detected found = {.has_paging = false};
    hr_page_answer a = {.body = body, .url = "http://h/a", .header = header, .ctx = link};
    hr_paginator p = {.more = false};
    yyjson_val **rows = NULL;
    bool matched = false;

    if (body && hr_detect_selector(&found, body, NULL) == HR_OK &&
        hr_rest_select(found.selector, body, &rows, &a.rows, &matched, NULL) == HR_OK)
        hr_free(rows);
    if (hr_detect_paging(&found, &a, NULL) == HR_OK) {
        hr_paginator_begin(&p, &found.paging);
        for (int i = 0; i < 3 && p.more; i++) {
            if (hr_paginator_page(&p, &a, NULL) != HR_OK)
                break;
        }
        hr_paginator_release(&p);
    }
    hr_detected_release(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;
    const size_t n = end ? (size_t)(end - text) : size;
    char *link = hr_strndup((hr_str){text, n});
    yyjson_doc *doc = end ? yyjson_read(end + 1, size - n - 1, YYJSON_READ_BIGNUM_AS_RAW) : NULL;

    if (link) {
        (void)hr_link_header_find((hr_str){text, n}, HR_STR("prev"));
        look(link, yyjson_doc_get_root(doc));
    }
    hr_free(link);
    yyjson_doc_free(doc);
    return 0;
}
