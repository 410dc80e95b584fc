/* items.h -- the items of one page: top-level values, or the elements of top-level arrays.
 *
 * Each item is parsed by itself into memory that the next one reuses; those of a page that comes
 * parsed are handed out as they are. The page itself stays untouched, so that it can be gone
 * through again. Not thread-safe. */
#ifndef HR_NORMALIZE_ITEMS_H
#define HR_NORMALIZE_ITEMS_H

#include <yyjson.h>

#include "extract/page.h"

typedef struct hr_items {
    const hr_page *page;
    char *text; /* the page's text, which parsing in place changes */
    size_t text_cap;
    size_t pos;
    int state;
    yyjson_doc *doc;
    void *pool; /* what parsing one item needs */
    size_t pool_cap;
    bool pool_used;
    uint64_t n;        /* items so far */
    size_t item_start; /* of the item handed out last, in the page */
} hr_items;

/* All-zero is valid to begin with. */
hr_status hr_items_begin(hr_items *it, const hr_page *page, hr_error *err);

/* *out is the next item, NULL at the end; lives until the next call. A syntax error names the
 * input, line and byte. */
hr_status hr_items_next(hr_items *it, yyjson_val **out, hr_error *err);

void hr_items_release(hr_items *it);

/* Line and byte of a place in the page, given as its offset there. */
uint64_t hr_page_line(const hr_page *page, size_t pos);

#endif
