/* quirk.h -- a behaviour of the quirk server.
 *
 * A behaviour answers all requests below /NAME/. What it serves is rows {"id": 1, "name": "row 1"},
 * counted from 1, and it depends on the request and on `visit` alone, so that a test knows what
 * comes. The case in tests/quirks that bears the same name says what a client has to do about it.
 */
#ifndef HR_TESTS_QUIRK_H
#define HR_TESTS_QUIRK_H

#include "http/http_server.h"

typedef struct call {
    const hs_request *in;
    hs_reply *out;
    unsigned visit;   /* how many requests this behaviour has had before */
    const char *name; /* of the behaviour */
    const char *rest; /* of the path, after /NAME/ */
} call;

typedef struct quirk {
    const char *name;
    void (*answer)(const call *c);
} quirk;

/* Each ends with a row without a name. */
extern const quirk fault_quirks[], wait_quirks[], body_quirks[], range_quirks[], cursor_quirks[],
    link_quirks[], moving_quirks[], redirect_quirks[], auth_quirks[], content_quirks[],
    echo_quirks[], bulk_quirks[];

/* A list of the rows first..last. */
void put_rows(const call *c, unsigned first, unsigned last);
/* {"data": [rows first..last]} */
void put_page(const call *c, unsigned first, unsigned last);

/* Page `page` (from 1) of `total` rows, `size` a page: its first and last row; first > last
 * beyond the end. */
typedef struct span {
    unsigned first, last;
} span;
span page_span(unsigned page, unsigned size, unsigned total);

/* True, with a reply of that status and a JSON message: for `return refuse(...)` chains. */
void refuse(const call *c, unsigned status, const char *message);

#endif
