/* moving.c -- lists that change while they are read. */
#include "quirk.h"

/* Six rows; after the first reply a new one, 0, stands before them, so that all move by one. */
static void inserted(const call *c)
{
    unsigned offset = hs_number(c->in, "offset", 0);
    unsigned limit = hs_number(c->in, "limit", 2);
    unsigned moved = c->visit > 0 ? 1 : 0;
    unsigned first = offset + 1 - moved;
    unsigned last = first + limit - 1 < 6 ? first + limit - 1 : 6;
    hs_body(c->out, "{\"data\": ");
    put_rows(c, first, last);
    hs_body(c->out, ", \"total\": %u}", 6 + moved);
}

/* The total at each visit; rows are 1..total. */
static void changing_total(const call *c, unsigned at_first, unsigned later)
{
    unsigned total = c->visit > 0 ? later : at_first;
    unsigned offset = hs_number(c->in, "offset", 0);
    unsigned limit = hs_number(c->in, "limit", 2);
    unsigned last = offset + limit < total ? offset + limit : total;
    hs_body(c->out, "{\"data\": ");
    put_rows(c, offset + 1, last);
    hs_body(c->out, ", \"total\": %u}", total);
}

static void grows(const call *c)
{
    changing_total(c, 4, 9);
}

static void shrinks(const call *c)
{
    changing_total(c, 12, 5);
}

/* Pages by number, 10 of them at first, 14 or 6 once somebody has seen that. */
static void pages_change(const call *c, unsigned later)
{
    unsigned total = c->visit > 2 ? later : 10;
    unsigned page = hs_number(c->in, "page", 1);
    c->out->pause_ms = 10;
    hs_body(c->out, "{\"data\": ");
    page <= total ? put_rows(c, page, page) : put_rows(c, 1, 0);
    hs_body(c->out, ", \"total\": %u}", total);
}

static void pages_grow(const call *c)
{
    pages_change(c, 14);
}

static void pages_shrink(const call *c)
{
    pages_change(c, 6);
}

const quirk moving_quirks[] = {
    {"rows-inserted", inserted}, {"total-grows", grows},         {"total-shrinks", shrinks},
    {"pages-grow", pages_grow},  {"pages-shrink", pages_shrink}, {0},
};
