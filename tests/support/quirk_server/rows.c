#include "quirk.h"

void put_rows(const call *c, unsigned first, unsigned last)
{
    hs_body(c->out, "[");
    for (unsigned i = first; i <= last; i++) {
        hs_body(c->out, "%s{\"id\": %u, \"name\": \"row %u\"}", i > first ? ", " : "", i, i);
    }
    hs_body(c->out, "]");
}

void put_page(const call *c, unsigned first, unsigned last)
{
    hs_body(c->out, "{\"data\": ");
    put_rows(c, first, last);
    hs_body(c->out, "}");
}

span page_span(unsigned page, unsigned size, unsigned total)
{
    unsigned first = (page - 1) * size + 1;
    unsigned last = page * size < total ? page * size : total;
    return (span){.first = first, .last = last};
}

void refuse(const call *c, unsigned status, const char *message)
{
    c->out->status = status;
    hs_body(c->out, "{\"message\": \"%s\"}", message);
}
