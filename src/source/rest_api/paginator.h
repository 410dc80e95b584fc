/* paginator.h -- how the pages of one request follow each other: dlt's paginators.
 *
 * A hr_paging is what the configuration says and never changes. A hr_paginator walks one sequence
 * of pages with it. Neither sends anything:
 *
 *     hr_paginator_begin(&p, paging);
 *     do {
 *         hr_paginator_fill(&p, request)           what the next request says
 *         ... send it, find its rows ...
 *         hr_paginator_page(&p, &page, &err);      what the answer says
 *     } while (p.more);
 *
 * Beyond dlt, a sequence that could never end is an error: a reference to the next page that came
 * before, or a page that has the very bytes of the page before it. */
#ifndef HR_SOURCE_REST_API_PAGINATOR_H
#define HR_SOURCE_REST_API_PAGINATOR_H

#include <stdint.h>
#include <yyjson.h>

#include "base/buf.h"
#include "json/jsonpath.h"

typedef enum hr_paging_kind {
    HR_PAGING_AUTO, /* found out from the first answer */
    HR_PAGING_SINGLE,
    HR_PAGING_HEADER_LINK,
    HR_PAGING_JSON_LINK,
    HR_PAGING_HEADER_CURSOR,
    HR_PAGING_CURSOR,
    HR_PAGING_PAGE_NUMBER,
    HR_PAGING_OFFSET,
} hr_paging_kind;

/* Texts and paths are borrowed. NULL: not given. */
typedef struct hr_paging {
    hr_paging_kind kind;
    const char *key;              /* header_link: the rel; header_cursor: the header */
    const char *next_path_text;   /* as it was written, for messages */
    const hr_jsonpath *next_path; /* json_link: of the URL; cursor: of the cursor */
    const char *param;            /* query parameter of cursor, page or offset ... */
    const char *body_path;        /* ... or its place in the body: names joined by '.' */
    const char *limit_param, *limit_body_path; /* offset */
    int64_t limit;
    int64_t first; /* page or offset to begin with */
    int64_t base;  /* number of the first page */
    bool has_maximum;
    int64_t maximum; /* page_number: no page of this number or above; offset likewise */
    const char *total_path_text, *has_more_path_text;
    const hr_jsonpath *total_path;    /* page_number: of pages; offset: of items */
    bool total_required;              /* it was asked for, so it has to be there */
    const hr_jsonpath *has_more_path; /* of a boolean */
    bool stop_after_empty_page;
} hr_paging;

/* What the next page needs, beyond the request as it is configured. */
typedef struct hr_page_request {
    const char *url; /* in place of path and parameters; NULL: those */
    const char *param, *limit_param;
    const char *body_path, *limit_body_path;
    const char *text; /* value of `param`, or of `body_path` when it is a text */
    bool is_number;   /* ... else a number, also as text */
    int64_t limit;    /* value of limit_* */
} hr_page_request;

/* An answer, as far as paginators look at it. */
typedef struct hr_page_answer {
    yyjson_val *body; /* NULL: there was none */
    const char *url;  /* where it came from */
    /* The nth header of that name; NULL: there is none. */
    const char *(*header)(void *ctx, const char *name, size_t nth);
    void *ctx;
    size_t rows;
    uint64_t hash; /* of the rows */
} hr_page_answer;

typedef struct hr_paginator {
    const hr_paging *paging;
    bool more;
    int64_t value;    /* page or offset of the next request */
    bool total_known; /* the last answer had one */
    int64_t total;
    char *next; /* URL, or cursor; owned */
    bool next_is_number;
    uint64_t pages; /* so far */
    uint64_t last_hash;
    uint64_t *seen; /* hashes of the references so far: open addressing */
    size_t n_seen, cap_seen;
    char number[24];
} hr_paginator;

void hr_paginator_begin(hr_paginator *p, const hr_paging *paging);
void hr_paginator_release(hr_paginator *p);

/* Pointers live until the next call of hr_paginator_page(). */
void hr_paginator_fill(hr_paginator *p, hr_page_request *out);

/* The same for the page `ahead` places after the next one, where that is known without asking:
 * false when it is not, or when there is no such page by what the last answer said. `number` is
 * the caller's, of 24 bytes, for out->text. */
bool hr_paginator_peek(const hr_paginator *p, unsigned ahead, char *number, hr_page_request *out);

/* Takes the next page's answer into account; p->more says whether there is another. HR_E_REMOTE:
 * the answer lacks what the paginator needs, or pages repeat themselves. */
HR_NODISCARD hr_status hr_paginator_page(hr_paginator *p, const hr_page_answer *answer,
                                         hr_error *err);

/* Refuses what could never end. The message has no place yet. */
HR_NODISCARD hr_status hr_paging_check(const hr_paging *paging, hr_error *err);

const char *hr_paging_name(hr_paging_kind kind);

/* Appends what the paginator is, for people: "json_link at paging.next". */
void hr_paging_describe(const hr_paging *paging, hr_buf *out);

#endif
