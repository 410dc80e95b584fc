/* quirk_server -- real APIs' worse habits, one a path: /NAME/... is answered by the behaviour NAME.
 *
 *     quirk_server          serves until its input ends; prints the origins of its two ports
 *     quirk_server --forget the same, and remembers counts only: for a million requests
 *     quirk_server --list   prints the names of the behaviours */
#include "quirk.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const quirk *const tables[] = {
    fault_quirks,  wait_quirks,     body_quirks, range_quirks,   cursor_quirks, link_quirks,
    moving_quirks, redirect_quirks, auth_quirks, content_quirks, echo_quirks,   bulk_quirks,
};

enum { N_TABLES = sizeof tables / sizeof tables[0], MOST_QUIRKS = 200 };

static atomic_uint visits[MOST_QUIRKS];

static void list(void)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        for (const quirk *q = tables[t]; q->name; q++) {
            puts(q->name);
        }
    }
}

static const quirk *find(const char *name, size_t n, size_t *index)
{
    *index = 0;
    for (size_t t = 0; t < N_TABLES; t++) {
        for (const quirk *q = tables[t]; q->name; q++, ++*index) {
            if (strlen(q->name) == n && memcmp(q->name, name, n) == 0) {
                return q;
            }
        }
    }
    return NULL;
}

static void answer(void *context, const hs_request *in, hs_reply *out)
{
    (void)context;
    const char *name = in->path + 1;
    size_t n = strcspn(name, "/");
    size_t index = 0;
    const quirk *q = find(name, n, &index);
    if (!q || index >= MOST_QUIRKS) {
        out->status = 404;
        hs_body(out, "{\"message\": \"no behaviour of that name\"}");
        return;
    }
    q->answer(&(call){.in = in,
                      .out = out,
                      .visit = atomic_fetch_add(&visits[index], 1),
                      .name = q->name,
                      .rest = name[n] ? name + n + 1 : ""});
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list();
        return 0;
    }
    bool forget = argc == 2 && strcmp(argv[1], "--forget") == 0;
    return hs_serve(&(hs_options){.handler = answer, .forget = forget});
}
