/* pager.h -- pages from a stream of bytes: what all sources of JSON text share.
 *
 * An all-zero hr_pager is valid and has no page. Not thread-safe. */
#ifndef HR_EXTRACT_PAGER_H
#define HR_EXTRACT_PAGER_H

#include "extract/page.h"
#include "extract/splitter.h"

/* Where the bytes come from. */
typedef struct hr_byte_source {
    void *self;
    /* Gives 1 to `cap` bytes; *n == 0: the end. */
    hr_status (*read)(void *self, char *buf, size_t cap, size_t *n, hr_error *err);
    /* Waits until read() has something to give, `ms` at most. NULL: it always has. */
    bool (*ready)(void *self, int ms);
} hr_byte_source;

typedef struct hr_pager {
    size_t page_bytes;
    size_t item_limit;
    hr_byte_source source;
    const char *input;
    char *buf;
    size_t len;
    size_t cap;
    size_t pos; /* scanned that far */
    bool cut;   /* pos is a cut place */
    bool begun; /* the encoding has been looked at */
    bool eof;
    bool starts_in_array;
    hr_splitter splitter; /* at pos */
    uint64_t offset;      /* of buf[0] */
    uint64_t line;
} hr_pager;

/* As in hr_filesystem_open(). An item_limit below page_bytes counts as page_bytes. */
void hr_pager_init(hr_pager *p, size_t page_bytes, size_t item_limit);

/* Begins an input; the one before has been read to its end. `input` and the source are borrowed
 * until the next one begins. */
void hr_pager_begin(hr_pager *p, hr_byte_source source, const char *input);

/* The next page of the input. At its end out->data == NULL. A page is handed out early when the
 * source falls silent for a quarter of a second. */
hr_status hr_pager_next(hr_pager *p, hr_page *out, hr_error *err);

void hr_pager_release(hr_pager *p);

#endif
