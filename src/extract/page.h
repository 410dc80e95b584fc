/* page.h -- one buffer of JSON text from a source, cut between items; or values that the source
 * has parsed already, since it had to look into them. */
#ifndef HR_EXTRACT_PAGE_H
#define HR_EXTRACT_PAGE_H

#include <stdint.h>
#include <yyjson.h>

#include "base/str.h"
#include "headrace/error.h"

enum { HR_PAGE_PADDING = 64 }; /* zero bytes after the text, so that scanners may read ahead */

typedef struct hr_page {
    char *data; /* owned (hr_free); NULL: no page */
    size_t len;
    bool in_array;      /* the text goes on inside a top-level array: it starts at ',' or ']' */
    bool last_of_input; /* nothing of this input follows; every input has one such page */
    uint64_t offset;    /* of data[0] in its input, uncompressed */
    uint64_t line;      /* of data[0], from 1 */
    const char *input;  /* name of the file, "<stdin>" ...; lives as long as the source */
    /* When `values` is not NULL: the items, of `doc`, in this order. `data` is then what the
     * document may have been parsed from in place, and `len` the size of the text. */
    yyjson_doc *doc;     /* owned */
    yyjson_val **values; /* owned (hr_free) */
    size_t n_values;
    uint64_t parent; /* the number of the parent whose children these are; 0: of none */
    char *own_input; /* owned (hr_free); NULL, or what `input` points to */
} hr_page;

/* Whether there is a page. */
static inline bool hr_page_there(const hr_page *p)
{
    return p->data || p->values;
}

/* What it takes of the memory: its text, and what was parsed from it. */
static inline size_t hr_page_memory(const hr_page *p)
{
    return p->len + (p->doc ? yyjson_doc_get_val_count(p->doc) * sizeof(yyjson_val) : 0) +
           p->n_values * sizeof(p->values[0]);
}

void hr_page_release(hr_page *p);

/* What extract pulls pages from, on one thread. A page ends where a top-level value, or an
 * element of a top-level array, ends, except that the last page of an input may hold anything:
 * the parser finds out. A page may be empty (len == 0, data != NULL): of an empty file, or when
 * a slow pipe ended after all that it had brought was handed out. */
typedef struct hr_page_source {
    void *self;
    /* *out is no page (hr_page_there) at the end. */
    hr_status (*next)(void *self, hr_page *out, hr_error *err);
    void (*close)(void *self);
    /* Bytes of input as it lies on disk: consumed so far, and in all (0: unknown). Safe to call
     * from another thread. May be NULL. */
    void (*progress)(void *self, uint64_t *done, uint64_t *total);
    /* Makes next() fail with HR_E_CANCELLED soon, also while it waits for a pipe. Safe from another
     * thread and from a signal handler. May be NULL. */
    void (*cancel)(void *self);
    bool rereadable; /* a later run could read the same again */
} hr_page_source;

#endif
