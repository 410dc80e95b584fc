/* contents.c -- JSON that is right as JSON, and odd as an answer. */
#include "quirk.h"

#include <stdio.h>
#include <string.h>

static void error_with_200(const call *c)
{
    hs_body(c->out,
            "{\"status\": \"error\", \"error\": {\"code\": 17, \"message\": \"quota used up\"}}");
}

static void error_with_200_in_the_middle(const call *c)
{
    unsigned page = hs_number(c->in, "page", 1);
    if (page == 2) {
        error_with_200(c);
        return;
    }
    hs_body(c->out, "{\"data\": ");
    put_rows(c, page * 2 - 1, page * 2);
    hs_body(c->out, ", \"total\": 3}");
}

static void ignored_by_content(const call *c)
{
    refuse(c, 400, "this account has no items");
}

static void duplicate_keys(const call *c)
{
    hs_body(c->out,
            "{\"data\": [{\"id\": 1, \"name\": \"a\"}, {\"id\": 2, \"name\": \"b\", \"id\": 3}]}");
}

static void null_body(const call *c)
{
    hs_body(c->out, "null");
}

static void null_data(const call *c)
{
    hs_body(c->out, "{\"data\": null}");
}

static void single_object(const call *c)
{
    hs_body(c->out, "{\"id\": 1, \"name\": \"row 1\", \"tags\": [\"a\", \"b\"]}");
}

static void nested_data(const call *c)
{
    hs_body(c->out, "{\"meta\": {\"ids\": [7, 8]}, \"response\": {\"body\": {\"items\": ");
    put_rows(c, 1, 3);
    hs_body(c->out, "}}}");
}

/* A list that says nothing stands before the one that counts. */
static void empty_errors_first(const call *c)
{
    hs_body(c->out, "{\"errors\": [], \"warnings\": [], \"response\": {\"list\": ");
    put_rows(c, 1, 3);
    hs_body(c->out, "}}");
}

static void wildcard_selector(const call *c)
{
    hs_body(
        c->out,
        "{\"edges\": [{\"node\": {\"id\": 1}}, {\"node\": {\"id\": 2}}, {\"node\": {\"id\": 3}}]}");
}

static void wildcard_selector_one(const call *c)
{
    hs_body(c->out, "{\"edges\": [{\"node\": {\"id\": 1, \"list\": [1, 2]}}]}");
}

static void renamed_data(const call *c)
{
    hs_body(c->out, "{\"payload_v2\": ");
    put_rows(c, 1, 3);
    hs_body(c->out, "}");
}

static void exact_numbers(const call *c)
{
    hs_body(c->out,
            "{\"data\": [{\"id\": 9007199254740993, \"price\": 0.1, \"big\": 18446744073709551615},"
            " {\"id\": 9007199254740995, \"price\": 1e-3, \"big\": 1}]}");
}

static void full_page_without_paginator(const call *c)
{
    hs_body(c->out, "{\"data\": ");
    put_rows(c, 1, 100);
    hs_body(c->out, "}");
}

/* ---- Parents and children ---- */

static void put_parents(const call *c, unsigned n)
{
    hs_body(c->out, "{\"data\": ");
    put_rows(c, 1, n);
    hs_body(c->out, "}");
}

/* parents; parents/N/children: two of each, N * 10 + 1 and + 2 */
static bool put_family(const call *c, unsigned parents, unsigned *of)
{
    unsigned id = 0;
    if (sscanf(c->rest, "parents/%u/children", &id) != 1) {
        put_parents(c, parents);
        return true;
    }
    *of = id;
    return false;
}

static void put_children(const call *c, unsigned id)
{
    put_page(c, id * 10 + 1, id * 10 + 2);
}

static void child_missing(const call *c)
{
    unsigned id = 0;
    if (!put_family(c, 3, &id)) {
        id == 2 ? refuse(c, 404, "gone") : put_children(c, id);
    }
}

static void many_children(const call *c)
{
    unsigned id = 0;
    if (!put_family(c, 20, &id)) {
        c->out->pause_ms = 20;
        put_children(c, id);
    }
}

/* Ids that have to be escaped to stand in an address. */
static void awkward_ids(const call *c)
{
    static const char decoded[] = "things/a/b?c d&é/children";
    if (strcmp(c->rest, "things") == 0) {
        hs_body(c->out, "{\"data\": [{\"id\": \"a/b?c d&é\"}]}");
    } else if (strcmp(c->rest, decoded) == 0 && !strchr(c->in->target, '?')) {
        put_page(c, 1, 2);
    } else {
        refuse(c, 404, "no such thing");
    }
}

const quirk content_quirks[] = {
    {"error-with-200", error_with_200},
    {"error-with-200-in-the-middle", error_with_200_in_the_middle},
    {"ignored-by-status", ignored_by_content},
    {"ignored-by-content", ignored_by_content},
    {"duplicate-keys", duplicate_keys},
    {"null-body", null_body},
    {"null-data", null_data},
    {"single-object", single_object},
    {"nested-data", nested_data},
    {"empty-errors-first", empty_errors_first},
    {"selector-wildcard", wildcard_selector},
    {"selector-wildcard-one", wildcard_selector_one},
    {"selector-matches-nothing", renamed_data},
    {"exact-numbers", exact_numbers},
    {"full-page-without-paginator", full_page_without_paginator},
    {"child-missing", child_missing},
    {"many-children", many_children},
    {"awkward-ids", awkward_ids},
    {0},
};
